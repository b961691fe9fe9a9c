import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { compliance, type ComplianceOptions } from "../../src/cli/compliance";
import { readProjectFile } from "../../src/project";
import { FORMATS } from "../../src/reports";
import type { ComplianceReport } from "../../src/reports/model";
import { previewStages, stageOfFiles } from "../../src/reports/stages";
import { HIDDEN_PARTS, SECRETS } from "../support/compliance/hostile";
import { NOW, outputsOf, waiver, withSecure } from "../support/compliance/reportGround";
import { withProject } from "../support/recorder";
import { refuses } from "../support/signing/samples";
import { captureIo } from "../support/io";
import { example } from "../support/examples";

const ROOT = resolve(__dirname, "../..");
const DUALREG = join(ROOT, "bin/dualreg.js");
const EPOCH = { SOURCE_DATE_EPOCH: String(NOW.getTime() / 1000) };

const SHARED = {
  stages: { value: ["qa", "uat"] },
  product: { value: { name: "orders", domain: "company.com", repository: "orders" } },
  images: { value: [{ repository: "orders/api", class: "secure" }] },
  gates: {
    value: {
      roles: { dev: [{ team: "dev", id: 1 }] },
      signOffs: { uat: ["dev"] },
      automation: { app: 1 },
    },
  },
};
const STAGE = {
  ...{ location: "westeurope", "github:owner": "company" },
  "azure-native:subscriptionId": "00000000-0000-0000-0000-000000000001",
};
const QA = { ...STAGE, owns: ["repository", "subscription"] };
const STRICT = { compliance: { levels: { "quarantine-on": "mandatory" } } };
const PROJECT = { program: `export = require("./src/index");`, projectYaml: `config: ${JSON.stringify(SHARED)}\n` };

describe("dualreg compliance", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-compliance-cli-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };

  const run = async (options: Partial<ComplianceOptions>, env: Record<string, string> = EPOCH) => {
    const { io, printed } = captureIo({ env });
    const code = await compliance.run({ format: "json", project: folder, ...options }, io);
    return { code, stdout: printed.stdout, report: () => JSON.parse(printed.stdout) as ComplianceReport };
  };
  const spawn = (args: readonly string[], input = "") =>
    spawnSync(process.execPath, [DUALREG, "compliance", ...args], {
      ...{ cwd: folder, input, encoding: "utf8", env: { ...process.env, ...EPOCH } },
    });

  it("compliance names the formats that there are", () => {
    const { stdout } = spawn(["--help"]);
    assert.ok(
      stdout.replace(/\s+/g, " ").includes(`(choices: ${FORMATS.map((each) => `"${each}"`).join(", ")},`),
      stdout,
    );
  });

  it("compliance previews every stage of a project in the order of releases, and ends with 0", () => {
    const { status, stdout, stderr } = spawn(["--project", example("everything")]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^Compliance of the registries of orders, as of 2026-11-21\n\norders dev: no mandatory/);
    assert.match(stdout, /\norders qa: no mandatory control fails\n/);
    assert.match(
      stderr,
      /^Warning: Values of the example are left: .*github:owner company \(3 files\).*; see dualreg doctor\n/,
    );
  });

  it("compliance reads outputs from standard input, and ends with 1 where a mandatory control fails", () => {
    const bad = outputsOf({ facts: withSecure({ adminUserEnabled: true, basis: "deployed" }) });
    const ended = spawn(["--outputs", "-", "--format", "markdown"], JSON.stringify(bad));
    assert.equal(ended.status, 1, ended.stderr);
    assert.match(ended.stdout, /\*\*fail\*\* \| mandatory \| critical \| `admin-user-off`/);
    assert.equal(ended.stderr, "");
  });

  it("compliance ends with 1 where what stands does not say whether a mandatory control holds, and with 0 where it is only planned", () => {
    const unknown = (basis: "deployed" | "planned") =>
      JSON.stringify(outputsOf({ facts: withSecure({ adminUserEnabled: "unknown", basis }) }));
    const ended = spawn(["--outputs", "-"], unknown("deployed"));
    assert.equal(ended.status, 1, ended.stdout);
    assert.match(ended.stdout, /no mandatory control fails, \d+ (?:is|are) unknown/);
    assert.match(
      ended.stderr,
      /Stage qa: what stands does not say whether these mandatory controls hold: admin-user-off/,
    );
    assert.equal(spawn(["--outputs", "-"], unknown("planned")).status, 0);
  });

  it("S0-8 compliance --pulls says proven of the class whose pulls both logs prove, and ends with 2 where the file is none", () => {
    const at = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000).toISOString();
    const line = { verdict: "ok", class: "secure" };
    const pull = {
      verdict: "proven",
      trust: "proven",
      by: ["a line"],
      line,
      events: [{ registry: "secure.example.com" }],
    };
    const about = { reconciliation: "dual-registry pulls", version: 1, product: "orders", stage: "qa" };
    const times = { reconciledAt: at(5), from: at(60), to: at(10) };
    const outputs = file("qa.json", outputsOf());
    const run = (pulls: object) =>
      spawn(["--outputs", outputs, "--pulls", file("pulls.json", pulls), "--format", "markdown"]);
    const proven = run({ ...about, ...times, pulls: [pull] });
    assert.equal(proven.status, 0, proven.stderr);
    assert.match(proven.stdout, /1 of 1 proven/);
    const none = run({ ...about, pulls: [pull] });
    assert.deepEqual([none.status, none.stdout], [2, ""]);
    assert.match(none.stderr, /pulls\.json/);
  });

  it("compliance ends with 2 for a format, an option and a file that there is not, with nothing on standard output", () => {
    for (const args of [
      ["--format", "pdf"],
      ["--output", "x"],
      ["--outputs", "none.json"],
      ["--stage", "staging"],
    ]) {
      const { status, stdout } = spawn(args);
      assert.deepEqual([status, stdout], [2, ""], args.join(" "));
    }
  });

  it("compliance reports a stage that its own compliance stops, and the stage behind it, and ends with 1", async () => {
    const stacks = { qa: { ...QA, ...STRICT }, uat: { ...STAGE, before: "qa" } };
    await withProject({ ...PROJECT, stacks }, async (project) => {
      const { code, report } = await run({ project });
      assert.equal(code, 1);
      const stages = report().stages;
      assert.deepEqual(
        stages.map(({ stage, source, mandatoryFailures }) => [stage, source, mandatoryFailures]),
        [
          ["qa", "preview", ["quarantine-on"]],
          ["uat", "preview", []],
        ],
      );
    });
  });

  it("compliance ends with 2 where a stage cannot be previewed for another reason", () =>
    withProject({ ...PROJECT, stacks: { qa: { ...QA, ...STRICT, location: 7 } } }, (project) =>
      refuses(() => run({ project }), "PREVIEW_FAILED", /location/),
    ));

  it("a stage is evaluated from its files as the program evaluates it", async () => {
    for (const name of ["minimal", "everything", "hardened"]) {
      const project = readProjectFile(example(name));
      for (const { source, ...stage } of await previewStages({ projectDir: project.root, now: new Date() })) {
        assert.equal(source, "preview");
        assert.deepEqual(stageOfFiles(project, stage.stage, new Date()), stage, `${name} ${stage.stage}`);
      }
    }
  });

  it("compliance takes only the stages asked for, and only outputs of the project it is run beside", async () => {
    const qa = file("qa.json", outputsOf());
    const { report } = await run({ outputs: [qa], stage: ["qa"] });
    assert.equal(report().stages.length, 1);
    await refuses(() => run({ outputs: [qa], stage: ["prod"] }), "CONFIG_INVALID", /allowed: prod, as --stage says/);
    const other = file("other.json", outputsOf({ product: "shop" }));
    await refuses(
      () => run({ outputs: [other], project: example("company") }),
      "CONFIG_INVALID",
      /of "shop", qa; allowed: outputs of/,
    );
  });

  it("compliance lets a waiver end between pulumi up and the report, by SOURCE_DATE_EPOCH", async () => {
    const facts = withSecure({ adminUserEnabled: true });
    const outputs = [
      file("w.json", outputsOf({ facts, waivers: [waiver("admin-user-off", { expires: "2026-12-31" })] })),
    ];
    assert.equal((await run({ outputs })).code, 0);
    const later = { SOURCE_DATE_EPOCH: "1798761600" };
    const { code, report } = await run({ outputs }, later);
    assert.deepEqual(
      [code, report().asOf, report().stages[0]?.compliance.waivers[0]?.state],
      [1, "2027-01-01", "expired"],
    );
    await refuses(() => run({ outputs }, { SOURCE_DATE_EPOCH: "today" }), "USAGE", /seconds since 1970/);
  });

  it("compliance writes --out with its folder, and compares with it by --since", async () => {
    const out = join(folder, "reports/qa.json");
    const before = await run({ outputs: [file("a.json", outputsOf())], out });
    assert.equal(before.stdout, `${out}\n`);
    const outputs = [file("b.json", outputsOf({ facts: withSecure({ quarantine: true }) }))];
    const { report } = await run({ outputs, since: out });
    const [changes] = report().changes ?? [];
    assert.deepEqual([changes?.state, changes?.since], ["compared", "2026-11-21"]);
    assert.ok(changes?.changes.some(({ subject, after }) => subject === "quarantine-on" && after === "enabled"));
    const same = await run({ outputs, since: outputs[0] ?? "" });
    assert.deepEqual(same.report().changes?.[0]?.changes, []);
    assert.match(readFileSync(out, "utf8"), /^\{\n {2}"report": "dual-registry compliance"/);
    await refuses(() => run({ outputs, out: join(out, "x") }), "USAGE", /cannot be written \(E/);
    await refuses(() => run({ outputs: ["-"], since: "-" }), "USAGE", /Standard input can be read once/);
  });

  it("S0-4 compliance shows no secret: not of a field it does not know, of a text, or of what it refuses", async () => {
    for (const secret of SECRETS) {
      const outputs = outputsOf({ waivers: [waiver("customer-key", { reason: `As agreed: ${secret}` })] });
      const planted = { ...outputs, password: secret, logging: { ...outputs.logging, key: secret } };
      const from = file("planted.json", planted);
      const wrong = file("wrong.json", { ...planted, stage: secret });
      for (const format of FORMATS) {
        const { stdout } = await run({ outputs: [from], since: from, format });
        for (const part of HIDDEN_PARTS) assert.doesNotMatch(stdout, part, format);
      }
      for (const refused of [run({ outputs: [wrong] }), run({ outputs: [from], since: wrong })]) {
        const message = await refused.then(String, String);
        for (const part of HIDDEN_PARTS) assert.doesNotMatch(message, part);
      }
    }
  });
});
