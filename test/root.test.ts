import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { example } from "./support/examples";

const REPOSITORY = resolve(__dirname, "..");
const run = promisify(execFile);

const isProjectFile = (file: string): boolean => /^Pulumi(?:\..+)?\.yaml$/.test(file);

/** The repository as another company has it: its own stages at the root, and its own name in the workflows. */
function takenOver(): string {
  const root = mkdtempSync(join(tmpdir(), "dualreg-root-"));
  const left = new Set(["node_modules", ".cache", ".git"]);
  for (const name of readdirSync(REPOSITORY).filter((each) => !left.has(each) && !isProjectFile(each)))
    cpSync(join(REPOSITORY, name), join(root, name), { recursive: true });
  for (const name of ["node_modules", ".cache"]) symlinkSync(join(REPOSITORY, name), join(root, name), "junction");
  for (const name of readdirSync(example("contoso")).filter(isProjectFile))
    cpSync(join(example("contoso"), name), join(root, name));
  const workflows = join(root, ".github/workflows");
  for (const name of readdirSync(workflows)) {
    const text = readFileSync(join(workflows, name), "utf8");
    writeFileSync(join(workflows, name), text.replaceAll("company/orders/", "contoso/shop/"));
  }
  return root;
}

/** Tests that read files beside the program: what a company changes there must not turn them red. */
const READS_ROOT = [
  ...["test/workflows/**/*.test.ts", "test/readme.test.ts", "test/index.test.ts"],
  ...["test/docs/requirements.test.ts", "test/controls/documentation.test.ts", "test/cli/program.test.ts"],
];

describe("the root, as another company writes it", function () {
  this.timeout(600_000);
  let root: string;
  const at = (command: string, ...args: string[]) =>
    run(command, args, { cwd: root, maxBuffer: 64 << 20 }).catch((error: unknown) => {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${command} ${args.join(" ")}\n${stdout}\n${stderr}`, { cause: error });
    });

  before(() => (root = takenOver()));
  after(() => rmSync(root, { recursive: true, force: true }));

  it("the root previews and reports that company's stages", async () => {
    const { stdout } = await at(process.execPath, "bin/dualreg.js", "stages");
    assert.match(stdout, /^dev {2}first\nqa {2}gates begin here.*\nprod {2}last/);
    const preview = await at(process.execPath, "bin/dualreg.js", "preview", "--format", "json");
    const { stages } = JSON.parse(preview.stdout) as { stages: object };
    assert.deepEqual(Object.keys(stages).sort(), ["dev", "prod", "qa"]);
    const report = await at(process.execPath, "bin/dualreg.js", "compliance");
    assert.match(report.stdout, /^Compliance of the registries of shop/);
  });

  it("the tests that read files of the root pass there too", async () => {
    const mocha = join(REPOSITORY, "node_modules/mocha/bin/mocha.js");
    const flags = ["--no-config", "--node-option", "import=tsx", "--timeout", "120000", "--reporter", "dot"];
    const { stdout } = await at(process.execPath, mocha, ...flags, ...READS_ROOT);
    assert.match(stdout, /\d{2,} passing/);
  });

  it("no other test and no bench reads the root's stages", () => {
    const files = ["test", "bench"].flatMap((folder) =>
      readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && file !== "root.test.ts")
        .map((file) => join(folder, file)),
    );
    const reading = files.filter((file) =>
      /(?:REPOSITORY|ROOT|"\.\.(?:\/\.\.)*"),? "?Pulumi|project(?:Dir)?: (?:REPOSITORY|ROOT)\b|readProjectFile\((?:REPOSITORY|ROOT)\)/.test(
        readFileSync(join(REPOSITORY, file), "utf8"),
      ),
    );
    assert.deepEqual(reading, []);
  });
});
