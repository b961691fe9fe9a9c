import { z } from "zod";
import type { AskLog } from "../azure/logQuery";
import { DualRegistryError } from "../base/errors";
import { DAY_MS } from "../base/time";
import type { AccessRow } from "../domain/identity/accessMatrix";
import type { ImageClass } from "../domain/image/imageClass";
import { lastLogin, logCoverage } from "../domain/watch/queries/activity";
import type { TokenOutput } from "../outputs/stageOutputs";
import type { DeployedAccess, DeployedAssignment, DeployedToken } from "./deployedAccess";
import type { AccessAction } from "../domain/identity/roles";

/** What the matrix says of one registry, and whom its names stand for. */
export interface Matrix {
  /** Lines of identities that concern this registry, of whichever stage's outputs. */
  rows: readonly AccessRow[];
  /** Principal ids by the identity's name. */
  principals: ReadonlyMap<string, string>;
}

/** A line whose role can be seen at the registry: on it, or on its group. */
interface Expected {
  who: string;
  role: string;
  /** Whether it stands on the registry itself. */
  direct: boolean;
  principalId: string;
}

const lower = (text: string): string => text.toLowerCase();
/** Roles that reach images wherever they are given. Source: Azure built-in roles for containers. */
const IMAGE_ROLE = /^(?:acr|container registry )/i;

const isDirect = ({ scope }: DeployedAssignment, { registryId }: DeployedAccess) => lower(scope) === lower(registryId);
/** True for what is given to the same, as the same role, in the same place or, where the matrix says so, above it. */
const fits = (expected: Expected, assignment: DeployedAssignment, deployed: DeployedAccess): boolean =>
  lower(assignment.principalId) === lower(expected.principalId) &&
  lower(assignment.role) === lower(expected.role) &&
  isDirect(assignment, deployed) === expected.direct;

/** Compares the role assignments that reach a registry with the matrix. */
export function compareRoles(deployed: DeployedAccess, { rows, principals }: Matrix): AccessFinding[] {
  const make = findingsOf(deployed.class);
  const names = new Map([...principals].map(([name, id]) => [lower(id), name]));
  const unknown = new Set<string>();
  const expected = rows.flatMap(({ who, role, on }): Expected[] => {
    if (role === undefined || on === "workspace" || on === "vault") return [];
    const principalId = principals.get(who);
    if (principalId !== undefined) return [{ who, role, principalId, direct: on === undefined }];
    unknown.add(who);
    return [];
  });
  const missing = expected.filter((one) => !deployed.assignments.some((found) => fits(one, found, deployed)));
  const findings = deployed.assignments.flatMap((found): AccessFinding[] => {
    const who = names.get(lower(found.principalId)) ?? found.principalId;
    const wanted = expected.find((one) => fits(one, found, deployed));
    if (wanted && found.condition === undefined) return [];
    if (wanted) return [make("different", who, `${found.role} under a condition; the matrix has none`)];
    if (isDirect(found, deployed)) return [make("extra", who, extra(found))];
    const reaches = names.has(lower(found.principalId)) || IMAGE_ROLE.test(found.role);
    return [make("inherited", who, `${extra(found)}, inherited from ${found.scope || "/"}`, reaches)];
  });
  return [
    ...[...unknown].map((who) =>
      make("unknown", who, "the outputs hold no principal id of it; run `pulumi up`, or give its stage's outputs"),
    ),
    ...missing.map(({ who, role, direct }) =>
      make("missing", who, `${role} ${direct ? "on the registry" : "on the resource group"} is not given`),
    ),
    ...findings,
  ];
}

const extra = ({ role, principalType }: DeployedAssignment): string => {
  const kind =
    principalType === undefined
      ? ""
      : ` to a ${principalType === "Unknown" ? "principal that is gone" : principalType}`;
  return `${role} is given${kind}; the matrix does not say so`;
};

/** Hours by which a password may outlive its ceiling: it is made a moment after its end was counted. */
const GRACE_MS = 60 * 60 * 1000;

/** What a token's scope map holds for each action of the matrix. Source: ACR repository-scoped permissions. */
const SCOPES: Readonly<Record<AccessAction, readonly string[]>> = {
  pull: ["content/read", "metadata/read"],
  list: ["metadata/read"],
  push: ["content/write"],
  delete: ["content/delete"],
  lock: ["metadata/write"],
};

/** The actions of a token's scope map: as the outputs have them, or as the matrix's line means them. */
function actionsOf(row: AccessRow, tokens: readonly TokenOutput[]): string[] {
  const known = tokens.find(({ name, registry }) => name === row.who && registry === row.registry);
  if (known) return [...known.actions].sort();
  const scopes = new Set(row.actions.flatMap((action) => SCOPES[action]));
  return row.repositories.flatMap((path) => [...scopes].map((scope) => `repositories/${path}/${scope}`)).sort();
}

const without = (all: readonly string[], others: readonly string[]) => all.filter((one) => !others.includes(one));
const some = (actions: readonly string[]): string =>
  actions.length <= 4 ? actions.join(", ") : `${actions.slice(0, 4).join(", ")} and ${actions.length - 4} more`;

/** Compares the tokens of a registry with the matrix. @param rows the lines of its tokens */
export function compareTokens(
  deployed: DeployedAccess,
  rows: readonly AccessRow[],
  tokens: readonly TokenOutput[],
  now: Date,
): AccessFinding[] {
  const make = findingsOf(deployed.class);
  const found = new Map(deployed.tokens.map((token) => [token.name.toLowerCase(), token]));
  const wanted = new Map(rows.map((row) => [row.who.toLowerCase(), row]));
  const maps = new Set(deployed.tokens.map(({ scopeMap = "" }) => scopeMap.toLowerCase()));
  return [
    ...rows.flatMap((row) => {
      const token = found.get(row.who.toLowerCase());
      if (token === undefined) return [make("missing", row.who, "there is no such token")];
      return [...scopeFindings(token, actionsOf(row, tokens), make), ...ageFindings(token, row, now, make)];
    }),
    ...deployed.tokens
      .filter(({ name }) => !wanted.has(name.toLowerCase()))
      .map(({ name, actions }) =>
        make("extra", name, `a token the matrix has not; it may ${some(actions) || "nothing"}`),
      ),
    ...deployed.scopeMaps
      .filter((name) => !maps.has(name.toLowerCase()) && !wanted.has(name.toLowerCase()))
      .map((name) => make("extra", name, "a scope map that no token has and the matrix does not know")),
  ];
}

type Make = ReturnType<typeof findingsOf>;

function scopeFindings(token: DeployedToken, wanted: readonly string[], make: Make): AccessFinding[] {
  const [more, less] = [without(token.actions, wanted), without(wanted, token.actions)];
  return [
    ...(token.enabled ? [] : [make("different", token.name, "it is disabled")]),
    ...(more.length > 0 ? [make("different", token.name, `it may also ${some(more)}`)] : []),
    ...(less.length > 0 ? [make("different", token.name, `it may not ${some(less)}`)] : []),
  ];
}

function ageFindings(token: DeployedToken, row: AccessRow, now: Date, make: Make): AccessFinding[] {
  const { name, passwords } = token;
  if (passwords.length === 0) return [make("expired", name, "it has no password yet", false)];
  const findings = passwords.flatMap((password): AccessFinding[] => {
    if (password.expiresAt === undefined) {
      return [make("different", name, `${password.name} never expires; make a new one with an end, which revokes it`)];
    }
    const { expiresAfterDays: days } = row;
    const from = Math.min(Date.parse(password.createdAt ?? now.toISOString()), now.getTime());
    if (days === undefined || Date.parse(password.expiresAt) - from <= days * DAY_MS + GRACE_MS) return [];
    return [make("different", name, `${password.name} lives until ${password.expiresAt}; allowed: ${days} days`)];
  });
  const over = passwords.every(({ expiresAt }) => expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime());
  return over
    ? [...findings, make("expired", name, "all its passwords have expired: nobody can log in", false)]
    : findings;
}

/** What a review found at one registry about one identity or token. */
export interface AccessFinding {
  /**
   * `missing`, `extra`, `different`: from the matrix. `setting`: of the registry itself. `inherited`: given above the
   * registry. `stale`, `expired`, `unknown`: to be looked at.
   */
  kind: "missing" | "extra" | "different" | "setting" | "inherited" | "stale" | "expired" | "unknown";
  /** Whether it makes the review fail. */
  difference: boolean;
  registry: ImageClass;
  /** Name of the identity or token; the principal's id where no identity of the matrix has it. */
  who: string;
  /** What was found, and what the matrix says. */
  what: string;
}

/** Makes findings of one registry. */
export const findingsOf =
  (registry: ImageClass) =>
  (kind: AccessFinding["kind"], who: string, what: string, difference = true): AccessFinding => ({
    ...{ kind, difference, registry, who, what },
  });

const time = z.date().transform((at) => at.toISOString());
const loginRow = z.object({ Identity: z.string(), LastLogin: time, Rows: z.number() });
const coverageRow = z.object({ FirstLoginEvent: time.nullable() });

/** Last logins at one registry, and since when its log tells of any. */
export interface Logins {
  /** By the token's or identity's name in lower case; ISO 8601. */
  last: ReadonlyMap<string, string>;
  /** ISO 8601; absent where the log holds no login. */
  since?: string;
}

/** Reads the last logins within so many days. @throws DualRegistryError where the answer is not whole */
export async function readLogins(
  ask: AskLog,
  workspaceId: string,
  registryId: string,
  { now, days }: { now: Date; days: number },
): Promise<Logins> {
  const [from, to] = [new Date(now.getTime() - 2 * days * DAY_MS), new Date(now.getTime() + DAY_MS)];
  const question = { workspaceId, from, to };
  const what = `Logins at ${registryId}`;
  const days_ = await ask({ what, ...question, text: logCoverage.text({ registryId, from, to }), row: coverageRow });
  const rows = await ask({ what, ...question, text: lastLogin.text({ registryId, from, to }), row: loginRow });
  const wrong = rows.find(({ Rows: count }) => count !== rows.length);
  if (wrong) {
    const told = `${what}: Log Analytics gave ${rows.length} of ${wrong.Rows} rows`;
    throw new DualRegistryError("REGISTRY_REFUSED", `${told}; nothing can be concluded from a part of them`);
  }
  const since = days_.flatMap(({ FirstLoginEvent: at }) => at ?? []).sort()[0];
  const last = new Map(rows.map(({ Identity: who, LastLogin: at }) => [who.toLowerCase(), at]));
  return { last, ...(since !== undefined && { since }) };
}

/** Tokens by which nobody logged in for so many days. A log that does not reach back so far says so of each instead. */
export function staleTokens(deployed: DeployedAccess, logins: Logins, days: number, now: Date): AccessFinding[] {
  const make = findingsOf(deployed.class);
  const start = now.getTime() - days * DAY_MS;
  const complete = logins.since !== undefined && Date.parse(logins.since) <= start;
  return deployed.tokens.flatMap(({ name, createdAt }): AccessFinding[] => {
    const at = logins.last.get(name.toLowerCase());
    if (at !== undefined && Date.parse(at) > start) return [];
    if (createdAt !== undefined && Date.parse(createdAt) > start) return [];
    if (at !== undefined) return [make("stale", name, `last login ${at}, more than ${days} days ago`, false)];
    if (complete) return [make("stale", name, `no login for ${days} days`, false)];
    const reach = logins.since === undefined ? "holds no login" : `begins at ${logins.since}`;
    return [make("unknown", name, `no login known; the log ${reach} and cannot say so for ${days} days`, false)];
  });
}
