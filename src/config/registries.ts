import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import type { PremiumFeature } from "../domain/image/registryKind";
import { parseRegistryId, registryName, resourceGroupName } from "../domain/plan/names";
import type { Stage } from "../domain/stage";
import { stageFileName } from "../project/rawConfig";
import type { AcrConfig, RegistryConfig } from "../domain/plan/registries";

type Complain = (field: string, what: string, allowed: string) => void;

/** The Premium features a registry's facts ask for. */
function premiumFeatures(facts: AcrConfig): [PremiumFeature, unknown][] {
  const asked: [PremiumFeature, unknown, boolean][] = [
    ["untaggedRetentionDays", facts.untaggedRetentionDays, facts.untaggedRetentionDays !== undefined],
    ["replicas", facts.replicas, facts.replicas.length > 0],
    ["allowedIps", facts.allowedIps, facts.allowedIps.length > 0],
    ["dataEndpoint", facts.dataEndpoint, facts.dataEndpoint === true],
    ["exportAllowed", facts.exportAllowed, facts.exportAllowed === false],
    ["publicAccess", facts.publicAccess, facts.publicAccess === false],
    ["trustedServices", facts.trustedServices, facts.trustedServices === false],
  ];
  return asked.filter(([, , is]) => is).map(([feature, value]) => [feature, value]);
}

/** True where no network rule stands; one that is taken over may have rules that nobody names here. */
const isOpen = ({ mode, publicAccess, allowedIps }: AcrConfig): boolean =>
  mode === "create" && publicAccess !== false && allowedIps.length === 0;

function checkFeatures(facts: AcrConfig, location: string | undefined, complain: Complain): void {
  if (facts.sku !== "Premium") {
    for (const [feature, value] of premiumFeatures(facts)) {
      complain(
        feature,
        `${quotedValue(value)} needs Premium, and the SKU is ${facts.sku}`,
        "allowed: leave it out, or sku: Premium",
      );
    }
  }
  if (facts.softDeleteDays !== undefined) {
    const days = quotedValue(facts.softDeleteDays);
    if (facts.untaggedRetentionDays !== undefined) {
      complain(
        "softDeleteDays",
        `${days} stands together with untaggedRetentionDays`,
        "allowed: one of the two, ACR takes no both",
      );
    }
    if (facts.replicas.length > 0) {
      complain("softDeleteDays", `${days} stands together with replicas`, "allowed: one of the two, ACR takes no both");
    }
  }
  if (facts.exportAllowed === false && facts.publicAccess !== false) {
    complain("exportAllowed", "false needs public access off", "allowed: true, or publicAccess: false");
  }
  if (facts.trustedServices === false && facts.sku === "Premium" && isOpen(facts)) {
    complain(
      "trustedServices",
      "false keeps nobody out where every address may come",
      "allowed: leave it out, or name allowedIps, or publicAccess: false",
    );
  }
  if (facts.publicAccess === false && facts.allowedIps.length > 0) {
    complain(
      "allowedIps",
      `${quotedValue(facts.allowedIps)} is never reached with public access off`,
      "allowed: leave it out, or publicAccess: true",
    );
  }
  facts.replicas.forEach((replica, at) => {
    if (replica === location) {
      complain(`replicas[${at}]`, `${quotedValue(replica)} is the registry's own region`, "allowed: other regions");
    } else if (facts.replicas.indexOf(replica) < at) {
      complain(`replicas[${at}]`, `${quotedValue(replica)} stands twice`, "allowed: each region once");
    }
  });
}

/** What a stage's registries are known by, to see that the two are not one. */
function identity(product: string, stage: Stage, imageClass: ImageClass, facts: RegistryConfig): string {
  if (facts.mode === "reference") return `${facts.host}/${facts.namespace ?? ""}`.toLowerCase();
  const adopted = facts.id === undefined ? undefined : parseRegistryId(facts.id)?.name;
  return (adopted ?? facts.name ?? registryName(product, stage, imageClass)).toLowerCase();
}

/** Each feature is one the SKU has and agrees with the others, and secure and standard are two registries. */
export function checkRegistries(
  stage: Stage,
  registries: Partial<Record<ImageClass, RegistryConfig>>,
  context: { product: string | undefined; location: string | undefined; webhookAuthorization: boolean },
): Problem[] {
  const file = stageFileName(stage);
  const problems: Problem[] = [];
  for (const imageClass of IMAGE_CLASSES) {
    const facts = registries[imageClass];
    if (!facts || facts.mode === "reference") continue;
    checkFeatures(facts, context.location, (field, what, allowed) =>
      problems.push({ file, path: `registries.${imageClass}.${field}`, what, allowed }),
    );
  }
  const { secure, standard } = registries;
  const product = context.product ?? "";
  if (
    secure &&
    standard &&
    identity(product, stage, "secure", secure) === identity(product, stage, "standard", standard)
  ) {
    problems.push({
      file,
      path: "registries",
      what: `secure and standard are both ${quotedValue(identity(product, stage, "secure", secure))}`,
      allowed: "allowed: two registries",
    });
  }
  const hooked = Object.values(registries).some((facts) => facts.mode !== "reference" && facts.webhook !== undefined);
  if (context.webhookAuthorization && secure && standard && !hooked) {
    problems.push({
      file,
      path: "webhookAuthorization",
      what: "given, and no registry has a webhook",
      allowed: "leave it out, or name a webhook",
    });
  }
  return problems;
}

/** Where a stage makes its own resources. */
export interface OwnPlace {
  product: string | undefined;
  resourceGroup: string | undefined;
  /** The provider's subscription, where it is told and not encrypted. */
  subscriptionId: string | undefined;
}

/** An adopted registry is in the subscription its tokens are made in, and not in the group the stage makes. */
export function checkAdoption(
  stage: Stage,
  registries: Partial<Record<ImageClass, RegistryConfig>>,
  place: OwnPlace,
): Problem[] {
  const group = place.resourceGroup ?? resourceGroupName(place.product ?? "", stage);
  return IMAGE_CLASSES.flatMap((imageClass): Problem[] => {
    const facts = registries[imageClass];
    const id = facts?.mode === "adopt" ? parseRegistryId(facts.id ?? "") : undefined;
    if (!id) return [];
    const at = { file: stageFileName(stage), path: `registries.${imageClass}.id` };
    const problems: Problem[] = [];
    if (place.subscriptionId !== undefined && id.subscriptionId.toLowerCase() !== place.subscriptionId.toLowerCase()) {
      const what = `subscription ${quotedValue(id.subscriptionId)} is not the stage's`;
      problems.push({ ...at, what, allowed: "allowed: azure-native:subscriptionId, where its tokens are made" });
    }
    if (id.resourceGroup.toLowerCase() === group.toLowerCase()) {
      const what = `group ${quotedValue(id.resourceGroup)} is the one the stage makes`;
      problems.push({ ...at, what, allowed: "give the stage another: resourceGroup" });
    }
    return problems;
  });
}
