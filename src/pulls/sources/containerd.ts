import { isDigest } from "../../base/digest";
import type { PullEvent } from "../line";
import { referenceOf, sameHost } from "../judgePull";
import { serviceLine, type ServiceLine } from "./journal";
import { eventOf, MOST_OPEN, outcomeOf, type PullParser } from "./parser";

/** A pull that has begun. */
interface Open {
  reference: string;
  time: string;
  node: string | undefined;
  traceId: string | undefined;
  /** How often it was begun and has not ended. */
  count: number;
  /** The last answer of a registry to a request for its manifest. */
  answer?: { host: string; time: string; digest?: string; state: "sent" | "refused" | "missing"; evidence: string };
}

/**
 * Reads containerd's own lines, its CRI plugin's and `ctr --debug`'s. Which host answered stands in the debug lines of its
 * requests alone: the reference, and every line of level info, names the registry that was asked for, also where a mirror
 * of hosts.toml answered. Source: containerd, core/remotes/docker/resolver.go and internal/cri/instrument.
 *
 * @param now for lines without a time
 */
export function containerdParser(now: () => Date): PullParser {
  const open = new Map<string, Open>();

  const begin = (reference: string, line: ServiceLine): readonly PullEvent[] => {
    const known = open.get(reference);
    if (known) {
      known.count += 1;
      return [];
    }
    const [oldest] = open.size >= MOST_OPEN ? open.keys() : [];
    const given = oldest === undefined ? [] : end(oldest);
    const time = line.time ?? now().toISOString();
    open.set(reference, {
      reference,
      time,
      node: line.node,
      traceId: line.fields.get("trace_id") ?? line.fields.get("traceID"),
      count: 1,
    });
    return given;
  };

  const end = (reference: string, line?: ServiceLine, error?: string): readonly PullEvent[] => {
    const pull = open.get(reference);
    if (pull === undefined && line === undefined) return [];
    const { answer } = pull ?? {};
    if (pull !== undefined && --pull.count === 0) open.delete(reference);
    const failed = answer?.state === "refused" ? "denied" : outcomeOf(error ?? "");
    const pulled = error === undefined && (line !== undefined || answer?.state === "sent");
    return [
      eventOf({
        ...{ source: "containerd", reference, outcome: pulled ? "pulled" : failed },
        time: answer?.time ?? pull?.time ?? line?.time ?? now().toISOString(),
        ...{ answered: answer?.host, digest: answer?.digest, node: pull?.node ?? line?.node, traceId: pull?.traceId },
        evidence: answer?.evidence ?? line?.fields.get("msg") ?? line?.text ?? "no answer was seen",
      }),
    ];
  };

  const answered = (line: ServiceLine): void => {
    const request = manifestRequest(line.fields.get("url") ?? "");
    if (request === undefined) return;
    const pull = [...open.values()].filter((one) => isAbout(one, request)).at(-1);
    if (pull === undefined) return;
    const status = line.fields.get("response.status") ?? "";
    const refused = /^40[13]\b/.test(status);
    const sent = status.startsWith("2");
    // A challenge is followed by the same request with a login, whose answer counts. What one host does not have the next
    // may, and who has answered already is not forgotten for that.
    if (!refused && !sent && pull.answer?.state !== "refused") return;
    const named = line.fields.get("response.header.docker-content-digest");
    const digest = isDigest(request.reference) ? pull.answer?.digest : named;
    pull.answer = {
      ...{ host: request.host, time: line.time ?? now().toISOString() },
      state: refused ? "refused" : sent ? "sent" : "missing",
      ...(sent && digest !== undefined && { digest }),
      evidence: `fetch response received: ${request.host}/v2/${request.path}/manifests/${request.reference}: ${status}`,
    };
  };

  return {
    feed: (text) => {
      const line = serviceLine(text);
      if (line === undefined) return undefined;
      const message = line.fields.get("msg");
      if (message === undefined) {
        const [, reference, error = ""] = /^ctr: failed to \w+ reference "([^"]+)": (.*)$/.exec(line.text) ?? [];
        if (reference !== undefined) return end(reference, line, error);
        return line.fields.size > 0 || /^(?:unpacking |done: |elapsed: |\s*$)/.test(line.text) ? [] : undefined;
      }
      if (message === "fetch response received") answered(line);
      const image = line.fields.get("image");
      if (message === "fetching" && image !== undefined) return begin(image, line);
      if (message === "unpacking" && image !== undefined) return end(image, line);
      const [, reference, rest = ""] = /^PullImage "([^"]+)"(.*)$/.exec(message) ?? [];
      if (reference === undefined) return [];
      if (rest.startsWith(" returns image reference")) return end(reference, line);
      if (rest === " failed") return end(reference, line, line.fields.get("error") ?? "");
      return rest === "" || rest.startsWith(" with auth config") ? begin(reference, line) : [];
    },
    end: () => [...open.keys()].flatMap((reference) => end(reference)),
  };
}

/** A request for a manifest, by its address. */
interface ManifestRequest {
  host: string;
  path: string;
  reference: string;
  /** The registry that the image was asked for at, where a mirror is asked. */
  askedFor: string;
}

function manifestRequest(address: string): ManifestRequest | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const [, path, reference] = /^\/(?:v2\/)?(.+)\/manifests\/([^/]+)$/.exec(url?.pathname ?? "") ?? [];
  if (url === undefined || path === undefined || reference === undefined) return undefined;
  return { host: url.host, path, reference, askedFor: url.searchParams.get("ns") ?? url.host };
}

function isAbout(pull: Open, { path, reference: asked, askedFor, host }: ManifestRequest): boolean {
  const reference = referenceOf(pull.reference);
  if (reference === undefined || sameHost(reference.host) !== sameHost(askedFor)) return false;
  // A mirror may have a path of its own in front (override_path of hosts.toml); "ns" says whom it stands for.
  const isMirrored = sameHost(host) !== sameHost(askedFor) && path.endsWith(`/${reference.repository}`);
  if (reference.repository !== path && !isMirrored) return false;
  // A digest alone says which pull it is of once the tag's answer, or the reference, has named it.
  if (isDigest(asked)) return (pull.answer?.digest ?? reference.digest) === asked;
  return reference.tag === asked;
}
