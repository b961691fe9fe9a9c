import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { recordStages } from "../src/preview/record/recordStages";
import { withProject } from "./support/recorder";
import { DEFAULT_STAGES } from "../src/domain/stage";
import { example, EXAMPLES } from "./support/examples";

const text = (name: string) => readFileSync(join(example("company"), name), "utf8");
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

/** What qa registers when a module of src is the whole program; the times of the run are taken out. */
async function recorded(module: string): Promise<string> {
  const files = Object.fromEntries(
    ["Pulumi.yaml", ...DEFAULT_STAGES.map((stage) => `Pulumi.${stage}.yaml`)].map((name) => [name, text(name)]),
  );
  const program = `export = require("./src/${module}");`;
  return withProject({ program, stacks: {}, files }, async (projectDir) => {
    const { recordings, failures } = await recordStages({ projectDir, stages: ["qa"] });
    assert.deepEqual(failures, []);
    return JSON.stringify(recordings.get("qa"), undefined, 1).replaceAll(TIME, "[time]");
  });
}

describe("the way in", () => {
  // Pulumi's runtime reads `noCheck` of the tsconfig beside the program, and no tsconfig that one extends.
  it("the way in is type-checked in no project, whose own tsconfig says so", () => {
    const projects = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, "Pulumi.yaml")));
    assert.ok(projects.length > 5);
    for (const folder of [join(EXAMPLES, "../"), ...projects.map(example)]) {
      const { compilerOptions } = JSON.parse(readFileSync(join(folder, "tsconfig.json"), "utf8")) as {
        compilerOptions?: { noCheck?: boolean };
      };
      assert.equal(compilerOptions?.noCheck, true, folder);
    }
  });

  it("the way in registers what the program of program.ts does, in the same order, to the last option", async () => {
    const [bundled, plain] = [await recorded("index"), await recorded("program")];
    assert.ok(bundled.length > 100_000);
    assert.ok(bundled === plain, "the recordings differ");
  });
});
