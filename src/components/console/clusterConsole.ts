import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { Ingress } from "@pulumi/kubernetes/networking/v1/ingress";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { type ConsoleAnswers, consoleObjects, type ConsolePlace } from "../../domain/console/clusterConsole";
import type { ClusterConsolePlan } from "../../domain/console/planConsole";
import { dependenciesOf, PACKAGE } from "../options";

/** A stage's console in a cluster. */
interface ClusterConsoleArgs extends ConsoleAnswers<Input<string>> {
  /** What it is, decided. A change of its name or namespace replaces everything. */
  plan: ClusterConsolePlan;
  /** Whose console it is, and where its registries listen. */
  place: ConsolePlace;
}

/**
 * A stage's console in a cluster: pods that pass Pod Security "restricted", behind an ingress or a gateway, that read the
 * registries with logins from the stage's vault. The image is pinned by digest; nothing is built here.
 *
 * @example
 * new ClusterConsole("orders-console", {
 *   plan,
 *   place: { product: "orders", stage: "qa", ports: [443] },
 *   image: "ordersqasecure.azurecr.io/orders/console@sha256:...",
 *   identity: { clientId: identity.clientId, tenantId: identity.tenantId },
 * });
 */
export class ClusterConsole extends ComponentResource {
  constructor(name: string, { plan, place, ...answers }: ClusterConsoleArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:ClusterConsole`, name, undefined, options);
    const objects = consoleObjects<Input<string>>(plan, place, answers);
    const outer = dependenciesOf(options);
    const namespace =
      objects.namespace && new Namespace(`${name}-namespace`, objects.namespace, { parent: this, ...outer });
    const inside = { parent: this, ...(namespace === undefined ? outer : { dependsOn: [namespace] }) };
    const before = [
      new ServiceAccount(`${name}-account`, objects.serviceAccount, inside),
      // Pods that start are held to it from their first moment on.
      new NetworkPolicy(`${name}-network`, objects.networkPolicy, inside),
      ...(objects.secretProviderClass
        ? [new CustomResource(`${name}-secrets`, objects.secretProviderClass, inside)]
        : []),
    ];
    const service = new Service(`${name}-service`, objects.service, inside);
    new Deployment(`${name}-pods`, objects.deployment, { parent: this, dependsOn: before });
    if ("ingress" in objects) new Ingress(`${name}-ingress`, objects.ingress, { parent: this, dependsOn: [service] });
    if ("httpRoute" in objects) {
      new CustomResource(`${name}-route`, objects.httpRoute, { parent: this, dependsOn: [service] });
    }
    if (objects.disruptionBudget) new PodDisruptionBudget(`${name}-budget`, objects.disruptionBudget, inside);
    this.registerOutputs({});
  }
}
