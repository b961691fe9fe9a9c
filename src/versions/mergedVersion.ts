import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import { coreOf, prefixProblem, type VersionScheme, withoutPrefix, writeVersion } from "../domain/image/version";
import { MAX_CHART, readChart } from "./chart";
import { fileAt, pathBelow } from "./committedFile";
import { ask, type Clone, commitOf, isShallow, makeTag } from "./repository";

/** The git tag of a chart's version: `orders-v1.1.0`, with the product's prefix. */
export const chartTag = (name: string, version: string, scheme: VersionScheme): string =>
  `${name}-${writeVersion(version, scheme)}`;

/**
 * A version that is asked for, without its prefix.
 *
 * @param text in the product's form, or three numbers
 * @throws DualRegistryError USAGE
 */
export function chartVersion(text: string, scheme: VersionScheme): string {
  const core = coreOf(text, scheme);
  if (core !== undefined) return withoutPrefix(core);
  const otherForm = text.startsWith("v") ? prefixProblem(text, scheme) : undefined;
  const why = otherForm ?? `version ${quoted(text)} is not allowed; allowed: three numbers, such as 1.1.0`;
  throw new DualRegistryError("USAGE", why);
}

/** A merged version's tag. */
export interface TaggedVersion {
  tag: string;
  commit: string;
  version: string;
  /** False where it stood already. */
  made: boolean;
}

/**
 * Tags the commit by which a chart's version came to main: once it is merged, and there alone.
 *
 * @param main the merged branch as the clone knows it, such as `origin/main`
 * @param wanted the version that is meant; whatever main has where it is left out
 * @throws DualRegistryError GATE_REFUSED where main has another version, or the tag stands for another commit; NOT_FOUND
 */
export async function tagMergedVersion(
  clone: Clone,
  { chart: named, main, version: wanted }: { chart: string; main: string; version?: string },
  scheme: VersionScheme,
): Promise<TaggedVersion> {
  const path = pathBelow(clone, named);
  const head = await commitOf(clone, `refs/remotes/${main}`);
  if (head === undefined) {
    throw new DualRegistryError("NOT_FOUND", `${quoted(main)} is not known here; fetch it first: git fetch origin`);
  }
  if (await isShallow(clone)) {
    throw new DualRegistryError(
      "USAGE",
      "This clone is a shallow one, whose history is cut; run git fetch --unshallow",
    );
  }
  const kept = await fileAt(clone, head, path, MAX_CHART);
  if (kept === undefined) throw new DualRegistryError("NOT_FOUND", `${quoted(path)} is not on ${main}; merge it first`);
  const { name, version } = readChart(kept.text, path);
  const asked = wanted === undefined ? version : chartVersion(wanted, scheme);
  if (asked !== version) {
    const what = `${quoted(path)} on ${main} (${head.slice(0, 12)}) has version ${version}, and not ${asked}`;
    throw new DualRegistryError("GATE_REFUSED", `${what}; merge the bump, then fetch: git fetch origin`);
  }
  const commit = await broughtBy(clone, { head, path, version });
  const tag = chartTag(name, version, scheme);
  const made = await makeTag(clone, tag, commit, `${name} ${version}`);
  return { tag, commit, version, made };
}

/** The oldest commit of main's own line from which on the chart has the version without a break. */
async function broughtBy(
  clone: Clone,
  { head, path, version }: { head: string; path: string; version: string },
): Promise<string> {
  const words = ["log", "--first-parent", "--format=%H", head, "--", `:(top,literal)${path}`];
  const commits = (await ask(clone, words)).split("\n").filter((line) => line !== "");
  let brought = head;
  for (const commit of commits) {
    const kept = await fileAt(clone, commit, path, MAX_CHART);
    if (kept === undefined || versionIn(kept.text, path) !== version) return brought;
    brought = commit;
  }
  return brought;
}

/** What was no chart in an older commit had no version. */
function versionIn(text: string, path: string): string | undefined {
  try {
    return readChart(text, path).version;
  } catch (error) {
    if (error instanceof DualRegistryError) return undefined;
    throw error;
  }
}
