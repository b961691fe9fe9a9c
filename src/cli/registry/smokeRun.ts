import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { DualRegistryError, type ExitCode } from "../../errors";
import { digestOf, matchesDigest } from "../../oci/digest";
import type { ImageTarget } from "../../oci/imageStore";
import type { Descriptor, Manifest } from "../../oci/manifest";
import { MEDIA } from "../../oci/mediaTypes";
import { parseReference } from "../../oci/reference";
import { runPhases, type Phase } from "../../release/phases";
import { timeText } from "../amounts";
import type { ResultFormat } from "../image/options";
import { withRegistries } from "../image/tools";
import type { Surroundings } from "../previewRun";

export interface SmokeOptions {
  format: ResultFormat;
}

interface Smoke {
  target: ImageTarget;
  blobs: readonly { descriptor: Descriptor; bytes: Buffer }[];
  manifest: Manifest;
  login: () => Promise<void>;
}

const QUIET = { total: () => undefined, bytes: () => undefined, note: () => undefined };

/** An image of a few bytes that no other has: a smoke test must not pass on what an earlier one left. */
function tinyImage(): Pick<Smoke, "blobs" | "manifest"> {
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

const PHASES: readonly Phase<Smoke>[] = [
  { name: "login", run: ({ login }) => login() },
  {
    name: "push",
    run: async ({ target, blobs, manifest }) => {
      for (const { descriptor, bytes } of blobs) {
        await target.writeBlob(descriptor, (offset) => Promise.resolve(Readable.from([bytes.subarray(offset)])));
      }
      await target.writeManifest(manifest);
    },
  },
  {
    name: "pull and compare",
    run: async ({ target, blobs, manifest }) => {
      const pulled = await target.manifest(manifest.digest);
      const chunks: Buffer[] = [];
      for (const { descriptor } of blobs) {
        for await (const chunk of await target.blob(descriptor)) chunks.push(chunk as Buffer);
      }
      const same = Buffer.concat(chunks).equals(Buffer.concat(blobs.map(({ bytes }) => bytes)));
      if (same && matchesDigest(pulled.bytes, manifest.digest)) return;
      throw new DualRegistryError("DIGEST_MISMATCH", `${target.name}: what was pulled is not what was pushed`);
    },
  },
  {
    name: "delete",
    run: async ({ target, manifest }) => {
      await target.delete(manifest.digest);
      if ((await target.resolve(manifest.digest)) === undefined) return;
      throw new DualRegistryError(
        "REGISTRY_REFUSED",
        `${target.name}@${manifest.digest} was deleted and is still there`,
      );
    },
  },
];

/** Runs the smoke test and says how long each part took; a part that fails ends it with the reason. */
export async function runSmoke(text: string, { format }: SmokeOptions, around: Surroundings): Promise<ExitCode> {
  const { host, repository } = parseReference(text);
  return withRegistries<ExitCode>(around, async (registries) => {
    const session = registries.session(host);
    const target = session.repository(repository);
    const state: Smoke = { target, ...tinyImage(), login: () => session.ping() };
    const listener = { begin: () => QUIET, end: () => undefined };
    const phases = await runPhases(PHASES, state, listener);
    const result = { repository: target.name, digest: state.manifest.digest, phases };
    const line = phases.map(({ phase, milliseconds }) => `${phase} ${timeText(milliseconds)}`).join(", ");
    around.stdout.write(format === "json" ? `${JSON.stringify(result, null, 2)}\n` : `${target.name}: ${line}\n`);
    return 0;
  });
}
