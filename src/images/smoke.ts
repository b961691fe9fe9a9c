import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { type Digest, digestOf, matchesDigest } from "../base/digest";
import { DualRegistryError, type ErrorCode } from "../base/errors";
import type { AccessRow } from "../domain/identity/accessMatrix";
import type { AccessAction } from "../domain/identity/roles";
import { IMAGE_CLASSES, type ImageClass, type MappedImage, patternMatches } from "../domain/image/imageClass";
import type { Stage } from "../domain/stage";
import { type Descriptor, type ImageTarget, type Manifest, MEDIA, type RegistrySession } from "../oci";
import { acrPath } from "./acr";

/** An image of a few bytes. */
export interface TinyImage {
  blobs: readonly { descriptor: Descriptor; bytes: Buffer }[];
  manifest: Manifest;
}

/** An image that no other run makes: a smoke test must not pass on what an earlier one left. */
export function tinyImage(): TinyImage {
  const layer = randomBytes(64);
  const config = Buffer.from(
    JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [digestOf(layer)] } }),
  );
  const described = (mediaType: string, bytes: Buffer) => ({
    bytes,
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
  });
  const blobs = [described(MEDIA.ociConfig, config), described(MEDIA.ociLayer, layer)];
  const [first, second] = blobs.map(({ descriptor }) => descriptor);
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config: first, layers: [second] }),
  );
  return { blobs, manifest: { bytes, digest: digestOf(bytes), mediaType: MEDIA.ociManifest } };
}

/** Pushes it by its digest: no tag is taken. */
export async function pushTiny(target: ImageTarget, { blobs, manifest }: TinyImage): Promise<void> {
  for (const { descriptor, bytes } of blobs) {
    await target.writeBlob(descriptor, (offset) => Promise.resolve(Readable.from([bytes.subarray(offset)])));
  }
  await target.writeManifest(manifest);
}

/** Pulls it and compares every byte. @throws DualRegistryError DIGEST_MISMATCH */
export async function pullTiny(target: ImageTarget, { blobs, manifest }: TinyImage): Promise<void> {
  const pulled = await target.manifest(manifest.digest);
  const chunks: Buffer[] = [];
  for (const { descriptor } of blobs) {
    for await (const chunk of await target.blob(descriptor)) chunks.push(chunk as Buffer);
  }
  const same = Buffer.concat(chunks).equals(Buffer.concat(blobs.map(({ bytes }) => bytes)));
  if (same && matchesDigest(pulled.bytes, manifest.digest)) return;
  throw new DualRegistryError("DIGEST_MISMATCH", `${target.name}: what was pulled is not what was pushed`);
}

/** What was pushed and could not be taken away again. */
export interface LeftBehind {
  /** `host/path@digest`. */
  left: string;
  /** The registry's refusal. */
  why: string;
}

/**
 * Deletes it and sees that it is gone. Many registries delete nothing, or not for whoever may push: GHCR, Docker Hub,
 * Distribution as it is installed. That speaks against none of them.
 *
 * @returns what stays, where the registry refuses; undefined where it is gone
 */
export async function deleteTiny(target: ImageTarget, { manifest }: TinyImage): Promise<LeftBehind | undefined> {
  const left = `${target.name}@${manifest.digest}`;
  try {
    await target.delete(manifest.digest);
  } catch (error) {
    const refused = error instanceof DualRegistryError && NOT_DELETED.includes(error.code);
    if (!refused) throw error;
    return { left, why: error.message };
  }
  if ((await target.resolve(manifest.digest)) === undefined) return undefined;
  return { left, why: "the registry says that it is deleted, and still has it" };
}

const NOT_DELETED: readonly ErrorCode[] = ["REGISTRY_REFUSED", "REGISTRY_AUTH", "TAG_TAKEN"];

/** What came of an attempt. */
export interface ProbeResult {
  found: "allowed" | "denied";
  /** The registry's refusal, or what was done. */
  detail: string;
  /** What it pushed and could not take away again: `host/path@digest`. */
  left?: string;
}

/** A digest that no image has. */
const unusedDigest = (): Digest => `sha256:${createHash("sha256").update(`nobody ${Date.now()}`).digest("hex")}`;

/**
 * Tries an action at a repository without touching anything that is there: reads and deletes a digest that nothing has,
 * begins an upload and gives it up.
 *
 * @throws DualRegistryError for whatever is neither done nor refused: no answer is no refusal
 */
export async function probeAccess(session: RegistrySession, path: string, action: AccessAction): Promise<ProbeResult> {
  try {
    return { found: "allowed", detail: await ATTEMPTS[action](session, path) };
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    if (error.code === "NOT_FOUND") return { found: "allowed", detail: "the registry looked, and there is nothing" };
    if (error.code === "REGISTRY_AUTH") return { found: "denied", detail: error.message };
    // A registry that deletes nothing lets nobody delete.
    if (error.code === "REGISTRY_REFUSED" && action === "delete") return { found: "denied", detail: error.message };
    throw error;
  }
}

const ATTEMPTS: Readonly<Record<AccessAction, (session: RegistrySession, path: string) => Promise<string>>> = {
  pull: async (session, path) => {
    await session.repository(path).manifest(unusedDigest());
    return "read a manifest";
  },
  push: async (session, path) => {
    const scope = `repository:${path}:pull,push`;
    const { header } = await session.call("POST", `/v2/${path}/blobs/uploads/`, { scope, expected: [202] });
    const at = header("location");
    if (at !== undefined) await giveUp(session, at, scope);
    return "began an upload";
  },
  delete: async (session, path) => {
    await session.repository(path).delete(unusedDigest());
    return "a deletion was taken";
  },
  lock: async (session, path) => {
    const scope = `repository:${path}:metadata_read,metadata_write`;
    const body = Buffer.from(JSON.stringify({ writeEnabled: false }));
    const headers = { "content-type": "application/json" };
    await session.call("PATCH", acrPath(path, { digest: unusedDigest() }), { scope, body, headers });
    return "wrote metadata";
  },
  list: async (session, path) => {
    for await (const tag of session.repository(path).tags()) return `listed ${tag}`;
    return "listed no tag";
  },
};

/** An upload that is not given up ends by itself; it holds no byte. */
async function giveUp(session: RegistrySession, location: string, scope: string): Promise<void> {
  const { pathname, search } = new URL(location, "https://registry.invalid");
  await session
    .call("DELETE", `${pathname}${search}`, { scope, expected: [200, 202, 204, 404, 405] })
    .catch(() => undefined);
}

/** Pushes a tiny image by digest, pulls it, and takes it away again where that is allowed. @throws DualRegistryError */
export async function probeRoundTrip(session: RegistrySession, path: string, mayDelete: boolean): Promise<ProbeResult> {
  const target = session.repository(path);
  const image = tinyImage();
  await pushTiny(target, image);
  await pullTiny(target, image);
  if (!mayDelete) {
    const left = `${target.name}@${image.manifest.digest}`;
    return { found: "allowed", detail: "pushed and pulled a tiny image", left };
  }
  const stays = await deleteTiny(target, image);
  if (stays === undefined) return { found: "allowed", detail: "pushed, pulled and deleted a tiny image" };
  return { found: "allowed", detail: `pushed and pulled a tiny image; ${stays.why}`, left: stays.left };
}

/** One thing that is tried out, and what must come of it. */
export interface SmokeCheck {
  stage: Stage;
  registry: ImageClass;
  /** Path as the map of images has it. */
  repository: string;
  action: AccessAction;
  expected: "allowed" | "denied";
}

/** Whose rights are tried out, and where. */
export interface SmokeFacts {
  who: string;
  access: readonly AccessRow[];
  images: readonly MappedImage[];
  /** The stages whose registries can be reached from here: the stage, and the one before. */
  stages: readonly Stage[];
}

/** The repository that is pushed to where all of a registry is allowed; nobody's product has it. */
const SMOKE_REPOSITORY = "dualreg-smoke";
/** Actions in the order in which they are tried. A lock needs one of Azure's registries. */
const ORDER = ["pull", "push", "delete", "lock", "list"] as const satisfies readonly AccessAction[];

const ALL = "*";

/** A repository that a pattern of the matrix allows. */
function repositoryIn(pattern: string): string {
  if (pattern === ALL) return SMOKE_REPOSITORY;
  return pattern.endsWith("/*") ? `${pattern.slice(0, -1)}${SMOKE_REPOSITORY}` : pattern;
}

/** A repository that none of the patterns allows; undefined where they allow all. */
function repositoryBeyond(patterns: readonly string[], images: readonly MappedImage[]): string | undefined {
  if (patterns.includes(ALL)) return undefined;
  const all = [...images.map(({ repository }) => repository), SMOKE_REPOSITORY];
  return all.find((repository) => !patterns.some((pattern) => patternMatches(pattern, repository)));
}

/**
 * What is tried out for an identity or a token: at every registry that can be reached, all actions, those that the
 * matrix allows and those that it does not; and a repository beyond what it allows.
 */
export function smokeChecks({ who, access, images, stages }: SmokeFacts): SmokeCheck[] {
  return stages.flatMap((stage) =>
    IMAGE_CLASSES.flatMap((registry): SmokeCheck[] => {
      const rows = access.filter((row) => row.who === who && row.stage === stage && row.registry === registry);
      const held = rows.filter(({ on, actions }) => on === undefined && actions.length > 0);
      const patterns = [...new Set(held.flatMap(({ repositories }) => repositories))];
      const [first = ALL] = patterns;
      const place = { stage, registry, repository: repositoryIn(first) };
      const may = new Set(
        held.filter(({ repositories }) => repositories.includes(first)).flatMap((row) => row.actions),
      );
      // Whoever may pull may read the metadata that a list is.
      const told = ORDER.filter((action) => action !== "list" || may.has("list") || !may.has("pull"));
      const checks = told.map((action): SmokeCheck => ({
        ...place,
        action,
        expected: may.has(action) ? "allowed" : "denied",
      }));
      const beyond = held.length === 0 ? undefined : repositoryBeyond(patterns, images);
      if (beyond === undefined) return checks;
      return [...checks, { ...place, repository: beyond, action: "pull", expected: "denied" }];
    }),
  );
}
