import { defined } from "../../base/defined";
import { isDigest } from "../../base/digest";
import { isReferrersTag } from "../../base/referrersTag";
import { redactSecrets } from "../../base/text/redact";
import { LABEL_CREATED, LABEL_REVISION, LABEL_SOURCE, LABEL_VERSION, type TreeDetails } from "../../oci";
import type { AttestationView, ImageView, PlatformView, RegistryView, TagSummary } from "../model";

/** Names of environment variables whose values are not shown. */
const SECRET_NAME =
  /pass(?:word|wd|phrase)?|pwd|secret|token|api_?key|access_?key|private_?key|credential|connection_?string|\bsas\b|_key$|_auth$|^auth/i;
/** Where the shell is and was: no password, whatever the letters say. */
const PLAIN_NAMES: readonly string[] = ["PWD", "OLDPWD"];

/** `NAME=value`, its value withheld where the name or the value looks like a secret. */
export function shownVariable(variable: string): string {
  const cut = variable.indexOf("=");
  const name = cut < 0 ? variable : variable.slice(0, cut);
  if (cut < 0 || cut === variable.length - 1 || PLAIN_NAMES.includes(name)) return variable;
  return SECRET_NAME.test(name) ? `${name}=[withheld]` : redactSecrets(variable);
}

type Image = TreeDetails["images"][number];

/** The platform that an image is for: as the index says, else as its configuration says. */
export const platformOf = ({ platform, configPlatform }: Image): string | undefined => platform ?? configPlatform;

function platformView(image: Image): PlatformView {
  const { digest, config, size, labels, labelsLeftOut, annotations, entrypoint, command, environment } = image;
  return {
    ...{ digest, config, size, labels, labelsLeftOut, annotations, entrypoint, command },
    environment: environment.map(shownVariable),
    ...defined({ platform: platformOf(image), created: image.created, user: image.user }),
  };
}

/** Annotations that BuildKit gives an attestation in an index. Source: BuildKit, attestation-storage.md. */
const ABOUT = "vnd.docker.reference.digest";

function attestationView({ digest, annotations, predicates }: TreeDetails["attestations"][number]): AttestationView {
  const about = annotations[ABOUT];
  const what = predicates.length === 0 ? "attestation" : predicates.join(", ").slice(0, 500);
  return about !== undefined && isDigest(about) ? { digest, about, what } : { digest, what };
}

/** Where an image was found. */
interface Place {
  registry: RegistryView;
  repository: string;
  /** The repository's path in the registry. */
  path: string;
  /** Tag or digest that was asked for. */
  reference: string;
  tags: readonly string[];
  at: number;
}

/** An image as it is shown. */
export function imageView(tree: TreeDetails, place: Place): ImageView {
  const { registry, repository, path, reference, tags, at } = place;
  const { digest, mediaType, annotations } = tree;
  return {
    ...{ registry, repository, reference: `${registry.host}/${path}@${digest}`, digest, mediaType, tags, annotations },
    platforms: tree.images.map(platformView),
    attestations: tree.attestations.map(attestationView),
    readAt: new Date(at).toISOString(),
    ...(isDigest(reference) ? {} : { tag: reference }),
  };
}

/** What a list says of an image: by its first platform. */
export function summaryOf({ images }: TreeDetails): TagSummary {
  const [first] = images;
  const label = (name: string): string | undefined => first?.labels.find((one) => one.name === name)?.value;
  return {
    platforms: images.flatMap((image) => platformOf(image) ?? []),
    ...defined({
      created: first?.created ?? label(LABEL_CREATED),
      version: label(LABEL_VERSION),
      revision: label(LABEL_REVISION),
      source: label(LABEL_SOURCE),
    }),
  };
}

/** The page behind a tag, tags of signatures and referrers left out and counted. */
export function pageOf(
  all: readonly string[],
  after: string | undefined,
  limit: number,
): { tags: string[]; hidden: number; next?: string } {
  const found = after === undefined ? -1 : all.indexOf(after);
  // A tag that is gone since: the list goes on where it would stand.
  const gone = after !== undefined && found < 0 ? all.findIndex((tag) => tag > after) : -1;
  if (after !== undefined && found < 0 && gone < 0) return { tags: [], hidden: 0 };
  const start = gone >= 0 ? gone : found + 1;
  const tags: string[] = [];
  let hidden = 0;
  for (const tag of all.slice(start)) {
    if (isReferrersTag(tag)) hidden += 1;
    else if (tags.length === limit) return { tags, hidden, next: tags[limit - 1] ?? tag };
    else tags.push(tag);
  }
  return { tags, hidden };
}
