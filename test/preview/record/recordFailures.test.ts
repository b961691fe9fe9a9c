import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordStages } from "../../../src/preview/record/recordStages";
import { recordProgram, recordProject } from "../../support/recorder";

/** True for a process that runs; one that has ended and waits to be collected does not. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe("recordStages and failures", () => {
  const record = async (program: string, request = {}): Promise<string> => {
    const { failures } = await recordProject({ program, stacks: { dev: {} } }, request);
    assert.equal(failures.length, 1);
    return failures[0]?.message ?? "";
  };
  const header = 'import * as pulumi from "@pulumi/pulumi";\n';
  const part =
    "class Part extends pulumi.ComponentResource { constructor(opts = {}) { super('a:b:Part', 'part', {}, opts); } }\n";

  it("recordStages tells a RunError by its message alone", async () => {
    assert.equal(await record(`${header}throw new pulumi.RunError("line one\\nline two");`), "line one\nline two");
  });

  it("recordStages tells an error inside an apply, without colours", async () => {
    const message = await record(`${header}pulumi.output(1).apply(() => { throw new Error("inside"); });`);
    assert.match(message, /Error: inside\n +at /);
    assert.ok(!message.includes("\u001b"));
  });

  it("recordStages refuses a duplicate URN as the engine does", async () => {
    const message = await record(`${header}${part}new Part(); new Part();`);
    assert.equal(
      message,
      "Duplicate resource URN 'urn:pulumi:dev::sample::a:b:Part::part'; try giving it a unique name",
    );
  });

  it("recordStages refuses transforms, on one resource and on the stack", async () => {
    const one = await record(`${header}${part}new Part({ transforms: [() => undefined] });`);
    assert.match(one, /RECORDER_UNSUPPORTED: .* cannot run/);
    const all = await record(`${header}pulumi.runtime.registerResourceTransform(() => undefined);`);
    assert.match(all, /RECORDER_UNSUPPORTED: .* cannot run transforms/);
  });

  it("recordStages ends a program that does not end by itself", async () => {
    const message = await record("console.log('before');\nsetInterval(() => undefined, 1000);", { timeoutSeconds: 4 });
    assert.equal(
      message,
      "The program registered nothing for 4 s and was ended: what does it wait for?\nIts last output:\nbefore",
    );
  });

  it("recordStages tells the exit code and the last output of a program that just exits", async () => {
    const message = await record('console.error("x".repeat(20000) + "end"); process.exit(3);');
    assert.match(message, /^The program ended with code 3\nIts last output:\nx+end$/);
    assert.ok(message.length < 9000);
  });

  it("recordStages takes a program that ends well but halfway for a failure", async () => {
    const program = `setTimeout(() => process.exit(0), 400);
export = async () => { await new Promise((resolve) => setTimeout(resolve, 60_000)); };`;
    const { recordings, failures } = await recordProject({ program, stacks: { dev: {} } });
    assert.equal(recordings.size, 0);
    assert.match(failures[0]?.message ?? "", /ended with code 0, before it had given the stack's outputs/);
  });

  it("recordStages ends what the program started, with the program", async () => {
    const program = `import { spawn } from "node:child_process";
const child = spawn("sleep", ["60"], { stdio: "ignore" });
child.unref();
export = async () => { throw new Error("grandchild " + String(child.pid)); };`;
    const { failures } = await recordProject({ program, stacks: { dev: {} } });
    const pid = Number(/grandchild (\d+)/.exec(failures[0]?.message ?? "")?.[1]);
    assert.ok(pid > 0, failures[0]?.message);
    for (let tries = 0; tries < 50 && isRunning(pid); tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(isRunning(pid), false);
  });

  it("recordStages takes a logged error that ends nothing for what it is", async () => {
    const recording = await recordProgram({
      program: `${header}pulumi.log.error("only told");\npulumi.log.debug("not kept");`,
    });
    assert.deepEqual(recording.logs, [{ severity: "error", message: "only told" }]);
  });

  it("recordStages names every bad stage file before any program runs", async () => {
    const files = { "Pulumi.qa.yaml": "a: [}", "Pulumi.uat.yaml": "- a" };
    const result = recordProject({ program: "", stacks: { dev: {} }, files });
    await assert.rejects(result, /Pulumi\.qa\.yaml, line 1.*\nPulumi\.uat\.yaml, line 1/);
  });

  it("recordStages wants a Pulumi.yaml and at least one stage", async () => {
    await assert.rejects(recordStages({ projectDir: join(tmpdir(), "nosuch") }), /Pulumi\.yaml: cannot be read/);
    await assert.rejects(recordProject({ program: "", stacks: {} }), /no Pulumi\.<stage>\.yaml/);
  });
});
