import { parseVersion, type Version } from "../image/tags";
import { type Stage, stageBefore } from "../stage";

/** A stage that a release goes to; dev is where it comes from. */
export type ReleaseStage = Exclude<Stage, "dev">;

/** One step of a release: a version that is signed off for a stage, and the tag it gets there. */
export interface Step {
  /** The git tag: v0.0.1-qa, v0.0.1-uat, v0.0.1; a candidate or beta keeps its own. */
  tag: string;
  /** Such as v0.0.1. */
  core: string;
  from: Stage;
  to: ReleaseStage;
  /** What the release is called at the stage before; that is what is signed off. */
  version: string;
}

/** What is asked beside the tag, where the tag leaves it open. */
export interface StepChoice {
  /** For a candidate or a beta. Default qa. */
  to?: Stage;
  /** For a release: what it is at uat. Default its tag there, v0.0.1-uat. */
  version?: string;
}

/**
 * The step that a tag stands for.
 *
 * @returns the step, or one sentence on what is wrong
 */
export function stepOf(tag: string, choice: StepChoice = {}): Step | { problem: string } {
  const shown = JSON.stringify(tag.slice(0, 200));
  const parsed = parseVersion(tag);
  if (!parsed) return { problem: `Tag ${shown}: allowed: such as v0.0.1-qa, v0.0.1-uat, v0.0.1 or v0.0.1-rc1` };
  const to = targetOf(parsed, choice.to);
  if (to === "prod" && (parsed.kind === "stage" || parsed.kind === "candidate")) {
    return { problem: `Tag ${shown}: what prod gets is called ${parsed.core}; give that tag` };
  }
  if (to === "dev")
    return { problem: `Tag ${shown}: a release goes to qa, uat and prod; nothing is signed off for dev` };
  if (choice.to !== undefined && choice.to !== to) {
    return { problem: `Tag ${shown}: it is a tag of ${to}, not of ${choice.to}; leave the stage out` };
  }
  const version = versionBefore(tag, parsed, to, choice.version);
  if (version !== undefined) return { tag, core: parsed.core, from: stageBefore(to) ?? "dev", to, version };
  return {
    problem:
      `Tag ${shown}: version ${JSON.stringify((choice.version ?? "").slice(0, 200))} is not what it is called before ` +
      `${to}; allowed: ${namesBefore(tag, parsed, to)}`,
  };
}

function targetOf({ kind, stage }: Version, asked: Stage | undefined): Stage {
  if (kind === "release") return "prod";
  if (kind === "stage") return stage ?? "qa";
  return asked ?? "qa";
}

const isOpen = ({ kind }: Version): boolean => kind === "candidate" || kind === "beta";

function namesBefore(tag: string, parsed: Version, to: ReleaseStage): string {
  if (isOpen(parsed)) return tag;
  if (to === "qa") return parsed.core;
  return to === "uat" ? `${parsed.core}-qa` : `${parsed.core}-uat, or a candidate such as ${parsed.core}-rc1`;
}

/** What a release is called at the stage before; undefined where what was asked for is not a name of it. */
function versionBefore(tag: string, parsed: Version, to: ReleaseStage, asked?: string): string | undefined {
  const usual = isOpen(parsed) ? tag : to === "qa" ? parsed.core : `${parsed.core}-${to === "uat" ? "qa" : "uat"}`;
  if (asked === undefined || asked === usual) return usual;
  const other = parseVersion(asked);
  const candidate = to === "prod" && parsed.kind === "release" && other?.kind === "candidate";
  return candidate && other.core === parsed.core ? asked : undefined;
}

/** The step that must be done before this one; undefined for the first. */
export function stepBefore(step: Step): Step | undefined {
  if (step.to === "qa") return undefined;
  const parsed = parseVersion(step.version);
  const open = parsed !== undefined && isOpen(parsed);
  const before = stepOf(step.version, open ? { to: step.from } : {});
  return "problem" in before ? undefined : before;
}

/** Whether the step places its tag; a candidate's stands since its step to qa, and goes on under that name. */
export function placesTag({ tag, to }: Step): boolean {
  const parsed = parseVersion(tag);
  return to === "qa" || (parsed !== undefined && !isOpen(parsed));
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
