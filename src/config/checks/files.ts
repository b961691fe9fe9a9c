import { OWNABLE } from "../../domain/stageConfig";
import { isStage, type Stage } from "../../domain/stage";
import type { Problem } from "../problem";
import { SHARED_FILE, type ProjectFiles, type StageFile } from "../raw";
import { SECRET_KEYS, STAGE } from "../stageSchema";
import { SHARED } from "../sharedSchema";

const SHARED_KEYS: readonly string[] = Object.keys(SHARED);
const STAGE_KEYS: readonly string[] = [...Object.keys(STAGE), "registries", ...SECRET_KEYS];

/** A shared fact is told of in any stage's file, a key nobody knows only in the file of the stage at hand. */
function checkKeys({ file, stack, keys }: StageFile, current: Stage): Problem[] {
  return keys.flatMap((path): Problem[] => {
    if (STAGE_KEYS.includes(path)) return [];
    if (SHARED_KEYS.includes(path)) {
      const allowed = `move it there: Pulumi would take this value and drop ${SHARED_FILE}'s, not merge them`;
      return [{ file, path, what: `a fact of all stages, which stands in ${SHARED_FILE}`, allowed }];
    }
    if (stack !== current) return [];
    return [{ file, path, what: "no such key", allowed: `allowed: ${[...STAGE_KEYS].sort().join(", ")}` }];
  });
}

function checkSharedKeys(shared: readonly string[]): Problem[] {
  return shared.flatMap((path): Problem[] => {
    if (SHARED_KEYS.includes(path)) return [];
    const stageOwn = STAGE_KEYS.includes(path);
    return [
      {
        file: SHARED_FILE,
        path,
        what: stageOwn ? "a fact of one stage" : "no such key",
        allowed: stageOwn ? "move it to the stage's file" : `allowed: ${[...SHARED_KEYS].sort().join(", ")}`,
      },
    ];
  });
}

/** Silent while a stage's own is no list or misspelt, since that may be the owner looked for. */
function checkOwners(stages: readonly StageFile[]): Problem[] {
  const known: readonly unknown[] = OWNABLE;
  const misspelt = ({ owns }: StageFile) => Array.isArray(owns) && owns.some((thing) => !known.includes(thing));
  if (stages.some((file) => misspelt(file) || (file.owns !== undefined && !Array.isArray(file.owns)))) return [];
  return OWNABLE.flatMap((thing): Problem[] => {
    const owners = stages.filter(({ owns }) => Array.isArray(owns) && owns.includes(thing));
    if (owners.length === 1) return [];
    const files = owners.map(({ file }) => file).join(", ");
    return [
      {
        file: owners[0]?.file ?? "Pulumi.<stage>.yaml",
        path: "owns",
        what: owners.length === 0 ? `no stage owns ${thing}` : `${thing} is owned by ${files}`,
        allowed: `allowed: ${thing} in the owns of exactly one stage`,
      },
    ];
  });
}

/** What holds over the project's files: keys in the right file, one owner of each thing. */
export function checkFiles(files: ProjectFiles, current: Stage): Problem[] {
  const stages = files.stages.filter(({ stack }) => isStage(stack));
  return [
    ...checkSharedKeys(files.shared),
    ...stages.flatMap((file) => checkKeys(file, current)),
    ...checkOwners(stages),
  ];
}
