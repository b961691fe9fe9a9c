import { type Input, type Output, output, type Resource } from "@pulumi/pulumi";
import { defined } from "../base/defined";
import { messageOnlyError } from "../base/messageOnlyError";
import type { ImageClass } from "../domain/image/imageClass";
import type { SecretPlan } from "../domain/plan/passwords";
import type { LockedPart } from "../domain/plan/protection";
import type { StagePlan } from "../domain/plan/stagePlan";
import type { WatchPlan } from "../domain/watch/planWatch";
import type { ReleaseGatesArgs } from "./gates/releaseGates";
import { type IdentityHandle, StageIdentities, type StageIdentitiesArgs } from "./identities/stageIdentities";
import { TokenPasswords } from "./passwords/tokenPasswords";
import type * as Pulling from "./pull/pullAccess";
import type { DualRegistry, DualRegistryArgs, RegistryHandle } from "./registry/dualRegistry";
import { StageLocks } from "./registry/stageLocks";
import { AlertRules } from "./watch/alertRules";
import { AuditViews } from "./watch/auditViews";
import { StageBudget } from "./watch/stageBudget";
import { StageInsights } from "./watch/stageInsights";
import { liveAlerts } from "../domain/watch/alertPlan";

/** The values of a stage file that stay encrypted. */
export interface PlanSecrets {
  webhookAuthorization?: Output<string>;
  /** Address that alerts call. */
  alertWebhook?: Output<string>;
}

/** A stage's plan as the arguments of its pair of registries: nothing is decided here, only handed on. */
export function pairArgs(plan: StagePlan, secrets: PlanSecrets): DualRegistryArgs {
  const own = (imageClass: ImageClass) => ({
    ...plan.registries[imageClass],
    tokens: plan.tokens.filter((token) => token.registry === imageClass),
  });
  return {
    location: plan.location,
    ...defined({ resourceGroup: plan.resourceGroup, audit: plan.audit }),
    protect: plan.protect,
    retain: plan.protection.retain,
    registries: { secure: own("secure"), standard: own("standard") },
    tags: plan.tags,
    ...(plan.watch?.archive === undefined ? {} : { archive: plan.watch.archive }),
    ...defined({ webhookAuthorization: secrets.webhookAuthorization }),
  };
}

/** A stage's plan as the arguments of its gates. */
export function gateArgs(
  plan: StagePlan,
  registries: Readonly<Record<ImageClass, RegistryHandle>>,
  identities: NonNullable<ReleaseGatesArgs["identities"]>,
): ReleaseGatesArgs {
  const hosts = (imageClass: ImageClass) => ({
    login: registries[imageClass].loginServer,
    vanity: plan.registries[imageClass].vanityHost,
  });
  return { ...plan.gates, hosts: { secure: hosts("secure"), standard: hosts("standard") }, identities };
}

/** What the stage before says of its registries. */
export type RegistriesBefore = Input<Readonly<Record<ImageClass, { id?: string }>>>;

/** ARM ids of the registries before, for the classes that a plan reads there. */
function idsBefore(plan: StagePlan, registries: RegistriesBefore | undefined): StageIdentitiesArgs["before"] {
  const scopes = plan.identities.identities.flatMap(({ grants }) => grants.map(({ on }) => on));
  const classes = scopes.flatMap((on) => (on.at === "before" ? [on.class] : []));
  const id = (of: ImageClass) =>
    output(registries ?? {}).apply((all: Partial<Record<ImageClass, { id?: string }>>) => {
      const found = all[of]?.id;
      if (found !== undefined) return found;
      throw messageOnlyError(
        `Stack "${plan.before?.stack ?? ""}" holds no ${of} registry in Azure, so nobody can be given the right to read it: ` +
          "write before as the name of the stage alone, so that its own file tells, or leave before out",
      );
    });
  return Object.fromEntries(classes.map((of) => [of, id(of)]));
}

/**
 * A stage's identities as its plan has them, on what the pair of registries made.
 *
 * @returns by the identity's name; empty where the plan has none
 */
export function makeIdentities(
  plan: StagePlan,
  pair: DualRegistry,
  more: { before?: RegistriesBefore; vaultId?: Input<string>; secrets?: StageIdentitiesArgs["secrets"] } = {},
): Readonly<Record<string, IdentityHandle>> {
  const { group } = pair;
  if (plan.identities.identities.length === 0 || group === undefined || plan.resourceGroup === undefined) return {};
  const target = (of: ImageClass) => {
    const [id, resource] = [pair.registries[of].registryId, pair.made[of]];
    return id === undefined ? {} : { [of]: { id, ...defined({ resource }) } };
  };
  const made = new StageIdentities(
    `${plan.product}-identities`,
    {
      ...plan.identities,
      resourceGroupName: plan.resourceGroup,
      groupId: group.id,
      location: plan.location,
      registries: { ...target("secure"), ...target("standard") },
      before: idsBefore(plan, more.before) ?? {},
      ...defined({ workspaceId: pair.workspaceId, vaultId: more.vaultId, secrets: more.secrets }),
      tags: plan.tags,
    },
    { dependsOn: [group] },
  );
  pair.later.push(made);
  return made.identities;
}

/** The passwords of a stage as its plan has them; nothing where it has none. */
export function makePasswords(plan: StagePlan, pair: DualRegistry): TokenPasswords | undefined {
  const { passwords, resourceGroup } = plan;
  if (passwords === undefined || resourceGroup === undefined) return undefined;
  const { vault, rotate, warning } = passwords;
  const at = (of: ImageClass) => pair.registries[of];
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
      passwords: passwords.secrets.flatMap(({ registry, ...secret }) => {
        const { registryId, loginServer } = at(registry);
        if (registryId === undefined) return [];
        const { token, secretName, days, leaked } = secret;
        const resource = pair.tokens[registry]?.[token];
        const more = { ...defined({ leaked, resource }) };
        return [{ name: nameOf({ registry, token }), token, secretName, days, registryId, loginServer, ...more }];
      }),
      ...defined({ rotate, warning }),
    },
    pair.group === undefined ? {} : { dependsOn: [pair.group] },
  );
}

/** Two registries may have a token of the same name. */
const nameOf = ({ registry, token }: Pick<SecretPlan, "registry" | "token">) => `${registry}-${token}`;

/** By the name of a secret in the vault: the password that is kept in it. */
export function secretsOf({ passwords }: StagePlan, made: TokenPasswords): Readonly<Record<string, Resource>> {
  const entries = (passwords?.secrets ?? []).map((secret) => [secret.secretName, made.made[nameOf(secret)]] as const);
  return Object.fromEntries(entries.flatMap(([name, resource]) => (resource === undefined ? [] : [[name, resource]])));
}

/** Gives the service accounts of a plan access to the images. */
export function makePullAccess(
  plan: StagePlan,
  pair: DualRegistry,
  identities: Readonly<Record<string, IdentityHandle>>,
  passwords: TokenPasswords | undefined,
): void {
  if (plan.pullAccess.length === 0) return;
  // Kubernetes' SDK costs a start some time, and most stages have no use for it.
  const { PullAccess } = require("./pull/pullAccess") as typeof Pulling;
  for (const { secrets, identity, ...access } of plan.pullAccess) {
    const handle = identities[identity];
    if (handle === undefined) continue;
    const read = secrets.map(({ registry, token, secretName }): Pulling.PullSecretArgs => {
      return { host: pair.registries[registry].loginServer, username: token, secretName };
    });
    new PullAccess(
      `${plan.product}-pull-${access.name}`,
      {
        ...access,
        clientId: handle.clientId,
        tenantId: handle.tenantId,
        ...(passwords === undefined
          ? {}
          : { vault: { uri: passwords.vaultUri, name: plan.passwords?.vault.vaultName ?? "" } }),
        secrets: read,
        labels: { "app.kubernetes.io/part-of": plan.product, "app.kubernetes.io/managed-by": "dual-registry" },
      },
      { dependsOn: secrets.flatMap((secret) => passwords?.made[nameOf(secret)] ?? []) },
    );
  }
}

/** What the cloud knows of a stage's log and of what watches it. */
export interface WatchAnswers {
  workspaceId?: Output<string>;
  archiveId?: Output<string>;
  workbookId?: Output<string>;
  /** ARM id of the group of receivers. */
  receiversId?: Output<string>;
  insightsId?: Output<string>;
}

/** What every part of a stage's watch is made with. */
interface Place {
  resourceGroupName: string;
  location: string;
  workspaceId: Input<string>;
  tags: Readonly<Record<string, string>>;
}

function makeAlerts(plan: StagePlan, watch: WatchPlan, place: Place, pair: DualRegistry, rest: Given) {
  const { receivers } = watch.alerts;
  if (receivers === undefined) return undefined;
  const { name, shortName, emails } = receivers;
  const id = (imageClass: ImageClass) => {
    const { registryId } = pair.registries[imageClass];
    return registryId === undefined ? {} : { [imageClass]: registryId };
  };
  const webhook = rest.secrets.alertWebhook;
  return new AlertRules(
    `${plan.product}-alerts`,
    {
      ...place,
      prefix: `${plan.product}-registry-${plan.stage}`,
      receivers: { name, shortName, emails, ...defined({ webhook }) },
      alerts: liveAlerts(watch.alerts),
      registryIds: { ...id("secure"), ...id("standard") },
      ...defined({ vaultId: rest.vaultId }),
    },
    after(pair),
  );
}

const after = ({ group }: DualRegistry) => (group === undefined ? {} : { dependsOn: [group] });

/** What a stage's watch needs that its plan does not hold. */
interface Given {
  secrets: PlanSecrets;
  /** ARM id of the stage's own vault. */
  vaultId?: Input<string>;
}

/** Makes what watches a stage's registries, and says what it made; nothing for a pair that is only named. */
export function makeWatch(plan: StagePlan, pair: DualRegistry, given: Given): WatchAnswers {
  const { watch, product, location, resourceGroup, tags } = plan;
  const { workspaceId, group } = pair;
  if (watch === undefined || workspaceId === undefined || group === undefined || resourceGroup === undefined) return {};
  const place = { resourceGroupName: resourceGroup, location, workspaceId, tags };
  const { views, budget, insights, defenderScope } = watch;
  const workspaceName = plan.audit?.mode === "create" ? { workspaceName: plan.audit.workspaceName } : {};
  const shown = new AuditViews(`${product}-views`, { ...place, ...views, ...workspaceName }, after(pair));
  pair.later.push(shown);
  const alerts = makeAlerts(plan, watch, place, pair, given);
  if (budget !== undefined) {
    const groupIds = alerts === undefined ? [] : [alerts.groupId];
    new StageBudget(`${product}-budget`, { ...budget, scope: group.id, groupIds });
  }
  const looked = {
    ...defined({ insights, defenderScope }),
  };
  const looking =
    Object.keys(looked).length === 0
      ? undefined
      : new StageInsights(`${product}-insights`, { ...place, ...looked }, after(pair));
  return {
    workspaceId,
    ...defined({ archiveId: pair.archiveId }),
    workbookId: shown.workbookId,
    ...(alerts === undefined ? {} : { receiversId: alerts.groupId }),
    ...(looking?.insightsId === undefined ? {} : { insightsId: looking.insightsId }),
  };
}

/** Puts the locks of a plan on what the pair made, after everything that lives below them; nothing where it has none. */
export function makeLocks(plan: StagePlan, pair: DualRegistry): void {
  const scopes: Partial<Record<LockedPart, Input<string>>> = {
    ...defined({
      secure: pair.registries.secure.registryId,
      standard: pair.registries.standard.registryId,
      workspace: pair.workspaceId,
      archive: pair.archiveId,
    }),
  };
  const locks = plan.protection.locks.flatMap((lock) => {
    const scope = scopes[lock.on];
    return scope === undefined ? [] : [{ ...lock, scope }];
  });
  if (locks.length === 0) return;
  new StageLocks(`${plan.product}-locks`, { locks }, { dependsOn: [pair, ...pair.later] });
}
