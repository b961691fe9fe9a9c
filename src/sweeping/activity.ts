import { z } from "zod";
import type { AskLog } from "../azure";
import { decode } from "../base/decode/decode";
import { type Digest, isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { readBounded } from "../base/file";
import { parseJson } from "../base/json";
import { quoted } from "../base/text/quote";
import { DAY_MS } from "../base/time";
import { coverageProblems, type LoggedDay, windowStart } from "../domain/sweep/activity";
import type { SweepManifest } from "../domain/sweep/graph";
import { lastActivity, logCoverage } from "../domain/watch/queries/activity";

/** Days before the window in which an event must be, so that the log is known to have been on when it began. */
const LOOK_BACK_DAYS = 90;
/** Events may be told with a later time than they are asked for at. */
const AHEAD_MS = 24 * 60 * 60 * 1000;

const time = z.date().transform((at) => at.toISOString());
const timeOrNot = time.nullable();
const day = z.object({ First: time, Last: time, FirstRepositoryEvent: timeOrNot, Now: time });
const row = z.object({ Digest: z.string().nullable(), LastPull: timeOrNot, LastPush: timeOrNot, Rows: z.number() });

/** Where the log of one registry is. */
export interface RegistryLog {
  /** ARM id of the workspace. */
  workspaceId: string;
  /** ARM id of the registry. */
  registryId: string;
  categories: readonly string[];
}

/** For how long nobody may have used an image. */
export interface Inactivity {
  days: number;
  now: Date;
  maxGapDays: number;
  /** Identities whose pulls count for nothing. */
  ownIdentities: readonly string[];
}

/** What the log says of one repository. */
export interface Activity {
  /** Begin of the time looked at, ISO 8601. */
  since: string;
  /** Why nothing can be concluded from it; empty where it is whole. */
  problems: readonly string[];
  digests: ReadonlyMap<Digest, { pulled?: string; pushed?: string }>;
  /** The last pull that names no digest: any image may have been meant. */
  unnamedPull?: string;
}

/** Sees whether the log of a registry reaches over the window without a hole. @throws DualRegistryError */
export async function readCoverage(ask: AskLog, log: RegistryLog, wanted: Inactivity): Promise<string[]> {
  const start = windowStart(wanted);
  const from = new Date(start.getTime() - LOOK_BACK_DAYS * DAY_MS);
  const to = new Date(wanted.now.getTime() + AHEAD_MS);
  const { registryId, workspaceId, categories } = log;
  const text = logCoverage.text({ registryId, from, to });
  const rows = await ask({ what: `Log of ${registryId}`, workspaceId, text, from, to, row: day });
  const days = rows.map(({ First: first, Last: last, FirstRepositoryEvent: event, Now: now }): LoggedDay => ({
    ...{ first, last, now },
    ...(event === null ? {} : { firstRepositoryEvent: event }),
  }));
  return coverageProblems(days, { ...wanted, categories });
}

/** Reads a repository's last pulls and pushes since the window began. @throws DualRegistryError where it is cut off */
export async function readActivity(
  ask: AskLog,
  { registryId, workspaceId }: RegistryLog,
  repository: string,
  { days, now, ownIdentities }: Inactivity,
): Promise<Omit<Activity, "problems">> {
  const from = windowStart({ days, now });
  const to = new Date(now.getTime() + AHEAD_MS);
  const text = lastActivity.text({ registryId, repository, from, to, ownIdentities });
  const what = `Pulls of ${repository}`;
  const rows = await ask({ what, workspaceId, text, from, to, row });
  const wrong = rows.find(({ Rows: count }) => count !== rows.length);
  if (wrong) throw truncated(what, rows.length, wrong.Rows);
  const digests = new Map<Digest, { pulled?: string; pushed?: string }>();
  let unnamedPull: string | undefined;
  for (const { Digest: digest, LastPull: pulled, LastPush: pushed } of rows) {
    if (digest !== null && isDigest(digest)) {
      digests.set(digest, { ...(pulled !== null && { pulled }), ...(pushed !== null && { pushed }) });
    } else if (pulled !== null && (unnamedPull === undefined || pulled > unnamedPull)) unnamedPull = pulled;
  }
  return { since: from.toISOString(), digests, ...(unnamedPull !== undefined && { unnamedPull }) };
}

const truncated = (what: string, got: number, all: number) =>
  new DualRegistryError(
    "REGISTRY_REFUSED",
    `${what}: Log Analytics gave ${got} of ${all} digests; nothing can be concluded from a part of them`,
  );

/** Bytes of the largest list of pulls. */
const MAX_PULLS = 64 * 1024 * 1024;

const list = z.array(
  z.object({
    repository: z.string().max(255),
    digest: z.string().refine(isDigest, "not a digest"),
    lastPulledAt: z.union([z.iso.datetime(), z.literal("never")]),
  }),
);

/** When each digest of a repository was last pulled: a time, or `never` where the log reaches back far enough to say so. */
export type Pulls = ReadonlyMap<Digest, string>;

/**
 * Reads a list of last pulls, as an audit log gives it.
 *
 * @returns for a repository's path, what the list says of it
 * @throws DualRegistryError CONTENT_INVALID, USAGE
 */
export function readPulls(file: string): (repository: string) => Pulls {
  const read = decode(list, parseJson(readBounded(file, MAX_PULLS), `Pulls ${quoted(file)}`));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `Pulls ${quoted(file)}: ${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}; ` +
        `allowed: [{ "repository": ..., "digest": ..., "lastPulledAt": <time> or "never" }]`,
    );
  }
  return (repository) => {
    const pulls = new Map<Digest, string>();
    for (const { digest, lastPulledAt, ...one } of read.data) {
      if (one.repository !== repository) continue;
      const known = pulls.get(digest);
      if (known === undefined || known === "never" || (lastPulledAt !== "never" && lastPulledAt > known)) {
        pulls.set(digest, lastPulledAt);
      }
    }
    return pulls;
  };
}

/** Manifests with what a list of pulls says of them. */
export const withPulls = (manifests: readonly SweepManifest[], pulls: Pulls | undefined): readonly SweepManifest[] =>
  manifests.map((manifest) => {
    const lastPulledAt = pulls?.get(manifest.digest);
    return lastPulledAt === undefined ? manifest : { ...manifest, lastPulledAt };
  });

const latest = (...times: readonly (string | undefined)[]): string | undefined =>
  times
    .filter((time) => time !== undefined)
    .sort((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);

/**
 * Manifests with what the audit log says of them: what it does not name was not pulled since its window began. A pull
 * that names no digest counts for every manifest. A push in the log counts where the registry tells of an older one.
 */
export function withActivity(
  manifests: readonly SweepManifest[],
  activity: Pick<Activity, "digests" | "unnamedPull"> | undefined,
): readonly SweepManifest[] {
  if (activity === undefined) return manifests;
  const { digests, unnamedPull } = activity;
  return manifests.map((manifest) => {
    const { pulled, pushed } = digests.get(manifest.digest) ?? {};
    const pushedAt = manifest.pushedAt === undefined ? undefined : latest(manifest.pushedAt, pushed);
    const lastPulledAt = latest(pulled, unnamedPull) ?? "never";
    return { ...manifest, lastPulledAt, ...(pushedAt !== undefined && { pushedAt }) };
  });
}
