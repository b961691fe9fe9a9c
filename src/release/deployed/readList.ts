import { parseJson, quoted, readBounded } from "../../boundedFile";
import { DualRegistryError } from "../../errors";
import { addReference, nothingDeployed, somethingDeployed, type Deployed } from "./deployed";

/** Bytes of the largest list that is read. */
export const MAX_LIST = 16 * 1024 * 1024;

const HOLDS = "a digest, or an image's address with tag or digest, a line, or a JSON list of them";

function entries(bytes: Buffer, where: string): readonly unknown[] {
  const text = bytes.toString("utf8").trim();
  if (text.startsWith("[")) {
    const list = parseJson(bytes, where);
    return Array.isArray(list) ? list : [];
  }
  return text
    .split("\n")
    .map((line) => line.replace(/(?:^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/**
 * What is deployed, by a list. An entry that is neither is refused: skipping it could delete what it meant.
 *
 * @param file a file's name, or `-` for standard input
 * @throws DualRegistryError CONTENT_INVALID, USAGE
 */
export function readDeployedList(file: string): Deployed {
  const where = `Deployed images ${quoted(file)}`;
  const deployed = nothingDeployed();
  entries(readBounded(file, MAX_LIST), where).forEach((entry, at) => {
    if (typeof entry === "string" && addReference(deployed, entry, { implicitLatest: false })) return;
    const shown = typeof entry === "string" ? quoted(entry) : "no text";
    throw new DualRegistryError("CONTENT_INVALID", `${where}: entry ${at + 1}: ${shown}; allowed: ${HOLDS}`);
  });
  return somethingDeployed(deployed, where, HOLDS);
}
