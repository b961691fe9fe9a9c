import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { DualRegistryError } from "../../src/base/errors";
import { followPhases } from "../../src/cli/progress";
import type { PhaseReport, Transaction } from "../../src/images/phases";
import { coded } from "../support/images/rejection";
import { captureIo } from "../support/io";
import { describeWith } from "../support/registries";

const PROGRAM = resolve(__dirname, "../support/release/phasesProgram.ts");
const ROOT = resolve(__dirname, "../..");

interface NamedPhase {
  name: string;
  run: (report: PhaseReport) => Promise<void>;
}

const flowing: NamedPhase = {
  name: "push",
  run: ({ total, bytes, note }) => {
    total(2_000_000);
    bytes(500_000);
    bytes(1_500_000);
    note("2 blobs sent");
    return Promise.resolve();
  },
};
const still: NamedPhase = { name: "tag", run: () => Promise.resolve() };
const failing: NamedPhase = {
  name: "gates",
  run: () => Promise.reject(new DualRegistryError("GATE_REFUSED", "no")),
};

/** A transaction of these phases, one after the other. */
const transactionOf = (phases: readonly NamedPhase[]): Transaction<string> => ({
  phases: phases.map(({ name }) => name),
  run: async (phase) => {
    for (const { name, run } of phases) await phase(name, run);
    return "done";
  },
});

/** Follows phases where no terminal is. */
function follow(phases: readonly NamedPhase[], env: Record<string, string> = {}, lead?: string) {
  const { io } = captureIo({ env, isTTY: env["CI"] !== undefined });
  const lines: string[] = [];
  io.stderr.write = (text) => void lines.push(text);
  io.stdout.write = () => assert.fail("standard output is for results");
  return { lines, done: followPhases(transactionOf(phases), io, lead) };
}

describe("followPhases, without a terminal", () => {
  it("followPhases says each note as it comes, and a line when a phase ends, on standard error", async () => {
    const { lines, done } = follow([flowing, still]);
    const { result, times } = await done;
    assert.equal(result, "done");
    assert.equal(lines.length, 3);
    assert.equal(lines[0], "push: 2 blobs sent\n");
    assert.match(lines[1] ?? "", /^push: \d+ ms, 2\.0 MB of 2\.0 MB, [\d.]+ [KMGT]?B\/s\n$/);
    assert.match(lines[2] ?? "", /^tag: \d+ ms\n$/);
    assert.deepEqual(
      times.map(({ phase }) => phase),
      ["push", "tag"],
    );
  });

  it("followPhases says whose line it is where several images are on their way", async () => {
    const { lines, done } = follow([still], {}, "orders/api:v1 ");
    await done;
    assert.match(lines.join(""), /^orders\/api:v1 tag: \d+ ms\n$/);
  });

  it("followPhases stays quiet on a terminal of CI", async () => {
    const { lines, done } = follow([still], { CI: "true", TERM: "xterm" });
    await done;
    assert.match(lines.join(""), /^tag: \d+ ms\n$/);
  });

  it("followPhases throws what a phase threw, says how long it took, and runs nothing behind it", async () => {
    const { lines, done } = follow([failing, still]);
    await assert.rejects(done, coded("GATE_REFUSED", "no"));
    assert.match(lines.join(""), /^gates: \d+ ms\n$/);
  });
});

describeWith(["script"], "followPhases, on a terminal", () => {
  /** What a terminal of so many columns gets to see. */
  const show = async (columns: number, ...args: string[]) => {
    const command = [process.execPath, "--import", "tsx", PROGRAM, ...args].map((one) => `'${one}'`).join(" ");
    const env = { ...process.env, CI: "", TERM: "xterm" };
    const sized = `stty columns ${columns} rows 40; ${command}`;
    const { stdout } = await promisify(execFile)("script", ["-qec", sized, "/dev/null"], { cwd: ROOT, env });
    return stripVTControlCharacters(stdout);
  };

  it("followPhases shows bytes, rate and time left while they flow, and the sum at the end", async () => {
    const shown = await show(120);
    assert.match(shown, /push: 2\.0 MB of 4\.0 MB, [\d.]+ MB\/s, [\d.]+ m?s left/);
    assert.match(shown, /push: (?:[789]\d\d ms|1\.\d s), 3\.0 MB of 4\.0 MB, [\d.]+ MB\/s\s/);
    assert.match(shown, /3 blobs sent/);
    assert.match(shown, /\["push","tag"\]/);
  });

  it("followPhases prints plain lines on a terminal that has no columns", async () => {
    const shown = await show(0);
    assert.match(shown, /^push: 3 blobs sent\r?$/m);
    assert.match(shown, /^tag: \d+ ms\r?$/m);
  });

  it("followPhases throws what a phase threw, with its code", async () => {
    assert.match(await show(120, "fail"), /refused: TAG_TAKEN/);
  });
});
