import { type Context, Hono } from "hono";
import { defined } from "../../base/defined";
import { isDigest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { isRepository, isTag } from "../../base/reference";
import { markup } from "../../base/text/html";
import type { ConsoleEnv } from "../app";
import type { Catalog, RegistryView } from "../model";
import type { ImageSearch } from "../search";
import { imagePage } from "./image";
import { answerPage, type Site } from "./layout";
import { overview, tagList } from "./lists";
import { registryText, section, unavailable } from "./parts";
import { readSearch, searchForm, searchPage } from "./search";
import { type CompareQuery, compareForm, comparisonPage, originForm, originPage } from "./questions";

export { consoleAssets } from "./assets";
export { messagePage } from "./layout";

/** What the pages are made of. */
export interface PagesParts {
  catalog: Catalog;
  search: Pick<ImageSearch, "findInTurn" | "state">;
  site: Site;
  /** Gets a fault of this program, for the log. */
  onFault: (error: unknown, requestId: string | undefined) => void;
}

/** A repository, or an image in it. */
interface Named {
  repository: string;
  reference?: string;
}

/** Reads `orders/api`, `orders/api:v1.2.3` and `orders/api@sha256:…`; undefined for everything else. */
function readName(text: string): Named | undefined {
  const at = text.indexOf("@");
  const cut = at >= 0 ? at : text.lastIndexOf(":");
  if (cut < 0) return isRepository(text) ? { repository: text } : undefined;
  const [repository, reference] = [text.slice(0, cut), text.slice(cut + 1)];
  const isNamed = at >= 0 ? isDigest(reference) : isTag(reference);
  return isNamed && isRepository(repository) ? { repository, reference } : undefined;
}

/** The same for what is not there and for what may not be read. */
const NOT_FOUND = {
  title: "Not found",
  body: markup`<section><p>There is nothing of this name in this stage, or you may not read it.</p><p><a href="/">All repositories</a></p></section>`,
  status: 404,
} as const;

/** Seconds and status of a page whose registry gives no answer. Source: RFC 9110, 15.6.4. */
const headersOf = ({ retryAfter }: { retryAfter?: number }): Readonly<Record<string, string>> =>
  retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };

/** The console's pages: whole without a script. */
export function consolePages({ catalog, search, site, onFault }: PagesParts): Hono<ConsoleEnv> {
  const pages = new Hono<ConsoleEnv>();
  const mayRead = (context: Context<ConsoleEnv>, repository: string) => context.get("visitor").mayRead(repository);
  const registryOf = (repository: string): RegistryView | undefined => {
    const mapped = catalog.repositories().find((view) => view.repository === repository);
    return catalog.registries.find((view) => view.class === mapped?.class);
  };

  pages.get("/", async (context) => {
    const lead = markup`The two registries of stage <strong>${site.stage}</strong>: which image is where, what it says of itself, and who stands for it.`;
    return answerPage(context, site, {
      title: `Images of ${site.product} in ${site.stage}`,
      ...{ lead, body: await overview(catalog, context.get("visitor")) },
    });
  });

  const list = async (context: Context<ConsoleEnv>, repository: string, registry: RegistryView) => {
    const { after, details } = context.req.query();
    const query = { details: details === "true", ...defined({ after: isTag(after ?? "") ? after : undefined }) };
    const part = await catalog.tags(repository, { ...query, signal: context.req.raw.signal });
    const isDown = part.state === "unavailable";
    return answerPage(context, site, {
      ...{ title: repository, body: tagList(registry, part, query) },
      ...(isDown && { status: 503, headers: headersOf(part) }),
    });
  };

  const oneImage = async (context: Context<ConsoleEnv>, named: Required<Named>, registry: RegistryView) => {
    const { repository, reference } = named;
    const { signal } = context.req.raw;
    const title = `${repository}${isDigest(reference) ? "@" : ":"}${reference}`;
    const part = await catalog.image(repository, reference, signal);
    if (part.state === "unavailable") {
      const body = section("image", registryText(registry), unavailable("The image", part));
      return answerPage(context, site, { title, body, status: 503, headers: headersOf(part) });
    }
    const trust = await catalog.trust(repository, part.value.digest, signal);
    const lead = markup`in <a href="/r/${repository}">${repository}</a>`;
    return answerPage(context, site, { title, lead, body: imagePage(part.value, trust) });
  };

  pages.get("/r/:name{.+}", async (context) => {
    const named = readName(context.req.param("name"));
    const registry = named && registryOf(named.repository);
    if (named === undefined || registry === undefined || !mayRead(context, named.repository)) {
      return answerPage(context, site, NOT_FOUND);
    }
    const { repository, reference } = named;
    return reference === undefined
      ? list(context, repository, registry)
      : oneImage(context, { repository, reference }, registry);
  });

  pages.get("/compare", async (context) => {
    const { left, right, platform } = context.req.query();
    const query: CompareQuery = defined({ left, right, platform: platform === "" ? undefined : platform });
    const page = { title: "Compare" };
    if (left === undefined || right === undefined)
      return answerPage(context, site, { ...page, body: compareForm(query) });
    const [one, other] = [readName(left), readName(right)];
    if (one?.reference === undefined || other?.reference === undefined) {
      const wrong = `${one?.reference === undefined ? "The first" : "The second"} is not an image; allowed: a repository with a tag or a digest.`;
      return answerPage(context, site, { ...page, body: compareForm(query, wrong), status: 400 });
    }
    for (const { repository } of [one, other]) {
      if (registryOf(repository) === undefined || !mayRead(context, repository))
        return answerPage(context, site, NOT_FOUND);
    }
    const [leftImage, rightImage] = [
      { repository: one.repository, reference: one.reference },
      { repository: other.repository, reference: other.reference },
    ];
    const options = { signal: context.req.raw.signal, ...defined({ platform: query.platform }) };
    const part = await catalog.compare(leftImage, rightImage, options);
    const isDown = part.state === "unavailable";
    return answerPage(context, site, {
      ...{ ...page, body: comparisonPage(query, part) },
      ...(isDown && { status: 503, headers: headersOf(part) }),
    });
  });

  pages.get("/origin", async (context) => {
    const digest = context.req.query("digest")?.trim();
    const page = { title: "Where did this come from?" };
    if (digest === undefined) return answerPage(context, site, { ...page, body: originForm() });
    // A container's status names repository and digest.
    const wanted = digest.slice(digest.indexOf("@") + 1);
    if (!isDigest(wanted)) {
      const wrong = "This is not a digest; allowed: sha256: and 64 digits of 0 to 9 and a to f.";
      return answerPage(context, site, { ...page, body: originForm(digest.slice(0, 200), wrong), status: 400 });
    }
    const view = await catalog.origin(wanted, context.get("visitor").mayRead, context.req.raw.signal);
    return answerPage(context, site, { ...page, body: originPage(view) });
  });

  pages.get("/search", async (context) => {
    const query = readSearch(context.req.query());
    const { mayRead: reads } = context.get("visitor");
    const page = { title: "Search" };
    const index = search.state(reads);
    if (query.q.trim() === "") return answerPage(context, site, { ...page, body: searchForm(query, index) });
    try {
      const wish = { mayRead: reads, limit: 50, ...defined({ after: query.after }) };
      const found = await search.findInTurn(query.in, query.q, wish);
      return await answerPage(context, site, { ...page, body: searchPage(query, found) });
    } catch (error) {
      if (!(error instanceof DualRegistryError) || error.code !== "USAGE") throw error;
      return answerPage(context, site, { ...page, body: searchForm(query, index, error.message), status: 400 });
    }
  });

  pages.notFound((context) => answerPage(context, site, NOT_FOUND));
  pages.onError((error, context) => {
    if (error instanceof DualRegistryError && error.code === "NOT_FOUND") return answerPage(context, site, NOT_FOUND);
    onFault(error, context.get("requestId"));
    const body = markup`<section><p>Its log says why, under the request <code>${context.get("requestId")}</code>.</p></section>`;
    return answerPage(context, site, { title: "The console failed", body, status: 500 });
  });
  return pages;
}
