import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeConfig } from "../../src/config";
import { planStage } from "../../src/domain/plan/planStage";
import { imageOf, MAX_OUTPUTS, readOutputs } from "../../src/outputs";
import { makeOutputs } from "../../src/outputs/makeOutputs";
import { facts, rawConfig } from "../support/rawConfig";
import { refuses } from "../support/signing/samples";

type Json = Record<string, unknown>;

/** What a stack of this program says of itself, as Pulumi writes it. */
function outputs(stack = "qa", shared: Json = {}): Json {
  const plan = planStage(decodeConfig(rawConfig({ stack, shared })));
  const registry = (name: string) => ({ loginServer: `${name}.azurecr.io`, registryId: `/subscriptions/0/${name}` });
  const answers = { registries: { secure: registry("orderssecure"), standard: registry("ordersstandard") } };
  return JSON.parse(JSON.stringify(makeOutputs(plan, answers))) as Json;
}

const UNIT = { name: "unit", app: 424_242 };
const E2E = { name: "end-to-end", workflow: "e2e.yml" };

describe("readOutputs", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-outputs-"));
  const file = join(folder, "outputs.json");
  after(() => rmSync(folder, { recursive: true, force: true }));
  const read = (json: unknown) => {
    writeFileSync(file, typeof json === "string" ? json : JSON.stringify(json));
    return readOutputs(file);
  };
  it("readOutputs reads which checks a release must have passed before it comes (S2-13)", () => {
    const gates = { roles: {}, signOffs: {}, stageChecks: { dev: [UNIT], qa: [E2E] } };
    assert.deepEqual(read(outputs("qa", { gates })).gates.checksBefore, [UNIT]);
    assert.deepEqual(read(outputs("uat", { gates })).gates.checksBefore, [E2E]);
    assert.equal(read(outputs("dev", { gates })).gates.checksBefore, undefined);
  });

  it("S3-1 readOutputs reads the form of versions, which is that with a v where outputs say none, and holds tags to it", async () => {
    const product = { name: "orders", domain: "company.com", repository: "orders", versionPrefix: "none" };
    const json = outputs("prod", { product });
    assert.equal(json["versionPrefix"], "none");
    const { versionPrefix, registries } = read(json);
    assert.deepEqual([versionPrefix, registries.secure.tagRules.forms[0]?.name], ["none", "X.Y.Z"]);
    assert.equal("versionPrefix" in outputs("prod"), false);
    delete json["versionPrefix"];
    await refuses(() => read(json), "CONFIG_INVALID", /registries\.secure\.tagRules: are not the tag rules of prod/);
    const other = { ...json, versionPrefix: "V" };
    await refuses(() => read(other), "CONFIG_INVALID", /versionPrefix: "V" is not allowed; allowed: v, none/);
  });

  /** The outputs with one thing changed, at a path. */
  const changed = (path: string, value: unknown) => {
    const json = outputs();
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const inner = keys.reduce<unknown>((at, key) => Reflect.get(at as object, key) as unknown, json);
    Reflect.set(inner as object, last, value);
    return json;
  };

  it("readOutputs reads outputs of earlier versions, which list no stages, as those of the usual four", () => {
    const json = outputs();
    delete json["stages"];
    assert.deepEqual(read(json).stages, ["dev", "qa", "uat", "prod"]);
  });

  for (const [path, value, says] of [
    ["stage", "staging", /stage: "staging" is not allowed; allowed: dev, qa, uat, prod/],
    ["stages", ["dev", "uat"], /stage: "qa" is not allowed; allowed: dev, uat/],
    ["stages", [], /stages/],
  ] as const) {
    it(`readOutputs refuses ${path} ${JSON.stringify(value)}, since rules hang on a stage's place in the list`, () => {
      assert.throws(
        () => read(changed(path, value)),
        (error: unknown) => says.test(String(error)),
      );
    });
  }

  for (const stack of ["dev", "qa", "uat", "prod"]) {
    it(`readOutputs reads what the program puts out for ${stack}, whole`, () => {
      const signers = [{ issuer: "https://accounts.example.com", subject: "a@example.com", foreign: true }];
      const json = outputs(stack, { policies: { secure: { signers }, signOffs: { signers } } });
      assert.deepEqual(read(json), { ...json, versionPrefix: "v" });
    });
  }

  it("readOutputs reads a registry that is only named, the stage before, and a prod that takes candidates", () => {
    const stage = facts(
      "registries: { standard: { mode: reference, kind: ghcr, host: ghcr.io, namespace: company, prereleases: true } }",
    );
    const plan = planStage(decodeConfig(rawConfig({ stack: "prod", stage })));
    const secure = { loginServer: "orderssecure.azurecr.io" };
    const made = makeOutputs(plan, { registries: { secure, standard: { loginServer: "ghcr.io" } } });
    const json = JSON.parse(JSON.stringify(made)) as Json;
    json["stageBefore"] = { stage: "uat", registries: outputs("uat")["registries"] };
    assert.deepEqual(read(json), { ...json, versionPrefix: "v" });
  });

  it("S4-6 readOutputs reads the registries beside the two, and compiles no tag pattern that one of them brings", () => {
    const other =
      "{ kind: gcr, host: europe-docker.pkg.dev, namespace: shop/images, owner: web, public: [orders/web] }";
    const plan = planStage(decodeConfig(rawConfig({ stage: facts(`alternatives: { standard: [${other}] }`) })));
    const answer = { loginServer: "orders.azurecr.io" };
    const made = makeOutputs(plan, { registries: { secure: answer, standard: answer } });
    const json = JSON.parse(JSON.stringify(made)) as Json;
    assert.deepEqual(read(json), { ...json, versionPrefix: "v" });
    const [written] = read(json).alternatives?.standard ?? [];
    assert.deepEqual([written?.kind, written?.owner, written?.public], ["gar", "web", ["orders/web"]]);
    const forms = [{ name: "any", pattern: "^(a+)+$" }];
    const hostile = { ...written, tagRules: { regime: "mutable", forms } };
    assert.throws(
      () => read({ ...json, alternatives: { secure: [], standard: [hostile] } }),
      /alternatives\.standard\[0\]\.tagRules: are not the tag rules of qa/,
    );
    assert.throws(
      () => read({ ...json, alternatives: { secure: [written], standard: [] } }),
      /alternatives\.secure\[0\]\.class: "standard" is not allowed/,
    );
  });

  it("readOutputs refuses a registry of the stage before under another class, an alternative's too", () => {
    const json = outputs();
    const before = outputs("dev")["registries"] as { secure: Json; standard: Json };
    const swapped = { stage: "dev", registries: { secure: before.standard, standard: before.secure } };
    assert.throws(() => read({ ...json, stageBefore: swapped }), /stageBefore\.registries\.secure\.class: "standard"/);
    const alternatives = { secure: [before.standard], standard: [] };
    const beside = { stage: "dev", registries: before, alternatives };
    assert.throws(
      () => read({ ...json, stageBefore: beside }),
      /stageBefore\.alternatives\.secure\[0\]\.class: "standard"/,
    );
  });

  it("readOutputs leaves out fields that the contract does not have", () => {
    assert.deepEqual(read({ ...outputs(), added: { later: true } }), { ...outputs(), versionPrefix: "v" });
  });

  const GITHUB = "https://token.actions.githubusercontent.com";
  const OLD = {
    issuer: GITHUB,
    subject: "https://github.com/company/orders/.github/workflows/build.yml@refs/heads/main",
  };

  it("readOutputs reads signers of earlier versions as pinned to the repository and ref in their subject", () => {
    const { policies, gates } = read({
      ...changed("policies.secure.signers", [OLD]),
      gates: { ...(outputs()["gates"] as Json), signOffSigners: [OLD] },
    });
    const pinned = { ...OLD, sourceRepository: "https://github.com/company/orders", sourceRef: "refs/heads/main" };
    assert.deepEqual([policies.secure.signers, gates.signOffSigners], [[pinned], [pinned]]);
  });

  for (const [what, signer] of [
    ["of a field that is not known, which may narrow whom it trusts", { ...OLD, runner: "github-hosted" }],
    ["who is a key and an identity at once", { ...OLD, key: "-----BEGIN PUBLIC KEY-----" }],
    ["of GitHub's without a repository or ref", { issuer: GITHUB, subject: "repo:company/orders" }],
    ["whose workflow is taken at a commit", { ...OLD, subject: OLD.subject.replace("refs/heads/main", "a1b2c3") }],
    ["whose ref is none", { ...OLD, sourceRef: "main" }],
    ["whose ref is null", { ...OLD, sourceRef: null }],
    ["whose source repository is empty", { ...OLD, sourceRepository: "" }],
    ["by no event", { ...OLD, events: [] }],
    ["by a list of events that is a text", { ...OLD, events: "push" }],
  ] as const) {
    it(`readOutputs refuses a signer ${what}`, () =>
      refuses(
        () => read(changed("policies.secure.signers", [signer])),
        "CONFIG_INVALID",
        /policies\.secure\.signers\[0\].*(?:allowed: |no such key)/,
      ));
  }

  const REFUSED: readonly [string, string, unknown, RegExp][] = [
    ["another version", "version", 2, /version: 2 is not allowed; allowed: 1/],
    ["a stage that does not exist", "stage", "staging", /stage: "staging" is not allowed; allowed: dev, qa, uat, prod/],
    ["a login server with a path", "registries.secure.loginServer", "a/b", /registries\.secure\.loginServer: "a\/b"/],
    [
      "a registry of the other class",
      "registries.secure.class",
      "standard",
      /registries\.secure\.class.*allowed: secure/,
    ],
    ["an image of no class", "images.0.class", "", /images\[0\]\.class: "" is not allowed; allowed: secure, standard/],
    ["a missing policy", "policies.secure", undefined, /policies\.secure: missing/],
    ["a long value", "product", "x".repeat(5000), /product: "x{50,58}… is not allowed/],
  ];
  for (const [title, path, value, message] of REFUSED) {
    it(`readOutputs refuses ${title}, and names file, field and what is allowed`, () =>
      refuses(() => read(changed(path, value)), "CONFIG_INVALID", /outputs\.json/, message));
  }

  it("readOutputs compiles no pattern that this program does not make itself", async () => {
    const forms = [{ name: "vX.Y.Z-rcN", pattern: "^(a+)+$" }];
    const json = changed("registries.standard.tagRules", { regime: "immutable", forms });
    await refuses(() => read(json), "CONFIG_INVALID", /registries\.standard\.tagRules: are not the tag rules of qa/);
    const mutable = changed("registries.secure.tagRules.regime", "mutable");
    await refuses(() => read(mutable), "CONFIG_INVALID", /registries\.secure\.tagRules/);
  });

  it("readOutputs refuses what is not JSON, too large, too deep or not there, and says how to write it", async () => {
    await refuses(() => read("{"), "CONFIG_INVALID", /not JSON/, /pulumi stack output --json/);
    await refuses(() => read(`"${"x".repeat(MAX_OUTPUTS)}"`), "CONFIG_INVALID", /larger than allowed/);
    await refuses(() => read("[".repeat(100_000)), "CONFIG_INVALID", /nested too deeply/);
    await refuses(() => readOutputs(join(folder, "none.json")), "USAGE", /none\.json.*ENOENT/);
    await refuses(() => readOutputs(folder), "USAGE", /EISDIR/);
  });

  it("readOutputs says of a file that is something else altogether what is missing, in few lines", () =>
    refuses(() => read(Array.from({ length: 10_000 }, () => ({}))), "CONFIG_INVALID", /^(?:.*\n){0,49}.*$/));
});

describe("imageOf", () => {
  const images = { images: planStage(decodeConfig(rawConfig({}))).images };

  it("imageOf gives class and binding of a repository", () => {
    assert.deepEqual(imageOf(images, "orders/api"), { repository: "orders/api", class: "secure", binding: "portable" });
  });

  it("S0-2 imageOf refuses an unmapped image and names the map", () =>
    refuses(
      () => imageOf(images, "orders/new"),
      "CONFIG_INVALID",
      /"orders\/new" is not mapped/,
      /images in Pulumi\.yaml/,
    ));
});
