import { createRequire } from "node:module";
import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient, PipelinePolicy, PipelineRetryOptions } from "@azure/core-rest-pipeline";
import type * as AzureIdentity from "@azure/identity";

const load = createRequire(__filename);

/** Who asks Azure, and how often. */
export interface AzureAccount {
  credential: TokenCredential;
  /** How requests are sent. Default: as the SDK does. */
  httpClient?: HttpClient;
  /** Default: the SDK's three repetitions, with the waiting time that the answer asks for. */
  retryOptions?: PipelineRetryOptions;
  /** Milliseconds after which one question is given up, its repetitions included. Default 5 minutes. */
  patience?: number;
}

const PATIENCE_MS = 300_000;

/** The identity of this process: a workflow's by OIDC, a machine's, or that of `az login`. */
export function azureAccount(): AzureAccount {
  const { DefaultAzureCredential } = load("@azure/identity") as typeof AzureIdentity;
  return { credential: new DefaultAzureCredential() };
}

/** What an SDK's client is made with. */
export function clientOptions(account: AzureAccount) {
  const { httpClient, retryOptions = { maxRetries: 4, maxRetryDelayInMs: 30_000 } } = account;
  const additionalPolicies = [{ policy: patience(account), position: "perCall" as const }];
  return { ...(httpClient && { httpClient }), retryOptions, additionalPolicies };
}

/**
 * Ends a question that takes too long: a `Retry-After` of hours is no answer, and its timer would keep this process. As
 * a policy, since the client of Log Analytics leaves out the signal that a call is given.
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
