import assert from "node:assert/strict";
import { z } from "zod";
import { DualRegistryError, type ErrorCode } from "../../src/base/errors";
import { Github, githubFromEnvironment, type GithubOptions, readRepositoryName } from "../../src/github/client";
import { readReleaseBranches } from "../../src/github/refs";
import { refSchema } from "../../src/github/schemas";
import { Company, PEOPLE } from "../support/github/company";

const REFS = "GET /repos/{owner}/{repo}/git/matching-refs/{ref}";
const TEAM = "GET /orgs/{org}/teams/{team_slug}";

async function fails(work: () => Promise<unknown>, code: ErrorCode, ...says: readonly RegExp[]): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof DualRegistryError, String(error));
    assert.equal(error.code, code, error.message);
    for (const words of says) assert.match(error.message, words);
    assert.ok(!error.message.includes("ghs_"), "the token is told");
    return true;
  });
}

describe("Github", () => {
  let company: Company;
  let waits: string[];
  beforeEach(async () => {
    company = await Company.begin();
    waits = [];
  });
  afterEach(() => company.stop());

  const github = (different: Partial<GithubOptions> = {}) =>
    new Github({
      ...{ repository: { owner: "company", name: "orders" }, token: Company.tokenOf(PEOPLE.automation) },
      ...{ url: company.github.url, second: 20, onWait: (line: string) => waits.push(line) },
      ...different,
    });
  const branches = (client = github()) => client.list(REFS, { ref: "heads/" }, refSchema);

  it("Github reads every page of a list, by the links between them", async () => {
    for (let index = 0; index < 250; index++)
      company.push(`feature/${index}`, PEOPLE.developer, "work", { from: "main" });
    assert.equal((await branches()).length, 251);
    assert.equal(company.github.asked.length, 3);
    await fails(() => github().list(REFS, { ref: "heads/" }, refSchema, 200), "GITHUB_REFUSED", /over 200 rows/);
  });

  it("Github follows pages of activity by their cursor", async () => {
    for (let index = 0; index < 120; index++) company.push("release/1", PEOPLE.developer, "work", { from: "main" });
    const rows = await github().list(
      "GET /repos/{owner}/{repo}/activity",
      { ref: "refs/heads/release/1" },
      z.unknown(),
    );
    assert.equal(rows.length, 120);
  });

  it("Github waits as long as Retry-After says at a secondary rate limit, and goes on", async () => {
    const headers = { "retry-after": "2" };
    company.github.faults.push({
      path: /matching-refs/,
      times: 1,
      status: 403,
      message: "You have exceeded a secondary rate limit",
      headers,
    });
    const began = performance.now();
    assert.equal((await branches()).length, 1);
    assert.ok(performance.now() - began >= 35, "it did not wait");
    assert.match(waits.join(), /secondary rate limit reached; waiting 2 s/);
  });

  it("Github waits for the reset of the rate limit where that is near, and says when to come back where it is not", async () => {
    const limited = (seconds: number) => {
      const reset = String(Math.floor(Date.now() / 1000) + seconds);
      const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
      company.github.faults.push({
        path: /matching-refs/,
        times: 1,
        status: 403,
        message: "API rate limit exceeded",
        headers,
      });
    };
    limited(1);
    assert.equal((await branches()).length, 1);
    assert.match(waits.join(), /rate limit reached/);
    limited(3000);
    await fails(branches, "GITHUB_UNAVAILABLE", /the rate limit is used up: try again after 20\d\d-/);
  });

  it("Github names the permission that a token lacks, and what GitHub itself says of it", async () => {
    company.github.state.tokens.set("weak", { account: PEOPLE.developer, permissions: { contents: "read" } });
    const weak = github({ token: "weak" });
    assert.equal((await branches(weak)).length, 1);
    await fails(
      () => weak.call(TEAM, { org: "company", team_slug: "qa-managers" }, z.unknown()),
      "GITHUB_AUTH",
      /needs the permission Members: read, of the organisation/,
      /members=read/,
    );
    const dispatch = "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches";
    await fails(() => weak.call(dispatch, { workflow_id: "tag.yml" }, z.unknown()), "GITHUB_AUTH", /Actions: write/);
  });

  it("Github says of 404 that it may be a permission, of 401 that it is the token, of 422 what was wrong", async () => {
    const one = "GET /repos/{owner}/{repo}/git/ref/{ref}";
    await fails(
      () => github().call(one, { ref: "heads/none" }, refSchema),
      "NOT_FOUND",
      /or the token lacks the permission Contents: read/,
    );
    assert.equal(await github().find(one, { ref: "heads/none" }, refSchema), undefined);
    await fails(() => branches(github({ token: "ghs_wrong" })), "GITHUB_AUTH", /put another one in GITHUB_TOKEN/);
    const make = () =>
      github().call(
        "POST /repos/{owner}/{repo}/git/refs",
        { ref: "refs/heads/main", sha: company.at("main") },
        z.unknown(),
      );
    await fails(make, "GITHUB_REFUSED", /Reference already exists/);
  });

  it("Github tries again after a failure of GitHub's, and gives up in the end", async () => {
    company.github.faults.push({ path: /matching-refs/, times: 2, status: 502 });
    assert.equal((await branches()).length, 1);
    company.github.faults.push({ path: /matching-refs/, times: 99, status: 503 });
    await fails(branches, "GITHUB_UNAVAILABLE", /answered with 503/);
  });

  it("Github gives up a request that is not answered in time, and a server that is not there", async () => {
    company.github.faults.push({ path: /matching-refs/, times: 99, status: 500, delay: 300 });
    await fails(() => branches(github({ timeout: 30 })), "GITHUB_UNAVAILABLE", /got no answer/);
    await fails(() => branches(github({ url: "http://127.0.0.1:9" })), "GITHUB_UNAVAILABLE", /got no answer/);
  });

  it("Github refuses an answer of another form, and names the field", async () => {
    const wrong = () => github().list(REFS, { ref: "heads/" }, z.object({ object: z.object({ sha: z.number() }) }));
    await fails(wrong, "CONTENT_INVALID", /another form: 0\.object\.sha/);
  });

  it("the stand-in lets nobody past a ruleset: branches and tags of releases are the App's to create (S0-13, S0-14)", async () => {
    const create = (ref: string, account: (typeof PEOPLE)[keyof typeof PEOPLE]) =>
      github({ token: Company.tokenOf(account) }).call(
        "POST /repos/{owner}/{repo}/git/refs",
        { ref, sha: company.at("main") },
        z.unknown(),
      );
    await fails(() => create("refs/heads/release/1", PEOPLE.developer), "GITHUB_REFUSED", /rule violations/);
    await fails(() => create("refs/heads/release/1", PEOPLE.qaManager), "GITHUB_REFUSED", /rule violations/);
    await create("refs/heads/release/1", PEOPLE.automation);
    await fails(() => create("refs/tags/v0.0.1-qa", PEOPLE.qaManager), "GITHUB_REFUSED", /rule violations/);
    await create("refs/tags/v0.0.1-qa", PEOPLE.automation);
    assert.deepEqual(
      (await readReleaseBranches(github())).map(({ name }) => name),
      ["release/1"],
    );
  });
});

describe("githubFromEnvironment", () => {
  const repository = { owner: "company", name: "orders" };
  const open = (env: Record<string, string>) =>
    Promise.resolve().then(() => githubFromEnvironment(env, repository, () => undefined));

  it("githubFromEnvironment wants a token, and an address that nobody can listen to", async () => {
    await fails(() => open({}), "GITHUB_AUTH", /put a token in GITHUB_TOKEN/);
    await fails(
      () => open({ GITHUB_TOKEN: "t", GITHUB_API_URL: "http://github.example.com/api/v3" }),
      "USAGE",
      /https address/,
    );
    assert.equal(
      (await open({ GH_TOKEN: "t", GITHUB_API_URL: "https://github.example.com/api/v3/" })).name,
      "company/orders",
    );
  });

  it("readRepositoryName reads owner/name and nothing else", () => {
    assert.deepEqual(readRepositoryName("company/orders", "--repo"), repository);
    for (const wrong of ["company", "company/orders/x", "../orders", "company/ orders", ""]) {
      assert.throws(() => readRepositoryName(wrong, "--repo"), /allowed: owner\/name/);
    }
  });
});
