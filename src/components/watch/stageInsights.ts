import { Component } from "@pulumi/azure-native/applicationinsights/component";
import { Pricing } from "@pulumi/azure-native/security/pricing";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import { PACKAGE } from "../options";

/** What looks into the stage from outside its log. */
export interface StageInsightsArgs {
  /** Name of the Application Insights that is made. Default: none. A change replaces it. */
  insights?: Input<string>;
  resourceGroupName: Input<string>;
  location: Input<string>;
  /** ARM id of the workspace that holds its data. */
  workspaceId: Input<string>;
  /**
   * The subscription, `subscriptions/<guid>`, in which Defender for Containers is switched on. Plain text, since its
   * plan is imported. Default: it is not.
   */
  defenderScope?: string;
  tags?: Input<Record<string, Input<string>>>;
}

/** Application Insights over the stage's own workspace, and the subscription's Defender for Containers. */
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
          // Telemetry comes with an Entra identity; the key in the connection string is good for nothing here.
          disableLocalAuth: true,
          ...defined({ tags }),
        },
        {
          parent: this,
          additionalSecretOutputs: ["connectionString", "instrumentationKey"],
          ...(options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn }),
        },
      );
      this.insightsId = component.id;
    }
    if (defenderScope !== undefined) {
      // Every subscription has the plan already, free at first: it is taken over, and what else it says is kept. It may
      // be somebody's after: the stack's end does not switch it off, and Azure deletes no plan of a subscription.
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
