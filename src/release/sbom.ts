import { fieldsOf, parseJson, quoted, readBounded } from "../boundedFile";
import { DualRegistryError } from "../errors";
import type { Attachment } from "./publishState";

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
