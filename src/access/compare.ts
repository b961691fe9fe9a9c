import { z } from "zod";
import type { AskLog } from "../azure";
import { DualRegistryError } from "../base/errors";
import { DAY_MS } from "../base/time";
import type { AccessRow } from "../domain/identity/accessMatrix";
import type { ImageClass } from "../domain/image/imageClass";
import { lastLogin, logCoverage } from "../domain/watch/queries/activity";
import type { TokenOutput } from "../outputs";
import type { DeployedAccess, DeployedAssignment, DeployedToken } from "./deployedAccess";
import type { AccessAction } from "../domain/identity/roles";

/** What the access matrix says about one registry, and which principals its names stand for. */
export interface Matrix {
  /** Lines of identities that concern this registry, of whichever stage's outputs. */
  rows: readonly AccessRow[];
  /** Principal ids by the identity's name. */
  principals: ReadonlyMap<string, string>;
}

/** An assignment that the matrix expects on the registry, or on its group. */
interface Expected {
  who: string;
  role: string;
  /** Whether its scope is the registry itself. */
  direct: boolean;
  principalId: string;
}

const lower = (text: string): string => text.toLowerCase();
/** Roles that reach images wherever they are assigned. Source: Azure built-in roles for containers. */
const IMAGE_ROLE = /^(?:acr|container registry )/i;

const isDirect = ({ scope }: DeployedAssignment, { registryId }: DeployedAccess) => lower(scope) === lower(registryId);
/** True for the same principal and role, on the registry or, where the matrix says so, above it. */
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
  const missing = expected.filter((one) => !deployed.assignments.some((assignment) => fits(one, assignment, deployed)));
  const findings = deployed.assignments.flatMap((assignment): AccessFinding[] => {
    const { principalId, role, condition, scope } = assignment;
    const who = names.get(lower(principalId)) ?? principalId;
    const wanted = expected.find((one) => fits(one, assignment, deployed));
    if (wanted && condition === undefined) return [];
    if (wanted) return [make("different", who, `${role} is assigned under a condition; the matrix has none`)];
    if (isDirect(assignment, deployed)) return [make("extra", who, extra(assignment))];
    const reaches = names.has(lower(principalId)) || IMAGE_ROLE.test(role);
    return [make("inherited", who, `${extra(assignment)}, inherited from ${scope || "/"}`, reaches)];
  });
  return [
    ...[...unknown].map((who) =>
      make(
        "unknown",
        who,
        "the outputs hold no principal id for it; run `pulumi up`, or give the outputs of its stage",
      ),
    ),
    ...missing.map(({ who, role, direct }) =>
      make("missing", who, `${role} is not assigned on the ${direct ? "registry" : "resource group"}`),
    ),
    ...findings,
  ];
}

const extra = ({ role, principalType }: DeployedAssignment): string => {
  const kind =
    principalType === undefined
      ? ""
      : ` to a ${principalType === "Unknown" ? "principal that was deleted" : principalType}`;
  return `${role} is assigned${kind}; the matrix does not list it`;
};

/** Milliseconds by which a password may outlive its ceiling: it is made a moment after its end was computed. */
const GRACE_MS = 60 * 60 * 1000;

/** The scope map actions that stand for each action of the matrix. Source: ACR repository-scoped permissions. */
const SCOPES: Readonly<Record<AccessAction, readonly string[]>> = {
  pull: ["content/read", "metadata/read"],
  list: ["metadata/read"],
  push: ["content/write"],
  delete: ["content/delete"],
  lock: ["metadata/write"],
};

/** The actions of a token's scope map: as in the outputs, or as the line of the matrix means them. */
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
  const existing = new Map(deployed.tokens.map((token) => [token.name.toLowerCase(), token]));
  const wanted = new Map(rows.map((row) => [row.who.toLowerCase(), row]));
  const maps = new Set(deployed.tokens.map(({ scopeMap = "" }) => scopeMap.toLowerCase()));
  return [
    ...rows.flatMap((row) => {
      const token = existing.get(row.who.toLowerCase());
      if (token === undefined) return [make("missing", row.who, "there is no such token")];
      return [...scopeFindings(token, actionsOf(row, tokens), make), ...ageFindings(token, row, now, make)];
    }),
    ...deployed.tokens
      .filter(({ name }) => !wanted.has(name.toLowerCase()))
      .map(({ name, actions }) =>
        make("extra", name, `a token that the matrix does not list; it may ${some(actions) || "nothing"}`),
      ),
    ...deployed.scopeMaps
      .filter((name) => !maps.has(name.toLowerCase()) && !wanted.has(name.toLowerCase()))
      .map((name) => make("extra", name, "a scope map that no token uses and the matrix does not list")),
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
      return [
        make("different", name, `${password.name} never expires; make a new one with an expiry date, which revokes it`),
      ];
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

/** One finding of a review: about one identity or token at one registry. */
export interface AccessFinding {
  /**
   * `missing`, `extra`, `different`: from the matrix. `setting`: of the registry itself. `inherited`: assigned above the
   * registry. `stale`, `expired`, `unknown`: for a person to judge.
   */
  kind: "missing" | "extra" | "different" | "setting" | "inherited" | "stale" | "expired" | "unknown";
  /** Whether it makes the review fail. */
  difference: boolean;
  registry: ImageClass;
  /** Name of the identity or token; the principal's id where the matrix has no identity for it. */
  who: string;
  /** What is deployed, and what the matrix says. */
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

/** Last logins at one registry, and how far back its log goes. */
export interface Logins {
  /** By the token's or identity's name in lower case; ISO 8601. */
  last: ReadonlyMap<string, string>;
  /** ISO 8601; absent where the log holds no login. */
  since?: string;
}

/** Reads the last logins of twice as many days. @throws DualRegistryError where the answer is incomplete */
export async function readLogins(
  ask: AskLog,
  workspaceId: string,
  registryId: string,
  { now, days }: { now: Date; days: number },
): Promise<Logins> {
  const [from, to] = [new Date(now.getTime() - 2 * days * DAY_MS), new Date(now.getTime() + DAY_MS)];
  const question = { workspaceId, from, to };
  const what = `Logins at ${registryId}`;
  const coverage = await ask({ what, ...question, text: logCoverage.text({ registryId, from, to }), row: coverageRow });
  const rows = await ask({ what, ...question, text: lastLogin.text({ registryId, from, to }), row: loginRow });
  const wrong = rows.find(({ Rows: count }) => count !== rows.length);
  if (wrong) {
    const partial = `${what}: Log Analytics returned ${rows.length} of ${wrong.Rows} rows`;
    throw new DualRegistryError("REGISTRY_REFUSED", `${partial}, which proves nothing; try again`);
  }
  const since = coverage.flatMap(({ FirstLoginEvent: at }) => at ?? []).sort()[0];
  const last = new Map(rows.map(({ Identity: who, LastLogin: at }) => [who.toLowerCase(), at]));
  return { last, ...(since !== undefined && { since }) };
}

/** Tokens without a login for so many days. Where the log does not reach back so far, each is `unknown` instead. */
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
    return [make("unknown", name, `no login on record; the log ${reach}, so it cannot tell for ${days} days`, false)];
  });
}
