import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dualreg } from "../../../src/cli/program";
import type { RegistryCheck } from "../../../src/cli/registry/check";
import type { RegistryKind } from "../../../src/domain/image/registryKind";
import { supportOf } from "../../../src/domain/image/ruleSupport";
import type { StageOutputs } from "../../../src/outputs";
import { captureIo } from "../../support/io";
import type { ApiStandIn } from "../../support/registries/kinds/apiStandIn";
import { harborRule, type HarborState, newHarborState, startHarbor } from "../../support/registries/kinds/harbor";
import { newQuayState, type QuayState, startQuay } from "../../support/registries/kinds/quay";
import { outputsFor } from "../../support/release/outputsFor";

const SIGNED = { signature: false, signers: [] };

describe("dualreg registry check", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-check-"));
  let quayState: QuayState;
  let harborState: HarborState;
  let quay: ApiStandIn;
  let harbor: ApiStandIn;
  beforeEach(async () => {
    quayState = newQuayState();
    quayState.immutability = [{ uuid: "1", tagPattern: "v.*", tagPatternMatches: true }];
    harborState = { ...newHarborState(), immutable: [harborRule("v*")] };
    [quay, harbor] = [await startQuay(quayState), await startHarbor(harborState)];
  });
  afterEach(async () => {
    await quay.stop();
    await harbor.stop();
  });
  after(() => {
    rmSync(dir, { recursive: true });
  });

  const registryOf = (outputs: StageOutputs, kind: RegistryKind, host: string) => ({
    ...outputs.registries.standard,
    ...{ kind, mode: "reference" as const, loginServer: host, namespace: "company", rules: supportOf(kind) },
  });
  /** A qa whose standard images go to Quay, or to Harbor where that is chosen. */
  function outputs(different: Partial<StageOutputs> = {}): string {
    const base = outputsFor({ stage: "qa", host: "localhost:1", kind: "acr", policy: SIGNED });
    const registries = { ...base.registries, standard: registryOf(base, "quay", quay.host) };
    const alternatives = { secure: [], standard: [registryOf(base, "harbor", harbor.host)] };
    const file = join(dir, "outputs.json");
    writeFileSync(file, JSON.stringify({ ...base, registries, alternatives, ...different }));
    return file;
  }
  async function run(args: readonly string[], env: Record<string, string> = {}) {
    const config = join(dir, "docker");
    const auth = Buffer.from(harborState.login).toString("base64");
    rmSync(config, { recursive: true, force: true });
    const { mkdirSync } = await import("node:fs");
    mkdirSync(config);
    writeFileSync(join(config, "config.json"), JSON.stringify({ auths: { [harbor.host]: { auth } } }));
    const all = { HOME: dir, PATH: "/usr/bin:/bin", DOCKER_CONFIG: config, QUAY_TOKEN: quayState.token, ...env };
    const { io, printed } = captureIo({ env: all });
    const code = await dualreg(["registry", "check", ...args], io);
    return { code, ...printed };
  }
  const standard = ["--class", "standard"];

  it("S4-14 check ends with 1 while an expected setting is missing, of an alternative too, and with 0 once all are native", async () => {
    const missing = await run(["--outputs", outputs(), ...standard]);
    assert.equal(missing.code, 1);
    assert.match(missing.stdout, /^registries\.standard: quay localhost:\d+$/m);
    assert.match(missing.stdout, /^ {2}tag-immutability +native +immutability policies: v\.\*$/m);
    assert.match(missing.stdout, /^alternatives\.standard\[0\]: harbor localhost:\d+$/m);
    assert.match(missing.stdout, /^ {2}untagged-retention +missing +no tag retention policy$/m);
    assert.match(missing.stdout, /^ {2}untagged-retention +missing +set: a tag retention policy of the project/m);
    assert.match(missing.stdout, /^orders qa, read at .*: 4 native, 1 missing, 0 not read, 0 findings$/m);
    const params = { nDaysSinceLastPush: 365, nDaysSinceLastPull: 365 };
    harborState.retention = {
      cron: "0 0 0 * * *",
      rules: Object.keys(params).map((template) => harborRule("**", { template, action: "retain", params })),
    };
    const native = await run(["--outputs", outputs(), ...standard]);
    assert.deepEqual([native.code, native.stderr], [0, ""], native.stdout);
    assert.match(native.stdout, /5 native, 0 missing, 0 not read, 0 findings/);
  });

  it("S2-1 check finds a public repository that the stage does not name, and lets those be public that it names", async () => {
    const web = quayState.repositories["orders/web"];
    assert.ok(web);
    web.isPublic = true;
    const json = await run([
      "--outputs",
      outputs({ alternatives: { secure: [], standard: [] } }),
      ...standard,
      "--format",
      "json",
    ]);
    const { registries, counts } = JSON.parse(json.stdout) as RegistryCheck;
    assert.equal(json.code, 1);
    assert.deepEqual(counts, { native: 1, missing: 1, unread: 0, findings: 1 });
    assert.deepEqual(
      registries.flatMap(({ findings }) => findings.map(({ kind, repository }) => `${kind} ${repository}`)),
      ["public orders/web"],
    );
    const base = outputsFor({ stage: "qa", host: "localhost:1", kind: "acr", policy: SIGNED });
    const named = { ...registryOf(base, "quay", quay.host), public: ["orders/web"] };
    const alternatives = { secure: [], standard: [] };
    const file = outputs({ registries: { ...base.registries, standard: named }, alternatives });
    assert.equal((await run(["--outputs", file, ...standard])).code, 0);
  });

  it("check ends with 1 where a setting was not read, says which right is missing, and tells no secret", async () => {
    const { code, stdout, stderr } = await run(["--outputs", outputs(), ...standard], { QUAY_TOKEN: "" });
    assert.equal(code, 1);
    assert.match(stdout, /tag-immutability +unread +not read: GET .*needs an OAuth token in QUAY_TOKEN with repo:read/);
    assert.match(stdout, /2 native, 1 missing, 2 not read/);
    const wrong = await run(["--outputs", outputs(), ...standard, "--format", "json"], {
      QUAY_TOKEN: "wrong-secret-of-a-test",
    });
    assert.equal(/wrong-secret|secret-of-a-test/.test(`${stdout}${stderr}${wrong.stdout}`), false);
  });

  it("check ends with 2 for outputs that are none and for --api where nothing is GitLab's, or no address", async () => {
    const gitlab = "https://gitlab.example.com/api/v4";
    const strange = await run(["--outputs", outputs(), ...standard, "--api", gitlab]);
    assert.deepEqual([strange.code, strange.stdout], [2, ""]);
    assert.match(
      strange.stderr,
      /--api names GitLab's interface, and the registries are of kind quay, harbor: leave it out/,
    );
    for (const api of ["gitlab", "http://gitlab.example.com", "https://me:x@gitlab.example.com", `${gitlab}?a=b`]) {
      assert.match(
        (await run(["--outputs", outputs(), "--api", api])).stderr,
        /allowed: an https address without user/,
        api,
      );
    }
    const other = outputs();
    writeFileSync(
      other,
      JSON.stringify({
        ...JSON.parse(JSON.stringify(outputsFor({ stage: "qa", host: "x.example.com", kind: "acr", policy: SIGNED }))),
        alternatives: { secure: [], standard: [{ kind: "gitea" }] },
      }),
    );
    assert.equal((await run(["--outputs", other])).code, 2);
    assert.deepEqual([quay.asked, harbor.asked], [[], []]);
  });
});
