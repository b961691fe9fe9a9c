import { OWN_TAGS } from "../../domain/planStage";
import type { Stage } from "../../domain/stage";
import { showValue, type Problem } from "../problem";
import { stageFileName } from "../raw";

/** Tag names are distinct whatever their letter case, which ARM ignores, and leave the program its own. */
export function checkTags(stage: Stage, tags: Readonly<Record<string, string>>): Problem[] {
  const own: readonly string[] = OWN_TAGS;
  const seen = new Set(own);
  return Object.keys(tags).flatMap((name): Problem[] => {
    const key = name.toLowerCase();
    const taken = seen.has(key);
    seen.add(key);
    if (!taken) return [];
    const what = own.includes(key) ? "is set by the program" : "stands twice but for its letter case";
    const allowed = `allowed: any name but ${own.join(", ")}, each once`;
    return [{ file: stageFileName(stage), path: "tags", what: `${showValue(name)} ${what}`, allowed }];
  });
}
