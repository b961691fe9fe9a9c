import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { eventOf, type PullParser } from "./parser";

/** Source: Docker Engine API, "Monitor events". */
const eventSchema = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string() }),
  time: z.number().nullish(),
  timeNano: z.number().nullish(),
});

/** Reads `docker events --format '{{json .}}'`: one event a line, of which those of pulls count. */
export function dockerParser(now: () => Date): PullParser {
  return {
    feed: (line) => {
      if (line.trim() === "") return [];
      let raw: unknown;
      try {
        raw = JSON.parse(line);
      } catch {
        return undefined;
      }
      const event = decode(eventSchema, raw);
      if (!event.success) return undefined;
      const { Type: type, Action: action, Actor: actor, time, timeNano } = event.data;
      if (type !== "image" || action !== "pull") return [];
      const at = new Date(timeNano != null ? timeNano / 1e6 : time != null ? time * 1000 : now());
      const known = Number.isNaN(at.getTime()) ? now() : at;
      const evidence = `image pull ${actor.ID}`;
      return [
        eventOf({ time: known.toISOString(), source: "docker", reference: actor.ID, outcome: "pulled", evidence }),
      ];
    },
    end: () => [],
  };
}
