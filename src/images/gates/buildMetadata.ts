import { z } from "zod";
import { commit, decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { readBounded } from "../../base/file";
import { fieldsOf, parseJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { utcTime } from "../../base/time";
import type { BuildMetadata } from "../recordSchemas";
import type { Attachment } from "../types";

/** Bytes of the largest file of build metadata that is read. */
const MAX_METADATA = 64 * 1024;

const address = z
  .string()
  .max(2000)
  .regex(/^https:\/\/[^\s@?#"'\\]+$/, "allowed: an https address without user, password or query");

const schema = z.object({
  source: address,
  commit,
  version: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, "allowed: a version, as the product writes it"),
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
  const read = decode(schema, json);
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

/** Bytes of the largest SBOM. */
const MAX_SBOM = 64 * 1024 * 1024;

/**
 * An SBOM with the media type of its format. Its bytes go along as they are.
 *
 * @throws DualRegistryError CONTENT_INVALID for what is neither SPDX nor CycloneDX JSON
 */
export function readSbom(file: string): Attachment {
  const bytes = readBounded(file, MAX_SBOM);
  const { spdxVersion, bomFormat } = fieldsOf(parseJson(bytes, `SBOM ${quoted(file)}`));
  if (typeof spdxVersion === "string" && spdxVersion.startsWith("SPDX-2.")) {
    return { mediaType: "application/spdx+json", bytes };
  }
  if (bomFormat === "CycloneDX") return { mediaType: "application/vnd.cyclonedx+json", bytes };
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `SBOM ${quoted(file)}: neither spdxVersion "SPDX-2.x" nor bomFormat "CycloneDX"; allowed: one of the two as JSON`,
  );
}
