import type { Resource } from "@pulumi/pulumi";
import type { ImageClass } from "../domain/imageClass";
import type { SecretPlan } from "../domain/passwords";
import type { StagePlan } from "../domain/plan";
import type { DualRegistry } from "./dualRegistry";
import type * as Pulling from "./pullAccess";
import type { IdentityHandle } from "./stageIdentities";
import { TokenPasswords } from "./tokenPasswords";

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
        ...(pair.workspaceId === undefined ? {} : { workspaceId: pair.workspaceId }),
        tags: plan.tags,
      },
      passwords: passwords.secrets.flatMap(({ registry, ...secret }) => {
        const { registryId, loginServer } = at(registry);
        if (registryId === undefined) return [];
        const { token, secretName, days, leaked } = secret;
        const resource = pair.tokens[registry]?.[token];
        const more = { ...(leaked === undefined ? {} : { leaked }), ...(resource ? { resource } : {}) };
        return [{ name: nameOf({ registry, token }), token, secretName, days, registryId, loginServer, ...more }];
      }),
      ...(rotate === undefined ? {} : { rotate }),
      ...(warning === undefined ? {} : { warning }),
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
  const { PullAccess } = require("./pullAccess") as typeof Pulling;
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
