import { compare } from "semver";
import type { z } from "zod";
import { DualRegistryError } from "../base/errors";
import { MAIN } from "../domain/flow/step";
import type { Author } from "../domain/flow/stepFacts";
import { short } from "../domain/flow/verdict";
import { parseVersion, type VersionScheme } from "../domain/image/version";
import { type Arrival, arrivalsAt, byWorkflow, hidesWriter, isByHand, type Trace, traceBack } from "./arrivals";
import type { Github } from "./client";
import { addAll, type Pulls, type Writers } from "./pulls";
import { loginIn } from "./refs";
import { commitSchema, compareSchema, pullSchema } from "./schemas";

type Commit = z.output<typeof commitSchema>;

/** The most commits of one release whose authors are read. */
const MAX_COMMITS = 5_000;

/** GitHub itself, which commits merges of pull requests. */
const GITHUB_ITSELF = "web-flow";

const CO_AUTHOR = /^co-authored-by:.*<([^<>\s]+)>\s*$/gim;

/** Who wrote a release, and the commits of which that cannot be told. */
export interface Authors {
  authors: Author[];
  unknown: string[];
}

/** The release before a version: the highest below it; undefined for the first. */
export function releaseBefore(core: string, tags: readonly string[], scheme: VersionScheme): string | undefined {
  const lower = tags.filter((tag) => parseVersion(tag, scheme)?.kind === "release" && compare(tag, core) < 0);
  return lower.sort(compare).at(-1);
}

/** Which release's authors are read. */
export interface AuthorsOf {
  commit: string;
  /** A tag or commit; absent for a first release, where it is the whole history. */
  since: string | undefined;
  /** How the release branch came to the commit; absent where it lies on none. */
  branch?: { name: string; trace: Trace };
}

/**
 * Who wrote what a release adds. By GitHub's record: whoever pushed to main and to the release branch, opened a pull
 * request into them, or pushed to its branch. By git: authors, committers and co-authors of every commit, who add to the
 * others and replace nobody, since git takes any name. Where an address belongs to no account, whoever opened the commit's
 * pull request is asked for. A push or an opening by a workflow's own token names nobody, so it counts as unknown.
 *
 * @returns everybody once; unknown is what no record tells
 * @throws DualRegistryError GITHUB_REFUSED for more than 5,000 commits, since half of the authors prove nothing
 */
export async function readAuthors(github: Github, of: AuthorsOf, pulls: Pulls): Promise<Authors> {
  const { commit, since } = of;
  const commits = since === undefined ? await history(github, commit) : await between(github, since, commit);
  const found: Authors = { authors: [], unknown: [] };
  const addresses = new Map<string, string>();
  for (const { author, commit: inner } of commits) {
    if (author?.login !== undefined && inner.author) addresses.set(inner.author.email.toLowerCase(), author.login);
  }
  for (const each of commits) await addAuthors(github, each, addresses, found);
  addAll(found, await recorded(github, new Set(commits.map(({ sha }) => sha)), of, pulls));
  const distinct = new Map(found.authors.map((author) => [author.login.toLowerCase(), author] as const).reverse());
  return { authors: [...distinct.values()].reverse(), unknown: [...new Set(found.unknown)] };
}

/** Who brought the commits of a release to its branch and to main, by GitHub's record. */
async function recorded(
  github: Github,
  range: ReadonlySet<string>,
  { commit, branch }: AuthorsOf,
  pulls: Pulls,
): Promise<Writers> {
  const found: Writers = { authors: [], unknown: [] };
  const cut = branch?.trace.creation?.after ?? commit;
  const main = await traceBack(arrivalsAt(github, MAIN), cut, (sha) => !range.has(sha));
  if (main.lost !== undefined)
    found.unknown.push(`${short(main.lost)}, of which no record says how it came to ${MAIN}`);
  const own = branch?.trace.rows.filter(({ after }) => range.has(after)) ?? [];
  const all: (readonly [string, readonly Arrival[]])[] = [[MAIN, main.rows]];
  if (branch) all.push([branch.name, own]);
  for (const [name, rows] of all) {
    for (const { actor, after } of rows.filter(isByHand)) {
      const what = `${short(after)} of ${name}`;
      if (!actor) found.unknown.push(what);
      else if (hidesWriter(actor.login)) found.unknown.push(byWorkflow(what, "pushed"));
      else found.authors.push({ login: actor.login, how: `pushed ${short(after)} to ${name}` });
    }
    addAll(found, await pulls.writersOfMerges(name, rows, range));
  }
  return found;
}

async function addAuthors(github: Github, each: Commit, addresses: ReadonlyMap<string, string>, found: Authors) {
  const at = short(each.sha);
  const loginOf = (email: string) => addresses.get(email.toLowerCase()) ?? loginIn(email);
  const add = (login: string, how: string) => found.authors.push({ login, how: `${how} ${at}` });
  const author = each.author?.login ?? loginOf(each.commit.author?.email ?? "");
  const others = [...each.commit.message.matchAll(CO_AUTHOR)].map(([, email = ""]) => loginOf(email));
  const committer = each.committer?.login;
  if (author !== undefined) add(author, "author of");
  if (committer !== undefined && committer !== GITHUB_ITSELF) add(committer, "committer of");
  for (const login of others) if (login !== undefined) add(login, "co-author of");
  if (author !== undefined && !others.includes(undefined)) return;
  const route = "GET /repos/{owner}/{repo}/commits/{ref}/pulls";
  const pulls = await github.list(route, { ref: each.sha }, pullSchema);
  const openers = pulls.flatMap(({ user }) => (user && !hidesWriter(user.login) ? [user.login] : []));
  for (const login of openers) add(login, "opened the pull request of");
  if (openers.length === 0 || others.includes(undefined)) found.unknown.push(at);
}

function tooMany(github: Github, count: number): never {
  throw new DualRegistryError(
    "GITHUB_REFUSED",
    `GitHub: the release holds ${count} commits of ${github.name}; allowed: at most ${MAX_COMMITS}; ` +
      "for a first release name where it begins: --since <tag or commit>",
  );
}

/** The commits that the second has and the first has not. */
async function between(github: Github, since: string, commit: string): Promise<Commit[]> {
  const route = "GET /repos/{owner}/{repo}/compare/{basehead}";
  const commits: Commit[] = [];
  let total = 0;
  for await (const { data } of github.pages(route, { basehead: `${since}...${commit}` })) {
    const page = github.decode(route, compareSchema, data);
    total = page.total_commits;
    if (total > MAX_COMMITS) tooMany(github, total);
    commits.push(...page.commits);
  }
  if (new Set(commits.map(({ sha }) => sha)).size === total) return commits;
  throw new DualRegistryError(
    "CONTENT_INVALID",
    `GitHub: ${route} of ${github.name} gave ${commits.length} of ${total} commits; try again`,
  );
}

async function history(github: Github, commit: string): Promise<Commit[]> {
  const commits: Commit[] = [];
  const route = "GET /repos/{owner}/{repo}/commits";
  for await (const { data } of github.pages(route, { sha: commit })) {
    commits.push(...github.decode(route, commitSchema.array(), data));
    if (commits.length > MAX_COMMITS) tooMany(github, commits.length);
  }
  return commits;
}
