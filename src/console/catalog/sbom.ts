import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { fieldsOf, listOf, parseJson, textAt } from "../../base/json";
import { type Descriptor, type ImageSource, readManifest, readSmallBlob } from "../../oci";
import type { SbomView } from "../model";

/** Bytes of the largest SBOM that is read, packages that are listed, and characters of a name. */
const MAX_SBOM = 16 * 1024 * 1024;
const MAX_PACKAGES = 10_000;
/** Values in it: each takes many times its two characters once it is parsed. */
const MAX_VALUES = 1_500_000;
const MAX_NAME = 255;

/** Predicates of SBOMs. Source: in-toto attestation framework, predicates spdx.md and cyclonedx.md. */
const SBOM_PREDICATES = /^https:\/\/(?:spdx\.dev\/Document|cyclonedx\.org\/bom)/;
/** Media types of SBOMs. Source: IANA media types, spdx+json and vnd.cyclonedx+json. */
const SBOM_TYPES: readonly string[] = ["application/spdx+json", "application/vnd.cyclonedx+json", "text/spdx+json"];

export const isSbomPredicate = (type: string): boolean => SBOM_PREDICATES.test(type);
export const isSbomType = (type: string | undefined): boolean => SBOM_TYPES.includes(type ?? "");

/** What an SBOM says. */
export interface Sbom extends Pick<SbomView, "format" | "packages"> {
  /** True where it names more packages than are listed. */
  readonly isCut: boolean;
}

/**
 * The packages that an SBOM names, sorted by name and version, each once; undefined for what is no SBOM.
 * Sources: SPDX 2.3, clause 7 (packages); CycloneDX 1.6 (components).
 */
export function readSbom(document: unknown): Sbom | undefined {
  const spdx = textAt(document, "spdxVersion");
  const cyclone = textAt(document, "bomFormat") === "CycloneDX" ? (textAt(document, "specVersion") ?? "") : undefined;
  if (spdx === undefined && cyclone === undefined) return undefined;
  const raw = spdx === undefined ? fieldsOf(document)["components"] : fieldsOf(document)["packages"];
  const versionField = spdx === undefined ? "version" : "versionInfo";
  const packages = new Map<string, { name: string; version: string }>();
  let isCut = false;
  for (const one of listOf(raw)) {
    const name = textAt(one, "name")?.slice(0, MAX_NAME);
    if (name === undefined) continue;
    const version = (textAt(one, versionField) ?? "").slice(0, MAX_NAME);
    isCut = packages.size >= MAX_PACKAGES && !packages.has(`${name} ${version}`);
    if (isCut) break;
    packages.set(`${name} ${version}`, { name, version });
  }
  const format = spdx === undefined ? `CycloneDX ${cyclone ?? ""}` : spdx;
  const sorted = [...packages].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
  return { format: format.slice(0, 40), packages: sorted, isCut };
}

/**
 * An SBOM that is attached as it is, or in an unsigned statement.
 *
 * @param isThrown errors that are not a problem of the document. Default: REGISTRY_UNAVAILABLE
 * @throws DualRegistryError those
 */
export async function readPlainSbom(
  source: ImageSource,
  digest: Digest,
  isThrown = ({ code }: DualRegistryError): boolean => code === "REGISTRY_UNAVAILABLE",
): Promise<{ sbom: Sbom } | { problem: string }> {
  const where = `${source.name}@${digest}`;
  try {
    const { layers } = readManifest(await source.manifest(digest), where);
    const layer = layers.find(isSbomLayer) ?? (layers.length === 1 ? layers[0] : undefined);
    if (layer === undefined) return { problem: `${layers.length} layers, and none of them says that it is one` };
    const bytes = await readSmallBlob(source, layer, MAX_SBOM);
    if (bytes === undefined) return { problem: `${layer.size} bytes; allowed: ${MAX_SBOM}` };
    if (countValues(bytes) > MAX_VALUES) return { problem: `more than ${MAX_VALUES} values in it` };
    const json = parseJson(bytes, where);
    const sbom = readSbom(json) ?? readSbom(fieldsOf(json)["predicate"]);
    return sbom === undefined ? { problem: "neither SPDX nor CycloneDX in JSON" } : { sbom };
  } catch (error) {
    if (error instanceof DualRegistryError && !isThrown(error)) return { problem: error.message };
    throw error;
  }
}

/** Objects, lists and elements of a document, about: what it takes once it is parsed, before it is. */
function countValues(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === COMMA || byte === BRACE || byte === BRACKET) count += 1;
  return count;
}
const [COMMA, BRACE, BRACKET] = [",", "{", "["].map((one) => one.charCodeAt(0));

const isSbomLayer = ({ mediaType, annotations }: Descriptor): boolean =>
  isSbomType(mediaType) || isSbomPredicate(annotations?.["in-toto.io/predicate-type"] ?? "");
