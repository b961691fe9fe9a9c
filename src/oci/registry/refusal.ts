import { DualRegistryError, type ErrorCode } from "../../errors";
import type { RegistryComplaint } from "../http/registryError";

/** A request that was not granted for another reason than who asked. */
export interface Refused extends RegistryComplaint {
  /** Method and address. */
  what: string;
}

const QUOTA = /quota|storage (?:limit|is full)|exceed|too large|insufficient storage|no space/i;
const TOO_LARGE: readonly number[] = [413, 507];
const TAKEN = /immutab|already exists|cannot be overwritten/i;
const LACKING: readonly number[] = [405, 501];

/** True for a 403 that is about room, not about rights. */
export const isQuota = ({ status, code, text }: RegistryComplaint): boolean =>
  TOO_LARGE.includes(status) ||
  code === "SIZE_INVALID" ||
  (status >= 400 && status < 500 && QUOTA.test(`${code} ${text}`));

/** The error of a refusal. */
export function refusalError(refused: Refused): DualRegistryError {
  const { what, shown } = refused;
  const [code, todo] = kindOf(refused);
  return new DualRegistryError(code, `${what}: ${shown}${todo === "" ? "" : `; ${todo}`}`);
}

function kindOf(refused: Refused): [ErrorCode, string] {
  const { status, code, text } = refused;
  if (isQuota(refused)) return ["REGISTRY_REFUSED", "make room in the registry, raise its quota, or send less"];
  if (LACKING.includes(status) || code === "UNSUPPORTED") {
    return ["REGISTRY_REFUSED", "the registry does not do that, or is not set up to: see its documentation"];
  }
  if (TAKEN.test(text)) return ["TAG_TAKEN", "the registry keeps tags as they are: choose another tag"];
  if (status === 404) return ["NOT_FOUND", ""];
  if (status >= 400 && status < 500) return ["REGISTRY_REFUSED", ""];
  return ["CONTENT_INVALID", "that is no answer of the distribution specification to this request"];
}
