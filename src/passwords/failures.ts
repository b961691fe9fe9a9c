import { DualRegistryError, type ErrorCode } from "../errors";
import { innerCodeOf } from "./innerCode";

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
