import { type Digest, parseDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { readBounded } from "../base/file";
import { isRepository } from "../base/reference";
import { quoted } from "../base/text/quote";

/** The most lines of one list. */
const MOST = 1_000;
/** Bytes of the largest list: more than that many of the longest lines. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a list of images, one a line, which somebody else wrote: nothing in it is ever a word of a command line. The
 * last line may lack its end; there are no comments and no empty lines.
 *
 * @param file a file's name, or `-` for standard input
 * @param read reads one line; `where` names file and line
 * @returns what each line says, in order; empty for an empty file
 * @throws DualRegistryError CONTENT_INVALID naming file and line, also for a line that is there twice; USAGE
 */
export function readImageLines<T>(file: string, read: (line: string, where: string) => T): T[] {
  const name = `Images ${quoted(file)}`;
  const text = readBounded(file, MAX_BYTES).toString("utf8").replace(/\n$/, "");
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines.length > MOST) {
    throw new DualRegistryError("CONTENT_INVALID", `${name}: ${lines.length} lines; allowed: at most ${MOST}`);
  }
  const seen = new Map<string, number>();
  return lines.map((line, at) => {
    const where = `${name}, line ${at + 1}`;
    const before = seen.get(line);
    if (before !== undefined) {
      throw new DualRegistryError("CONTENT_INVALID", `${where}: ${quoted(line)} stands in line ${before} already`);
    }
    seen.set(line, at + 1);
    return read(line, where);
  });
}

/** An image of a release, as command lines and lists name it. */
export interface NamedDigest {
  repository: string;
  digest: Digest;
}

/**
 * Reads `orders/api@sha256:...`.
 *
 * @param mapped repositories of the map: no other is taken
 * @param where names the place it stands in, for the message
 * @throws DualRegistryError CONTENT_INVALID
 */
export function readNamedDigest(text: string, mapped: readonly string[], where: string): NamedDigest {
  const [repository = "", digest, ...more] = text.split("@");
  if (digest === undefined || more.length > 0 || !isRepository(repository)) {
    throw new DualRegistryError("CONTENT_INVALID", `${where}: ${quoted(text)}: allowed: such as orders/api@sha256:...`);
  }
  if (!mapped.includes(repository)) {
    const allowed = mapped.slice(0, 20).join(", ");
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${where}: ${quoted(repository)} is not mapped; allowed: ${allowed}`,
    );
  }
  return { repository, digest: parseDigest(digest, where) };
}
