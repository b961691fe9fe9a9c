import { z } from "zod";
import { commit, decode } from "../base/decode/decode";
import { showPath } from "../base/decode/problems";
import { isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { readBounded } from "../base/file";
import { listOf, parseJson } from "../base/json";
import { isRepository, isTag } from "../base/reference";
import { quoted } from "../base/text/quote";
import { isStageName } from "../domain/stage";

/** What a publication or promotion by digest says of its image: that much is read, and believed only where it is borne out. */
const resultSchema = z.object({
  stage: z.string().refine(isStageName, "allowed: the name of a stage"),
  repository: z.string().refine(isRepository, "allowed: a repository's path in lower case"),
  /** `host/path`. */
  image: z.string().min(1).max(500),
  digest: z.string().refine(isDigest, "allowed: a digest"),
  tags: z.array(z.string().refine(isTag, "allowed: a tag")).min(1).max(100).readonly(),
  version: z.string().min(1).max(500),
  commit,
});

/** What a publication or promotion by digest says of its image. */
export type PushResult = z.infer<typeof resultSchema>;

/** Bytes of the largest file of results, and the most results in it. */
const MOST = { bytes: 4 * 1024 * 1024, results: 1_000 } as const;

/**
 * Reads what publications and promotions by digest printed as JSON: one result, or a list of them.
 *
 * @param file a file's name, or `-` for standard input
 * @throws DualRegistryError CONTENT_INVALID naming file and field; USAGE for what cannot be read
 */
export function readPushResults(file: string): readonly PushResult[] {
  const where = `Result ${quoted(file)}`;
  const value = parseJson(readBounded(file, MOST.bytes), where);
  const values = Array.isArray(value) ? listOf(value) : [value];
  if (values.length > MOST.results) {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${where}: ${values.length} results; allowed: at most ${MOST.results}`,
    );
  }
  return values.map((one, at) => {
    const read = decode(resultSchema, one);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const field = showPath([...(values.length > 1 ? [at] : []), ...(issue?.path ?? [])]);
    const how = "give what image publish or image promote --push-by-digest --format json printed";
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${where}: ${field === "" ? "" : `${field}: `}${issue?.message ?? "unreadable"}; ${how}`,
    );
  });
}
