import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DualRegistryError } from "../../src/base/errors";
import { readFileValues, readProjectFile, readProjectFiles, readStackConfig } from "../../src/project";

type Outcome = "refused" | Record<string, string>;

interface TableCase {
  /** The stage's file. */
  stack: string;
  /** Pulumi.yaml, where it is not the smallest one. */
  project?: string;
  /** The folder of the stage's file below the project's. */
  folder?: string;
  pulumi: Outcome;
  here?: Outcome;
}

const TABLE = JSON.parse(readFileSync(resolve(__dirname, "../fixtures/stageFiles/table.json"), "utf8")) as {
  cases: Record<string, TableCase>;
};

describe("readStackConfig beside Pulumi's own reader", () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "dualreg-table-"))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = ({ stack, project = "name: sample\nruntime: nodejs\n", folder = "." }: TableCase) => {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, "Pulumi.yaml"), project);
    writeFileSync(join(root, folder, "Pulumi.dev.yaml"), stack);
    return readProjectFile(root);
  };

  for (const [name, one] of Object.entries(TABLE.cases)) {
    it(`readStackConfig reads ${name} as Pulumi does${one.here === undefined ? "" : ", but where it says so"}`, () => {
      const project = write(one);
      const wanted = one.here ?? one.pulumi;
      if (wanted === "refused") {
        const refused = (error: unknown) => error instanceof DualRegistryError && error.code === "CONFIG_INVALID";
        assert.throws(() => readStackConfig(project, "dev"), refused);
      } else {
        assert.deepEqual({ ...readStackConfig(project, "dev").values }, wanted);
      }
    });

    it(`readProjectFiles and readFileValues see the keys of ${name} that readStackConfig sees`, () => {
      const project = write(one);
      let values: Readonly<Record<string, string>>;
      try {
        values = readStackConfig(project, "dev").values;
      } catch {
        return;
      }
      const names = Object.keys(values);
      const [file] = readProjectFiles(project).stages;
      const own = names.filter((key) => key.startsWith("sample:")).map((key) => key.slice("sample:".length));
      assert.deepEqual([...(file?.keys ?? [])].sort(), own.sort());
      assert.deepEqual([...(file?.foreign ?? [])].sort(), names.filter((key) => !key.startsWith("sample:")).sort());
      const said = new Set(readFileValues(project, "dev").map(({ path }) => path.split(/[.[]/)[0]));
      for (const key of said)
        assert.ok(
          [...own, ...names].some((one) => one.split(/[.[]/)[0] === key),
          key,
        );
    });
  }
});
