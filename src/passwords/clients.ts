import type * as ArmRegistries from "@azure/arm-containerregistry";
import type { TokenCredential } from "@azure/core-auth";
import type { PipelinePolicy } from "@azure/core-rest-pipeline";
import type * as KeyVault from "@azure/keyvault-secrets";
import { z } from "zod";
import { azureAccount, type AzureAccount, clientOptions, cloudOf, registriesClient } from "../azure";
import { decode } from "../base/decode/decode";
import { DualRegistryError, type ErrorCode } from "../base/errors";
import { loadPackage } from "../base/packages";
import { parseRegistryId, REGISTRY_ID_FORM, type RegistryId } from "../domain/plan/names";
import type { PasswordPlace } from "./types";

/** How Azure is reached. Default: the cloud of the registry's host, as the identity of this process. */
export interface AzureAccess extends Partial<AzureAccount> {
  /** Milliseconds between two looks at an operation that runs. Default: as Azure says. */
  pollMs?: number;
  /** How long a right that was just given may take to work, and how often it is tried. Default: once. */
  rights?: { attempts: number; everyMs: number };
  /** The clock, in milliseconds. Default `Date.now`. */
  now?: () => number;
}

/** The clients of one token's registry and vault. */
export interface Clients {
  arm: ArmRegistries.ContainerRegistryManagementClient;
  secrets: KeyVault.SecretClient;
  registry: RegistryId;
  access: AzureAccess;
}

/**
 * The clients for one place, loaded when they are first wanted: they cost more than all the rest of a run.
 *
 * @throws DualRegistryError CONFIG_INVALID where the registry's id is not one
 */
export function makeClients(place: PasswordPlace, access: AzureAccess = {}): Clients {
  const registry = parseRegistryId(place.registryId);
  if (registry === undefined) {
    const message = `"${place.registryId}" is not a registry's id; allowed: ${REGISTRY_ID_FORM}`;
    throw new DualRegistryError("CONFIG_INVALID", message);
  }
  const { SecretClient } = loadPackage("@azure/keyvault-secrets");
  const account: AzureAccount = { ...access, credential: access.credential ?? ownIdentity() };
  const { credential } = account;
  const options = clientOptions(account);
  return {
    arm: registriesClient(account, cloudOf(place.loginServer), registry.subscriptionId),
    secrets: new SecretClient(place.vaultUri, credential, {
      ...options,
      additionalPolicies: [...options.additionalPolicies, { policy: keepInnerCode, position: "perCall" }],
    }),
    registry,
    access,
  };
}

let identity: TokenCredential | undefined;

/** The identity of this process, found once. */
const ownIdentity = (): TokenCredential => (identity ??= azureAccount().credential);

/**
 * What one of Azure's SDKs threw, as an error of this project.
 * Neither its message nor itself is handed on: of an answer that makes no sense, the SDKs quote the whole body, and a
 * body may hold a password.
 *
 * @param doing what was attempted on what, such as `Cannot read the secret "x" of https://...`
 * @param right what the identity needs for it
 */
export function failureOf(error: unknown, doing: string, right: string): DualRegistryError {
  if (error instanceof DualRegistryError) return error;
  const status = statusOf(error);
  const code = codeOf(error);
  const name = error instanceof Error ? error.name : typeof error;
  const answer = status === undefined ? `no answer (${code ?? name})` : `${status}${code ? ` ${code}` : ""}`;
  const [kind, remedy] = remedyFor(status, name, right);
  return new DualRegistryError(kind, `${doing}: ${answer}; ${remedy}`);
}

function remedyFor(status: number | undefined, name: string, right: string): [ErrorCode, string] {
  if (/CredentialUnavailable|Authentication(Required)?Error|AggregateAuthentication/.test(name)) {
    return ["REGISTRY_AUTH", 'log in with "az login", or set AZURE_CLIENT_ID, AZURE_TENANT_ID and a federated token'];
  }
  if (status === 401 || status === 403) return ["REGISTRY_AUTH", `the identity that deploys needs ${right}`];
  if (status === 404) return ["NOT_FOUND", "see whether it was removed by hand, then run pulumi refresh"];
  if (status === undefined || status === 408 || status === 429 || status >= 500) {
    return ["REGISTRY_UNAVAILABLE", "run the update again: it goes on where it stopped"];
  }
  return ["REGISTRY_REFUSED", "see the activity log of the resource for the reason"];
}

/** HTTP status of the answer an SDK's error is about. */
export function statusOf(error: unknown): number | undefined {
  const status: unknown = field(error, "statusCode");
  return typeof status === "number" ? status : undefined;
}

/** Azure's own word for the failure, in letters and digits; the innermost, which says most. */
export function codeOf(error: unknown): string | undefined {
  const codes = [innerCodeOf(error), field(error, "code")];
  return codes.find((code): code is string => typeof code === "string" && /^\w{1,60}$/.test(code));
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** Carries a vault's innermost word for a refusal to who handles the error. */
const HEADER = "x-inner-code";

const refusal = z.object({ error: z.object({ innererror: z.object({ code: z.string().regex(/^\w{1,60}$/) }) }) });

/**
 * Keeps why a vault refuses: for want of a role, which comes with time, or by its firewall, which does not. The SDK
 * throws it away where it reads a list.
 */
const keepInnerCode: PipelinePolicy = {
  name: "keepInnerCode",
  sendRequest: async (request, next) => {
    const response = await next(request);
    if (response.status !== 403) return response;
    try {
      const said = decode(refusal, JSON.parse(response.bodyAsText ?? ""));
      if (said.success) response.headers.set(HEADER, said.data.error.innererror.code);
    } catch {
      // No JSON says nothing more.
    }
    return response;
  },
};

/** What {@link keepInnerCode} kept for an SDK's error. */
function innerCodeOf(error: unknown): string | undefined {
  const kept = decode(z.object({ response: z.object({ headers: z.custom<Headed>(isHeaded) }) }), error);
  return kept.success ? kept.data.response.headers.get(HEADER) : undefined;
}

interface Headed {
  get(name: string): string | undefined;
}

const isHeaded = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "get" in value && typeof value.get === "function";
