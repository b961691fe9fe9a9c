import type { PullEvent } from "../line";
import { referenceOf, sameHost } from "../judgePull";
import { serviceLine, type ServiceLine } from "./journal";
import { eventOf, MOST_OPEN, outcomeOf, type PullParser } from "./parser";

interface Tried {
  reference: string;
  time: string;
}

interface Open {
  reference: string;
  time: string;
  node: string | undefined;
  traceId: string | undefined;
  /** The source that is tried last, with the line that says so. */
  tried?: Tried;
  /** One that may have been tried for another pull of the same path, whose own registry it is. */
  maybe?: Tried;
  /** True where a line was left out while it was open: it may have named another source. */
  unsure?: boolean;
  /** Why the source that was tried last did not do. */
  error?: string;
}

/**
 * Reads CRI-O's lines. Only "Trying to access" names the source that is asked; "Pulled image" names the registry of the
 * reference, also where a mirror answered. Sources: cri-o, server/image_pull.go and internal/log/interceptors.go; containers/image, docker/docker_image_src.go.
 *
 * @param now for lines without a time
 */
export function crioParser(now: () => Date): PullParser {
  const open = new Map<string, Open>();

  const end = (key: string, line?: ServiceLine, digest?: string, error?: string): readonly PullEvent[] => {
    const pull = open.get(key);
    if (pull === undefined) return [];
    open.delete(key);
    const { tried, maybe } = pull;
    const why = error ?? (line === undefined ? (pull.error ?? "") : undefined);
    return [
      eventOf({
        ...{ source: "crio", reference: pull.reference, outcome: why === undefined ? "pulled" : outcomeOf(why) },
        ...{ time: tried?.time ?? pull.time, node: pull.node, traceId: pull.traceId, digest },
        answered: tried && pull.unsure !== true ? referenceOf(tried.reference)?.host : undefined,
        evidence: tried
          ? `Trying to access "${tried.reference}"`
          : maybe
            ? `Trying to access "${maybe.reference}", for this pull or for another of its path`
            : (line?.fields.get("msg") ?? "no end was seen"),
      }),
    ];
  };

  /**
   * The pulls that a line about a source belongs to: of its request, where it names one, else every one of that image.
   * CRI-O joins pulls of one image that run at once, and the lines of the work they share name no request. Where one path
   * is pulled from its own registries at once, a source is its own registry's; for the others it may have been a mirror.
   */
  const pullsOf = (line: ServiceLine, source: string): { sure: readonly Open[]; unsure: readonly Open[] } => {
    const id = line.fields.get("id");
    if (id !== undefined) return { sure: [open.get(id)].filter((one) => one !== undefined), unsure: [] };
    const about = referenceOf(source);
    const all = [...open.values()];
    const same = all.filter(({ reference }) => {
      const asked = referenceOf(reference);
      return (
        asked !== undefined &&
        asked.repository === about?.repository &&
        (asked.tag ?? asked.digest) === (about.tag ?? about.digest)
      );
    });
    const own = same.filter(({ reference }) => isAt(reference, about?.host ?? ""));
    if (own.length > 0) return { sure: own, unsure: same.filter((one) => !own.includes(one)) };
    if (same.length > 0) return { sure: same, unsure: [] };
    // A mirror may have paths of its own: where one image alone is pulled, it is that.
    return { sure: new Set(all.map(({ reference }) => reference)).size === 1 ? all : [], unsure: [] };
  };

  /** A pull of the image whose last source failed has ended when the same is begun anew: the kubelet tries again. */
  const endFailed = (reference: string): readonly PullEvent[] =>
    [...open].flatMap(([key, pull]) => (pull.reference === reference && pull.error !== undefined ? end(key) : []));

  return {
    feed: (text) => {
      const line = serviceLine(text);
      const message = line?.fields.get("msg");
      if (line === undefined || message === undefined) return undefined;
      const time = line.time ?? now().toISOString();
      const [, begun] = /^Pulling image: (\S+)$/.exec(message) ?? [];
      if (begun !== undefined) {
        const [oldest] = open.size >= MOST_OPEN ? open.keys() : [];
        const given = [...(oldest === undefined ? [] : end(oldest)), ...endFailed(begun)];
        const { node, fields } = line;
        open.set(fields.get("id") ?? begun, { reference: begun, time, node, traceId: fields.get("trace_id") });
        return given;
      }
      const [, tried] = /^Trying to access "([^"]+)"$/.exec(message) ?? [];
      if (tried !== undefined) {
        const { sure, unsure } = pullsOf(line, tried);
        for (const pull of sure) {
          pull.tried = { reference: tried, time };
          delete pull.error;
        }
        for (const pull of unsure) pull.maybe = { reference: tried, time };
      }
      const [, failed, why = ""] = /^Accessing "([^"]+)" failed: (.*)$/.exec(message) ?? [];
      for (const pull of failed === undefined ? [] : pullsOf(line, failed).sure) pull.error = why;
      const [, pulled] = /^Pulled image: (\S+)$/.exec(message) ?? [];
      if (pulled !== undefined) {
        const digest = pulled.includes("@") ? pulled.slice(pulled.indexOf("@") + 1) : undefined;
        return end(endKey(line, pulled) ?? "", line, digest);
      }
      const [, error] = /^(?:Error pulling image \S+|Response error): (.*)$/.exec(message) ?? [];
      return error === undefined ? [] : end(line.fields.get("id") ?? "", line, undefined, error);
    },
    skipped: () => {
      for (const pull of open.values()) pull.unsure = true;
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

const isAt = (reference: string, host: string): boolean =>
  sameHost(referenceOf(reference)?.host ?? "") === sameHost(host);
