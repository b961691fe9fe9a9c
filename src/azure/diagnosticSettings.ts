import type { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { z } from "zod";
import { decode } from "../base/decode/decode";
import { DualRegistryError } from "../base/errors";
import { parseJson } from "../base/json";
import { loadPackage } from "../base/packages";
import { type AzureAccount, type AzureCloud, azureFailure } from "./account";

/** Source: Azure REST API, Microsoft.Insights, Diagnostic Settings - List. */
const API_VERSION = "2021-05-01-preview";

const switched = z.object({
  category: z.string().nullish(),
  categoryGroup: z.string().nullish(),
  enabled: z.boolean().default(false),
});

const answered = z.object({
  value: z.array(
    z.object({
      name: z.string(),
      properties: z.object({
        workspaceId: z.string().nullish(),
        storageAccountId: z.string().nullish(),
        logs: z.array(switched).nullish(),
        metrics: z.array(switched).nullish(),
      }),
    }),
  ),
});

/** A diagnostic setting as it stands: where it sends what. */
export interface DiagnosticSetting {
  name: string;
  /** ARM id of the workspace; absent where it sends nothing to one. */
  workspaceId?: string;
  /** ARM id of the storage account; absent where it sends nothing to one. */
  storageAccountId?: string;
  /** Categories, and groups of them, that are switched on, of logs and of metrics. */
  categories: readonly string[];
}

/**
 * Reads the diagnostic settings of a resource, over a client of registries, since they have none of their own here.
 *
 * @param id ARM id of the resource
 * @param role Azure role that may read them
 * @throws DualRegistryError where Azure does not answer, CONTENT_INVALID for an answer of another form
 */
export async function readDiagnosticSettings(
  client: ContainerRegistryManagementClient,
  account: AzureAccount,
  { arm }: AzureCloud,
  id: string,
  role: string,
): Promise<DiagnosticSetting[]> {
  const what = `Diagnostic settings of ${id.slice(id.lastIndexOf("/") + 1)}`;
  const { createDefaultHttpClient, createPipelineRequest } = loadPackage("@azure/core-rest-pipeline");
  const http = account.httpClient ?? createDefaultHttpClient();
  const url = `${arm}${id}/providers/Microsoft.Insights/diagnosticSettings?api-version=${API_VERSION}`;
  const answer = await client.pipeline.sendRequest(http, createPipelineRequest({ url })).catch((error: unknown) => {
    throw azureFailure(error, what, role);
  });
  const { status, bodyAsText } = answer;
  if (status !== 200) throw azureFailure({ statusCode: status }, what, role);
  const read = decode(answered, parseJson(Buffer.from(bodyAsText ?? ""), what));
  if (!read.success) {
    const where = read.error.issues[0]?.path.map(String).join(".") ?? "";
    throw new DualRegistryError("CONTENT_INVALID", `${what}: unexpected answer from Azure: ${where}`);
  }
  return read.data.value.map(({ name, properties: { workspaceId, storageAccountId, logs, metrics } }) => ({
    name,
    ...(workspaceId != null && { workspaceId }),
    ...(storageAccountId != null && { storageAccountId }),
    categories: [...(logs ?? []), ...(metrics ?? [])].flatMap(({ category, categoryGroup, enabled }) =>
      enabled ? (category ?? categoryGroup ?? []) : [],
    ),
  }));
}
