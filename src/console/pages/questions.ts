import { type Content, htmlBadge, htmlTable, type Markup, markup } from "../../base/text/html";
import type { ComparisonView, Difference, ImageView, OriginView, Part } from "../model";
import {
  copyable,
  counted,
  imageAddress,
  longText,
  registryText,
  section,
  trustBadge,
  unavailable,
  unreadNotice,
} from "./parts";

/** What two images are asked for by. */
export interface CompareQuery {
  left?: string;
  right?: string;
  platform?: string;
}

/** The form of a comparison, filled with what was asked. */
export const compareForm = ({ left = "", right = "", platform = "" }: CompareQuery, wrong?: string): Markup =>
  section(
    "ask",
    "Two images",
    markup`${wrong === undefined ? undefined : markup`<p class="notice bad" role="alert">${wrong}</p>`}<form class="ask" action="/compare">
<label>One image <input name="left" required value="${left}" placeholder="orders/api:v1.2.3"></label>
<label>The other <input name="right" required value="${right}" placeholder="orders/api@sha256:…"></label>
<label>Platform, of indexes <input name="platform" value="${platform}" placeholder="linux/amd64"></label>
<button>Compare</button></form>
<p class="soft">A repository with a tag or a digest, such as <code>orders/api:v1.2.3</code>.</p>`,
  );

const TOPICS: Readonly<Record<Difference["topic"], string>> = {
  ...{ labels: "Labels", annotations: "Annotations", environment: "Environment", configuration: "Configuration" },
  ...{ platforms: "Platforms", packages: "Packages of the SBOM", signatures: "Signatures", records: "Records" },
};
const ORDER = [
  "configuration",
  "labels",
  "annotations",
  "environment",
  "platforms",
  "packages",
  "signatures",
  "records",
] as const;

const side = ({ registry, repository, tag, digest }: ImageView): Markup =>
  markup`<a href="${imageAddress(repository, tag ?? digest)}">${repository}${tag === undefined ? "" : `:${tag}`}</a> ${registryText(registry)}<br>${copyable("digest", digest)}`;

const sideValue = (value: string | undefined): Content =>
  value === undefined ? markup`<em>not there</em>` : longText(value);

/** What two images differ in, topic by topic. */
export function comparisonPage(query: CompareQuery, part: Part<ComparisonView>): Markup {
  if (part.state !== "ok")
    return markup`${compareForm(query)}${section("result", "Result", unavailable("The comparison", part))}`;
  const { left, right, differences, equal, platform, unread } = part.value;
  const isSame = left.digest === right.digest;
  const sum = isSame
    ? markup`${htmlBadge("good", "the same image")} Both names stand for one digest.`
    : markup`${counted(differences.length, "difference")}; ${counted(equal, "value")} equal${platform === undefined ? "" : `, for ${platform}`}.`;
  const sections = ORDER.flatMap((topic) => {
    const rows = differences.filter((one) => one.topic === topic);
    if (rows.length === 0) return [];
    const cells = rows.map(({ name, left: one, right: other }) => [longText(name), sideValue(one), sideValue(other)]);
    return [
      section(
        topic,
        TOPICS[topic],
        markup`<div class="differs">${htmlTable(["Name", "One", "The other"], cells)}</div>`,
      ),
    ];
  });
  return markup`${compareForm(query)}${section(
    "result",
    "Result",
    markup`<dl class="glance"><div><dt>One</dt><dd>${side(left)}</dd></div><div><dt>The other</dt><dd>${side(right)}</dd></div></dl><p>${sum}</p>${unreadNotice(unread)}`,
  )}${sections}`;
}

/** The form that asks where a digest comes from. */
export const originForm = (digest = "", wrong?: string): Markup =>
  section(
    "ask",
    "A digest",
    markup`${wrong === undefined ? undefined : markup`<p class="notice bad" role="alert">${wrong}</p>`}<form class="ask" action="/origin">
<label>Digest <input name="digest" required value="${digest}" placeholder="sha256:…"></label> <button>Look</button></form>
<p class="soft">A running container names it: <code>kubectl get pod -o jsonpath='{.status.containerStatuses[*].imageID}'</code>, <code>docker inspect --format '{{.RepoDigests}}'</code>.</p>`,
  );

function holdersText({ holders, complete }: Pick<OriginView, "holders" | "complete">): Content {
  const holding = holders.filter(({ repositories }) => repositories.state === "ok" && repositories.value.length > 0);
  const isUnknown = holders.some(({ repositories }) => repositories.state !== "ok");
  const wrong = holders.filter(({ misplaced }) => misplaced !== undefined);
  if (wrong.length > 0) {
    const where = wrong.map(
      ({ registry, misplaced = [] }) => `${misplaced.join(", ")} in the ${registry.class} registry`,
    );
    return markup`${htmlBadge("bad", "in the wrong registry")} ${where.join("; ")}: the map of images puts it into the other one. Who pulled it from there stands in the registries' own logs: <code>dualreg pulls</code>.`;
  }
  if (holding.length === 2) {
    return markup`${htmlBadge("warn", "ambiguous")} The digest stands in both registries: it alone does not say which one a container came from. The registries' own logs do: <code>dualreg pulls</code>.`;
  }
  const [one] = holding;
  if (one !== undefined) {
    const others = complete ? "no other of this stage" : "no other that could be looked in for you";
    const rest = isUnknown ? ", as far as the other could not be asked" : ` and in ${others}`;
    return markup`${htmlBadge(isUnknown || !complete ? "note" : "good", "found")} It stands in the ${one.registry.class} registry${rest}.`;
  }
  if (isUnknown) return markup`${htmlBadge("warn", "unknown")} A registry could not be asked.`;
  return markup`${htmlBadge("bad", "not here")} Neither registry of this stage holds it in a repository that you may read: it came from elsewhere, or was deleted.`;
}

/** Where a digest comes from, and what each word of the answer rests on. */
export function originPage({ digest, holders, complete, statements, unread }: OriginView): Markup {
  const places = holders.map(({ registry, repositories, misplaced = [] }) => [
    registryText(registry),
    repositories.state !== "ok"
      ? unavailable("Whether it is there", repositories)
      : repositories.value.length + misplaced.length === 0
        ? "not there"
        : [
            ...repositories.value.map(
              (repository) => markup`<a href="${imageAddress(repository, digest)}">${repository}</a> `,
            ),
            ...misplaced.map((repository) => markup`${htmlBadge("bad", "misplaced")} ${repository} `),
          ],
  ]);
  const rows = statements.map(({ what, trust, evidence }) => [longText(what), trustBadge(trust), longText(evidence)]);
  const nothing = unread === undefined ? markup`<p class="empty">Nothing is said of it.</p>` : undefined;
  return markup`${originForm(digest)}
${section("holders", "Which registry holds it", markup`<p>${holdersText({ holders, complete })}</p>${htmlTable(["Registry", "Repositories"], places)}`)}
${section(
  "statements",
  "What is said of it, and on what it rests",
  markup`${unreadNotice(unread)}${rows.length > 0 ? htmlTable(["Said", "Trust", "Evidence"], rows) : nothing}`,
)}`;
}
