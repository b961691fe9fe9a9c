import { defined } from "../base/defined";
import { type GatesConfig, planEnvironments, type Reviewer } from "../domain/identity/environments";
import type { MappedImage } from "../domain/image/imageClass";
import { type Stage, stageBefore, STAGES } from "../domain/stage";
import type { GatesOutput, StageOutputs } from "../outputs/stageOutputs";

/** Who may approve: a team's slug or a user's login. */
export type Approver = { team: string } | { user: string };

/** One gate of a stage: the role, its environment, and who is behind it. */
export interface Gate {
  role: string;
  environment: string;
  approvers: readonly Approver[];
}

/** What the release flow needs of the product's facts. */
export interface FlowGates {
  /** The gates of each stage, in their order; a stage that is absent is one whose gates are not known here. */
  chains: Readonly<Partial<Record<Stage, readonly Gate[]>>>;
  /** Who may cut release branches: the first role that signs off qa. */
  cutters: readonly Approver[];
  /** Number of the App that may as well; absent where there is none. */
  app?: number;
  /** Repositories whose images are rebuilt for each stage. */
  rebuilt: readonly string[];
  /** Checks that must have passed at a stage before a release leaves it. */
  checks: Readonly<Partial<Record<Stage, readonly string[] | undefined>>>;
}

const rebuiltOf = (images: readonly MappedImage[]): string[] =>
  images.filter(({ binding }) => binding === "stage-bound").map(({ repository }) => repository);

const approverOf = (reviewer: Reviewer): Approver =>
  "team" in reviewer ? { team: reviewer.team } : { user: reviewer.user };

/** The gates of all stages, from the product's facts. */
export function gatesOfFacts(gates: GatesConfig, images: readonly MappedImage[]): FlowGates {
  const chains = STAGES.map((stage): [Stage, Gate[]] => [
    stage,
    planEnvironments(stage, gates).flatMap(({ name, purpose, role, reviewers }) =>
      purpose === "sign-off" && role !== undefined
        ? [{ role, environment: name, approvers: reviewers.map(approverOf) }]
        : [],
    ),
  ]);
  const first = gates.signOffs.qa?.[0];
  const app = gates.automation?.app;
  return {
    chains: Object.fromEntries(chains),
    cutters: (first === undefined ? [] : (gates.roles[first] ?? [])).map(approverOf),
    ...defined({ app }),
    rebuilt: rebuiltOf(images),
    checks: gates.stageChecks ?? {},
  };
}

/** The gates of one stage, as its outputs say; those of the other stages are not known then. */
export function gatesOfOutputs({ stage, gates, images }: Pick<StageOutputs, "stage" | "gates" | "images">): FlowGates {
  const before = stageBefore(stage);
  const checks = before === undefined ? {} : { [before]: gates.checksBefore };
  return { chains: { [stage]: chainOf(gates) }, cutters: [], rebuilt: rebuiltOf(images), checks };
}

function chainOf({ environments }: GatesOutput): Gate[] {
  return environments.flatMap(({ name, purpose, role, reviewers }) =>
    purpose === "sign-off" && role !== undefined
      ? [{ role, environment: name, approvers: reviewers.flatMap(approverIn) }]
      : [],
  );
}

/** `team qa-managers` or `user somebody`. */
function approverIn(text: string): Approver[] {
  const [kind, name] = text.split(" ", 2);
  if (name === undefined) return [];
  return kind === "team" ? [{ team: name }] : [{ user: name }];
}
