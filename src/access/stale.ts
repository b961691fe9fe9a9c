import { z } from "zod";
import type { AskLog } from "../azure/logQuery";
import { lastLogin } from "../domain/queries/lastLogin";
import { logCoverage } from "../domain/queries/logCoverage";
import { DualRegistryError } from "../errors";
import type { DeployedAccess } from "./deployed";
import { findingsOf, type AccessFinding } from "./finding";

const DAY_MS = 24 * 60 * 60 * 1000;

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
