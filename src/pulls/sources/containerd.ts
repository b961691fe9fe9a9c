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
  /** What the tag stands for, as a registry said. */
  digest?: string;
  /** The last registry that sent its manifest, or said of it that it has it. */
  sent?: Answer;
  /** The last one that refused it, with nothing sent behind that: a challenge, where a login follows. */
  refused?: Answer;
  /** The last one that answered in another way, behind both. */
  failed?: Answer;
  /** Whether a registry was asked what the image is, and whether anything of its repository was fetched. */
  asked: boolean;
  fetched: boolean;
  /** The host that was asked for its manifest last. */
  last?: string;
  /** True where a line was left out while it was open: it may have named another host. */
  unsure?: boolean;
}

interface Answer {
  host: string;
  time: string;
  evidence: string;
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
      ...{ count: 1, asked: false, fetched: false },
    });
    return given;
  };

  const end = (reference: string, line?: ServiceLine, error?: string): readonly PullEvent[] => {
    const pull = open.get(reference);
    if (pull === undefined && line === undefined) return [];
    if (pull !== undefined && --pull.count === 0) open.delete(reference);
    const { sent, refused, failed: other } = pull ?? {};
    const isCached = pull?.asked === true && !pull.fetched;
    const isWhole = error === undefined && (line !== undefined || sent !== undefined);
    // A runtime says why it failed; where its last line is missing, a registry's refusal does.
    const failed = error === undefined && refused !== undefined ? "denied" : outcomeOf(error ?? "");
    const answer = isWhole ? sent : (other ?? refused ?? sent);
    // What was asked last has to be what answered: an answer that could not be read may have been another host's.
    const isKnown = pull?.unsure !== true && (pull?.last === undefined || pull.last === answer?.host);
    return [
      eventOf({
        ...{ source: "containerd", reference, outcome: isWhole ? (isCached ? "cached" : "pulled") : failed },
        time: answer?.time ?? pull?.time ?? line?.time ?? now().toISOString(),
        ...{
          answered: isKnown ? answer?.host : undefined,
          digest: sent && pull?.digest,
          node: pull?.node ?? line?.node,
        },
        traceId: pull?.traceId,
        evidence: answer?.evidence ?? line?.fields.get("msg") ?? line?.text ?? "no answer was seen",
      }),
    ];
  };

  /** Ends every pull of a reference that is open. */
  const endAll = (reference: string, error: string): readonly PullEvent[] => {
    const events: PullEvent[] = [];
    while (open.has(reference)) events.push(...end(reference, undefined, error));
    return events;
  };

  const requested = ({ fields }: ServiceLine): void => {
    const request = contentRequest(fields.get("url") ?? "");
    for (const pull of request === undefined ? [] : open.values()) {
      if (request === undefined || !isUnder(pull, request)) continue;
      if (isAbout(pull, request)) pull.last = request.host;
      if (fields.get("request.method") !== "HEAD") pull.fetched = true;
      else if (isAbout(pull, request)) pull.asked = true;
    }
  };

  const answered = (line: ServiceLine): void => {
    const request = contentRequest(line.fields.get("url") ?? "");
    if (request === undefined) return;
    const status = line.fields.get("response.status") ?? "";
    const [isRefused, isSent] = [/^40[13]\b/.test(status), status.startsWith("2")];
    const pull = [...open.values()].filter((one) => isAbout(one, request)).at(-1);
    if (pull === undefined) return;
    const { host, path, reference } = request;
    const evidence = `fetch response received: ${host}/v2/${path}/manifests/${reference}: ${status}`;
    const answer = { host, time: line.time ?? now().toISOString(), evidence };
    // What one host does not have the next may, and who has answered already is not forgotten for that.
    delete pull.failed;
    if (isRefused) pull.refused = answer;
    else if (!isSent) pull.failed = answer;
    if (!isSent) return;
    delete pull.refused;
    pull.sent = answer;
    const named = line.fields.get("response.header.docker-content-digest");
    if (!isDigest(reference) && named !== undefined) pull.digest = named;
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
      // What was pulled when it ended has not come to an end.
      if (message === "starting containerd")
        return [...open.keys()].flatMap((one) => endAll(one, "containerd was started anew"));
      if (message === "do request") requested(line);
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
    skipped: () => {
      for (const pull of open.values()) pull.unsure = true;
    },
    end: () => [...open.keys()].flatMap((reference) => end(reference)),
  };
}

/** A request for a manifest or a blob, by its address. */
interface ContentRequest {
  host: string;
  path: string;
  kind: "manifests" | "blobs";
  reference: string;
  /** The registry that the image was asked for at, where a mirror is asked. */
  askedFor: string;
}

function contentRequest(address: string): ContentRequest | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const [, path, kind, reference] = /^\/(?:v2\/)?(.+)\/(manifests|blobs)\/([^/]+)$/.exec(url?.pathname ?? "") ?? [];
  if (url === undefined || path === undefined || reference === undefined) return undefined;
  const askedFor = url.searchParams.get("ns") ?? url.host;
  return { host: url.host, path, kind: kind === "blobs" ? "blobs" : "manifests", reference, askedFor };
}

/** True for a request to the repository that a pull is of. */
function isUnder(pull: Open, { path, askedFor, host }: ContentRequest): boolean {
  const reference = referenceOf(pull.reference);
  if (reference === undefined || sameHost(reference.host) !== sameHost(askedFor)) return false;
  // A mirror may have a path of its own in front (override_path of hosts.toml); "ns" says whom it stands for.
  const isMirrored = sameHost(host) !== sameHost(askedFor) && path.endsWith(`/${reference.repository}`);
  return reference.repository === path || isMirrored;
}

function isAbout(pull: Open, request: ContentRequest): boolean {
  if (request.kind === "blobs" || !isUnder(pull, request)) return false;
  const { tag, digest } = referenceOf(pull.reference) ?? {};
  // A digest alone says which pull it is of once the tag's answer, or the reference, has named it.
  return isDigest(request.reference) ? (pull.digest ?? digest) === request.reference : tag === request.reference;
}
