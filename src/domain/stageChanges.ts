import { entryStage, placeOf, type Stage, stageBefore, type Stages } from "./stage";

/** What became of a project's list of stages, and what follows from it. */
export interface StageListChange {
  kind: "removed" | "renamed" | "inserted" | "reordered";
  /** The stages that it is of: the old name of one that is renamed. */
  stages: readonly Stage[];
  /** The new name of a stage that is renamed. */
  to?: Stage;
  follows: string;
}

/**
 * What changes from one list of stages to another. A removal and an insertion behind the same stage are a renaming:
 * nobody can tell them apart, and what follows is the same.
 */
export function stageListChanges(before: Stages, after: Stages): readonly StageListChange[] {
  const gone = before.filter((stage) => !after.includes(stage));
  const added = after.filter((stage) => !before.includes(stage));
  const changes: StageListChange[] = [];
  for (const stage of gone) {
    const place = stayedBefore(stage, before, after);
    const at = added.findIndex((one) => stayedBefore(one, after, before) === place);
    const [to] = at < 0 ? [] : added.splice(at, 1);
    if (to === undefined)
      changes.push({ kind: "removed", stages: [stage], follows: afterRemoval(stage, before, after) });
    else changes.push({ kind: "renamed", stages: [stage], to, follows: afterRenaming(stage) });
  }
  for (const stage of added)
    changes.push({ kind: "inserted", stages: [stage], follows: afterInsertion(stage, before, after) });
  const order = afterReordering(before, after);
  return order === undefined ? changes : [...changes, order];
}

/** The last stage in front of it that both lists have. */
function stayedBefore(stage: Stage, list: Stages, other: Stages): Stage | undefined {
  return list.slice(0, list.indexOf(stage)).findLast((one) => other.includes(one));
}

const ends = (stage: Stage): string =>
  `the stack of ${stage} stays deployed until somebody destroys it (pulumi destroy --stack ${stage})`;

const stopped = (stage: Stage): string => `releases that are open at ${stage} cannot go on`;

/** From where a stage takes its releases, in words. */
const source = (stage: Stage, list: Stages): string => {
  const from = stageBefore(stage, list);
  return from === undefined ? `releases begin at ${stage}` : `${stage} takes its releases from ${from}`;
};

/** What a stage gains or loses because it stands elsewhere: development has no gates, the last is protected. */
function newPlaces(before: Stages, after: Stages): string[] {
  const stayed = after.filter((stage) => before.includes(stage));
  const moved = stayed.filter((stage) => placeOf(stage, before) !== placeOf(stage, after));
  const places = moved.map((stage) => {
    const place = placeOf(stage, after);
    if (place === "first") return `${stage} becomes the first stage: without gates, fed from main, its tags mutable`;
    if (place === "last") return `${stage} becomes the last stage, with its tags and its protection`;
    if (placeOf(stage, before) === "last")
      return `${stage} is the last stage no longer, and loses its tags and its protection`;
    return `${stage} gets gates, and its tags become immutable`;
  });
  const entry = entryStage(after);
  const gates = entry !== entryStage(before) && before.includes(entry) ? [`gates begin at ${entry}`] : [];
  return [...places, ...gates];
}

function afterRemoval(stage: Stage, before: Stages, after: Stages): string {
  const next = before.slice(before.indexOf(stage)).find((one) => after.includes(one));
  const flow = next === undefined || stageBefore(next, after) === undefined ? [] : [source(next, after)];
  const open = placeOf(stage, before) === "first" ? [] : [stopped(stage)];
  return [ends(stage), ...flow, ...newPlaces(before, after), ...open].join("; ");
}

function afterRenaming(stage: Stage): string {
  const anew = "names of resources, environments and tags change, so everything of it is made anew and empty";
  return [anew, ends(stage), stopped(stage)].join("; ");
}

function afterInsertion(stage: Stage, before: Stages, after: Stages): string {
  const next = after[after.indexOf(stage) + 1];
  const isFirst = placeOf(stage, after) === "first";
  const flow = next === undefined || isFirst ? [] : [`${source(next, after)} from now on`];
  const last = next === undefined ? [`${stage} becomes the last stage, with its tags and its protection`] : [];
  const open = isFirst
    ? []
    : ["what is on its way was not published for it: releases that are open cannot go on, build a new version"];
  return [...flow, ...last, ...newPlaces(before, after), "it must be deployed first", ...open].join("; ");
}

function afterReordering(before: Stages, after: Stages): StageListChange | undefined {
  const was = before.filter((stage) => after.includes(stage));
  const is = after.filter((stage) => before.includes(stage));
  const moved = is.filter((stage, at) => is[at - 1] !== was[was.indexOf(stage) - 1]);
  if (moved.length === 0) return undefined;
  const flow = moved.map((stage) => source(stage, after)).join(", ");
  const follows = `the order was ${was.join(", ")} and is ${is.join(", ")}: ${flow}; what gates, tags and protection ask for by the place changes with it; releases that are open there cannot go on`;
  return { kind: "reordered", stages: moved, follows };
}
