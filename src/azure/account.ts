import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient, PipelinePolicy, PipelineRetryOptions } from "@azure/core-rest-pipeline";
import { DualRegistryError } from "../base/errors";
import { fieldsOf } from "../base/json";
import { loadPackage } from "../base/packages";
import { quoted } from "../base/text/quote";
import { Secrets } from "../base/text/redact";

/** Who asks Azure, and how often. */
export interface AzureAccount {
  credential: TokenCredential;
  /** How requests are sent. Default: by the SDK's own client. */
  httpClient?: HttpClient;
  /** Default: four retries, each after the pause that the answer asks for, at most 30 s. */
  retryOptions?: PipelineRetryOptions;
  /** Milliseconds that one question may take, its retries included. Default 5 minutes. */
  patience?: number;
}

const PATIENCE_MS = 300_000;

/** The identity of this process: a workflow's by OIDC, a machine's, or that of `az login`. */
export function azureAccount(): AzureAccount {
  const { DefaultAzureCredential } = loadPackage("@azure/identity");
  return { credential: new DefaultAzureCredential() };
}

/** What an SDK's client is made with. */
export function clientOptions(account: AzureAccount) {
  const { httpClient, retryOptions = { maxRetries: 4, maxRetryDelayInMs: 30_000 } } = account;
  const additionalPolicies = [{ policy: patience(account), position: "perCall" as const }];
  return { ...(httpClient && { httpClient }), retryOptions, additionalPolicies };
}

/**
 * Ends a question that takes too long: a `Retry-After` of hours is no answer, and its timer would keep this process alive.
 * It is a policy, since the client of Log Analytics drops the signal that is passed to a call.
 */
function patience({ patience: milliseconds = PATIENCE_MS }: AzureAccount): PipelinePolicy {
  return {
    name: "patience",
    sendRequest: (request, next) => {
      request.abortSignal = AbortSignal.timeout(milliseconds);
      return next(request);
    },
  };
}

/** The addresses of one of Azure's clouds. */
export interface AzureCloud {
  /** Azure Resource Manager. */
  arm: string;
  /** Log Analytics: the audience of its tokens, and its address with the version. */
  logs: { audience: string; endpoint: string };
}

/** Source: Azure SDK, `KnownMonitorLogsQueryAudience` and the resource manager endpoints of its cloud settings. */
const CLOUDS: Readonly<Record<"io" | "cn" | "us", AzureCloud>> = {
  io: cloud("https://management.azure.com", "https://api.loganalytics.io"),
  cn: cloud("https://management.chinacloudapi.cn", "https://api.loganalytics.azure.cn"),
  us: cloud("https://management.usgovcloudapi.net", "https://api.loganalytics.us"),
};

function cloud(arm: string, logs: string): AzureCloud {
  return { arm, logs: { audience: logs, endpoint: `${logs}/v1` } };
}

/** The cloud a registry is in, by the end of its login server (`azurecr.io`, `azurecr.cn`, `azurecr.us`). */
export function cloudOf(loginServer: string): AzureCloud {
  const end = loginServer.slice(loginServer.lastIndexOf(".") + 1);
  return end === "cn" || end === "us" ? CLOUDS[end] : CLOUDS.io;
}

const LOGINS = ["CredentialUnavailableError", "AggregateAuthenticationError", "AuthenticationError"];
const LOG_IN = 'log in with "az login", or let the workflow log in by OIDC';

/** The SDK asks for its own tokens and tells nobody: what is known of them is their form. */
const { scrub } = new Secrets();

/**
 * What an Azure SDK threw, as this project's error. It does not keep the request, whose headers hold a token.
 *
 * @param what was read, such as `Role assignments of ordersdevsecure`
 * @param role Azure role that may ask for it
 */
export function azureFailure(error: unknown, what: string, role: string): DualRegistryError {
  if (error instanceof DualRegistryError) return error;
  const { name, statusCode, code, message } = fieldsOf(error instanceof Error ? errorFields(error) : error);
  const reason =
    typeof message === "string" && message !== "" ? ` (${quoted(scrub(message.split("\n")[0] ?? ""))})` : "";
  if (LOGINS.includes(String(name))) {
    return new DualRegistryError("REGISTRY_AUTH", `${what}: no login to Azure${reason}; ${LOG_IN}`);
  }
  if (name === "AbortError" || name === "TimeoutError") {
    return new DualRegistryError("REGISTRY_UNAVAILABLE", `${what}: Azure gave no answer in time; try again later`);
  }
  const codeText = typeof code === "string" ? ` ${quoted(scrub(code))}` : "";
  if (typeof statusCode !== "number") {
    return new DualRegistryError(
      "REGISTRY_UNAVAILABLE",
      `${what}: Azure cannot be reached${codeText}${reason}; try again`,
    );
  }
  const answered = `${what}: Azure answered ${statusCode}${codeText}${reason}`;
  if (statusCode === 401) return new DualRegistryError("REGISTRY_AUTH", `${answered}; ${LOG_IN}`);
  if (statusCode === 403) {
    return new DualRegistryError("REGISTRY_AUTH", `${answered}; give the identity the role ${role} there`);
  }
  if (statusCode === 404) {
    return new DualRegistryError("NOT_FOUND", `${answered}; check that the stage's outputs are up to date`);
  }
  if (statusCode === 429 || statusCode >= 500) {
    return new DualRegistryError("REGISTRY_UNAVAILABLE", `${answered} after all retries; try again later`);
  }
  return new DualRegistryError("REGISTRY_REFUSED", `${answered}; correct what the answer names`);
}

/** The fields of an error; a spread would leave out those of its class. */
const errorFields = (error: Error): object => ({
  name: error.name,
  message: error.message,
  ...("statusCode" in error ? { statusCode: error.statusCode } : {}),
  ...("code" in error ? { code: error.code } : {}),
});
