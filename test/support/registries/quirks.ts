import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { digestOf } from "../../../src/base/digest";
import { endToEnd, renamed, Target } from "./forward";
import { startHttp } from "./httpServer";

/** A request as a quirk sees it. */
interface Asked {
  method: string;
  /** Without its query. */
  path: string;
  query: string;
  headers: IncomingHttpHeaders;
}

/** What a registry answers, whole. */
export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/**
 * A way in which a registry of the field differs from the one behind it.
 *
 * @param next what the registry behind answers; a quirk that does not call it keeps the request from it
 * @param ask asks the registry behind for something else
 */
export type Quirk = (
  asked: Asked,
  next: () => Promise<Answered>,
  ask: (method: string, path: string) => Promise<Answered>,
) => Answered | Promise<Answered>;

/** Stands in front of a registry and answers as another would. */
export interface QuirkyRegistry {
  /** `localhost:PORT`. */
  readonly host: string;
  /** Every request, in order: method and address. */
  readonly requests: readonly string[];
  /** From now on these. */
  use(...quirks: readonly Quirk[]): void;
  stop(): Promise<void>;
}

/** @param targetHost the registry that keeps the content, `localhost:PORT` */
export async function startQuirky(targetHost: string, ...first: readonly Quirk[]): Promise<QuirkyRegistry> {
  const target = new Target(targetHost);
  const requests: string[] = [];
  let quirks = first;
  const server = await startHttp(async (request, response) => {
    const { method = "GET", url = "/", headers } = request;
    requests.push(`${method} ${url}`);
    const sent = await buffer(request);
    const ask = async (how: string, where: string, bytes?: Buffer): Promise<Answered> => {
      const answered = await whole(await target.ask(how, where, endToEnd(headers), (body) => body.end(bytes ?? "")));
      return { ...answered, headers: renamed(endToEnd(answered.headers), targetHost, server.host) };
    };
    const [path = "/", query = ""] = url.split("?");
    const asked = { method, path, query, headers };
    const answer = quirks.reduce<() => Promise<Answered>>(
      (next, quirk) => async () => quirk(asked, next, ask),
      () => ask(method, url, sent),
    );
    const { status, headers: answeredHeaders, body } = await answer();
    response.writeHead(status, answeredHeaders);
    response.end(method === "HEAD" ? undefined : body);
  });
  return {
    host: server.host,
    requests,
    use: (...next) => {
      quirks = next;
    },
    stop: async () => {
      await server.stop();
      target.close();
    },
  };
}

async function whole(answer: IncomingMessage): Promise<Answered> {
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
}

/** An answer of the quirk's own. */
export function instead(status: number, body: string | object, headers: IncomingHttpHeaders = {}): Answered {
  const bytes = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
  return { status, headers: { "content-type": type, "content-length": String(bytes.length), ...headers }, body: bytes };
}

/** A refusal in the form of the distribution specification. */
export const refusal = (status: number, code: string, message = ""): Answered =>
  instead(status, { errors: [{ code, message }] });

/** The answer with other headers; `undefined` takes one away. */
export function withHeaders(answered: Answered, headers: Readonly<Record<string, string | undefined>>): Answered {
  const all = Object.entries({ ...answered.headers, ...headers }).filter(([, value]) => value !== undefined);
  return { ...answered, headers: Object.fromEntries(all) };
}

/** A quirk of some requests. */
const of =
  (kind: (asked: Asked) => boolean, change: Quirk): Quirk =>
  (asked, next, ask) =>
    kind(asked) ? change(asked, next, ask) : next();

const isTagsList = ({ path }: Asked): boolean => path.endsWith("/tags/list");
const isReferrers = ({ path }: Asked): boolean => path.includes("/referrers/");
const isManifest = ({ path }: Asked): boolean => path.includes("/manifests/");

/** Lists no tags: ECR without `ecr:ListImages` answers 403, others 401, 404, 405 or 500. */
export const tagsRefused = (status: number, code = "DENIED"): Quirk =>
  of(isTagsList, () => refusal(status, code, "not authorized to perform: ecr:ListImages"));

/** Names the next page of tags where nobody may follow, as Nexus does on a port of its own. */
export const tagsLinkElsewhere = (target: string): Quirk =>
  of(isTagsList, async (_, next) => withHeaders(await next(), { link: `<${target}>; rel="next"` }));

/** Answers a request for referrers in its own way. */
export const referrersAnswered = (change: (answered: Answered) => Answered): Quirk =>
  of(isReferrers, async (_, next) => change(await next()));

/** Lists other referrers than there are; a refusal is left alone. */
export const referrersListed = (change: (manifests: readonly object[]) => readonly object[]): Quirk =>
  referrersAnswered((answered) => {
    if (answered.status !== 200) return answered;
    const list = JSON.parse(answered.body.toString()) as { manifests: object[] | null };
    const body = Buffer.from(JSON.stringify({ ...list, manifests: change(list.manifests ?? []) }));
    return { ...withHeaders(answered, { "content-length": String(body.length) }), body };
  });

/** Takes `sha256-<hex>` for the digest where no such tag is, as GitLab does. */
export const digestTags: Quirk = of(isManifest, async ({ method, path }, next, ask) => {
  const answered = await next();
  const [, front, hex] = /^(\/v2\/.+\/manifests\/)sha256-([0-9a-f]{64})$/.exec(path) ?? [];
  if (answered.status !== 404 || hex === undefined || (method !== "GET" && method !== "HEAD")) return answered;
  return ask(method, `${front ?? ""}sha256:${hex}`);
});

/** Calls every manifest by another media type than its own. */
export const manifestsTyped = (type: string | undefined): Quirk =>
  of(isManifest, async (_, next) => {
    const answered = await next();
    return answered.status === 200 ? withHeaders(answered, { "content-type": type }) : answered;
  });

/** Says other things of a manifest or blob than a GET would. */
export const headSays = (headers: Readonly<Record<string, string | undefined>>): Quirk =>
  of(
    ({ method }) => method === "HEAD",
    async (_, next) => {
      const answered = await next();
      return answered.status === 200 ? withHeaders(answered, headers) : answered;
    },
  );

/** Deletes nothing: GHCR and Docker Hub refuse, others say that they have and do not. */
export const deletesNothing = (
  answer: Answered = refusal(405, "UNSUPPORTED", "The operation is unsupported."),
): Quirk =>
  of(
    (asked) => asked.method === "DELETE" && isManifest(asked),
    () => answer,
  );

/** A digest that nothing has. */
export const GHOST = digestOf(Buffer.from("a referrer that was deleted"));
