import { z } from "zod";
import type { AskLog } from "../azure";
import { decode } from "../base/decode/decode";
import { type Digest, isDigest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import { utcTime } from "../base/time";
import { OWN_AGENT } from "../domain/watch/queries/activity";
import { pullEvents } from "../domain/watch/queries/pullEvents";
import { mappedPath, type PullStage, registryKey, registryKeyAt, sameHost, stageRegistries } from "./judgePull";

/** One pull as the registry itself recorded it. */
export interface RegistryEvent {
  /** As the log calls it. */
  id: string;
  log: "log-analytics" | "notifications" | "harbor";
  /** ISO 8601 in UTC. */
  time: string;
  /** Which registry, as {@link registryKey}. */
  registry: string;
  /** As the map of images has it. */
  repository: string;
  /** Absent where the log names a tag alone. */
  digest?: Digest;
  /** Absent where nobody was logged in, or the log does not say. */
  identity?: string;
  /** How it was asked for, such as GET; one pull asks for one manifest once in each way. */
  method: string;
}

const text = z.string().max(2000);

/** Source: CNCF Distribution, "Work with notifications", envelope. */
const envelopeSchema = z.object({
  events: z
    .array(
      z.object({
        id: text,
        timestamp: text,
        action: text,
        target: z.object({ mediaType: text.nullish(), digest: text.nullish(), repository: text }),
        request: z.object({ host: text, method: text.nullish(), useragent: text.nullish() }),
        actor: z.object({ name: text.nullish() }).nullish(),
      }),
    )
    .max(100_000),
});

/** Source: Harbor, API 2.0, AuditLog. */
const harborSchema = z.array(
  z.object({ id: z.number(), operation: text, resource: text, resource_type: text, username: text, op_time: text }),
);

/** Media types of manifests in events; those of blobs are no pulls of images. */
const MANIFEST = /manifest|image\.index/;

const invalid = (what: string) =>
  new DualRegistryError(
    "CONFIG_INVALID",
    `${what}; allowed: envelopes of Distribution's notifications, one a line or in a list, or Harbor's audit log as a list`,
  );

/**
 * Reads what a registry recorded. Pulls of this program itself, of blobs and of registries that are none of the stage's
 * are left out.
 *
 * @param name of the file, for messages
 * @throws DualRegistryError CONFIG_INVALID
 */
export function readRegistryLog(content: string, name: string, stage: PullStage): RegistryEvent[] {
  const json = documentsIn(content, name);
  const harbor = decode(harborSchema, json);
  if (harbor.success && harbor.data.length > 0) return harborEvents(harbor.data, name, stage);
  return json.flatMap((one, at) => {
    const envelope = decode(envelopeSchema, one);
    if (!envelope.success) {
      const [issue] = envelope.error.issues;
      throw invalid(`${name}: ${at}: ${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}`);
    }
    return envelope.data.events.flatMap((event) => notificationEvent(event, stage));
  });
}

/** A list, one document, or a document on each line. */
function documentsIn(content: string, name: string): readonly unknown[] {
  try {
    const whole: unknown = JSON.parse(content);
    return Array.isArray(whole) ? whole : [whole];
  } catch {
    return content
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line, at) => {
        try {
          return JSON.parse(line) as unknown;
        } catch (cause) {
          throw new DualRegistryError("CONFIG_INVALID", invalid(`${name}: line ${at + 1} is no JSON`).message, {
            cause,
          });
        }
      });
  }
}

function notificationEvent(
  { id, timestamp, action, target, request, actor }: z.infer<typeof envelopeSchema>["events"][number],
  stage: PullStage,
): RegistryEvent[] {
  const time = utcTime(timestamp);
  const registry = registryKeyAt(stage, request.host, target.repository);
  const known = stageRegistries(stage).some((one) => registryKey(one) === registry);
  if (time === undefined || action !== "pull" || !known || !MANIFEST.test(target.mediaType ?? "")) return [];
  if (request.useragent?.split("/", 1)[0] === OWN_AGENT) return [];
  const repository = mappedPath(stage, request.host, target.repository);
  const method = request.method ?? "pull";
  return [
    { id, log: "notifications", time, registry, repository, method, ...named(target.digest), ...as(actor?.name) },
  ];
}

function harborEvents(rows: z.infer<typeof harborSchema>, name: string, stage: PullStage): RegistryEvent[] {
  const hosts = [
    ...new Set(stageRegistries(stage).flatMap((one) => (one.kind === "harbor" ? [sameHost(one.loginServer)] : []))),
  ];
  const [host, ...others] = hosts;
  if (host === undefined || others.length > 0) {
    const what = `${name} is Harbor's audit log, which names no host, and the stage has ${hosts.length} registries of Harbor`;
    throw new DualRegistryError("CONFIG_INVALID", `${what}; allowed: one`);
  }
  return rows.flatMap((row): RegistryEvent[] => {
    const time = utcTime(row.op_time);
    // The resource is the path and, behind a colon or an at sign, a tag or a digest.
    const [, path, digest] =
      /^([^:@]+)(?:[@:](sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})|[:@].*)?$/.exec(row.resource) ?? [];
    if (time === undefined || path === undefined || row.operation !== "pull" || row.resource_type !== "artifact")
      return [];
    const who = row.username === "anonymous" ? undefined : row.username;
    const [registry, repository] = [registryKeyAt(stage, host, path), mappedPath(stage, host, path)];
    const id = String(row.id);
    return [{ id, log: "harbor", time, registry, repository, method: "pull", ...named(digest), ...as(who) }];
  });
}

const named = (digest: string | null | undefined): Pick<RegistryEvent, "digest"> =>
  digest != null && isDigest(digest) ? { digest } : {};
const as = (identity: string | null | undefined): Pick<RegistryEvent, "identity"> =>
  identity != null && identity !== "" ? { identity } : {};

const textOrNot = z.string().nullable();
const row = z.object({
  TimeGenerated: z.date(),
  Repository: textOrNot,
  Digest: textOrNot,
  Identity: textOrNot,
  CorrelationId: textOrNot,
  Rows: z.number(),
});

/**
 * Reads the pulls of one registry of Azure's from its Log Analytics workspace.
 *
 * @throws DualRegistryError also where the answer is cut off
 */
export async function readWorkspace(
  ask: AskLog,
  log: { workspaceId: string; registryId: string; loginServer: string },
  stage: PullStage,
  { from, to }: { from: Date; to: Date },
): Promise<RegistryEvent[]> {
  const { workspaceId, registryId, loginServer } = log;
  const what = `Pulls of ${quoted(loginServer)}`;
  const rows = await ask({ what, workspaceId, text: pullEvents.text({ registryId, from, to }), from, to, row });
  const wrong = rows.find(({ Rows: count }) => count !== rows.length);
  if (wrong) {
    throw new DualRegistryError(
      "REGISTRY_REFUSED",
      `${what}: Log Analytics gave ${rows.length} of ${wrong.Rows} pulls; ask for a shorter time`,
    );
  }
  return rows.map((one, at) => ({
    ...{ id: one.CorrelationId ?? `row ${at}`, log: "log-analytics" as const, time: one.TimeGenerated.toISOString() },
    registry: registryKeyAt(stage, loginServer, one.Repository ?? ""),
    ...{ repository: mappedPath(stage, loginServer, one.Repository ?? ""), method: "pull" },
    ...named(one.Digest?.toLowerCase()),
    ...as(one.Identity),
  }));
}
