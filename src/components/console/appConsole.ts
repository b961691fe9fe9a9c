import { ContainerApp } from "@pulumi/azure-native/app/containerApp";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  interpolate,
  output,
  type Output,
} from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import { appConsole, type AppConsoleAnswers } from "../../domain/console/appConsole";
import type { AppConsolePlan } from "../../domain/console/planConsole";
import { dependenciesOf, PACKAGE } from "../options";

/** A stage's console in Azure Container Apps. */
interface AppConsoleArgs extends AppConsoleAnswers<Input<string>> {
  /** What it is, decided. A change of its name or environment replaces it. */
  plan: AppConsolePlan;
  /** A change replaces it. */
  resourceGroupName: Input<string>;
  /** Azure region, which is that of the environment. A change replaces it. */
  location: Input<string>;
  /** @default none */
  tags?: Input<Record<string, Input<string>>>;
}

/**
 * A stage's console as an Azure Container App in an environment that exists: it pulls, and reads the vault, as an identity
 * of the stage's. The image is pinned by digest; nothing is built here.
 *
 * @example
 * new AppConsole("orders-console", {
 *   plan,
 *   resourceGroupName: "rg-orders-qa",
 *   location: "westeurope",
 *   image: "ordersqasecure.azurecr.io/orders/console@sha256:...",
 *   registryHost: "ordersqasecure.azurecr.io",
 *   vaultUri: "https://kv-orders-qa.vault.azure.net/",
 *   identity: { id: identity.id, clientId: identity.clientId },
 * });
 */
export class AppConsole extends ComponentResource {
  /** The host that visitors know it by. */
  readonly host: Output<string>;

  constructor(name: string, args: AppConsoleArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:AppConsole`, name, undefined, options);
    const { plan, resourceGroupName, location, tags, ...answers } = args;
    const { id } = answers.identity;
    const app = new ContainerApp(
      `${name}-app`,
      {
        ...appConsole<Input<string>>(plan, answers, (vault, secret) => interpolate`${vault}secrets/${secret}`),
        resourceGroupName,
        location,
        identity: { type: "UserAssigned", userAssignedIdentities: [id] },
        ...defined({ tags }),
      },
      { parent: this, ...dependenciesOf(options) },
    );
    const own = app.configuration.apply((configuration) => configuration?.ingress?.fqdn ?? "");
    this.host = plan.host === undefined ? own : output(plan.host);
    this.registerOutputs({ host: this.host });
  }
}
