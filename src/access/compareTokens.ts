import type { AccessAction, AccessRow } from "../domain/access";
import type { TokenOutput } from "../outputs/stageOutputs";
import type { DeployedAccess, DeployedToken } from "./deployed";
import { findingsOf, type AccessFinding } from "./finding";

const DAY_MS = 24 * 60 * 60 * 1000;
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
