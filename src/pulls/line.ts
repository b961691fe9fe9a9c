import { z } from "zod";
import { isDigest } from "../base/digest";
import { escapeUnsafe } from "../base/text/unsafe";
import { IMAGE_CLASSES } from "../domain/image/imageClass";

/** Where the lines of pulls come from. */
export const PULL_SOURCES = ["containerd", "crio", "events", "docker"] as const;
export type PullSource = (typeof PULL_SOURCES)[number];

/** What became of a pull: an image that was there already was not pulled. */
const OUTCOMES = ["pulled", "cached", "denied", "failed"] as const;

/** How the host is known: a line of the request itself names it, or the reference does, which a mirror may have answered. */
const HOST_BASES = ["request", "reference"] as const;

/** What a pull is judged as. */
const PULL_VERDICTS = ["ok", "wrong-registry", "unknown-registry", "denied"] as const;
export type PullVerdict = (typeof PULL_VERDICTS)[number];

const text = z.string().max(1000);
const digest = z.string().refine(isDigest, "not a digest");

const eventShape = {
  /** ISO 8601 in UTC. */
  time: z.iso.datetime(),
  source: z.enum(PULL_SOURCES),
  node: text.exactOptional(),
  namespace: text.exactOptional(),
  pod: text.exactOptional(),
  /** Whom the registry knows the client as: a token, or the client id of an identity. */
  identity: text.exactOptional(),
  /** The image as it was asked for. */
  reference: text,
  /** The registry's host that was really asked, in lower case, with its port. */
  host: text,
  hostBasis: z.enum(HOST_BASES),
  outcome: z.enum(OUTCOMES),
  digest: digest.exactOptional(),
  /** The beginning of the line that names host and outcome. */
  evidence: text,
  /** Source: W3C Trace Context, trace-id. */
  traceId: z
    .string()
    .regex(/^(?!0{32})[0-9a-f]{32}$/)
    .exactOptional(),
};

/** A pull as a source tells of it; what a line says beside that is judged, and left out. */
export const pullEventSchema = z.object(eventShape);

/** One pull, as a source tells of it. */
export type PullEvent = z.infer<typeof pullEventSchema>;

/** One line of the pull log, version 1: a pull with what was expected of it. */
export const pullLineSchema = z.object({
  version: z.literal(1),
  ...eventShape,
  product: text,
  stage: text,
  /** The registry's path of the image, without host and without the namespace of the registry. */
  repository: text.exactOptional(),
  /** Class of the registry that was asked; absent for a host that is none of the stage's. */
  class: z.enum(IMAGE_CLASSES).exactOptional(),
  /** Class of the image by the map; absent for an image that is not mapped. */
  expectedClass: z.enum(IMAGE_CLASSES).exactOptional(),
  verdict: z.enum(PULL_VERDICTS),
  /** Why, for people. */
  why: text,
});

export type PullLine = z.infer<typeof pullLineSchema>;

/** A line of the log as JSON on one line: every unsafe character is escaped, and it stays the same JSON. */
export const pullLineJson = (line: PullLine): string => `${escapeUnsafe(JSON.stringify(line))}\n`;

/** A line of the log for people. */
export function pullLineText(line: PullLine): string {
  const { time, verdict, reference, host, hostBasis, outcome, digest = "-", expectedClass = "-", why } = line;
  const who = [line.node, line.namespace, line.pod].filter((one) => one !== undefined).join("/") || "-";
  const asked = `${host} (${line.class ?? "unknown"}, by the ${hostBasis})`;
  const told = `${time} ${verdict} ${outcome} ${who} ${reference} ${digest} asked ${asked}, expected ${expectedClass}: ${why}`;
  return `${escapeUnsafe(told)}\n`;
}
