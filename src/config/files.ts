import { keyAdvice, meantKey, type Problem } from "../base/decode/problems";
import { OWNABLE } from "../domain/plan/stageConfig";
import { isStage, isStageName, type Stage, type Stages } from "../domain/stage";
import { type ProjectFiles, SHARED_FILE, type StageFile, stageFileName } from "../project";
import { SHARED_KEYS, STAGE_KEYS } from "./keys";
import { providerKey } from "./providers";

/** A key that its file does not take: one of the other kind of file, or one that nobody knows. */
function unknownKey(file: string, path: string, own: readonly string[], elsewhere: readonly string[]): Problem {
  const problem = { file, path, what: "no such key" };
  const [meant, other, provider] = [meantKey(path, own), meantKey(path, elsewhere), providerKey(path)];
  if (provider !== undefined) return { ...problem, allowed: `did you mean \`${provider}\`?`, meant: provider };
  if (meant !== undefined || other === undefined) {
    return { ...problem, allowed: keyAdvice(path, own), ...(meant !== undefined && { meant }) };
  }
  const place = file === SHARED_FILE ? "the stage's file" : SHARED_FILE;
  return { ...problem, allowed: `did you mean \`${other}\`? It belongs in ${place}`, meant: other };
}

/** A shared fact and a misspelt owner are told of in any stage's file, other unknown keys only in the one at hand. */
function checkKeys({ file, stack, keys }: StageFile, current: Stage): Problem[] {
  return keys.flatMap((path): Problem[] => {
    if (STAGE_KEYS.includes(path)) return [];
    if (SHARED_KEYS.includes(path)) {
      const allowed = `move it there: Pulumi would take this value and drop ${SHARED_FILE}'s, not merge them`;
      return [{ file, path, what: `a key of all stages, which belongs in ${SHARED_FILE}`, allowed }];
    }
    const problem = unknownKey(file, path, STAGE_KEYS, SHARED_KEYS);
    return stack === current || problem.meant === "owns" ? [problem] : [];
  });
}

function checkSharedKeys(shared: readonly string[]): Problem[] {
  return shared.flatMap((path): Problem[] => {
    if (SHARED_KEYS.includes(path)) return [];
    if (!STAGE_KEYS.includes(path)) return [unknownKey(SHARED_FILE, path, SHARED_KEYS, STAGE_KEYS)];
    return [{ file: SHARED_FILE, path, what: "a key of one stage", allowed: "move it to the stage's file" }];
  });
}

/** True for what may be the owner looked for: its own is no list, names nothing there is, or has a wrong namespace. */
function isUnclear({ owns, foreign = [] }: StageFile): boolean {
  const known: readonly unknown[] = OWNABLE;
  if (foreign.some((key) => key.endsWith(":owns"))) return true;
  return owns !== undefined && !(Array.isArray(owns) && owns.every((thing) => known.includes(thing)));
}

/** Each thing has one owner. Silent while a stage's own is unclear. */
function checkOwners(
  { stages, unlisted, gated }: { stages: readonly StageFile[]; unlisted: readonly StageFile[]; gated: boolean },
  listed: Stages,
): Problem[] {
  if (stages.some(isUnclear)) return [];
  const ownersOf = (thing: string, files: readonly StageFile[]) =>
    files.filter(({ owns }) => Array.isArray(owns) && owns.includes(thing));
  return OWNABLE.filter((thing) => gated || thing !== "repository").flatMap((thing): Problem[] => {
    const [owner, ...others] = ownersOf(thing, stages);
    if (owner && others.length === 0) return [];
    const allowed = `allowed: ${thing} in the owns of exactly one stage`;
    if (owner) {
      const files = [owner, ...others].map(({ file }) => file).join(", ");
      return [{ file: owner.file, path: "owns", what: `${thing} is owned by ${files}`, allowed }];
    }
    const [left] = ownersOf(thing, unlisted);
    if (left) return [unlistedOwner(left, listed)];
    const from = { paths: ["stages", "owns"] };
    return [{ file: "Pulumi.<stage>.yaml", path: "owns", what: `no stage owns ${thing}`, allowed, from }];
  });
}

/** The list lacks a stage, and all that is said of that stage follows from it. */
function unlistedOwner({ file, stack }: StageFile, listed: Stages): Problem {
  const what = `${stack} owns what one stage must own, and is not a stage (${listed.join(", ")})`;
  const allowed = `add ${stack} to stages in ${SHARED_FILE}, or move owns to a stage's file`;
  return { file, path: "owns", what, allowed, meant: "stages" };
}

/**
 * Each stage of the list has a file: a release could not pass a stage that is not there. Where nothing is listed, only the
 * stages between two that are there must: a project may have begun with some of the usual ones.
 */
function checkListed(
  shared: readonly string[],
  stages: readonly StageFile[],
  unlisted: readonly StageFile[],
  listed: Stages,
) {
  const there = listed.filter((stage) => stages.some(({ stack }) => stack === stage));
  const [first = "", last = ""] = [there[0], there.at(-1)];
  const between = listed.slice(listed.indexOf(first), listed.indexOf(last));
  const missing = (shared.includes("stages") ? listed : between).filter((stage) => !there.includes(stage));
  if (missing.length === 0 || there.length === 0) return [];
  const names = missing.map(stageFileName).join(", ");
  const said = shared.includes("stages") ? "" : ` (where nothing is listed, the stages are ${listed.join(", ")})`;
  const [left, ...others] = unlisted;
  // One file too many and one too few: the stage was renamed in one place alone.
  if (left !== undefined && others.length === 0 && missing.length === 1 && isStageName(left.stack)) {
    const renamed = listed.map((stage) => (there.includes(stage) ? stage : left.stack)).join(", ");
    const what = `no file ${names}${said}, and ${left.file} is of no stage`;
    return [{ file: SHARED_FILE, path: "stages", what, allowed: `rename the file, or list [${renamed}]` }];
  }
  const allowed = `add the file, or list the stages that there are: [${there.join(", ")}]`;
  const beside = unlisted.length === 0 ? "" : `; of no stage: ${unlisted.map(({ file }) => file).join(", ")}`;
  return [{ file: SHARED_FILE, path: "stages", what: `no file ${names}${said}${beside}`, allowed }];
}

/**
 * What holds over the project's files: keys in the right file, one owner of each thing.
 *
 * @param gated false where gates are off, and with them the repository's settings
 */
export function checkFiles(
  { shared, stages: all }: ProjectFiles,
  current: Stage,
  listed: Stages,
  gated: boolean,
): Problem[] {
  const stages = all.filter(({ stack }) => isStage(stack, listed));
  const unlisted = all.filter(({ stack }) => !isStage(stack, listed));
  const keys = checkSharedKeys(shared);
  const missing = keys.some(({ meant }) => meant === "stages") ? [] : checkListed(shared, stages, unlisted, listed);
  // A file that the list does not name may be that of a stage whose own is missing.
  const left = missing.length > 0 || keys.some(({ meant }) => meant === "stages") ? [] : unlisted;
  return [
    ...keys,
    ...missing,
    ...stages.flatMap((file) => checkKeys(file, current)),
    ...checkOwners({ stages, unlisted: left, gated }, listed),
  ];
}
