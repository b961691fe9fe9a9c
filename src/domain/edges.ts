import { STAGES, stageBefore, type Stage } from "./stage";
import { parseVersion } from "./versions";

/** The way of a release, for messages. */
export const RELEASE_WAY = STAGES.join(" -> ");

/**
 * What is wrong with a promotion's way: a release goes from each stage to the next, and leaves none out.
 *
 * @returns nothing, or one sentence that names the edge and the right one
 */
export function edgeProblems(from: Stage, to: Stage): string[] {
  const right = stageBefore(to);
  if (right === from) return [];
  const edge = `${from} -> ${to} is no step of a release (${RELEASE_WAY})`;
  if (right === undefined) return [`${edge}: nothing is promoted to ${to}; publish there instead`];
  if (from === to) return [`${edge}: source and target are one stage; allowed: ${right} -> ${to}`];
  const back = STAGES.indexOf(from) > STAGES.indexOf(to);
  const why = back ? "it goes back" : "it leaves a stage out";
  return [`${edge}: ${why}; allowed: ${right} -> ${to}`];
}

/**
 * What is wrong between the version at the source, the one that was signed off and the one at the target: they are one
 * version, whatever its suffix. Tags that are no version, as dev has them, say nothing.
 */
export function versionProblems(versions: { source: string; wanted: string }): string[] {
  const [source, wanted] = [parseVersion(versions.source), parseVersion(versions.wanted)];
  if (!wanted) return [`${JSON.stringify(versions.wanted.slice(0, 200))} is no version; allowed: such as v1.2.3-rc1`];
  if (!source || source.core === wanted.core) return [];
  return [
    `"${versions.wanted}" is promoted from "${versions.source}", which is another version; allowed: one of ${source.core}`,
  ];
}
