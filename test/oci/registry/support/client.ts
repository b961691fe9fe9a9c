import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { defined } from "../../../../src/base/defined";
import { digestOf } from "../../../../src/base/digest";
import { DualRegistryError, type ErrorCode } from "../../../../src/base/errors";
import type { Credential } from "../../../../src/oci/auth/credential";
import { type Descriptor, type Manifest, MEDIA } from "../../../../src/oci/manifest";
import { openRegistry, type RegistrySession, type SessionOptions } from "../../../../src/oci/registry/session";

export const NOBODY: Credential = { kind: "anonymous", from: "no login" };
export const SOMEBODY: Credential = { kind: "basic", username: "robin", password: "hunter2-secret", from: "test.json" };

/** A session that waits for nothing long. */
export function openQuickly(
  host: string,
  credential: Credential = NOBODY,
  options: Partial<SessionOptions> = {},
): RegistrySession {
  return openRegistry(host, {
    credentials: () => Promise.resolve(credential),
    timeouts: { connect: 2000, headers: 5000, idle: 5000, response: 5000, commit: 5000, ...options.timeouts },
    retry: { attempts: 4, base: 5, maxPause: 20, maxRetryAfter: 1500, ...options.retry },
    ...defined({ onRetry: options.onRetry, signal: options.signal }),
  });
}

/** Random bytes with their descriptor. */
export function makeBlob(size: number): { bytes: Buffer; descriptor: Descriptor } {
  const bytes = randomBytes(size);
  return { bytes, descriptor: { mediaType: MEDIA.ociLayerGzip, digest: digestOf(bytes), size } };
}

/** Opens bytes as a source of an upload does. */
export const opener =
  (bytes: Buffer) =>
  (offset: number): Promise<Readable> => {
    const pieces = function* (): Generator<Buffer> {
      for (let at = offset; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    };
    return Promise.resolve(Readable.from(pieces(), { objectMode: false }));
  };

/** An image's manifest of these blobs. */
export function makeManifest(config: Descriptor, layers: readonly Descriptor[], more: object = {}): Manifest {
  const content = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers, ...more };
  const bytes = Buffer.from(JSON.stringify(content, null, 3));
  return { bytes, digest: digestOf(bytes), mediaType: MEDIA.ociManifest };
}

/** All bytes of a stream. */
export async function drain(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Everything of an async list. */
export async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of list) all.push(one);
  return all;
}

/** For `assert.rejects`: the project's error with this code and a message that fits. */
export const failsAs =
  (code: ErrorCode, ...patterns: readonly RegExp[]) =>
  (error: unknown): true => {
    if (!(error instanceof DualRegistryError)) throw error;
    if (error.code !== code) throw new Error(`code ${error.code} instead of ${code}: ${error.message}`);
    const missed = patterns.find((pattern) => !pattern.test(error.message));
    if (missed) throw new Error(`${String(missed)} is not in: ${error.message}`);
    if (error.message.includes("hunter2")) throw new Error(`the password is in: ${error.message}`);
    return true;
  };

export const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
