import { type Input, type Output, output, type Resource } from "@pulumi/pulumi";
import { defined } from "../base/defined";
import { messageOnlyError } from "../base/messageOnlyError";
import type { ImageClass } from "../domain/image/imageClass";
import type { SecretPlan } from "../domain/plan/passwords";
import type { LockedPart } from "../domain/plan/protection";
import type { StagePlan } from "../domain/plan/stagePlan";
import type * as Cluster from "./cluster/imagePolicies";
import { makeConsole } from "./console/makeConsole";
import { ReleaseGates } from "./gates/releaseGates";
import { type IdentityHandle, StageIdentities, type StageIdentitiesArgs } from "./identities/stageIdentities";
import { TokenPasswords } from "./passwords/tokenPasswords";
import type * as Pulling from "./pull/pullAccess";
import type * as RegistryPulling from "./pull/registryPullAccess";
import { DualRegistry, type DualRegistryArgs, type RegistryHandle } from "./registry/dualRegistry";
import { StageLocks } from "./registry/stageLocks";
import { makeWatch, type StageWatch } from "./watch/makeWatch";

/** What a stage is made from beside its plan. */
export interface StageInputs {
  /** The values of its file that stay encrypted: the webhooks' Authorization header, and the address that alerts call. */
  secrets: { webhookAuthorization?: Output<string>; alertWebhook?: Output<string> };
  /** What the stage before says of its registries; absent where none is named. */
  registriesBefore?: Input<Readonly<Record<ImageClass, { id?: string }>>>;
  /** `2027-01-31`: what ended before it no longer holds. */
  today: string;
}

/** What the cloud knows of a stage once it stands. */
export interface StageResources {
  registries: Readonly<Record<ImageClass, RegistryHandle>>;
  /** By the identity's name; empty where the stage has none. */
  identities: Readonly<Record<string, IdentityHandle>>;
  passwords?: TokenPasswords;
  /** The host that visitors know the console by; absent where there is none. */
  consoleHost?: Input<string>;
  /** ARM ids of the log and of what watches it. */
  logging: {
    workspaceId?: Output<string>;
    archiveId?: Output<string>;
    workbookId?: Output<string>;
    receiversId?: Output<string>;
    insightsId?: Output<string>;
  };
}

/**
 * Makes a stage's resources as its plan says; nothing is decided here. Each step takes what it needs of the steps before
 * it, and locks come last, after everything that lives below what they lock.
 */
export function makeStage(plan: StagePlan, { secrets, registriesBefore, today }: StageInputs): StageResources {
  const pair = new DualRegistry(plan.product, pairArgs(plan, secrets));
  const passwords = makePasswords(plan, pair);
  const stageIdentities = makeIdentities(plan, pair, passwords, registriesBefore);
  const identities = stageIdentities?.identities ?? {};
  makePullAccess(plan, pair, identities, passwords);
  makeImagePolicies(plan, pair, today);
  makeRegistryPull(plan);
  const consoleHost = makeConsole(plan, {
    ...{ registries: pair.registries, identities },
    ...defined({ vaultUri: passwords?.vaultUri }),
  });
  makeGates(plan, pair, identities);
  const watch = watchPair(plan, pair, passwords, secrets);
  makeLocks(plan, pair, [stageIdentities, watch?.views]);
  return {
    ...{ registries: pair.registries, identities, logging: loggingOf(pair, watch) },
    ...defined({ passwords, consoleHost }),
  };
}

function pairArgs(plan: StagePlan, { webhookAuthorization }: StageInputs["secrets"]): DualRegistryArgs {
  const registryArgs = (imageClass: ImageClass) => ({
    ...plan.registries[imageClass],
    tokens: plan.tokens.filter((token) => token.registry === imageClass),
  });
  return {
    location: plan.location,
    protect: plan.protect,
    retain: plan.protection.retain,
    registries: { secure: registryArgs("secure"), standard: registryArgs("standard") },
    tags: plan.tags,
    ...defined({ resourceGroup: plan.resourceGroup, audit: plan.audit, archive: plan.watch?.archive }),
    ...defined({ webhookAuthorization }),
  };
}

/** @returns nothing where the plan has no passwords */
function makePasswords(plan: StagePlan, pair: DualRegistry): TokenPasswords | undefined {
  const { passwords, resourceGroup } = plan;
  if (passwords === undefined || resourceGroup === undefined) return undefined;
  const { vault, rotate, warning } = passwords;
  return new TokenPasswords(
    `${plan.product}-passwords`,
    {
      vault: {
        ...vault,
        resourceGroupName: resourceGroup,
        location: plan.location,
        protect: plan.protect,
        retain: plan.protection.retain,
        ...(vault.mode === "reference" ? { existing: { id: vault.id, uri: vault.uri } } : {}),
        ...defined({ workspaceId: pair.workspaceId }),
        tags: plan.tags,
      },
      passwords: passwords.secrets.flatMap((secret) => {
        const { registry, token, secretName, days, leaked } = secret;
        const { registryId, loginServer } = pair.registries[registry];
        if (registryId === undefined) return [];
        const resource = pair.resources[registry]?.tokens[token];
        return [
          { name: nameOf(secret), token, secretName, days, registryId, loginServer, ...defined({ leaked, resource }) },
        ];
      }),
      ...defined({ rotate, warning }),
    },
    pair.group === undefined ? {} : { dependsOn: [pair.group] },
  );
}

/** Two registries may have a token of the same name. */
const nameOf = ({ registry, token }: Pick<SecretPlan, "registry" | "token">) => `${registry}-${token}`;

/** @returns nothing where the plan has no identities */
function makeIdentities(
  plan: StagePlan,
  pair: DualRegistry,
  passwords: TokenPasswords | undefined,
  registriesBefore: StageInputs["registriesBefore"],
): StageIdentities | undefined {
  const { group } = pair;
  const { resourceGroup, identities } = plan;
  if (identities.identities.length === 0 || !group || !resourceGroup) return undefined;
  const target = (imageClass: ImageClass) => {
    const id = pair.registries[imageClass].registryId;
    return id === undefined ? undefined : { id, ...defined({ resource: pair.resources[imageClass]?.registry }) };
  };
  return new StageIdentities(
    `${plan.product}-identities`,
    {
      ...identities,
      resourceGroupName: resourceGroup,
      groupId: group.id,
      location: plan.location,
      registries: defined({ secure: target("secure"), standard: target("standard") }),
      before: idsBefore(plan, registriesBefore),
      ...defined({ workspaceId: pair.workspaceId }),
      ...(passwords ? { vaultId: passwords.vaultId, secrets: passwordsBySecret(plan, passwords) } : {}),
      tags: plan.tags,
    },
    { dependsOn: [group] },
  );
}

/** ARM ids of the registries before, for the classes that a plan reads there. */
function idsBefore(
  plan: StagePlan,
  registries: StageInputs["registriesBefore"],
): NonNullable<StageIdentitiesArgs["before"]> {
  const scopes = plan.identities.identities.flatMap(({ grants }) => grants.map(({ on }) => on));
  const classes = scopes.flatMap((on) => (on.at === "before" ? [on.class] : []));
  const idOf = (imageClass: ImageClass) =>
    output(registries ?? {}).apply((all: Partial<Record<ImageClass, { id?: string }>>) => {
      const id = all[imageClass]?.id;
      if (id !== undefined) return id;
      throw messageOnlyError(
        `Stack "${plan.before?.stack ?? ""}" holds no ${imageClass} registry in Azure, so nobody can be given the right ` +
          "to read it: write before as the name of the stage alone, so that its own file tells, or leave before out",
      );
    });
  return Object.fromEntries(classes.map((imageClass) => [imageClass, idOf(imageClass)]));
}

/** By the name of a secret in the vault: the password that is kept in it. */
function passwordsBySecret(
  { passwords }: StagePlan,
  { resources }: TokenPasswords,
): Readonly<Record<string, Resource>> {
  const entries = (passwords?.secrets ?? []).flatMap((secret) => {
    const resource = resources[nameOf(secret)];
    return resource === undefined ? [] : [[secret.secretName, resource] as const];
  });
  return Object.fromEntries(entries);
}

/** Gives the service accounts of a plan access to the images. */
function makePullAccess(
  plan: StagePlan,
  pair: DualRegistry,
  identities: StageResources["identities"],
  passwords: TokenPasswords | undefined,
): void {
  if (plan.pullAccess.length === 0) return;
  // Kubernetes' SDK takes a while to load, and most stages have no use for it.
  const { PullAccess } = require("./pull/pullAccess") as typeof Pulling;
  const vault = passwords && { uri: passwords.vaultUri, name: plan.passwords?.vault.vaultName ?? "" };
  for (const { secrets, identity, ...access } of plan.pullAccess) {
    const handle = identities[identity];
    if (handle === undefined) continue;
    new PullAccess(
      `${plan.product}-pull-${access.name}`,
      {
        ...access,
        clientId: handle.clientId,
        tenantId: handle.tenantId,
        ...defined({ vault }),
        secrets: secrets.map(({ registry, token, secretName }) => {
          return { host: pair.registries[registry].loginServer, username: token, secretName };
        }),
        labels: { "app.kubernetes.io/part-of": plan.product, "app.kubernetes.io/managed-by": "dual-registry" },
      },
      { dependsOn: secrets.flatMap((secret) => passwords?.resources[nameOf(secret)] ?? []) },
    );
  }
}

/** Tells the stage's clusters which images they may run, where its file asks for that. */
function makeImagePolicies(plan: StagePlan, { registries: { secure, standard } }: DualRegistry, today: string): void {
  const { imagePolicies } = plan;
  if (imagePolicies === undefined) return;
  // Kubernetes' SDK takes a while to load, and most stages have no use for it.
  const { ImagePolicies } = require("./cluster/imagePolicies") as typeof Cluster;
  const hosts = { secure: secure.loginServer, standard: standard.loginServer };
  new ImagePolicies(`${plan.product}-policies`, { plan: { ...plan, imagePolicies }, hosts, today });
}

/** Gives the service accounts of a plan access to the images of registries that are only named. */
function makeRegistryPull({ registryPull, product }: StagePlan): void {
  if (registryPull.length === 0) return;
  const { RegistryPullAccess } = require("./pull/registryPullAccess") as typeof RegistryPulling;
  const labels = { "app.kubernetes.io/part-of": product, "app.kubernetes.io/managed-by": "dual-registry" };
  for (const access of registryPull) new RegistryPullAccess(`${product}-pull-${access.name}`, { ...access, labels });
}

/** Nothing on GitHub is made where gates are off. */
function makeGates(plan: StagePlan, { registries }: DualRegistry, identities: StageResources["identities"]): void {
  if (plan.gates.elsewhere !== undefined) return;
  const hosts = (imageClass: ImageClass) => ({
    login: registries[imageClass].loginServer,
    vanity: plan.registries[imageClass].vanityHost,
  });
  new ReleaseGates(`${plan.product}-gates`, {
    ...plan.gates,
    hosts: { secure: hosts("secure"), standard: hosts("standard") },
    identities,
  });
}

/** @returns nothing for a pair that is only named */
function watchPair(
  plan: StagePlan,
  { registries, group, workspaceId }: DualRegistry,
  passwords: TokenPasswords | undefined,
  { alertWebhook }: StageInputs["secrets"],
): StageWatch | undefined {
  const { watch, resourceGroup } = plan;
  if (!watch || !workspaceId || !group || !resourceGroup) return undefined;
  const registryIds = defined({ secure: registries.secure.registryId, standard: registries.standard.registryId });
  const targets = { group, workspaceId, registryIds, ...defined({ vaultId: passwords?.vaultId, alertWebhook }) };
  return makeWatch({ ...plan, watch, resourceGroup }, targets);
}

function loggingOf({ workspaceId, archiveId }: DualRegistry, watch: StageWatch | undefined): StageResources["logging"] {
  if (watch === undefined) return {};
  const { workbookId, receiversId, insightsId } = watch;
  return defined({ workspaceId, archiveId, workbookId, receiversId, insightsId });
}

/** @param attachments components that put something on or into the pair; absent where the plan has none */
function makeLocks(plan: StagePlan, pair: DualRegistry, attachments: readonly (Resource | undefined)[]): void {
  const { secure, standard } = pair.registries;
  const scopes: Partial<Record<LockedPart, Input<string>>> = defined({
    secure: secure.registryId,
    standard: standard.registryId,
    workspace: pair.workspaceId,
    archive: pair.archiveId,
  });
  const locks = plan.protection.locks.flatMap((lock) => {
    const scope = scopes[lock.on];
    return scope === undefined ? [] : [{ ...lock, scope }];
  });
  if (locks.length === 0) return;
  const dependsOn = [pair, ...attachments.filter((one) => one !== undefined)];
  new StageLocks(`${plan.product}-locks`, { locks }, { dependsOn });
}
