import type { Input, Resource } from "@pulumi/pulumi";
import type { LiveAlert } from "../domain/alert";
import type { AlertRulesArgs } from "./alertRules";

/** What every rule of a stage is made with. */
export interface RulePlace extends Pick<
  AlertRulesArgs,
  "resourceGroupName" | "location" | "workspaceId" | "registryIds" | "vaultId" | "tags"
> {
  groupId: Input<string>;
  parent: Resource;
}

/** Under what name a rule is known to Pulumi, and under what to Azure. */
export interface RuleNames {
  resource: string;
  rule: string;
}

/** What people read of a rule where it is told. */
export const describe = ({ title, signal, threshold }: LiveAlert): string => `${title}: ${signal}; ${threshold}`;
