import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { dualreg } from "../../src/cli/program";
import { readStages } from "../../src/config";
import { readProjectFile } from "../../src/project";
import { captureIo } from "../support/io";
import { MISTAKES, type Mistake } from "./mistakes";

const ROOT = resolve(__dirname, "../..");

const SHARED = `name: dual-registry
main: ${ROOT}
runtime: nodejs
config:
  stages: { value: [dev, qa, prod] }
  product:
    value: { name: shop, domain: example.com, repository: shop }
  images:
    value:
      - { repository: shop/web, class: standard }
      - { repository: shop/api, class: secure }
      - { repository: shop/worker, class: secure }
  consumers:
    value:
      - { name: partner, pull: [shop/api], tokenDays: 30 }
  gates:
    value:
      roles:
        platform: [{ team: platform, id: 7100101 }]
        owners: [{ team: owners, id: 7100102 }]
      automation: { app: 7300001 }
      signOffs:
        qa: [platform]
        prod: [platform, owners]
`;

const stageFile = (number: number, own: string) => `config:
  github:owner: contoso
  azure-native:subscriptionId: 1b4e28ba-2fa1-41d2-883f-0016d3cca42${number}
  location: westeurope
  registries:
    secure: { sku: Premium, untaggedRetentionDays: 7 }
    standard: { sku: Standard }
  retention: { rule: inactive, days: 90 }
  passwords: { rotate: "2026-11-02" }
  tags: { cost-center: "4711" }
${own}`;

const FILES: Readonly<Record<string, string>> = {
  "Pulumi.yaml": SHARED,
  "Pulumi.dev.yaml": stageFile(1, ""),
  "Pulumi.qa.yaml": stageFile(2, "  owns: [repository, subscription]\n  before: dev\n"),
  "Pulumi.prod.yaml": stageFile(3, "  before: qa\n"),
};

/** The project's files with one mistake in them; a mistake that changes nothing is one of the test. */
function withMistake({ file, right, wrong, renamed }: Mistake): Record<string, string> {
  const text = FILES[file] ?? "";
  assert.ok(text.includes(right), `${file} lacks ${right}`);
  const others = Object.entries(FILES).filter(([name]) => name !== file);
  return { ...Object.fromEntries(others), [renamed ?? file]: text.replace(right, () => wrong) };
}

describe("dualreg in the first hour", () => {
  const folders: string[] = [];
  const project = (files: Readonly<Record<string, string>>) => {
    const folder = mkdtempSync(join(tmpdir(), "dualreg-newcomer-"));
    folders.push(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    return folder;
  };
  /** What the preview would print to standard error, each line once, without running a program. */
  const told = (files: Readonly<Record<string, string>>) => {
    const stages = readStages(readProjectFile(project(files)), undefined);
    const problems = new Set(stages.flatMap((stage) => stage.problems));
    if (problems.size > 0) return { code: 2, lines: [...problems] };
    const warnings = new Set(stages.flatMap((stage) => stage.warnings));
    return { code: 0, lines: [...warnings].map((warning) => `Warning: ${warning}`) };
  };
  after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

  it("readStages says nothing of a project without a mistake", () => {
    assert.deepEqual(told(FILES), { code: 0, lines: [] });
  });

  for (const mistake of MISTAKES) {
    it(`readStages tells ${mistake.title}, and nothing beside it`, () => {
      assert.deepEqual(told(withMistake(mistake)), { code: mistake.code ?? 2, lines: [mistake.says] });
    });
  }

  const preview = async (...args: string[]) => {
    const { io, printed } = captureIo();
    const code = await dualreg(["preview", ...args], io);
    return { code, stderr: printed.stderr };
  };

  for (const title of ["a misspelt key", "a region that Azure does not have", "the owner's stage renamed", "a tab"]) {
    it(`dualreg preview tells ${title} in one line, once for all stages`, async () => {
      const mistake = MISTAKES.find((one) => one.title === title);
      assert.ok(mistake);
      const code = mistake.code ?? 2;
      assert.deepEqual(await preview("--project", project(withMistake(mistake))), {
        code,
        stderr: `${mistake.says}\n`,
      });
    });
  }

  it("dualreg compliance tells a warning once on standard error", async () => {
    const mistake = MISTAKES.find(({ code }) => code === 0);
    assert.ok(mistake);
    const { io, printed } = captureIo();
    await dualreg(["compliance", "--project", project(withMistake(mistake))], io);
    assert.equal(printed.stderr, `${mistake.says}\n`);
  });

  for (const command of [["preview"], ["compliance"], ["doctor"], ["adopt"], ["release", "next"]]) {
    it(`dualreg ${command.join(" ")} --stage qaa names the stages there are`, async () => {
      const { io, printed } = captureIo();
      const folder = project(FILES);
      const code = await dualreg([...command, "--stage", "qaa", "--project", folder], io);
      assert.deepEqual([code, printed.stdout], [2, ""]);
      assert.equal(printed.stderr, 'No stage "qaa"; allowed: dev, qa, prod; did you mean qa?\n');
    });
  }
});

describe("bin/dualreg.js", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-bare-"));
  const dualregIn = () => {
    const { status, stderr } = spawnSync(process.execPath, [join(folder, "bin/dualreg.js"), "--version"], {
      encoding: "utf8",
    });
    return { code: status, stderr };
  };
  before(() => {
    for (const name of ["bin", "src", "package.json"])
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true }));

  it("dualreg.js says in two lines that packages are missing, and where to run npm ci", () => {
    const { code, stderr } = dualregIn();
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^dualreg cannot start: packages are not installed: \S+, \S+, \S+ and \d+ more\nRun npm ci in \S+\n$/,
    );
    assert.ok(stderr.endsWith(`Run npm ci in ${realpathSync(folder)}\n`), stderr);
  });

  it("dualreg.js names a package that came later, and hides no error of one that is there", () => {
    const installed = join(folder, "node_modules");
    cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(dependencies)) {
      mkdirSync(join(installed, name), { recursive: true });
      writeFileSync(
        join(installed, name, "package.json"),
        JSON.stringify({ name, main: "index.js", exports: { "./cjs": "./index.js" } }),
      );
    }
    writeFileSync(join(installed, "tsx", "index.js"), 'throw new Error("broken inside");\n');
    assert.match(dualregIn().stderr, /broken inside/);
    rmSync(join(installed, "zod"), { recursive: true });
    assert.match(dualregIn().stderr, /^dualreg cannot start: packages are not installed: zod\nRun npm ci in /);
  });
});
