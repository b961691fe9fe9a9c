import { compare } from "semver";
import type { z } from "zod";
import { DualRegistryError } from "../base/errors";
import type { Author } from "../domain/flow/stepFacts";
import { samePerson, short } from "../domain/flow/verdict";
import { parseVersion } from "../domain/image/tags";
import type { Stages } from "../domain/stage";
import type { Github } from "./client";
import type { Approver } from "./releaseRules";
import { loginIn } from "./refs";
import { anythingSchema, appSchema, commitSchema, compareSchema, membershipSchema, pullSchema } from "./schemas";

const BOT = /^(.+)\[bot\]$/;

/** Who belongs to which team, asked once each. */
export class People {
  private readonly answers = new Map<string, Promise<boolean>>();

  constructor(private readonly github: Github) {}

  /** True where somebody is one of the approvers, by name or as an active member of a team. */
  async isOneOf(login: string, approvers: readonly Approver[]): Promise<boolean> {
    for (const approver of approvers) {
      if ("user" in approver ? samePerson(approver.user, login) : await this.isMember(login, approver.team))
        return true;
    }
    return false;
  }

  /** True for the login of the App with this number. */
  async isApp(login: string, app: number | undefined): Promise<boolean> {
    const slug = BOT.exec(login)?.[1];
    if (slug === undefined || app === undefined) return false;
    return this.once(`app ${slug}`, async () => {
      const found = await this.github.find("GET /apps/{app_slug}", { app_slug: slug }, appSchema);
      return found?.id === app;
    });
  }

  private async isMember(username: string, team: string): Promise<boolean> {
    const where = { org: this.github.repository.owner, team_slug: team };
    // A token that may not see the team is told "not found" of every member; so the team itself is asked for first.
    await this.once(`team ${team}`, async () => {
      await this.github.call("GET /orgs/{org}/teams/{team_slug}", where, anythingSchema);
      return true;
    });
    const route = "GET /orgs/{org}/teams/{team_slug}/memberships/{username}";
    return this.once(`${team} ${username.toLowerCase()}`, async () => {
      const found = await this.github.find(route, { ...where, username }, membershipSchema);
      return found?.state === "active";
    });
  }

  private once(key: string, ask: () => Promise<boolean>): Promise<boolean> {
    const known = this.answers.get(key);
    if (known) return known;
    const answer = ask();
    this.answers.set(key, answer);
    return answer;
  }
}

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
export function releaseBefore(core: string, tags: readonly string[], stages: Stages): string | undefined {
  const lower = tags.filter((tag) => parseVersion(tag, stages)?.kind === "release" && compare(tag, core) < 0);
  return lower.sort(compare).at(-1);
}

/**
 * Who wrote what a release adds: authors, committers and co-authors of every commit since the release before. Where an
 * address belongs to no account, whoever opened the commit's pull request is asked for.
 *
 * @param since a tag or commit; absent for a first release, where it is the whole history
 * @throws DualRegistryError GITHUB_REFUSED for more than 5,000 commits, since half of the authors prove nothing
 */
export async function readAuthors(github: Github, commit: string, since: string | undefined): Promise<Authors> {
  const commits = since === undefined ? await history(github, commit) : await between(github, since, commit);
  const found: Authors = { authors: [], unknown: [] };
  const addresses = new Map<string, string>();
  for (const { author, commit: inner } of commits) {
    if (author?.login !== undefined && inner.author) addresses.set(inner.author.email.toLowerCase(), author.login);
  }
  for (const each of commits) await addAuthors(github, each, addresses, found);
  const distinct = new Map(found.authors.map((author) => [author.login.toLowerCase(), author] as const).reverse());
  return { authors: [...distinct.values()].reverse(), unknown: found.unknown };
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
  const openers = pulls.flatMap(({ user }) => user?.login ?? []);
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
