import type { ContainerAppArgs } from "@pulumi/azure-native/app/containerApp";
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  CustomResource,
  type CustomResourceOptions,
  type Input,
  interpolate,
  output,
  type Output,
} from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import { appConsole, type AppConsoleAnswers } from "../../domain/console/appConsole";
import type { AppConsolePlan } from "../../domain/console/planConsole";
import { dependenciesOf, PACKAGE } from "../options";
import { ANSWERED, azureOptions } from "../rawAzure";

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
    const app = new RawContainerApp(
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
    // A preview knows the inputs, and no host among them: with the id, it is unknown until the app stands.
    const own = all([app.id, app.configuration]).apply(([, { ingress }]) => ingress.fqdn ?? "");
    this.host = plan.host === undefined ? own : output(plan.host);
    this.registerOutputs({ host: this.host });
  }
}

/**
 * azure-native's ContainerApp. The SDK's own class takes the configuration apart to fill in defaults: where the registry's
 * host is unknown, as it is before a first run, a preview would show none of it.
 */
class RawContainerApp extends CustomResource {
  declare readonly configuration: Output<{ ingress: { fqdn?: string } }>;

  /** @param args all of them, since no default is filled in */
  constructor(name: string, args: ContainerAppArgs, given: CustomResourceOptions) {
    super("azure-native:app:ContainerApp", name, { ...ANSWERED, ...args }, azureOptions(given));
  }
}
