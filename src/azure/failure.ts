import { fieldsOf, quoted } from "../boundedFile";
import { DualRegistryError } from "../errors";

const LOGINS = ["CredentialUnavailableError", "AggregateAuthenticationError", "AuthenticationError"];
const LOG_IN = 'log in with "az login", or let the workflow log in by OIDC';

/**
 * What an Azure SDK threw, as this project's error. The request is not kept with it: its headers hold a token.
 *
 * @param what was asked for, such as `Role assignments of ordersdevsecure`
 * @param role Azure role that may ask for it
 */
export function azureFailure(error: unknown, what: string, role: string): DualRegistryError {
  if (error instanceof DualRegistryError) return error;
  const { name, statusCode, code, message } = fieldsOf(error instanceof Error ? { ...read(error) } : error);
  const says = typeof message === "string" && message !== "" ? ` (${quoted(message.split("\n")[0] ?? "")})` : "";
  if (LOGINS.includes(String(name))) {
    return new DualRegistryError("REGISTRY_AUTH", `${what}: no login to Azure${says}; ${LOG_IN}`);
  }
  if (name === "AbortError" || name === "TimeoutError") {
    return new DualRegistryError("REGISTRY_UNAVAILABLE", `${what}: Azure gave no answer in time; try again later`);
  }
  const word = typeof code === "string" ? ` ${quoted(code)}` : "";
  if (typeof statusCode !== "number") {
    return new DualRegistryError("REGISTRY_UNAVAILABLE", `${what}: Azure could not be asked${word}${says}; try again`);
  }
  const answered = `${what}: Azure answered ${statusCode}${word}${says}`;
  if (statusCode === 401) return new DualRegistryError("REGISTRY_AUTH", `${answered}; ${LOG_IN}`);
  if (statusCode === 403) {
    return new DualRegistryError("REGISTRY_AUTH", `${answered}; give the identity the role ${role} there`);
  }
  if (statusCode === 404) {
    return new DualRegistryError("NOT_FOUND", `${answered}; see whether the stage's outputs are up to date`);
  }
  if (statusCode === 429 || statusCode >= 500) {
    return new DualRegistryError("REGISTRY_UNAVAILABLE", `${answered} after all repetitions; try again later`);
  }
  return new DualRegistryError("REGISTRY_REFUSED", `${answered}; see what it says`);
}

/** An error's own fields; those of its class are not among what a spread takes. */
const read = (error: Error): object => ({
  name: error.name,
  message: error.message,
  ...("statusCode" in error ? { statusCode: error.statusCode } : {}),
  ...("code" in error ? { code: error.code } : {}),
});
