import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const REPOSITORY = resolve(__dirname, "../..");

/** What a program prints, run by Pulumi's TypeScript runtime after quietStacks.ts. */
function run(script: string, env: Record<string, string> = {}): string {
  const code = `require("@pulumi/pulumi/vendor/ts-node@7.0.1").register({ transpileOnly: true });
    const pulumi = require("@pulumi/pulumi");
    require("./src/startup/quietStacks.ts");
    pulumi.runtime.setMocks({ newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: () => ({}) });
    ${script}`;
  const options = { cwd: REPOSITORY, encoding: "utf8", env: { ...process.env, ...env } } as const;
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", code], options);
  assert.equal(stderr, "");
  return stdout.trim();
}

const COUNT = `let traces = 0; const prepare = Error.prepareStackTrace;
  Error.prepareStackTrace = (error, frames) => { traces += frames.length; return prepare(error, frames); };
  const made = new pulumi.ComponentResource("a:b:C", "one", {}); pulumi.output({ of: [made.urn] });
  made.urn.apply(() => console.log(traces));`;

describe("quietStacks", () => {
  it("quietStacks has no frame mapped for a resource or a promise", () => {
    assert.equal(run(COUNT), "0");
  });

  it("quietStacks leaves promises their traces where their leaks are looked for", () => {
    assert.ok(Number(run(COUNT, { PULUMI_DEBUG_PROMISE_LEAKS: "true" })) > 0);
  });

  it("quietStacks leaves errors their traces", () => {
    const script = `pulumi.output(1).apply(function asked() { console.log(new Error("wrong").stack.split("\\n")[1]); });`;
    assert.match(run(script), /at asked/);
  });
});
