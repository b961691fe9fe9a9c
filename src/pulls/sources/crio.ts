import type { PullEvent } from "../line";
import { referenceOf } from "../judgePull";
import { serviceLine, type ServiceLine } from "./journal";
import { eventOf, MOST_OPEN, outcomeOf, type PullParser } from "./parser";

interface Open {
  reference: string;
  time: string;
  node: string | undefined;
  traceId: string | undefined;
  /** The source that is tried last, with the line that says so. */
  tried?: { reference: string; time: string };
  /** Why the source that was tried last did not do. */
  error?: string;
}

/**
 * Reads CRI-O's lines. Only "Trying to access" names the source that is asked; "Pulled image" names the registry of the
 * reference, also where a mirror answered. Sources: cri-o, server/image_pull.go; containers/image, docker/docker_image_src.go.
 *
 * @param now for lines without a time
 */
export function crioParser(now: () => Date): PullParser {
  const open = new Map<string, Open>();

  const end = (key: string, line?: ServiceLine, digest?: string, error?: string): readonly PullEvent[] => {
    const pull = open.get(key);
    if (pull === undefined) return [];
    open.delete(key);
    const { tried } = pull;
    const why = error ?? (line === undefined ? (pull.error ?? "") : undefined);
    return [
      eventOf({
        ...{ source: "crio", reference: pull.reference, outcome: why === undefined ? "pulled" : outcomeOf(why) },
        ...{ time: tried?.time ?? pull.time, node: pull.node, traceId: pull.traceId, digest },
        answered: tried && referenceOf(tried.reference)?.host,
        evidence: tried ? `Trying to access "${tried.reference}"` : (line?.fields.get("msg") ?? "no end was seen"),
      }),
    ];
  };

  /** The pull that a line belongs to: of its request, else of its image, else the only one. */
  const keyOf = (line: ServiceLine, reference: string): string | undefined => {
    const id = line.fields.get("id");
    if (id !== undefined) return open.has(id) ? id : undefined;
    const about = referenceOf(reference);
    const same = [...open].filter(([, pull]) => {
      const asked = referenceOf(pull.reference);
      return (
        asked !== undefined &&
        asked.repository === about?.repository &&
        (asked.tag ?? asked.digest) === (about.tag ?? about.digest)
      );
    });
    const [only, ...others] = same.length > 0 ? same : [...open];
    return others.length === 0 ? only?.[0] : undefined;
  };

  return {
    feed: (text) => {
      const line = serviceLine(text);
      const message = line?.fields.get("msg");
      if (line === undefined || message === undefined) return undefined;
      const time = line.time ?? now().toISOString();
      const [, begun] = /^Pulling image: (\S+)$/.exec(message) ?? [];
      if (begun !== undefined) {
        const [oldest] = open.size >= MOST_OPEN ? open.keys() : [];
        const given = oldest === undefined ? [] : end(oldest);
        const { node, fields } = line;
        open.set(fields.get("id") ?? begun, { reference: begun, time, node, traceId: fields.get("trace_id") });
        return given;
      }
      const [, tried] = /^Trying to access "([^"]+)"$/.exec(message) ?? [];
      const pull = tried === undefined ? undefined : open.get(keyOf(line, tried) ?? "");
      if (tried !== undefined && pull) Object.assign(pull, { tried: { reference: tried, time }, error: undefined });
      const [, failed, why = ""] = /^Accessing "([^"]+)" failed: (.*)$/.exec(message) ?? [];
      const refused = failed === undefined ? undefined : open.get(keyOf(line, failed) ?? "");
      if (refused) refused.error = why;
      const [, pulled] = /^Pulled image: (\S+)$/.exec(message) ?? [];
      if (pulled !== undefined) {
        const digest = pulled.includes("@") ? pulled.slice(pulled.indexOf("@") + 1) : undefined;
        return end(endKey(line, pulled) ?? "", line, digest);
      }
      const [, error] = /^Image pull failed: (.*)$|^Failed to pull image.*?: (.*)$/.exec(message) ?? [];
      return error === undefined ? [] : end(line.fields.get("id") ?? "", line, undefined, error);
    },
    end: () => [...open.keys()].flatMap((key) => end(key)),
  };

  /** "Pulled image" has the digest for a tag, so the repository alone is compared. */
  function endKey(line: ServiceLine, pulled: string): string | undefined {
    const id = line.fields.get("id");
    if (id !== undefined && open.has(id)) return id;
    const about = referenceOf(pulled);
    const same = [...open].filter(([, { reference }]) => {
      const asked = referenceOf(reference);
      return asked?.repository === about?.repository && asked?.host === about?.host;
    });
    return same[0]?.[0];
  }
}
