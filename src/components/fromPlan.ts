import type { Output } from "@pulumi/pulumi";
import type { ImageClass } from "../domain/imageClass";
import type { StagePlan } from "../domain/plan";
import type { DualRegistryArgs, RegistryHandle } from "./dualRegistry";
import type { ReleaseGatesArgs } from "./releaseGates";

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
    ...(plan.resourceGroup === undefined ? {} : { resourceGroup: plan.resourceGroup }),
    ...(plan.audit === undefined ? {} : { audit: plan.audit }),
    protect: plan.protect,
    retain: plan.protection.retain,
    registries: { secure: own("secure"), standard: own("standard") },
    tags: plan.tags,
    ...(plan.watch?.archive === undefined ? {} : { archive: plan.watch.archive }),
    ...(secrets.webhookAuthorization === undefined ? {} : { webhookAuthorization: secrets.webhookAuthorization }),
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
