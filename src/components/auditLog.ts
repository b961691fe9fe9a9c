import { ComponentResource, type ComponentResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace";
import { kept } from "./kept";
import { PACKAGE } from "./names";

/** Where a stage's registry logs are kept. */
export interface AuditLogArgs {
  /** ARM id of a workspace that exists; with it none is made. */
  workspaceId?: Input<string>;
  /** Name of the workspace that is made. A change replaces it and its data. */
  workspaceName?: Input<string>;
  resourceGroupName: Input<string>;
  location: Input<string>;
  /** Days the workspace keeps its data, 30 to 730. Default 90. */
  retentionDays?: Input<number>;
  /** Default true: the engine refuses to delete or replace the workspace. */
  protect?: boolean;
  /** Default false: it ends with the stack. True: it stays in Azure. */
  retain?: boolean;
  tags?: Input<Record<string, Input<string>>>;
}

/** A Log Analytics workspace of its own for a stage, or one that exists, as one thing with an id. */
export class AuditLog extends ComponentResource {
  /** ARM id of the workspace. */
  readonly workspaceId: Output<string>;

  constructor(name: string, args: AuditLogArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:AuditLog`, name, undefined, options);
    this.workspaceId =
      args.workspaceId === undefined ? this.makeWorkspace(name, args, options) : output(args.workspaceId);
    this.registerOutputs({ workspaceId: this.workspaceId });
  }

  private makeWorkspace(
    name: string,
    args: AuditLogArgs,
    options: ComponentResourceOptions | undefined,
  ): Output<string> {
    const workspace = new Workspace(
      `${name}-workspace`,
      {
        ...(args.workspaceName === undefined ? {} : { workspaceName: args.workspaceName }),
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        sku: { name: "PerGB2018" },
        retentionInDays: args.retentionDays ?? 90,
        // Queries come with an Entra identity; the workspace's shared keys are good for nothing here.
        features: { disableLocalAuth: true },
        ...(args.tags === undefined ? {} : { tags: args.tags }),
      },
      {
        parent: this,
        ...kept(args),
        ...(options?.dependsOn === undefined ? {} : { dependsOn: options.dependsOn }),
      },
    );
    return workspace.id;
  }
}
