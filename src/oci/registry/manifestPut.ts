import { DualRegistryError } from "../../errors";
import type { RegistryComplaint } from "../http/registryError";
import type { Manifest } from "../manifest";
import type { Reply } from "./caller";
import { named, resolveManifest, saidDigest } from "./manifests";
import { at, type Room } from "./room";

/** Sends a manifest by tag, or by digest, without looking at what became of it. @throws DualRegistryError */
export async function sendManifest(
  room: Room,
  manifest: Manifest,
  tag: string | undefined,
  signal?: AbortSignal,
): Promise<Reply> {
  const reference = tag ?? manifest.digest;
  const check = (reply: Reply): void => {
    const said = saidDigest(reply);
    if (!said || said === manifest.digest || !said.startsWith(`${manifest.digest.split(":")[0] ?? ""}:`)) return;
    const what = named(room, reference);
    throw new DualRegistryError(
      "DIGEST_MISMATCH",
      `${what}: the registry calls it ${said}; expected: ${manifest.digest}`,
    );
  };
  const call = { method: "PUT" as const, to: at(room, `manifests/${reference}`), scopes: room.push, signal };
  const sent = { headers: { "content-type": manifest.mediaType }, body: manifest.bytes, check, passes };
  return room.caller.ask({ ...call, ...sent }, [200, 201, 202]);
}

const HURT: readonly string[] = ["DIGEST_INVALID", "MANIFEST_INVALID"];

/**
 * What is sent is what its digest says. A registry that says otherwise got something else, or read a file of its own
 * that another request was just writing, as Distribution 2.8 does with an index and the links of what it names.
 */
const passes = ({ status, code }: RegistryComplaint): boolean => status === 400 && HURT.includes(code);

/**
 * Sends a manifest by tag, or by digest, and looks whether it is there. By digest the registry's answer is believed
 * where it names the digest, which nobody else can take. What is refused by its digest and is there all the same was
 * written, and locked, by another run of the same.
 *
 * @returns the registry's answer; `undefined` where it refused what it has
 * @throws DualRegistryError TAG_TAKEN where the tag stands for another manifest right afterwards
 */
export async function putManifest(
  room: Room,
  manifest: Manifest,
  tag: string | undefined,
  signal?: AbortSignal,
): Promise<Reply | undefined> {
  const reference = tag ?? manifest.digest;
  const what = named(room, reference);
  const reply = await sendOrFind(room, manifest, tag, signal);
  if (!reply) return undefined;
  if (tag === undefined && saidDigest(reply) === manifest.digest) return reply;
  const found = await resolveManifest(room, reference, signal);
  if (found?.digest === manifest.digest) return reply;
  if (!found) throw new DualRegistryError("NOT_FOUND", `${what}: the registry took it, but does not have it`);
  if (tag !== undefined && (await resolveManifest(room, manifest.digest, signal))) {
    throw new DualRegistryError(
      "TAG_TAKEN",
      `${what}: stands for ${found.digest} right after ${manifest.digest} was written: somebody else wrote it at the same time`,
    );
  }
  throw new DualRegistryError("DIGEST_MISMATCH", `${what}: stands for ${found.digest}; written: ${manifest.digest}`);
}

async function sendOrFind(
  room: Room,
  manifest: Manifest,
  tag: string | undefined,
  signal?: AbortSignal,
): Promise<Reply | undefined> {
  try {
    return await sendManifest(room, manifest, tag, signal);
  } catch (error) {
    if (tag !== undefined || !(error instanceof DualRegistryError) || error.code !== "REGISTRY_REFUSED") throw error;
    if ((await resolveManifest(room, manifest.digest, signal)) === undefined) throw error;
    return undefined;
  }
}
