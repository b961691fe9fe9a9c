import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { notify as notifyCommand, type NotifyOptions } from "../../src/cli/notify";
import { Company, PEOPLE } from "../support/github/company";
import { addIssue } from "../support/github/issues";
import type { Account } from "../support/github/state";
import { runCommand } from "../support/io";

const NEWS = { title: "Deploying qa failed", body: "See https://github.com/company/orders/actions/runs/1" };
const stranger: Account = { login: "stranger", type: "User" };

describe("dualreg notify", () => {
  let company: Company;
  let hook: Server;
  let posts: Record<string, unknown>[];
  let hookStatus: number;
  before(async () => {
    hook = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        posts.push(JSON.parse(body) as Record<string, unknown>);
        response.writeHead(hookStatus).end();
      });
    });
    await new Promise<void>((done) => hook.listen(0, "127.0.0.1", done));
  });
  after(() => hook.close());
  beforeEach(async () => {
    company = await Company.begin();
    posts = [];
    hookStatus = 200;
  });
  afterEach(async () => {
    assert.deepEqual(company.github.unknown, []);
    await company.stop();
  });

  const issues = () => company.github.state.issues;
  const address = () => `http://127.0.0.1:${(hook.address() as AddressInfo).port}/planted-secret`;

  async function notify(different: Partial<NotifyOptions> & { env?: Record<string, string | undefined> } = {}) {
    const { env, ...options } = different;
    const variables = { ...company.envOf(PEOPLE.automation), GITHUB_REPOSITORY: "company/orders", ...env };
    const { code, ...said } = await runCommand(
      (io) => notifyCommand.run({ ...NEWS, format: "text", ...options }, io),
      variables,
    );
    assert.ok(!`${said.stdout}${said.stderr}`.includes("planted-secret"), "the address is told");
    return { code, ...said };
  }

  it("S1-9 notify opens one issue, and brings it up to date with a comment when it happens again", async () => {
    const first = await notify();
    assert.deepEqual([first.code, issues().length], [0, 1], first.stderr);
    assert.match(first.stdout, /^Opened #\d+: https:/);
    const again = await notify({ body: "See run 2" });
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /^Brought up to date #\d+, 2 times by now: /);
    const third = JSON.parse((await notify({ body: "See run 3", format: "json" })).stdout) as Record<string, unknown>;
    assert.deepEqual([third["opened"], third["times"], third["webhook"]], [false, 3, null]);
    const [issue, ...more] = issues();
    assert.deepEqual(more, []);
    assert.match(issue?.body ?? "", /^<!-- dualreg-notify [0-9a-f]{16} 3 -->\nSee run 3\n\nSeen 3 times\.\n$/);
    assert.deepEqual(issue?.comments, ["See run 2", "See run 3"]);
  });

  it("notify opens another issue for another title, and a new one where the old one was closed", async () => {
    await notify();
    await notify({ title: "Deploying uat failed" });
    assert.equal(issues().length, 2);
    const [first] = issues();
    if (first) first.state = "closed";
    await notify();
    assert.deepEqual(
      issues().map(({ title, state }) => [title, state]),
      [
        ["Deploying qa failed", "closed"],
        ["Deploying uat failed", "open"],
        ["Deploying qa failed", "open"],
      ],
    );
  });

  it("notify is not caught by an issue of a stranger, nor by a pull request, that carries its marker", async () => {
    await notify();
    const body = issues()[0]?.body ?? "";
    issues().length = 0;
    addIssue(company.github.state, stranger, { title: "mine", body }).association = "NONE";
    addIssue(company.github.state, PEOPLE.developer, { title: "a change", body }).pull = true;
    addIssue(company.github.state, PEOPLE.developer, { title: "no text", body: null });
    addIssue(company.github.state, PEOPLE.developer, { title: "quoted", body: `> ${body}` });
    assert.match((await notify()).stdout, /^Opened/);
    assert.ok(issues().every(({ comments }) => comments.length === 0));
  });

  it("notify finds its issue behind a hundred others", async () => {
    await notify();
    const own = issues().splice(0, 1);
    for (let at = 0; at < 120; at++) addIssue(company.github.state, stranger, { title: `issue ${at}`, body: "" });
    issues().push(...own);
    assert.match((await notify()).stdout, /^Brought up to date/);
    assert.equal(issues().length, 121);
  });

  it("notify tells the address as well, and ends with 1 where only the issue says so", async () => {
    const env = { DUALREG_NOTIFY_URL: address() };
    assert.equal((await notify({ env })).code, 0);
    assert.deepEqual(posts, [{ title: NEWS.title, lines: [NEWS.body], text: `${NEWS.title}\n${NEWS.body}` }]);
    hookStatus = 500;
    const { code, stdout, stderr } = await notify({ env });
    assert.equal(code, 1);
    assert.match(stderr, /DUALREG_NOTIFY_URL was not told \(status 500\)/);
    assert.match(stdout, /^Brought up to date/);
  });

  it("notify ends with 2 without login, right, repository, or words to say, and the address was told where it could be", async () => {
    const env = { DUALREG_NOTIFY_URL: address() };
    const wrong: readonly (readonly [Parameters<typeof notify>[0], RegExp])[] = [
      [{ env: { ...env, GITHUB_TOKEN: undefined } }, /GITHUB_AUTH No login to GitHub/],
      [{ env: { ...env, GITHUB_TOKEN: "ghs_other" } }, /GITHUB_AUTH .* answered with 401/],
      [{ env: { GITHUB_REPOSITORY: undefined } }, /USAGE No repository: give --repo/],
      [{ title: "two\nlines" }, /USAGE --title .*allowed: one line/],
      [{ title: " " }, /USAGE --title/],
      [{ body: "\n" }, /USAGE --body: it is empty/],
    ];
    for (const [different, says] of wrong) {
      const { code, stderr } = await notify(different);
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
    }
    assert.equal(posts.length, 2);
    assert.deepEqual(issues(), []);
  });

  it("notify names the right that a token lacks, and waits for a rate limit", async () => {
    company.github.state.tokens.set("ghs_reader", { account: PEOPLE.automation, permissions: { issues: "read" } });
    const { code, stderr } = await notify({ env: { GITHUB_TOKEN: "ghs_reader" } });
    assert.equal(code, 2);
    assert.match(stderr, /the permission Issues: write/);
    const headers = { "retry-after": "1", "x-ratelimit-remaining": "0" };
    const message = "You have exceeded a secondary rate limit";
    company.github.faults.push({ path: /\/issues$/, times: 1, status: 403, message, headers });
    const patient = await notify();
    assert.equal(patient.code, 0, patient.stderr);
    assert.match(patient.stderr, /secondary rate limit reached; waiting 1 s/);
  });
});
