import type { z } from "zod";
import { decode } from "../base/decode/decode";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import { Secrets } from "../base/text/redact";
import { explain, isNotFound, makeOctokit, type Octokit, permissionFor, type RawAnswer } from "./octokit";

/** A repository on GitHub. */
export interface RepositoryName {
  owner: string;
  name: string;
}

/** Parts of a route and of its query or body. `owner` and `repo` are there already. */
export type Parameters = Readonly<Record<string, unknown>>;

/** How to reach GitHub. */
export interface GithubOptions {
  repository: RepositoryName;
  token: string;
  /** Default https://api.github.com. */
  url?: string;
  /** Milliseconds until a request is given up. Default 30,000. */
  timeout?: number;
  /** Milliseconds that count as a second when the client waits. Default 1,000; less in tests. */
  second?: number;
  /** Told of every wait, as one line. */
  onWait?: (line: string) => void;
}

/** Rows on a page, and the most rows of one list that are read. */
const PAGE = 100;
const MAX_ROWS = 5_000;

/**
 * GitHub's interface for one repository. All that comes from it is decoded.
 *
 * Every call throws DualRegistryError: GITHUB_AUTH with the permission that is missing, NOT_FOUND, GITHUB_REFUSED,
 * GITHUB_UNAVAILABLE, or CONTENT_INVALID for an answer of another form.
 */
export class Github {
  readonly repository: RepositoryName;
  private readonly octokit: Octokit;
  private readonly secrets: Secrets;

  constructor(options: GithubOptions) {
    this.repository = options.repository;
    this.secrets = new Secrets(options.token);
    this.octokit = makeOctokit({
      secrets: this.secrets,
      baseUrl: options.url ?? "https://api.github.com",
      token: options.token,
      timeout: options.timeout ?? 30_000,
      second: options.second ?? 1_000,
      onWait: options.onWait ?? (() => undefined),
    });
  }

  /** `owner/name`. */
  get name(): string {
    return `${this.repository.owner}/${this.repository.name}`;
  }

  /** Sends one request and decodes its answer. */
  async call<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T> {
    try {
      const { data } = await this.octokit.request(route, this.complete(parameters));
      return this.decode(route, schema, data);
    } catch (error) {
      throw explain(error, this.asked(route));
    }
  }

  /** As {@link call}, and undefined where GitHub knows no such thing. */
  async find<T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T | undefined> {
    try {
      const { data } = await this.octokit.request(route, this.complete(parameters));
      return this.decode(route, schema, data);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw explain(error, this.asked(route));
    }
  }

  /** All rows of a list, over its pages. @param max more rows are an error, since half a list proves nothing */
  async list<T>(route: string, parameters: Parameters, row: z.ZodType<T>, max = MAX_ROWS): Promise<T[]> {
    const rows: T[] = [];
    for await (const { data } of this.pages(route, parameters)) {
      rows.push(...this.decode(route, row.array(), Array.isArray(data) ? [...(data as unknown[])] : data));
      if (rows.length <= max) continue;
      throw new DualRegistryError("GITHUB_REFUSED", `GitHub: ${route} of ${this.name} has over ${max} rows`);
    }
    return rows;
  }

  /** A list's pages, whole. */
  async *pages(route: string, parameters: Parameters): AsyncGenerator<RawAnswer> {
    try {
      for await (const page of this.octokit.paginate.iterator(
        route,
        this.complete({ per_page: PAGE, ...parameters }),
      )) {
        // The plugin takes 409 for an empty list, and then has no address: half a list proves nothing.
        if (typeof page.url === "string") yield page;
        else throw new DualRegistryError("GITHUB_REFUSED", `GitHub: ${route} of ${this.name} was answered with 409`);
      }
    } catch (error) {
      throw explain(error, this.asked(route));
    }
  }

  /** @throws DualRegistryError CONTENT_INVALID naming the field */
  decode<T>(route: string, schema: z.ZodType<T>, data: unknown): T {
    const read = decode(schema, data);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const where = issue?.path.map(String).join(".") ?? "";
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `GitHub: ${route} of ${this.name} answered with another form: ${where}: ${this.secrets.scrub(issue?.message ?? "unreadable")}`,
    );
  }

  private complete(parameters: Parameters): Parameters {
    const { owner, name } = this.repository;
    return { owner, repo: name, headers: { "x-github-api-version": "2022-11-28" }, ...parameters };
  }

  private asked(route: string) {
    return { route, needs: permissionFor(route), repository: this.name, secrets: this.secrets };
  }
}

type Variables = Readonly<Record<string, string | undefined>>;

const NAME = /^([A-Za-z0-9][A-Za-z0-9-]{0,38})\/([A-Za-z0-9._-]{1,100})$/;

/**
 * Reads `owner/name`.
 *
 * @param where names the place it stands in, for the message
 * @throws DualRegistryError USAGE
 */
export function readRepositoryName(text: string, where: string): RepositoryName {
  const [, owner, name] = NAME.exec(text) ?? [];
  if (owner !== undefined && name !== undefined) return { owner, name };
  throw new DualRegistryError("USAGE", `${where}: ${quoted(text)}: allowed: owner/name, such as company/orders`);
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

function urlOf(env: Variables): string | undefined {
  const text = env["GITHUB_API_URL"] ?? "";
  if (text === "") return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname))) {
    return text.replace(/\/+$/, "");
  }
  throw new DualRegistryError(
    "USAGE",
    `GITHUB_API_URL: ${quoted(text)}: allowed: an https address, such as https://api.github.com`,
  );
}

/**
 * GitHub as the environment names it: GITHUB_TOKEN or GH_TOKEN, and GITHUB_API_URL where it is not the public one.
 *
 * @throws DualRegistryError GITHUB_AUTH without a token, USAGE for an address that is none
 */
export function githubFromEnvironment(
  env: Variables,
  repository: RepositoryName,
  onWait: (line: string) => void,
): Github {
  const token = [env["GITHUB_TOKEN"], env["GH_TOKEN"]].find((value) => (value ?? "") !== "");
  if (token === undefined) {
    throw new DualRegistryError("GITHUB_AUTH", "No login to GitHub; put a token in GITHUB_TOKEN");
  }
  const url = urlOf(env);
  return new Github({ repository, token, onWait, ...defined({ url }) });
}
