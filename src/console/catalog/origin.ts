import type { Digest } from "../../base/digest";
import { allSettled, type limiter } from "../../base/limit";
import { IMAGE_CLASSES, type ImageClass } from "../../domain/image/imageClass";
import {
  LABEL_CLASS,
  LABEL_CREATED,
  LABEL_REGISTRY_HOST,
  LABEL_REVISION,
  LABEL_SOURCE,
  LABEL_VERSION,
  type TreeDetails,
} from "../../oci";
import type { OriginStatement, OriginView, RepositoryView, TrustView } from "../model";
import type { Opened, RegistryReader } from "./reader";

/** Labels that say where an image comes from. */
const SAID = [LABEL_SOURCE, LABEL_REVISION, LABEL_VERSION, LABEL_CREATED, LABEL_CLASS, LABEL_REGISTRY_HOST] as const;

/** What labels say of an image's origin: whoever built it wrote them. */
const labelStatements = ({ images }: TreeDetails): OriginStatement[] =>
  images.slice(0, 1).flatMap(({ labels, config }) =>
    SAID.flatMap((name): OriginStatement[] => {
      const label = labels.find((one) => one.name === name);
      if (label === undefined) return [];
      return [
        { what: `${name}: ${label.value}`, trust: "self-asserted", evidence: `label of configuration ${config}` },
      ];
    }),
  );

/** What signatures and records at one place say of an image's origin. @param place `host/path` */
function trustStatements({ signatures, records }: TrustView, place: string): OriginStatement[] {
  return [
    ...records.map(({ what, signer, stage, repository, because }): OriginStatement => ({
      what: `${stage}: ${what}${because === undefined ? "" : ` (does not count here: ${because})`}`,
      trust: because !== undefined ? "untrusted" : signer === undefined ? "self-asserted" : "verified-by-record",
      evidence: `record about ${repository} at ${place}, ${signer === undefined ? "not signed by anybody trusted" : `signed by ${signer}`}`,
    })),
    ...signatures
      .filter(({ about }) => about === "image")
      .map(({ trusted, signer, policy, because, form, descriptor }): OriginStatement => ({
        what: trusted ? `signed by ${signer ?? ""}` : "a signature that does not count",
        trust: trusted ? "signed" : "untrusted",
        evidence: `${form} ${descriptor} at ${place}, by the policy of ${policy}${because === undefined ? "" : `: ${because}`}`,
      })),
  ];
}

/** What an answer about a digest is made with. */
interface OriginParts {
  readers: Readonly<Record<ImageClass, RegistryReader>>;
  /** Of each registry: one that is slow keeps no question from the other. */
  run: Readonly<Record<ImageClass, ReturnType<typeof limiter>>>;
  mapped: readonly RepositoryView[];
  mayRead: (repository: string) => boolean;
  trustOf: (repository: string, opened: Opened) => Promise<TrustView>;
}

/** Holders of a digest whose statements are read. */
const MAX_HOLDERS = 20;

/** Which registry holds a digest, in what the visitor may read, and what is said of it there. */
export async function originOf(digest: Digest, parts: OriginParts, signal?: AbortSignal): Promise<OriginView> {
  const { mapped, mayRead } = parts;
  const seen = await Promise.all(IMAGE_CLASSES.map((at) => holderOf(at, digest, parts, signal)));
  const all = seen.flatMap(({ read }) => read.flatMap((one) => one.statements));
  const unread = seen.flatMap(({ read, rest }) => [...read.flatMap((one) => one.unread), ...rest]);
  return {
    ...{ digest, holders: seen.map(({ holder }) => holder) },
    complete: mapped.every(({ repository }) => mayRead(repository)) && seen.every(({ isWhole }) => isWhole),
    statements: [...new Map(all.map((one) => [JSON.stringify(one), one])).values()],
    ...(unread.length > 0 && { unread }),
  };
}

/** One registry: where it holds the digest of its own images, and of the other one's. */
async function holderOf(at: ImageClass, digest: Digest, parts: OriginParts, signal?: AbortSignal) {
  const { readers, run, mapped, mayRead } = parts;
  const reader = readers[at];
  const readable = mapped.filter(({ repository }) => mayRead(repository));
  const holding = (isOwn: boolean) => {
    const asked = readable.filter((view) => (view.class === at) === isOwn);
    const holds = ({ repository }: RepositoryView) =>
      run[at](() => {
        signal?.throwIfAborted();
        return reader.holds(repository, digest);
      });
    return reader.part(async () => {
      const held = await allSettled(asked.map(holds));
      return asked.flatMap(({ repository }, index) => (held[index] === true ? [repository] : []));
    }, signal);
  };
  const repositories = await holding(true);
  // What does not answer for its own images is not asked for others.
  const astray = repositories.state === "ok" ? await holding(false) : undefined;
  const held = repositories.state === "ok" ? repositories.value : [];
  const read = await Promise.all(
    held.slice(0, MAX_HOLDERS).map((repository) => statementsAt(reader, { repository, digest }, parts, signal)),
  );
  const misplaced = astray?.state === "ok" && astray.value.length > 0 ? { misplaced: astray.value } : {};
  const unasked =
    astray === undefined || astray.state === "ok"
      ? []
      : [`Whether the ${at} registry holds it for the other class: ${astray.reason}`];
  const rest = held.slice(MAX_HOLDERS).map((repository) => `${repository}: at most ${MAX_HOLDERS} are read`);
  const isWhole = astray?.state === "ok";
  return { holder: { registry: reader.view, repositories, ...misplaced }, read, rest: [...rest, ...unasked], isWhole };
}

/** What is said of a digest at one place; what could not be read is said instead, and takes nothing else with it. */
async function statementsAt(
  reader: RegistryReader,
  { repository, digest }: { repository: string; digest: Digest },
  { trustOf }: OriginParts,
  signal?: AbortSignal,
): Promise<{ statements: readonly OriginStatement[]; unread: readonly string[] }> {
  const opened = await reader.part(() => reader.open(repository, digest), signal);
  if (opened.state !== "ok") return { statements: [], unread: [`Labels of ${repository}: ${opened.reason}`] };
  const labels = labelStatements(opened.value.tree);
  const trust = await reader.part(() => trustOf(repository, opened.value), signal);
  if (trust.state !== "ok") {
    return { statements: labels, unread: [`Signatures and records of ${repository}: ${trust.reason}`] };
  }
  const place = `${reader.view.host}/${reader.pathOf(repository)}`;
  const unread = (trust.value.unread ?? []).map((what) => `${repository}: ${what}`);
  return { statements: [...labels, ...trustStatements(trust.value, place)], unread };
}
