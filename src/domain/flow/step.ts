import { quoted } from "../../base/text/quote";
import {
  parseVersion,
  prefixProblem,
  releaseName,
  type Version,
  type VersionScheme,
  writeVersion,
} from "../image/version";
import { entryStage, gatedStages, lastStage, type Stage, stageBefore, type Stages } from "../stage";

/** One step of a release: a version that is signed off for a stage, and the tag it gets there. */
export interface Step {
  /** The git tag: v0.0.1-qa, v0.0.1-uat, v0.0.1; a candidate or beta keeps its own. */
  tag: string;
  /** Such as v0.0.1. */
  core: string;
  /** Absent where a project has one stage alone, so that a release begins in it. */
  from?: Stage;
  to: Stage;
  /** Whether it is the first step of a release: then no image need have been built before. */
  entry: boolean;
  /** What the release is called at the stage before; that is what is signed off. */
  version: string;
}

/** What is asked beside the tag, where the tag leaves it open. */
export interface StepChoice {
  /** For a candidate or a beta. Default: the entry stage. */
  to?: Stage;
  /** For the last stage: what it is at the stage before. Default its tag there, such as v0.0.1-uat. */
  version?: string;
}

/** The tags of a release, one for each stage that it is signed off for, and a candidate's: for messages and help. */
export function tagExamples(scheme: VersionScheme): string[] {
  const core = writeVersion("0.0.1", scheme);
  const names = gatedStages(scheme.stages).map((stage) => releaseName(core, stage, scheme));
  return names.length > 1 ? [...names, `${core}-rc1`] : names;
}

/**
 * The step that a tag stands for.
 *
 * @returns the step, or one sentence on what is wrong
 */
export function stepOf(tag: string, scheme: VersionScheme, choice: StepChoice = {}): Step | { problem: string } {
  const { stages } = scheme;
  const shown = quoted(tag);
  const parsed = parseVersion(tag, scheme);
  if (!parsed) {
    const why = prefixProblem(tag, scheme) ?? `allowed: such as ${listed(tagExamples(scheme), "or")}`;
    return { problem: `Tag ${shown}: ${why}` };
  }
  const to = targetOf(parsed, stages, choice.to);
  const last = lastStage(stages);
  if (to === last && (parsed.kind === "stage" || parsed.kind === "candidate")) {
    return { problem: `Tag ${shown}: what ${last} gets is called ${parsed.core}; give that tag` };
  }
  const gated = gatedStages(stages);
  if (!gated.includes(to)) {
    return { problem: `Tag ${shown}: a release goes to ${listed(gated, "and")}; nothing is signed off for ${to}` };
  }
  if (choice.to !== undefined && choice.to !== to) {
    return { problem: `Tag ${shown}: it is a tag of ${to}, not of ${choice.to}; leave the stage out` };
  }
  const version = versionBefore(tag, parsed, { to, scheme }, choice.version);
  const from = stageBefore(to, stages);
  if (version !== undefined) {
    const entry = to === entryStage(stages);
    return { tag, core: parsed.core, ...(from !== undefined && { from }), to, entry, version };
  }
  return {
    problem:
      `Tag ${shown}: version ${quoted(choice.version ?? "")} is not what it is called before ` +
      `${to}; allowed: ${namesBefore(tag, parsed, { to, scheme })}`,
  };
}

/** `qa, uat and prod`. */
function listed(names: readonly string[], word: "and" | "or"): string {
  const [last, ...others] = [...names].reverse();
  return others.length === 0 ? (last ?? "") : `${others.reverse().join(", ")} ${word} ${last ?? ""}`;
}

function targetOf({ kind, stage }: Version, stages: Stages, asked: Stage | undefined): Stage {
  if (kind === "release") return lastStage(stages);
  if (kind === "stage" && stage !== undefined) return stage;
  return asked ?? entryStage(stages);
}

const isOpen = ({ kind }: Version): boolean => kind === "candidate" || kind === "beta";

interface Target {
  to: Stage;
  scheme: VersionScheme;
}

/** What a release is usually called at the stage before. */
function usualName(tag: string, parsed: Version, { to, scheme }: Target): string {
  const { stages } = scheme;
  const before = stageBefore(to, stages);
  if (isOpen(parsed)) return tag;
  return to === entryStage(stages) || before === undefined ? parsed.core : releaseName(parsed.core, before, scheme);
}

/** Whether a release may have come here as a candidate, whose name ends at the last stage. */
const takesCandidates = ({ kind }: Version, { to, scheme: { stages } }: Target): boolean =>
  kind === "release" && to === lastStage(stages) && to !== entryStage(stages);

function namesBefore(tag: string, parsed: Version, target: Target): string {
  const usual = usualName(tag, parsed, target);
  return takesCandidates(parsed, target) ? `${usual}, or a candidate such as ${parsed.core}-rc1` : usual;
}

/** What a release is called at the stage before; undefined where what was asked for is not a name of it. */
function versionBefore(tag: string, parsed: Version, target: Target, asked?: string): string | undefined {
  const usual = usualName(tag, parsed, target);
  if (asked === undefined || asked === usual) return usual;
  const other = parseVersion(asked, target.scheme);
  const candidate = takesCandidates(parsed, target) && other?.kind === "candidate";
  return candidate && other.core === parsed.core ? asked : undefined;
}

/** The step that must be done before this one; undefined for the first. */
export function stepBefore(step: Step, scheme: VersionScheme): Step | undefined {
  if (step.entry || step.from === undefined) return undefined;
  const parsed = parseVersion(step.version, scheme);
  const open = parsed !== undefined && isOpen(parsed);
  const before = stepOf(step.version, scheme, open ? { to: step.from } : {});
  return "problem" in before ? undefined : before;
}

/** Whether the step places its tag; a candidate's stands since its first step, and goes on under that name. */
export function placesTag({ tag, core, entry, to }: Step): boolean {
  return entry || tag === core || tag === `${core}-${to}`;
}

/** Whether the step is one of a candidate's or beta's way: under that name, or to the last stage from it. */
export function isCandidate({ tag, version }: Step, scheme: VersionScheme): boolean {
  return [tag, version].some((name) => {
    const parsed = parseVersion(name, scheme);
    return parsed !== undefined && isOpen(parsed);
  });
}

/** The branch that releases are cut from. */
export const MAIN = "main";

/** What the names of release branches begin with. */
export const RELEASE_PREFIX = "release/";

const FORM = /^release\/([1-9]\d{0,5})$/;

/** N of `release/N`; undefined for any other branch. */
export function releaseNumber(branch: string): number | undefined {
  const digits = FORM.exec(branch)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The branch that is cut next: one more than the highest there is. */
export function nextReleaseBranch(branches: readonly string[]): string {
  const numbers = branches.flatMap((branch) => releaseNumber(branch) ?? []);
  return `${RELEASE_PREFIX}${Math.max(0, ...numbers) + 1}`;
}
