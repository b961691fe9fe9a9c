import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { runPullsLog } from "../../../src/cli/pulls/log";
import { pullLineSchema } from "../../../src/pulls";
import { runCommand } from "../../support/io";
import { qaStage } from "../../support/pulls/world";

describe("dualreg pulls log", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-pulls-log-"));
  const outputs = join(dir, "qa.json");
  before(() => writeFileSync(outputs, JSON.stringify(qaStage())));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const fixture = (name: string) => readFileSync(join(__dirname, "../../fixtures/pulls", name), "utf8");
  const options = { outputs, source: "containerd", format: "json" } as const;

  it("S0-6 pulls log prints a line of JSON for every pull and ends with 0 where all are ok, else with 1", async () => {
    const direct = await runCommand((io) =>
      runPullsLog(options, io, Readable.from([fixture("containerd-direct.log")])),
    );
    assert.equal(direct.code, 0, direct.stderr);
    assert.equal(pullLineSchema.parse(JSON.parse(direct.stdout)).class, "secure");
    const all = fixture("containerd-direct.log") + fixture("containerd-mirror.log") + "}{\n";
    const both = await runCommand((io) => runPullsLog({ ...options, identity: "node-pool" }, io, Readable.from([all])));
    assert.equal(both.code, 1);
    const lines = both.stdout
      .trim()
      .split("\n")
      .map((line) => pullLineSchema.parse(JSON.parse(line)));
    assert.deepEqual(
      lines.map(({ verdict, identity }) => [verdict, identity]),
      [
        ["ok", "node-pool"],
        ["wrong-registry", "node-pool"],
      ],
    );
    assert.match(both.stderr, /^1 of \d+ lines were unreadable and left out\n$/);
  });

  it("S0-6 pulls log --format text says who was asked, and by what that is known", async () => {
    const input = Readable.from([fixture("crio-mirror.log")]);
    const told = await runCommand((io) => runPullsLog({ ...options, source: "crio", format: "text" }, io, input));
    assert.match(
      told.stdout,
      /wrong-registry pulled .* asked standard\.example\.com \(standard, by the request\), expected secure/,
    );
  });

  /** A kubectl whose watches say these lines, one after the other, each with the status it ends with. */
  function watches(...all: readonly { asked: string; says: readonly unknown[]; status: number }[]) {
    const calls = join(dir, "calls");
    writeFileSync(calls, "");
    const cases = all.map(
      ({ asked, says, status }, index) =>
        `${index}) [ "$*" = "get --raw /api/v1/events?watch=true&allowWatchBookmarks=true${asked}" ] || exit 9\ncat <<'E'\n${says
          .map((one) => JSON.stringify(one))
          .join("\n")}\nE\nexit ${status};;`,
    );
    const script = `#!/bin/sh\ncalled=$(wc -l < ${calls} | tr -d ' ')\necho >> ${calls}\ncase $called in\n${cases.join("\n")}\nesac\nexit 7\n`;
    writeFileSync(join(dir, "kubectl"), script);
    chmodSync(join(dir, "kubectl"), 0o755);
    const follow = { ...options, source: "events", follow: true } as const;
    return runCommand((io) => runPullsLog(follow, io), { PATH: `${dir}:${process.env["PATH"] ?? ""}` });
  }
  const event = (pod: string, resourceVersion: string) => ({
    ...{ type: "ADDED" },
    object: {
      ...{ reason: "Pulled", message: 'Container image "secure.example.com/orders/api:v1" already present on machine' },
      ...{ involvedObject: { kind: "Pod", namespace: "orders", name: pod }, metadata: { uid: pod, resourceVersion } },
    },
  });
  const podsIn = (text: string) =>
    text
      .trim()
      .split("\n")
      .map((line) => pullLineSchema.parse(JSON.parse(line)).pod);

  it("S0-6 pulls log --follow reads what kubectl watches, goes on where a watch ended, and says so where kubectl fails", async () => {
    const long = event("api-long", "8");
    long.object.message = "a".repeat(70 * 1024);
    const bookmark = { type: "BOOKMARK", object: { kind: "Event", metadata: { resourceVersion: "9" } } };
    const told = await watches(
      { asked: "", says: [event("api-1", "7"), long, bookmark], status: 0 },
      { asked: "&resourceVersion=9", says: [event("api-2", "11")], status: 0 },
      { asked: "&resourceVersion=11", says: [event("api-3", "12")], status: 1 },
      { asked: "&resourceVersion=12", says: [event("api-4", "13")], status: 0 },
    );
    assert.equal(told.code, 2);
    assert.deepEqual(podsIn(told.stdout), ["api-1", "api-2", "api-3", "api-4"]);
    assert.match(told.stderr, /^An event of over 64 KiB was left out\n[^]*kubectl ended with [79]/);
    const never = await watches(
      { asked: "", says: [], status: 1 },
      { asked: "", says: [event("api-1", "7")], status: 0 },
    );
    assert.deepEqual([never.code, never.stdout], [2, ""]);
    assert.match(never.stderr, /kubectl ended with 1/);
  });

  it("S0-6 pulls log --follow begins anew where the API server has forgotten, and gives no event twice", async () => {
    const gone = { type: "ERROR", object: { kind: "Status", code: 410, message: "too old resource version: 7 (90)" } };
    const refused = { type: "ERROR", object: { kind: "Status", code: 403, message: "events is forbidden" } };
    const told = await watches(
      { asked: "", says: [event("api-1", "7")], status: 0 },
      { asked: "&resourceVersion=7", says: [gone], status: 0 },
      { asked: "", says: [event("api-1", "7"), event("api-2", "90")], status: 0 },
      { asked: "&resourceVersion=90", says: [], status: 1 },
      { asked: "", says: [event("api-2", "90"), event("api-3", "95"), refused], status: 0 },
      { asked: "&resourceVersion=95", says: [refused], status: 0 },
      { asked: "", says: [refused], status: 0 },
      { asked: "", says: [refused], status: 0 },
    );
    assert.equal(told.code, 2);
    assert.deepEqual(podsIn(told.stdout), ["api-1", "api-2", "api-3"]);
    assert.match(told.stderr, /The watch of events ended with "events is forbidden"/);
  });
});
