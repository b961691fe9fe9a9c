import { stableGuid } from "../../base/guid";
import { IMAGE_CLASSES, type ImageClass } from "../image/imageClass";
import type { RegistryMode } from "../image/registryKind";
import { credentialName, identityName } from "../plan/names";
import type { Stage } from "../stage";
import type { EnvironmentPlan, EnvironmentPurpose } from "./environments";
import {
  type AccessPurpose,
  type CredentialPlan,
  formerSubject,
  GITHUB_ISSUER,
  type GrantScope,
  type IdentitiesConfig,
  type IdentitiesPlan,
  type IdentityPlan,
  type LoginPurpose,
  loginSubject,
  type Right,
  type RolePlan,
  workflowSubject,
} from "./identities";
import { type RoleKey, roleOf } from "./roles";

/** What identities are planned from: the configuration, and what is already decided of the stage. */
export interface IdentityInput {
  stage: Stage;
  product: { name: string; repository: string };
  /** Organisation or user that owns the repository, in GitHub's own spelling. */
  owner: string;
  subscriptionId?: string | undefined;
  /** By which workflows whoever works for the registries logs in. */
  identities: IdentitiesConfig;
  /** Name of the stack of the stage before, where there is one to read. */
  before?: string | undefined;
  /** Classes whose registry the stage before holds in Azure. */
  beforeHolds: readonly ImageClass[];
  registries: Readonly<Record<ImageClass, { mode: RegistryMode; registryName?: string }>>;
  environments: readonly EnvironmentPlan[];
  /** Where the identities live; absent where the stage holds no registry, and so has none. */
  resourceGroup?: string | undefined;
  /** Whether there is a vault for the passwords of tokens. */
  vault?: boolean | undefined;
  /** Which GitOps repositories deploy; absent where the project names none, and nobody asks them for anything. */
  gitops?: object | undefined;
}

/** An identity whose rights are named but not yet bound to it. */
export interface IdentityDraft extends Omit<IdentityPlan, "grants"> {
  rights: readonly Right[];
}

/** Drift is looked for by the identity that previews. */
const LOGIN_PURPOSE = {
  ...{ publishWorkflow: "publish", promoteWorkflow: "promote", lockWorkflow: "lock", sweepWorkflow: "sweep" },
  ...{ reviewWorkflow: "review", rotateWorkflow: "rotate", previewWorkflow: "preview", driftWorkflow: "preview" },
  ...{ gitopsWorkflow: "gitops" },
} as const satisfies Record<WorkflowKey, LoginPurpose>;

type WorkflowKey = Extract<keyof IdentitiesConfig, `${string}Workflow`>;

/** The classes whose registry this stage holds; nobody is given rights on one that is only named. */
export function heldClasses({ registries }: Pick<IdentityInput, "registries">): ImageClass[] {
  return IMAGE_CLASSES.filter((imageClass) => registries[imageClass].mode !== "reference");
}

/** The one way in: the environment of that purpose, by the workflow that the configuration names. */
function login(input: IdentityInput, key: WorkflowKey, purpose: EnvironmentPurpose, of?: ImageClass): CredentialPlan[] {
  const { product, owner, identities, environments, stage } = input;
  if (identities.logins) {
    const template = identities.logins.subjects[LOGIN_PURPOSE[key]];
    if (template === undefined) return [];
    const name = credentialName([stage, LOGIN_PURPOSE[key], of].filter(Boolean).join("-"));
    return [{ name, issuer: identities.logins.issuer, subject: loginSubject(template, stage, of) }];
  }
  const at = { owner, repository: product.repository, ids: identities.ids, ref: identities.ref };
  const found = environments.filter((one) => one.purpose === purpose && one.class === of);
  return found.flatMap(({ name }) => {
    const way = (subject: string, ...more: string[]): CredentialPlan => ({
      name: credentialName([name, identities[key], ...more].join("-")),
      ...{ issuer: GITHUB_ISSUER, subject },
    });
    const now = way(workflowSubject(at, name, identities[key]));
    return identities.formerSubjects === true ? [now, way(formerSubject(at, name, identities[key]), "former")] : [now];
  });
}

/** Publishing, promoting and locking are three identities of one class each, so that none reaches the other class. */
function ofClass(input: IdentityInput, imageClass: ImageClass): IdentityDraft[] {
  const make = (purpose: AccessPurpose, key: WorkflowKey, rights: Right[]): IdentityDraft => ({
    name: identityName(input.product.name, input.stage, purpose, imageClass),
    purpose,
    class: imageClass,
    credentials: login(input, key, "publish", imageClass),
    rights,
  });
  const own = (role: RoleKey): Right => ({ role, on: { at: "registry", class: imageClass } });
  const read: Right = { role: "AcrPull", on: { at: "before", class: imageClass } };
  const reads = input.beforeHolds.includes(imageClass) ? [read] : [];
  return [
    make("publish", "publishWorkflow", [own("AcrPush")]),
    ...(input.before === undefined ? [] : [make("promote", "promoteWorkflow", [own("AcrPush"), ...reads])]),
    make("lock", "lockWorkflow", [own("Lock")]),
  ];
}

/** What looks after the stage as a whole, and pushes nowhere. */
function ofStage(input: IdentityInput): IdentityDraft[] {
  const make = (purpose: AccessPurpose, key: WorkflowKey, rights: Right[]): IdentityDraft => ({
    name: identityName(input.product.name, input.stage, purpose),
    purpose,
    credentials: login(input, key, "operations"),
    rights,
  });
  const reader: IdentityDraft = {
    ...make("preview", "driftWorkflow", []),
    credentials: [
      ...login(input, "previewWorkflow", "preview"),
      ...(input.identities.logins ? [] : login(input, "driftWorkflow", "operations")),
    ],
  };
  const held = heldClasses(input);
  const each = (role: RoleKey, classes = held) =>
    classes.map((imageClass): Right => ({ role, on: { at: "registry", class: imageClass } }));
  // What was taken over may stand in another group than the stage's own.
  const adopted = held.filter((imageClass) => input.registries[imageClass].mode === "adopt");
  const settings: Right[] = [{ role: "Settings", on: { at: "resource-group" } }, ...each("Settings", adopted)];
  const log: Right = { role: "LogReader", on: { at: "workspace" } };
  const before = input.beforeHolds.map((imageClass): Right => ({
    role: "AcrPull",
    on: { at: "before", class: imageClass },
  }));
  const secrets: Right[] = input.vault === true ? [{ role: "WriteSecrets", on: { at: "vault" } }] : [];
  return [
    make("sweep", "sweepWorkflow", [...each("Sweep"), log]),
    make("review", "reviewWorkflow", [...settings, log]),
    make("rotate", "rotateWorkflow", [...each("Rotate"), ...secrets]),
    { ...reader, rights: settings },
    ...(input.gitops === undefined ? [] : [make("gitops", "gitopsWorkflow", [...each("AcrPull"), ...before])]),
  ];
}

/** Everybody who works for a stage's registries; nobody where the stage holds none, and no identity that nobody can be. */
function draftIdentities(input: IdentityInput): IdentityDraft[] {
  const held = heldClasses(input);
  if (!input.identities.enabled || held.length === 0) return [];
  const all = [...held.flatMap((imageClass) => ofClass(input, imageClass)), ...ofStage(input)];
  return all.filter(({ credentials }) => credentials.length > 0);
}

const HASH_LENGTH = 8;

/** The definition of a role of our own; undefined for one that Azure has. A role's name is unique in a tenant. */
function rolePlan(key: RoleKey, input: IdentityInput, home: readonly string[]): RolePlan[] {
  const role = roleOf(key);
  if ("guid" in role) return [];
  const guid = stableGuid("role", ...home, key);
  const { title, description, actions, dataActions } = role;
  const roleName = `${input.product.name} ${input.stage}: ${title} (${guid.slice(0, HASH_LENGTH)})`;
  return [{ key, guid, roleName, description, actions, dataActions }];
}

/** What a right stands on, in words that stay the same as long as the thing does. */
function placeOf(on: GrantScope, input: IdentityInput): string[] {
  if (on.at === "secret") return [on.at, on.name];
  if (on.at === "registry") return [on.at, input.registries[on.class].registryName ?? on.class];
  return on.at === "before" ? [on.at, input.before ?? "", on.class] : [on.at];
}

/**
 * Plans who may do what in a stage: the identities, each with one way in and the least rights, and the roles those need.
 * Names of role assignments stand for identity, role and place, so a second run makes the same ones.
 *
 * @param more identities that other topics ask for, such as those of consumers that pull by workload identity
 */
export function planIdentities(input: IdentityInput, more: readonly IdentityDraft[] = []): IdentitiesPlan {
  const { resourceGroup } = input;
  if (resourceGroup === undefined || heldClasses(input).length === 0) return { identities: [], roles: [] };
  const home = [input.subscriptionId ?? "", resourceGroup].map((part) => part.toLowerCase());
  const identities = [...draftIdentities(input), ...more].map(({ rights, ...identity }) => ({
    ...identity,
    grants: rights.map((right) => ({
      ...right,
      name: stableGuid("assignment", ...home, identity.name, right.role, ...placeOf(right.on, input)),
    })),
  }));
  const used = new Set(identities.flatMap(({ grants }) => grants.map(({ role }) => role)));
  return { identities, roles: [...used].sort().flatMap((key) => rolePlan(key, input, home)) };
}
