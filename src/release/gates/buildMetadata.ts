import { z } from "zod";
import { fieldsOf, parseJson, quoted, readBounded } from "../../boundedFile";
import { DualRegistryError } from "../../errors";
import type { BuildMetadata } from "../contract";
import { utcTime } from "./time";

/** Bytes of the largest file of build metadata that is read. */
export const MAX_METADATA = 64 * 1024;

const address = z
  .string()
  .max(2000)
  .regex(/^https:\/\/[^\s@?#"'\\]+$/, "allowed: an https address without user, password or query");

const schema = z.object({
  source: address,
  commit: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "allowed: a whole commit, 40 or 64 hexadecimal digits"),
  version: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, "allowed: a version, such as v1.2.3"),
  createdAt: z.string().refine((text) => utcTime(text) !== undefined, "allowed: a time, such as 2026-11-21T08:00:00Z"),
  run: address.exactOptional(),
});

/**
 * What says how an image was built: JSON with source, commit, version, createdAt and, where there is one, run.
 *
 * @param where names the file, for the message
 * @throws DualRegistryError CONTENT_INVALID with everything that is wrong
 */
export function readBuildMetadata(bytes: Buffer, where: string): BuildMetadata {
  const json = fieldsOf(parseJson(bytes, `Build metadata ${where}`));
  const read = schema.safeParse(json);
  if (read.success) return { ...read.data, createdAt: utcTime(read.data.createdAt) ?? read.data.createdAt };
  const lines = read.error.issues.map(({ path, message }) => {
    const name = String(path[0] ?? "");
    const value = json[name];
    if (value === undefined) return `${name} is missing`;
    // An address may carry a password.
    const shown = typeof value !== "string" || name === "source" || name === "run" ? "the value" : quoted(value);
    return `${name}: ${shown} is not allowed; ${message}`;
  });
  throw new DualRegistryError("CONTENT_INVALID", `Build metadata ${where}: ${lines.join("; ")}`);
}

/** Reads build metadata from a file. @throws DualRegistryError as {@link readBuildMetadata}, and USAGE */
export function readBuildFile(file: string): BuildMetadata {
  return readBuildMetadata(readBounded(file, MAX_METADATA), quoted(file));
}
