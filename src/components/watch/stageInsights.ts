import { Component } from "@pulumi/azure-native/applicationinsights/component";
import { Pricing } from "@pulumi/azure-native/security/pricing";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import { dependenciesOf, PACKAGE } from "../options";

/** What watches the stage beside its log. */
export interface StageInsightsArgs {
  /**
   * Name of the Application Insights that is made. A change replaces it.
   *
   * @default none is made
   */
  insights?: Input<string>;
  /** A change replaces the Application Insights. */
  resourceGroupName: Input<string>;
  /** Azure region. A change replaces the Application Insights. */
  location: Input<string>;
  /** ARM id of the workspace that holds its data. */
  workspaceId: Input<string>;
  /**
   * The subscription, `subscriptions/<guid>`, in which Defender for Containers is switched on. Plain text, since its
   * plan is imported. A change replaces the plan's resource.
   *
   * @default none: Defender is left as it is
   */
  defenderScope?: string;
  /** @default none */
  tags?: Input<Record<string, Input<string>>>;
}

/**
 * Application Insights over the stage's own workspace, and the subscription's Defender for Containers.
 *
 * @example
 * new StageInsights("orders-insights", {
 *   insights: "appi-orders-qa",
 *   resourceGroupName: "rg-orders-qa",
 *   location: "westeurope",
 *   workspaceId,
 * });
 */
export class StageInsights extends ComponentResource {
  /** ARM id of the Application Insights, where one is made. */
  readonly insightsId?: Output<string>;

  constructor(name: string, args: StageInsightsArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:StageInsights`, name, undefined, options);
    const { insights, resourceGroupName, location, workspaceId, defenderScope, tags } = args;
    if (insights !== undefined) {
      const component = new Component(
        `${name}-insights`,
        {
          resourceName: insights,
          resourceGroupName,
          location,
          kind: "web",
          applicationType: "web",
          ingestionMode: "LogAnalytics",
          workspaceResourceId: workspaceId,
          // Telemetry comes with an Entra identity; nothing here uses the key in the connection string.
          disableLocalAuth: true,
          ...defined({ tags }),
        },
        {
          parent: this,
          additionalSecretOutputs: ["connectionString", "instrumentationKey"],
          ...dependenciesOf(options),
        },
      );
      this.insightsId = component.id;
    }
    if (defenderScope !== undefined) {
      // Every subscription has the plan already, free at first: it is imported, and its other settings are kept. Others
      // may rely on it: destroying the stack does not switch it off, and Azure deletes no plan of a subscription.
      new Pricing(
        `${name}-defender`,
        { scopeId: defenderScope, pricingName: "Containers", pricingTier: "Standard" },
        {
          parent: this,
          import: `/${defenderScope}/providers/Microsoft.Security/pricings/Containers`,
          ignoreChanges: ["enforce", "extensions", "subPlan"],
          retainOnDelete: true,
        },
      );
    }
    this.registerOutputs({ insightsId: this.insightsId });
  }
}
