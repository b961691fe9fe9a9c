import type { AccessPurpose } from "./access";
import { GITHUB_ISSUER, workflowSubject, type CredentialPlan } from "./federation";
import type { EnvironmentPlan, EnvironmentPurpose } from "./gates";
import type { IdentityFacts, IdentityPlan, Right } from "./identities";
import { IMAGE_CLASSES, type ImageClass } from "./imageClass";
import { credentialName, identityName } from "./names";
import type { RegistryPlan } from "./plan";
import type { RoleKey } from "./roles";
import type { StageConfig } from "./stageConfig";

/** What identities are planned from: facts, and what is already decided of the stage. */
export interface IdentityInput extends Pick<
  StageConfig,
  "stage" | "product" | "owner" | "subscriptionId" | "identities" | "before" | "beforeHolds"
> {
  registries: Readonly<Record<ImageClass, Pick<RegistryPlan, "mode"> & { registryName?: string }>>;
  environments: readonly EnvironmentPlan[];
  /** Where the identities live; absent where the stage holds no registry, and so has none. */
  resourceGroup?: string | undefined;
  /** Whether there is a vault for the passwords of tokens. */
  vault?: boolean | undefined;
}

/** An identity whose rights are named but not yet bound to it. */
export interface IdentityDraft extends Omit<IdentityPlan, "grants"> {
  rights: readonly Right[];
}

type WorkflowKey = Extract<keyof IdentityFacts, `${string}Workflow`>;

/** The classes whose registry this stage holds; nobody is given rights on one that is only named. */
export function heldClasses({ registries }: Pick<IdentityInput, "registries">): ImageClass[] {
  return IMAGE_CLASSES.filter((imageClass) => registries[imageClass].mode !== "reference");
}

/** The one way in: the environment of that purpose, by the workflow that the facts name. */
function login(input: IdentityInput, key: WorkflowKey, purpose: EnvironmentPurpose, of?: ImageClass): CredentialPlan[] {
  const { product, owner, identities, environments } = input;
  const at = { owner, repository: product.repository, ids: identities.ids, ref: identities.ref };
  const found = environments.filter((one) => one.purpose === purpose && one.class === of);
  return found.map(({ name }) => ({
    name: credentialName(`${name}-${identities[key]}`),
    issuer: GITHUB_ISSUER,
    subject: workflowSubject(at, name, identities[key]),
  }));
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
    credentials: [...login(input, "previewWorkflow", "preview"), ...login(input, "driftWorkflow", "operations")],
  };
  const held = heldClasses(input);
  const each = (role: RoleKey, classes = held) =>
    classes.map((imageClass): Right => ({ role, on: { at: "registry", class: imageClass } }));
  // What was taken over may stand in another group than the stage's own.
  const adopted = held.filter((imageClass) => input.registries[imageClass].mode === "adopt");
  const settings: Right[] = [{ role: "Settings", on: { at: "resource-group" } }, ...each("Settings", adopted)];
  const log: Right = { role: "LogReader", on: { at: "workspace" } };
  const secrets: Right[] = input.vault === true ? [{ role: "WriteSecrets", on: { at: "vault" } }] : [];
  return [
    make("sweep", "sweepWorkflow", [...each("Sweep"), log]),
    make("review", "reviewWorkflow", [...settings, log]),
    make("rotate", "rotateWorkflow", [...each("Rotate"), ...secrets]),
    { ...reader, rights: settings },
  ];
}

/** Everybody who works for a stage's registries; nobody where the stage holds none. */
export function draftIdentities(input: IdentityInput): IdentityDraft[] {
  const held = heldClasses(input);
  if (!input.identities.enabled || held.length === 0) return [];
  return [...held.flatMap((imageClass) => ofClass(input, imageClass)), ...ofStage(input)];
}
