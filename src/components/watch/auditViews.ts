import { Workbook } from "@pulumi/azure-native/applicationinsights/workbook";
import { SavedSearch } from "@pulumi/azure-native/operationalinsights/savedSearch";
import { ComponentResource, type ComponentResourceOptions, type Input, output, type Output } from "@pulumi/pulumi";
import { defined } from "../../base/defined";
import { workbookJson, type WorkbookQuery } from "../../domain/watch/views";
import { dependenciesOf, PACKAGE } from "../options";

/** The queries people look at an audit log with. */
export interface AuditViewsArgs {
  /** A change replaces workbook and saved queries. */
  resourceGroupName: Input<string>;
  /** Azure region. A change replaces the workbook. */
  location: Input<string>;
  /** ARM id of the workspace that is queried. */
  workspaceId: Input<string>;
  /**
   * Name of the workspace the queries are saved in, in the same group. A change replaces them.
   *
   * @default none: the queries are in the workbook alone
   */
  workspaceName?: Input<string>;
  /** Shown in this order. Their names are plain text, since they are part of resource names. */
  queries: readonly WorkbookQuery[];
  /** The workbook's name in Azure is a guid. A change of the guid replaces the workbook. */
  workbook: { guid: Input<string>; title: string };
  /** @default none */
  tags?: Input<Record<string, Input<string>>>;
}

/**
 * Queries saved in a workspace, and a workbook that shows them as tables.
 *
 * @example
 * new AuditViews("orders-views", { resourceGroupName: "rg-orders-qa", location: "westeurope", workspaceId, ...plan.watch.views });
 */
export class AuditViews extends ComponentResource {
  /** ARM id of the workbook. */
  readonly workbookId: Output<string>;

  constructor(name: string, args: AuditViewsArgs, options?: ComponentResourceOptions) {
    super(`${PACKAGE}:AuditViews`, name, undefined, options);
    const { resourceGroupName, location, workspaceId, workspaceName, queries, workbook, tags } = args;
    if (workspaceName !== undefined) {
      for (const query of queries) this.save(name, query, { resourceGroupName, workspaceName, workspaceId });
    }
    const book = new Workbook(
      `${name}-workbook`,
      {
        resourceName: workbook.guid,
        resourceGroupName,
        location,
        kind: "shared",
        category: "workbook",
        displayName: workbook.title,
        version: "Notebook/1.0",
        sourceId: workspaceId,
        serializedData: output(workspaceId).apply((id) => workbookJson(workbook.title, queries, id)),
        ...defined({ tags }),
      },
      { parent: this, ...dependenciesOf(options) },
    );
    this.workbookId = book.id;
    this.registerOutputs({ workbookId: this.workbookId });
  }

  private save(
    name: string,
    query: WorkbookQuery,
    place: { resourceGroupName: Input<string>; workspaceName: Input<string>; workspaceId: Input<string> },
  ): void {
    const { resourceGroupName, workspaceName, workspaceId } = place;
    new SavedSearch(
      `${name}-${query.name}`,
      {
        resourceGroupName,
        // The name, once the workspace stands: a plain one would be asked for before it does.
        workspaceName: output([workspaceId, workspaceName]).apply(([, plain = ""]) => plain),
        savedSearchId: `registries-${query.name}`,
        category: "Registries",
        displayName: query.title,
        query: query.text,
        version: 2,
      },
      { parent: this },
    );
  }
}
