import type { z } from "zod";
import type { Author } from "../domain/flow/stepFacts";
import { isAutomation } from "../domain/flow/verdict";
import { type Arrival, arrivalsAt, byWorkflow, hidesWriter, isByHand, isByPull } from "./arrivals";
import type { Github } from "./client";
import { isThis } from "./runs";
import { closedPullSchema, pullReviewSchema } from "./schemas";

/** A pull request that was closed, merged or not. */
export type Pull = z.output<typeof closedPullSchema>;

/** People who wrote something, and what cannot be read of them, as words that follow "the login that wrote". */
export interface Writers {
  authors: Author[];
  unknown: string[];
}

/** The most pull requests into one branch, and changes of a pull request's branch, that are read. */
const MAX_PULLS = 5_000;
const MAX_ROWS = 1_000;

/** How far GitHub's times of one merge may lie apart, in milliseconds. */
const APART = 60 * 60 * 1000;

/** The merged pull requests of a repository, with those who wrote and approved them; each is asked for once. */
export class Pulls {
  private readonly lists = new Map<string, Promise<Pull[]>>();
  private readonly people = new Map<number, Promise<Writers>>();

  constructor(private readonly github: Github) {}

  /**
   * The pull requests that were merged into a branch.
   *
   * @param since the oldest merge that is wanted: ISO 8601
   */
  merged(base: string, since: string): Promise<Pull[]> {
    const known = this.lists.get(base) ?? this.readMerged(base, Date.parse(since) - APART);
    this.lists.set(base, known);
    return known;
  }

  /** Sorted by their last change, a pull request that was merged since comes before all that were not touched since. */
  private async readMerged(base: string, since: number): Promise<Pull[]> {
    const route = "GET /repos/{owner}/{repo}/pulls";
    const query = { state: "closed", base, sort: "updated", direction: "desc" };
    const merged: Pull[] = [];
    let count = 0;
    for await (const { data } of this.github.pages(route, query)) {
      const rows = Array.isArray(data) ? [...(data as unknown[])] : data;
      const page = this.github.decode(route, closedPullSchema.array(), rows);
      merged.push(...page.filter((pull) => pull.merged_at != null && pull.base.ref === base));
      count += page.length;
      if (count >= MAX_PULLS || page.some(({ updated_at: at }) => Date.parse(at) < since)) break;
    }
    return merged;
  }

  /**
   * Who wrote a pull request, by GitHub's record: whoever opened it, and whoever pushed to its branch where that is one of
   * this repository; of a fork its owner. Pull requests into that branch count with theirs. A workflow's own token is
   * nobody, so what it opened or pushed is unknown.
   */
  writers(pull: Pull): Promise<Writers> {
    const known = this.people.get(pull.number) ?? this.readWriters(pull);
    this.people.set(pull.number, known);
    return known;
  }

  private async readWriters({ number, user, head, merged_at: merged }: Pull): Promise<Writers> {
    const found: Writers = { authors: [], unknown: [] };
    const name = `pull request ${number}`;
    if (!user) found.unknown.push(name);
    else if (hidesWriter(user.login)) found.unknown.push(byWorkflow(name, "opened"));
    else found.authors.push({ login: user.login, how: `opened ${name}` });
    if (!isThis(this.github, head.repo?.full_name)) {
      if (head.user) found.authors.push({ login: head.user.login, how: `owns the fork of ${name}` });
      return found;
    }
    const rows: Arrival[] = [];
    for await (const row of arrivalsAt(this.github, head.ref)) {
      if (rows.length >= MAX_ROWS) break;
      if (Date.parse(row.timestamp) <= Date.parse(merged ?? "") + APART) rows.push(row);
    }
    // The record must reach from the branch's last commit to its beginning.
    const whole = rows.length < MAX_ROWS && rows.some(({ after }) => after === head.sha);
    if (!whole) found.unknown.push(`${name}, to whose branch ${head.ref} not all pushes are recorded`);
    for (const { actor, after } of rows.filter(isByHand)) {
      const what = `${after.slice(0, 12)} of ${name}`;
      if (!actor) found.unknown.push(what);
      else if (hidesWriter(actor.login)) found.unknown.push(byWorkflow(what, "pushed"));
      else found.authors.push({ login: actor.login, how: `pushed to ${head.ref} of ${name}` });
    }
    addAll(found, await this.writersOfMerges(head.ref, rows));
    return found;
  }

  /** Who wrote what came to a branch by pull requests; a change of which no pull request is found is unknown. */
  async writersOfMerges(
    branch: string,
    rows: readonly Arrival[],
    range: ReadonlySet<string> = new Set(),
  ): Promise<Writers> {
    const found: Writers = { authors: [], unknown: [] };
    const merges = rows.filter(isByPull);
    const [oldest] = merges.map(({ timestamp }) => timestamp).sort();
    if (oldest === undefined) return found;
    const afters = new Set(merges.map(({ after }) => after));
    const pulls = (await this.merged(branch, oldest)).filter(({ merge_commit_sha: sha }) => {
      return typeof sha === "string" && (afters.has(sha) || range.has(sha));
    });
    for (const pull of pulls) addAll(found, await this.writers(pull));
    const known = new Set(pulls.map(({ merge_commit_sha: sha }) => sha));
    for (const after of afters) if (!known.has(after)) found.unknown.push(`${after.slice(0, 12)} of ${branch}`);
    return found;
  }

  /**
   * Who approved a pull request's last state: their last word is an approval of the commit that was merged. A bot's word
   * is none, since a workflow of the writer's own can give it.
   * Source: GitHub documentation, REST API, "List reviews for a pull request".
   */
  async approvedBy({ number, head }: Pull): Promise<string[]> {
    const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews";
    const reviews = await this.github.list(route, { pull_number: number }, pullReviewSchema);
    const last = new Map<string, (typeof reviews)[number]>();
    for (const review of reviews) {
      if (review.user && review.state !== "COMMENTED") last.set(review.user.login, review);
    }
    return [...last].flatMap(([login, { state, commit_id: commit, user }]) =>
      state === "APPROVED" && commit === head.sha && user?.type !== "Bot" && !isAutomation(login) ? [login] : [],
    );
  }
}

/** Adds what others found. */
export function addAll(to: Writers, { authors, unknown }: Writers): void {
  to.authors.push(...authors);
  to.unknown.push(...unknown);
}
