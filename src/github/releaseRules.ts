import { defined } from "../base/defined";
import {
  cuttersOf,
  type GatesConfig,
  planEnvironments,
  type Reviewer,
  type StageCheck,
} from "../domain/identity/environments";
import type { MappedImage } from "../domain/image/imageClass";
import type { VersionScheme } from "../domain/image/version";
import { type Stage, stageBefore, type Stages } from "../domain/stage";
import type { GatesOutput, StageOutputs } from "../outputs";

/** Who may approve: a team's slug or a user's login. */
export type Approver = { team: string } | { user: string };

/** An environment of GitHub in which a role signs off: its reviewers are the approvers. */
export interface SignOffEnvironment {
  role: string;
  /** The environment's own. */
  name: string;
  approvers: readonly Approver[];
}

/** The product's own rules of a release: who signs off, who cuts branches, what must have passed. */
export interface ReleaseRules extends VersionScheme {
  /** The environments of each stage in which it is signed off, in their order; a stage that is absent is not known here. */
  chains: Readonly<Partial<Record<Stage, readonly SignOffEnvironment[]>>>;
  /** Who may cut release branches: the first role that signs off the entry stage. */
  cutters: readonly Approver[];
  /** Number of the App that may as well; absent where there is none. */
  app?: number;
  /** Repositories whose images are rebuilt for each stage. */
  rebuilt: readonly string[];
  /** Checks that must have passed at a stage before a release leaves it. */
  checks: Readonly<Partial<Record<Stage, readonly StageCheck[] | undefined>>>;
}

const rebuiltOf = (images: readonly MappedImage[]): string[] =>
  images.filter(({ binding }) => binding === "stage-bound").map(({ repository }) => repository);

const approverOf = (reviewer: Reviewer): Approver =>
  "team" in reviewer ? { team: reviewer.team } : { user: reviewer.user };

/** What the rules are made of in a product's configuration. */
interface ProjectRules {
  stages: Stages;
  product: Pick<VersionScheme, "versionPrefix">;
  gates: GatesConfig;
  images: readonly MappedImage[];
}

/** The rules of all stages, from the product's configuration. */
export function rulesOfProject({ stages, product, gates, images }: ProjectRules): ReleaseRules {
  const chains = stages.map((stage): [Stage, SignOffEnvironment[]] => [
    stage,
    planEnvironments(stage, stages, gates).flatMap(({ name, purpose, role, reviewers }) =>
      purpose === "sign-off" && role !== undefined ? [{ role, name, approvers: reviewers.map(approverOf) }] : [],
    ),
  ]);
  const app = gates.automation?.app;
  return {
    stages,
    versionPrefix: product.versionPrefix,
    chains: Object.fromEntries(chains),
    cutters: cuttersOf(stages, gates).map(approverOf),
    ...defined({ app }),
    rebuilt: rebuiltOf(images),
    checks: gates.stageChecks ?? {},
  };
}

/** The rules of one stage, as its outputs say; those of the other stages are not known then. */
export function rulesOfOutputs({
  stage,
  stages,
  versionPrefix,
  gates,
  images,
}: Pick<StageOutputs, "stage" | "stages" | "versionPrefix" | "gates" | "images">): ReleaseRules {
  const before = stageBefore(stage, stages);
  const checks = before === undefined ? {} : { [before]: gates.checksBefore };
  const chains = { [stage]: environmentsOf(gates) };
  const scheme = { stages, versionPrefix };
  return { ...scheme, chains, cutters: [], ...defined({ app: gates.app }), rebuilt: rebuiltOf(images), checks };
}

function environmentsOf({ environments }: GatesOutput): SignOffEnvironment[] {
  return environments.flatMap(({ name, purpose, role, reviewers }) =>
    purpose === "sign-off" && role !== undefined ? [{ role, name, approvers: reviewers.flatMap(parseApprover) }] : [],
  );
}

/** `team qa-managers` or `user somebody`. */
function parseApprover(text: string): Approver[] {
  const [kind, name] = text.split(" ", 2);
  if (name === undefined) return [];
  return kind === "team" ? [{ team: name }] : [{ user: name }];
}
