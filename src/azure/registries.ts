import type { ContainerRegistryManagementClient } from "@azure/arm-containerregistry";
import { z } from "zod";
import { decode } from "../base/decode/decode";
import { DualRegistryError } from "../base/errors";
import { parseJson } from "../base/json";
import { loadPackage } from "../base/packages";
import { type AzureAccount, type AzureCloud, azureFailure, clientOptions } from "./account";

/**
 * Azure Resource Manager's client of the registries of a subscription. Heavy: the SDK is loaded now.
 *
 * @param apiVersion default: the SDK's own
 */
export function registriesClient(
  account: AzureAccount,
  cloud: AzureCloud,
  subscriptionId: string,
  apiVersion?: string,
): ContainerRegistryManagementClient {
  const { ContainerRegistryManagementClient: Client } = loadPackage("@azure/arm-containerregistry");
  const options = { ...clientOptions(account), endpoint: cloud.arm, ...(apiVersion !== undefined && { apiVersion }) };
  return new Client(account.credential, subscriptionId, options);
}

/** A registry as ARM answers. Source: Azure REST API, Microsoft.ContainerRegistry, Registries - Get. */
const registryAnswer = z.object({
  location: z.string(),
  sku: z.object({ name: z.string() }),
  tags: z.record(z.string(), z.string()).nullish(),
  identity: z.json().optional(),
  zones: z.json().optional(),
  properties: z.record(z.string(), z.json()),
});

/** A registry as ARM answers: where it is, its tier, and every property under ARM's own name. */
export type RegistryAnswer = z.infer<typeof registryAnswer>;

/**
 * Reads a registry as ARM has it, without the SDK's own idea of its properties.
 *
 * @throws DualRegistryError NOT_FOUND for no such registry, CONTENT_INVALID for an answer of another form
 */
export async function readRegistry(
  client: ContainerRegistryManagementClient,
  { resourceGroup, name }: { resourceGroup: string; name: string },
  role: string,
): Promise<RegistryAnswer> {
  const what = `Registry ${name}`;
  let body = "";
  try {
    await client.registries.get(resourceGroup, name, {
      onResponse: ({ bodyAsText }) => void (body = bodyAsText ?? ""),
    });
  } catch (error) {
    throw azureFailure(error, what, role);
  }
  const answer = decode(registryAnswer, parseJson(Buffer.from(body), what));
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  const where = issue?.path.map(String).join(".") ?? "";
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `${what}: unexpected answer from Azure: ${where}: ${issue?.message ?? ""}`,
  );
}

/** Entries of one list that are read at most: a registry takes 50,000 tokens, and a list without end must not hang. */
const MOST_ENTRIES = 60_000;

/**
 * Reads a list with all its pages.
 *
 * @param what the list, such as `Tokens of ordersdevsecure`
 * @param role Azure role that may read it
 * @throws DualRegistryError where Azure does not give all of it
 */
export async function readWholeList<T>(items: AsyncIterable<T>, what: string, role: string): Promise<T[]> {
  const all: T[] = [];
  try {
    for await (const item of items) {
      all.push(item);
      if (all.length > MOST_ENTRIES) {
        throw new DualRegistryError("REGISTRY_REFUSED", `${what}: more than ${MOST_ENTRIES} entries`);
      }
    }
  } catch (error) {
    throw azureFailure(error, what, role);
  }
  return all;
}
