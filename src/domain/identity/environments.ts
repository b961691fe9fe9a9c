import { IMAGE_CLASSES, type ImageClass } from "../image/imageClass";
import { entryStage, placeOf, type Stage, type Stages } from "../stage";
import type { IdentityPlan } from "./identities";

/** Who may be asked to approve: a team by slug, or a user by login, each with GitHub's numeric id. */
export type Reviewer = { team: string; id: number } | { user: string; id: number };

/** GitHub takes at most six users and teams for one environment, and one approval of any of them is enough. */
export const MAX_REVIEWERS = 6;

/** Most roles that sign off one stage: the workflow of sign-offs has a job for each, one after the other. */
export const MAX_SIGN_OFFS = 6;

/** Sign-offs that somebody keeps in a system of their own: nothing of them is on GitHub, and nothing here reads them. */
export interface SignOffsElsewhere {
  /** Who signs off, such as `the change advisory board`. */
  by: string;
  /** Where that is kept, such as `ServiceNow change requests`. */
  where: string;
}

/** What people read of them. */
export const elsewhereText = ({ by, where }: SignOffsElsewhere): string => `signed off by ${by}, kept in ${where}`;

/**
 * A check that a release must have passed at a stage, and who may report it: runs of one workflow file on main, or check
 * runs of one App. Anybody who may push can report a check by any name.
 */
export type StageCheck = { name: string; workflow: string } | { name: string; app: number };

/** The product's gates: the people behind each role, and the roles that sign off, one after the other, for a stage. */
export interface GatesConfig {
  roles: Readonly<Record<string, readonly Reviewer[]>>;
  signOffs: Readonly<Partial<Record<Stage, readonly string[] | undefined>>>;
  /** Present where gates are off: nothing on GitHub is planned then. */
  elsewhere?: SignOffsElsewhere | undefined;
  /** The App by which workflows create release branches and version tags; its number on GitHub. */
  automation?: { app: number } | undefined;
  /** Whether rulesets refuse or only note. Default: they refuse. */
  enforcement?: "active" | "evaluate" | undefined;
  /** Status checks that a pull request to main must have passed. Default: none. */
  checks?: readonly string[] | undefined;
  /** Checks that must have passed at a stage, after its tag, before a release leaves it. Default: none. */
  stageChecks?: Readonly<Partial<Record<Stage, readonly StageCheck[] | undefined>>> | undefined;
  /** Approving reviews that a pull request to main needs. Default 1. */
  approvals?: number | undefined;
}

/**
 * What an environment is for. `preview`: plans changes of the stage, of main's program, with rights to read; `operations`: what is done on a
 * schedule, such as sweeping, rotating tokens, reviewing access and looking for drift. `automation`: where the App's key is,
 * by which release branches and version tags are made.
 */
export type EnvironmentPurpose = "sign-off" | "publish" | "deploy" | "preview" | "operations" | "automation";

/** A deployment branch or tag policy. Patterns are fnmatch's, where `*` does not cross a slash. */
export interface RefPolicy {
  on: "branch" | "tag";
  pattern: string;
}

/** A variable of an environment whose value is a host of one of the stage's registries. */
export interface HostVariable {
  name: string;
  of: ImageClass;
  host: "login" | "vanity";
}

/** One GitHub environment, whole. */
export interface EnvironmentPlan {
  name: string;
  purpose: EnvironmentPurpose;
  /** For sign-off: the role that approves. */
  role?: string;
  /** For publish: the class whose registry may be pushed to. */
  class?: ImageClass;
  reviewers: readonly Reviewer[];
  /** Environments that come before this one in the release workflow, nearest last. */
  after: readonly string[];
  refs: readonly RefPolicy[];
  variables: readonly (HostVariable | IdentityVariable)[];
}

/**
 * The one ref that an environment takes. Whatever holds a key, a secret or a way into Azure is a run of main and runs
 * main's tools; tags and branches come in as data.
 */
const MAIN_ALONE: readonly RefPolicy[] = [{ on: "branch", pattern: "main" }];

/** Name of the environment in which one role signs off a stage's release. */
function signOffEnvironment(stage: Stage, role: string): string {
  return `${stage}-signoff-${role}`;
}

/** Name of the environment that holds the right to push to a stage's registry of a class. */
function publishEnvironment(stage: Stage, imageClass: ImageClass): string {
  return `${stage}-publish-${imageClass}`;
}

/**
 * A stage's environments: the chain of sign-offs, one for each class that may push, and the one that deploys.
 * GitHub asks for one approval an environment, so "A and B" is two environments, one after the other. The stage is
 * deployed before anything is pushed, so that its registries and outputs know an image that is new in a release. What the
 * last stage is deployed from is main's, which sign-offs of a release are not about: the role that signs it off last lets
 * each deployment through.
 */
export function planEnvironments(stage: Stage, stages: Stages, gates: GatesConfig): EnvironmentPlan[] {
  const chain = gates.signOffs[stage] ?? [];
  const signOffs = chain.map((role, index): EnvironmentPlan => {
    return {
      name: signOffEnvironment(stage, role),
      purpose: "sign-off",
      role,
      reviewers: gates.roles[role] ?? [],
      after: chain.slice(0, index).map((earlier) => signOffEnvironment(stage, earlier)),
      refs: MAIN_ALONE,
      variables: [],
    };
  });
  const signed = signOffs.map((environment) => environment.name);
  const publish = IMAGE_CLASSES.map((imageClass): EnvironmentPlan => {
    return {
      name: publishEnvironment(stage, imageClass),
      purpose: "publish",
      class: imageClass,
      reviewers: [],
      after: [...signed, stage],
      refs: MAIN_ALONE,
      variables: [
        { name: "REGISTRY_HOST", of: imageClass, host: "login" },
        { name: "REGISTRY_VANITY_HOST", of: imageClass, host: "vanity" },
      ],
    };
  });
  const approver = placeOf(stage, stages) === "last" ? chain.at(-1) : undefined;
  const deploy: EnvironmentPlan = {
    name: stage,
    purpose: "deploy",
    reviewers: approver === undefined ? [] : (gates.roles[approver] ?? []),
    after: signed,
    refs: MAIN_ALONE,
    variables: IMAGE_CLASSES.map((imageClass) => ({
      name: `${imageClass.toUpperCase()}_REGISTRY_HOST`,
      of: imageClass,
      host: "login",
    })),
  };
  return [...signOffs, ...publish, deploy, ...servicing(stage)];
}

/** The environments outside the release: previews of pull requests, and the schedules. Nobody is waited for there. */
function servicing(stage: Stage): EnvironmentPlan[] {
  const plain = { reviewers: [], refs: MAIN_ALONE, after: [], variables: [] };
  return [
    { name: `${stage}-preview`, purpose: "preview", ...plain },
    { name: `${stage}-operations`, purpose: "operations", ...plain },
  ];
}

/** Who may cut a release branch: the first role that signs the entry stage off. */
export function cuttersOf(stages: Stages, gates: GatesConfig): readonly Reviewer[] {
  const [role] = gates.signOffs[entryStage(stages)] ?? [];
  return role === undefined ? [] : (gates.roles[role] ?? []);
}

/** The environment of the jobs that ask for sign-offs and place tags, with the automation's key. */
export const AUTOMATION_ENVIRONMENT = "release-automation";

/**
 * The environments that hold the key of the automation's App; the repository's, not a stage's. Cutting a release is
 * released by who signs off the entry stage first; tags are placed by jobs that come after the sign-offs, which are read again there.
 */
export function automationEnvironments(stages: Stages, gates: GatesConfig): EnvironmentPlan[] {
  const reviewers = cuttersOf(stages, gates);
  const plain = { purpose: "automation", after: [], variables: [] } as const;
  return [
    { ...plain, name: "cut-release", reviewers, refs: MAIN_ALONE },
    { ...plain, name: AUTOMATION_ENVIRONMENT, reviewers: [], refs: MAIN_ALONE },
  ];
}

/** A variable of an environment whose value Azure gives: a client id is no secret, since it proves nothing. */
export interface IdentityVariable {
  name: string;
  /** Name of the identity. */
  identity: string;
  value: "clientId" | "tenantId" | "subscriptionId";
}

/** `azure/login` looks for AZURE_CLIENT_ID; where several log in at one environment, each job names its own. */
function clientVariable({ purpose }: IdentityPlan): string {
  return purpose === "publish" || purpose === "preview"
    ? "AZURE_CLIENT_ID"
    : `AZURE_${purpose.toUpperCase()}_CLIENT_ID`;
}

/** The variables that the jobs of an environment log in with; none where no identity is bound to it. */
function variablesOf(environment: EnvironmentPlan, identities: readonly IdentityPlan[]): IdentityVariable[] {
  const bound = identities.filter(({ credentials }) =>
    credentials.some(({ subject }) => subject.includes(`:environment:${environment.name}:`)),
  );
  const [first] = bound;
  if (!first) return [];
  return [
    ...bound.map((one): IdentityVariable => ({ name: clientVariable(one), identity: one.name, value: "clientId" })),
    { name: "AZURE_TENANT_ID", identity: first.name, value: "tenantId" },
    { name: "AZURE_SUBSCRIPTION_ID", identity: first.name, value: "subscriptionId" },
  ];
}

/** The environments, each with what its jobs need to log in to Azure. */
export function withIdentities(
  environments: readonly EnvironmentPlan[],
  identities: readonly IdentityPlan[],
): EnvironmentPlan[] {
  return environments.map((environment) => ({
    ...environment,
    variables: [...environment.variables, ...variablesOf(environment, identities)],
  }));
}
