import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { utcTime } from "../../base/time";
import type { PullEvent } from "../line";
import { eventOf, outcomeOf, type PullParser } from "./parser";

const text = z.string().nullish();

/** Source: Kubernetes API, core/v1 Event. */
const eventSchema = z.object({
  reason: text,
  message: text,
  involvedObject: z.object({ kind: text, namespace: text, name: text }).nullish(),
  source: z.object({ host: text }).nullish(),
  reportingInstance: text,
  eventTime: text,
  lastTimestamp: text,
  firstTimestamp: text,
  metadata: z.object({ creationTimestamp: text }).nullish(),
});
const listSchema = z.object({ kind: z.string(), items: z.array(z.unknown()).max(100_000) });
const watchSchema = z.object({ type: z.string(), object: z.unknown() });

/** Characters of the longest document over several lines. */
const LONGEST_DOCUMENT = 16 * 1024 * 1024;

/**
 * Reads events of pods: one document a line, as a watch gives them, or as `kubectl get events -o json` prints a list. The
 * kubelet knows the reference alone, so that no line of them proves which host answered.
 *
 * @param now for events without a time
 */
export function eventsParser(now: () => Date): PullParser {
  let document: string | undefined;
  return {
    feed: (line) => {
      if (document === undefined && line !== "{") return line.trim() === "" ? [] : readEvents(line, now);
      document = `${document ?? ""}${line}\n`;
      if (document.length > LONGEST_DOCUMENT) {
        document = undefined;
        return undefined;
      }
      if (line !== "}") return [];
      const whole = document;
      document = undefined;
      return readEvents(whole, now);
    },
    end: () => [],
  };
}

function readEvents(json: string, now: () => Date): readonly PullEvent[] | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    return undefined;
  }
  const list = decode(listSchema, raw);
  const watched = decode(watchSchema, raw);
  const items = list.success
    ? list.data.items
    : [watched.success && watched.data.object !== undefined ? watched.data.object : raw];
  if (watched.success && watched.data.type !== "ADDED" && watched.data.type !== "MODIFIED") return [];
  const read = items.map((item) => decode(eventSchema, item));
  if (read.some(({ success }) => !success)) return undefined;
  return read.flatMap(({ data }) => (data ? pullOf(data, now) : []));
}

function pullOf(event: z.infer<typeof eventSchema>, now: () => Date): PullEvent[] {
  const { reason, message, involvedObject: pod } = event;
  if (message == null || (pod?.kind ?? "Pod") !== "Pod") return [];
  const outcome = outcomeIn(reason ?? "", message);
  // Some kubelets write the quotes of an image that is there already twice.
  const [, reference] = /image "{1,2}([^"]+)"/.exec(message) ?? [];
  if (outcome === undefined || reference === undefined) return [];
  const times = [event.lastTimestamp, event.eventTime, event.firstTimestamp, event.metadata?.creationTimestamp];
  const time = times.map((one) => utcTime(one)).find((one) => one !== undefined) ?? now().toISOString();
  const node = event.source?.host ?? event.reportingInstance ?? undefined;
  return [
    eventOf({
      ...{ time, source: "events", reference, outcome, evidence: `${reason ?? ""}: ${message}` },
      ...{ node, namespace: pod?.namespace ?? undefined, pod: pod?.name ?? undefined },
    }),
  ];
}

/** Source: Kubernetes, pkg/kubelet/images/image_manager.go and pkg/kubelet/events/event.go. */
function outcomeIn(reason: string, message: string): PullEvent["outcome"] | undefined {
  if (reason === "Pulled") return message.includes("already present on machine") ? "cached" : "pulled";
  if (reason === "Failed" && message.startsWith("Failed to pull image")) return outcomeOf(message);
  return undefined;
}
