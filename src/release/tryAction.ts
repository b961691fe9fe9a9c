import { createHash } from "node:crypto";
import type { AccessAction } from "../domain/access";
import { DualRegistryError } from "../errors";
import type { Digest } from "../oci/digest";
import type { RegistrySession } from "../oci/registry/session";
import { deleteTiny, pullTiny, pushTiny, tinyImage } from "./smokeImage";

/** What came of an attempt. */
export interface Tried {
  found: "allowed" | "denied";
  /** The registry's refusal, or what was done. */
  detail: string;
  /** What it pushed and could not take away again: `host/path@digest`. */
  left?: string;
}

/** A digest that no image has: what happens to it happens to nobody. */
const nobodys = (): Digest => `sha256:${createHash("sha256").update(`nobody ${Date.now()}`).digest("hex")}`;

/**
 * Tries an action at a repository without touching anything that is there: reads and deletes a digest that nothing has,
 * begins an upload and gives it up.
 *
 * @throws DualRegistryError for whatever is neither done nor refused: no answer is no refusal
 */
export async function tryAction(session: RegistrySession, path: string, action: AccessAction): Promise<Tried> {
  try {
    return { found: "allowed", detail: await ATTEMPTS[action](session, path) };
  } catch (error) {
    if (!(error instanceof DualRegistryError)) throw error;
    if (error.code === "NOT_FOUND") return { found: "allowed", detail: "the registry looked, and there is nothing" };
    if (error.code === "REGISTRY_AUTH") return { found: "denied", detail: error.message };
    throw error;
  }
}

const ATTEMPTS: Readonly<Record<AccessAction, (session: RegistrySession, path: string) => Promise<string>>> = {
  pull: async (session, path) => {
    await session.repository(path).manifest(nobodys());
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
    await session.repository(path).delete(nobodys());
    return "a deletion was taken";
  },
  lock: async (session, path) => {
    const scope = `repository:${path}:metadata_read,metadata_write`;
    const body = Buffer.from(JSON.stringify({ writeEnabled: false }));
    const headers = { "content-type": "application/json" };
    await session.call("PATCH", `/acr/v1/${path}/_manifests/${nobodys()}`, { scope, body, headers });
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
export async function tryRoundTrip(session: RegistrySession, path: string, mayDelete: boolean): Promise<Tried> {
  const target = session.repository(path);
  const image = tinyImage();
  await pushTiny(target, image);
  await pullTiny(target, image);
  if (!mayDelete) {
    const left = `${target.name}@${image.manifest.digest}`;
    return { found: "allowed", detail: "pushed and pulled a tiny image", left };
  }
  await deleteTiny(target, image);
  return { found: "allowed", detail: "pushed, pulled and deleted a tiny image" };
}
