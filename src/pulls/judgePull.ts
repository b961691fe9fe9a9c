import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { parseReference, type Reference } from "../base/reference";
import { quoted } from "../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import type { RegistryOutput, StageOutputs } from "../outputs";
import type { PullEvent, PullLine, PullVerdict } from "./line";

/** What of a stage's outputs a pull is judged by. */
export type PullStage = Pick<StageOutputs, "product" | "stage" | "registries" | "alternatives" | "images">;

/** Every registry of the stage: its two, and those that a publication may choose in their place. */
export const stageRegistries = ({ registries, alternatives }: PullStage): readonly RegistryOutput[] =>
  IMAGE_CLASSES.flatMap((at) => [registries[at], ...(alternatives?.[at] ?? [])]);

/** A host without its letter case and without the port that https has anyway. */
export const sameHost = (host: string): string => host.toLowerCase().replace(/:443$/, "");

/** True where a registry answers at the host: at its login server, or at the name that people know it by. */
const answersAt = ({ loginServer, vanityHost }: RegistryOutput, host: string): boolean =>
  sameHost(loginServer) === host || sameHost(vanityHost) === host;

/** The registries that may be meant, by the host that was asked and the namespace in the path; empty: none of the stage's. */
function registriesAt(stage: PullStage, host: string, path: string): readonly RegistryOutput[] {
  return stageRegistries(stage).filter(
    (registry) =>
      answersAt(registry, host) && (registry.namespace === undefined || path.startsWith(`${registry.namespace}/`)),
  );
}

const withoutNamespace = (path: string, namespace: string | undefined): string =>
  namespace !== undefined && path.startsWith(`${namespace}/`) ? path.slice(namespace.length + 1) : path;

/** What a registry's pulls are joined by: two registries may share a host, each with a namespace of its own. */
export const registryKey = ({ loginServer, namespace }: Pick<RegistryOutput, "loginServer" | "namespace">): string =>
  namespace === undefined ? sameHost(loginServer) : `${sameHost(loginServer)}/${namespace}`;

/** The key of the registry that a path at a host belongs to, whatever name was asked; the host where it is none's. */
export function registryKeyAt(stage: PullStage, host: string, path: string): string {
  const [registry] = registriesAt(stage, sameHost(host), path);
  return registry === undefined ? sameHost(host) : registryKey(registry);
}

/** The key of the registry that a line names by host and class; a mirror's paths may be its own. */
export function registryKeyOf(stage: PullStage, line: Pick<PullLine, "host" | "class">): string {
  const host = sameHost(line.host);
  const found = stageRegistries(stage).find((one) => one.class === line.class && answersAt(one, host));
  return found === undefined ? host : registryKey(found);
}

/** A path as the map of images has it, by the registry it stands in. */
export function mappedPath(stage: PullStage, host: string, path: string): string {
  const [registry] = registriesAt(stage, sameHost(host), path);
  return withoutNamespace(path, registry?.namespace);
}

/**
 * Judges one pull. The class is that of the registry that was asked, by its host: neither labels nor the reference's own
 * words count. A repository that is not mapped gets no class by default (S0-2).
 *
 * @returns the line of the log
 */
export function judgePull(event: PullEvent, stage: PullStage): PullLine {
  const named = { version: 1 as const, ...event, product: stage.product, stage: stage.stage };
  const host = sameHost(event.host);
  const reference = referenceOf(event.reference);
  if (reference === undefined)
    return { ...named, host, verdict: "unknown-registry", why: "the reference is unreadable" };
  const candidates = registriesAt(stage, host, reference.repository);
  const repository = mappedPath(stage, candidates.length > 0 ? host : reference.host, reference.repository);
  const expected = stage.images.find((image) => image.repository === repository)?.class;
  const asked = candidates.find((one) => one.class === expected) ?? candidates[0];
  const { verdict, why } = verdictOf(event, host, asked?.class, expected, repository);
  return {
    ...named,
    ...{ host, repository },
    ...defined({ class: asked?.class, expectedClass: expected }),
    ...{ verdict, why },
  };
}

function verdictOf(
  { outcome, hostBasis }: PullEvent,
  host: string,
  asked: ImageClass | undefined,
  expected: ImageClass | undefined,
  repository: string,
): { verdict: PullVerdict; why: string } {
  if (outcome === "denied") return { verdict: "denied", why: `${quoted(host)} refused it` };
  if (asked === undefined) {
    return { verdict: "unknown-registry", why: `${quoted(host)} is none of the stage's registries` };
  }
  if (expected === undefined) {
    return { verdict: "wrong-registry", why: `${quoted(repository)} is not mapped to a class` };
  }
  if (asked !== expected) {
    return { verdict: "wrong-registry", why: `a ${expected} image was asked for at the ${asked} registry` };
  }
  const named = `the reference names the ${asked} registry`;
  if (outcome === "cached") return { verdict: "ok", why: `the image was there already; ${named}` };
  const known = hostBasis === "request" ? `the ${asked} registry was asked` : named;
  return { verdict: "ok", why: outcome === "failed" ? `${known}, and the pull failed` : known };
}

/** What a reference says, with the registry and tag that runtimes fill in; undefined for what is no reference. */
export function referenceOf(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof DualRegistryError) return undefined;
    throw error;
  }
}
