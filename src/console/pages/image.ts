import { type Content, htmlBadge, htmlTable, type Markup, markup } from "../../base/text/html";
import { bytesText } from "../../base/text/units";
import { LABEL_REVISION, LABEL_SOURCE, LABEL_VERSION } from "../../oci";
import type {
  AttestationView,
  Fact,
  ImageView,
  Part,
  PlatformView,
  RecordView,
  SbomView,
  SignatureView,
  Trust,
  TrustView,
} from "../model";
import {
  copyable,
  counted,
  factValue,
  imageAddress,
  longText,
  registryText,
  section,
  shortDigest,
  timeOf,
  trustBadge,
  unavailable,
  unreadNotice,
} from "./parts";

/** Packages of an SBOM that a page lists. */
const MOST_PACKAGES = 1_000;

/** What a label rests on, in a word and in a sentence. */
interface Standing {
  trust: Trust;
  by: string;
}

/** The signature that says "this image is ours" and counts here. */
const countingSignature = ({ signatures }: TrustView): SignatureView | undefined =>
  signatures.find(({ about, trusted }) => about === "image" && trusted);

/** The labels that a record of the build says as well. */
const said = ({ source, commit, version }: NonNullable<RecordView["build"]>): Readonly<Record<string, string>> => ({
  ...{ [LABEL_SOURCE]: source, [LABEL_REVISION]: commit, [LABEL_VERSION]: version },
});

/**
 * How far a label can be trusted: whoever built the image wrote it; a signature over the digest says that the signer took
 * it so; a signed record of the build says the same by itself.
 */
export function labelStanding({ name, value }: Fact, trust: TrustView | undefined): Standing {
  const record = trust?.records.find(
    ({ signer, build, because }) =>
      signer !== undefined && because === undefined && build !== undefined && said(build)[name] === value,
  );
  if (record?.signer !== undefined) return { trust: "verified-by-record", by: `record signed by ${record.signer}` };
  const signature = trust && countingSignature(trust);
  if (signature?.signer !== undefined)
    return { trust: "signed", by: `whoever built the image wrote it, and the digest is signed by ${signature.signer}` };
  return { trust: "self-asserted", by: "whoever built the image wrote it" };
}

function verdict(image: ImageView, trust: Part<TrustView>): Content {
  if (trust.state !== "ok") return markup`${htmlBadge("warn", "unknown")} signatures could not be read`;
  const signature = countingSignature(trust.value);
  const policy = `${image.registry.class} images of this stage`;
  if (signature?.signer !== undefined) {
    return markup`${htmlBadge("good", "signed")} by ${signature.signer}, whom the policy of ${signature.policy} trusts`;
  }
  const others = trust.value.signatures.filter(({ about }) => about === "image").length;
  const rest = others === 0 ? "" : `; ${counted(others, "signature")} by others`;
  return markup`${htmlBadge("bad", "not signed")} by anybody whom the policy of ${policy} trusts${rest}`;
}

/** By a record that somebody trusted signed, where there is one: any other may have been put there by whoever pushes. */
function arrival({ records }: TrustView): Content {
  const arrivals = records.filter(({ here: isHere, because }) => isHere && because === undefined);
  const here = arrivals.find(({ signer }) => signer !== undefined) ?? arrivals[0];
  if (here === undefined) return markup`${htmlBadge("warn", "no record")} says how it came to this place`;
  const standing = here.signer === undefined ? trustBadge("self-asserted") : trustBadge("verified-by-record");
  return markup`${standing} ${here.what}`;
}

function glance(image: ImageView, trust: Part<TrustView> | undefined): Markup {
  const { registry, reference, tags, readAt } = image;
  const items: readonly (readonly [string, Content])[] = [
    ["Registry and class", registryText(registry)],
    ["Signature", trust && verdict(image, trust)],
    ["How it came here", trust?.state === "ok" ? arrival(trust.value) : undefined],
    ["Tags known of this digest", tags.length === 0 ? "none" : tags.join(", ")],
    ["Read", timeOf(readAt)],
  ];
  return section(
    "image",
    markup`In one look`,
    markup`<p>${copyable("reference", reference)}</p>
<dl class="glance">${items.map(([name, value]) => (value === undefined ? undefined : markup`<div><dt>${name}</dt><dd>${value}</dd></div>`))}</dl>
${trust && questionLinks(image)}`,
  );
}

/** What the console answers of an image beside its page. */
function questionLinks({ repository, tag, digest }: ImageView): Markup {
  const from = imageAddress(repository, tag ?? digest).slice("/r/".length);
  return markup`<p><a href="/origin?${new URLSearchParams({ digest }).toString()}">Where did this come from?</a> · <a href="/compare?${new URLSearchParams({ left: from }).toString()}">Compare with another</a></p>`;
}

/** What the words of a table's last column rest on, each said once. */
function legendOf(standings: readonly Standing[]): Content {
  const distinct = new Map(standings.map((standing) => [JSON.stringify(standing), standing]));
  return [...distinct.values()].map(({ trust, by }) => markup`<p class="soft">${trustBadge(trust)} ${by}</p>`);
}

function labelTable(labels: readonly Fact[], leftOut: number, trust: TrustView | undefined): Markup {
  const standings = labels.map((fact) => labelStanding(fact, trust));
  const rows = labels.map((fact, at) => [
    longText(fact.name),
    factValue(fact),
    trustBadge(standings[at]?.trust ?? "self-asserted"),
  ]);
  return markup`<div class="dense">${htmlTable(["Label", "Value", "Trust"], rows)}</div>${
    leftOut === 0 ? undefined : markup`<p class="notice warn">${counted(leftOut, "more label")} not shown.</p>`
  }${legendOf(standings)}`;
}

const NO_LABELS = markup`<p class="empty">This image has no labels. Build it with the label ${LABEL_SOURCE} and its kin, so that it says where it comes from.</p>`;

/** The labels of each platform's configuration, once where all say the same. */
function labelsSection(platforms: readonly PlatformView[], trust: TrustView | undefined): Markup {
  const texts = new Set(platforms.map(({ labels, labelsLeftOut }) => JSON.stringify([labels, labelsLeftOut])));
  const [first] = platforms;
  const isOne = texts.size <= 1;
  const shown = isOne && first !== undefined ? [first] : platforms;
  const body = shown.map(({ platform, digest, labels, labelsLeftOut }) => {
    const heading = isOne ? undefined : markup`<h3>${platform ?? digest}</h3>`;
    return markup`${heading}${labels.length === 0 ? NO_LABELS : labelTable(labels, labelsLeftOut, trust)}`;
  });
  const all = isOne && platforms.length > 1 ? `, the same for ${platforms.length} platforms` : "";
  const none = markup`<p class="empty">Nothing in it has a configuration, and so there are no labels.</p>`;
  return section("labels", `Labels of the configuration${all}`, platforms.length === 0 ? none : body);
}

const annotationTable = (annotations: readonly Fact[]): Markup =>
  htmlTable(
    ["Annotation", "Value"],
    annotations.map((fact) => [longText(fact.name), factValue(fact)]),
  );

/** Annotations are kept apart from labels, and those of the index from those of each manifest. */
function annotationsSection({ annotations, platforms, mediaType }: ImageView): Markup | undefined {
  const own = platforms.filter((one) => one.annotations.length > 0);
  const isAlone = platforms.length === 1 && platforms[0]?.annotations === annotations;
  if (annotations.length === 0 && own.length === 0) return undefined;
  return section(
    "annotations",
    "Annotations",
    markup`${annotations.length === 0 ? undefined : markup`<h3>Of <code>${mediaType}</code></h3>${annotationTable(annotations)}`}
${isAlone ? undefined : own.map(({ platform, digest, annotations: facts }) => markup`<h3>Of the manifest of ${platform ?? digest}</h3>${annotationTable(facts)}`)}`,
  );
}

const words = (parts: readonly string[]): Content =>
  parts.length === 0 ? undefined : longText(parts.map((part) => JSON.stringify(part)).join(" "));

function platformsSection(platforms: readonly PlatformView[], attestations: readonly AttestationView[]): Markup {
  const rows = platforms.map((one) => [
    one.platform ?? markup`<em>none said</em>`,
    shortDigest(one.digest),
    bytesText(one.size),
    timeOf(one.created),
    one.user ?? markup`<em>root</em>`,
    markup`${words(one.entrypoint)} ${words(one.command)}`,
    one.environment.length === 0
      ? undefined
      : markup`<details><summary>${counted(one.environment.length, "variable")}</summary><ul>${one.environment.map(
          (variable) => markup`<li>${longText(variable)}</li>`,
        )}</ul></details>`,
  ]);
  const heads = ["Platform", "Manifest", "Layers", "Created", "User", "Starts", "Environment"];
  const statements =
    attestations.length === 0
      ? undefined
      : markup`<h3>Attestations in the index</h3><p class="soft">They describe an image and do not run.</p>${htmlTable(
          ["Attestation", "Says", "About"],
          attestations.map(({ digest, what, about }) => [shortDigest(digest), what, about && shortDigest(about)]),
        )}`;
  return section("platforms", "Platforms", markup`${htmlTable(heads, rows)}${statements}`);
}

function signatureTable(signatures: readonly SignatureView[]): Markup {
  const rows = signatures.map(({ trusted, signer, because, policy, form, about, at, descriptor }) => [
    trusted ? htmlBadge("good", "trusted here") : htmlBadge("bad", "does not count"),
    markup`${signer ?? markup`<em>nobody could be verified</em>`}${because === undefined ? undefined : markup`<p class="soft">${longText(because)}</p>`}`,
    about,
    policy,
    markup`${form === "bundle" ? "Sigstore bundle" : "Cosign's older form"} ${shortDigest(descriptor)}`,
    timeOf(at),
  ]);
  return htmlTable(["Verdict", "Signer", "About", "By the policy of", "Form", "When"], rows);
}

function recordTable(records: readonly RecordView[]): Markup {
  const rows = records.map(({ how, stage, repository, at, tags, what, signer, here, because }) => [
    markup`${how} in ${stage}${here ? markup` ${htmlBadge("note", "here")}` : undefined}`,
    markup`<code>${repository}</code> ${tags.join(", ")}`,
    timeOf(at),
    what,
    because !== undefined
      ? markup`${htmlBadge("bad", "does not count here")}<p class="soft">${because}</p>`
      : signer === undefined
        ? trustBadge("self-asserted")
        : markup`${trustBadge("verified-by-record")}<p class="soft">${signer}</p>`,
  ]);
  return htmlTable(["Record", "Place", "When", "Says", "Trust"], rows);
}

function sbomPart({ digest, about, format, packages, signer }: SbomView): Markup {
  const listed = packages.slice(0, MOST_PACKAGES);
  const rest = packages.length - listed.length;
  return markup`<details><summary>${format}, ${counted(packages.length, "package")} <span class="soft">${shortDigest(digest)} ${
    about === undefined ? undefined : markup`of ${shortDigest(about)} `
  }${signer === undefined ? "self-asserted" : `signed by ${signer}`}</span></summary>${htmlTable(
    ["Package", "Version"],
    listed.map(({ name, version }) => [name, version]),
  )}${rest > 0 ? markup`<p>and ${rest} more; the API lists them all.</p>` : undefined}</details>`;
}

function attachedSections(trust: Part<TrustView>): Content {
  if (trust.state !== "ok") {
    return section("signatures", "Signatures and records", unavailable("What is attached to this image", trust));
  }
  const { signatures, records, sboms, others, unread } = trust.value;
  const empty = (what: string) => markup`<p class="empty">${what}</p>`;
  return [
    section("signatures", "Signatures", [
      unreadNotice(unread),
      signatures.length === 0 ? empty("Nobody signed this digest.") : signatureTable(signatures),
    ]),
    section(
      "records",
      "Records of publication and promotion",
      records.length === 0
        ? empty("No record is attached: nothing says how this image came to its place.")
        : recordTable(records),
    ),
    section(
      "sboms",
      "Bills of materials",
      sboms.length > 0
        ? sboms.map(sbomPart)
        : empty(unread === undefined ? "No SBOM is attached." : "No SBOM was read."),
    ),
    others.length === 0
      ? undefined
      : section(
          "others",
          "Other things attached",
          htmlTable(
            ["Type", "Manifest"],
            others.map(({ type, digest }) => [type, shortDigest(digest)]),
          ),
        ),
  ];
}

/**
 * Everything about one image.
 *
 * @param trust what is attached to it; undefined on a page that nobody serves, which says nothing of it and has no links
 */
export function imagePage(image: ImageView, trust: Part<TrustView> | undefined): Markup {
  const known = trust?.state === "ok" ? trust.value : undefined;
  return markup`${glance(image, trust)}
${labelsSection(image.platforms, known)}
${annotationsSection(image)}
${platformsSection(image.platforms, image.attestations)}
${trust && attachedSections(trust)}`;
}
