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

  it("S0-6 pulls log --follow reads what kubectl watches until it ends, and says so where it fails", async () => {
    const event = {
      ...{ reason: "Pulled", message: 'Container image "secure.example.com/orders/api:v1" already present on machine' },
      involvedObject: { kind: "Pod", namespace: "orders", name: "api-1" },
    };
    const kubectl = join(dir, "kubectl");
    const env = { PATH: `${dir}:${process.env["PATH"] ?? ""}` };
    const follow = { ...options, source: "events", follow: true } as const;
    for (const [status, code] of [
      [0, 0],
      [1, 2],
    ]) {
      const watched = JSON.stringify({ type: "ADDED", object: event });
      writeFileSync(
        kubectl,
        `#!/bin/sh\n[ "$*" = "get --raw /api/v1/events?watch=true" ] || exit 9\ncat <<'E'\n${watched}\nE\nexit ${status}\n`,
      );
      chmodSync(kubectl, 0o755);
      const told = await runCommand((io) => runPullsLog(follow, io), env);
      assert.equal(told.code, code, told.stderr);
      assert.equal(pullLineSchema.parse(JSON.parse(told.stdout)).outcome, "cached");
      if (code === 2) assert.match(told.stderr, /kubectl ended with 1/);
    }
  });
});
