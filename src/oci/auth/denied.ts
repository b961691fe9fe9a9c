import { DualRegistryError } from "../../errors";
import { quoted } from "../http/quote";
import type { Challenge } from "./challenge";
import type { Credential } from "./credential";
import type { Scope } from "./scopes";

/** What is known of a request that the registry does not let this credential make. */
export interface Denial {
  host: string;
  /** Method and address. */
  what: string;
  /** Status and the registry's words, fit to be shown. */
  answer: string;
  /** What the registry asked for, in the same answer. */
  challenges: readonly Challenge[];
  credential: Credential;
  /** What this program asked a token for. */
  scopes: readonly Scope[];
  /** True for 403: the registry knows who asks. */
  known: boolean;
}

/** The error of a denial: which credential, what was asked for, what to do. */
export function denied(denial: Denial): DualRegistryError {
  const { what, answer, challenges, credential, scopes } = denial;
  const asked = challenges.map(worded).join(" or ");
  const wanted = scopes.length > 0 ? `; needed: ${scopes.join(" ")}` : "";
  return new DualRegistryError(
    "REGISTRY_AUTH",
    `${what}: ${answer}; used: ${credential.from}${asked === "" ? "" : `; the registry asks for ${asked}`}${wanted}; ` +
      whatToDo(denial),
  );
}

function worded({ scheme, parameters }: Challenge): string {
  const scope = parameters.get("scope");
  const error = parameters.get("error");
  return [
    scheme.slice(0, 30).replace(/^[a-z]/, (letter) => letter.toUpperCase()),
    ...(scope === undefined ? [] : [`scope ${quoted(scope)}`]),
    ...(error === undefined ? [] : [`(${quoted(error, 60)})`]),
  ].join(" ");
}

function whatToDo({ host, credential, scopes, known }: Denial): string {
  const login = `dualreg registry login ${host}`;
  if (credential.kind === "anonymous") return `log in with: ${login}`;
  const lacks = scopes.map((scope) => `${actions(scope)} on ${resource(scope)}`).join(" and ");
  if (known && lacks !== "") return `the credential lacks ${lacks}: grant that, or log in as somebody else: ${login}`;
  return `log in again with: ${login}${lacks === "" ? "" : `, as somebody who may ${lacks}`}`;
}

const actions = (scope: Scope): string => scope.slice(scope.lastIndexOf(":") + 1).replaceAll(",", " and ");
const resource = (scope: Scope): string => scope.slice(scope.indexOf(":") + 1, scope.lastIndexOf(":"));
