import assert from "node:assert/strict";
import type { Json } from "../../src/base/json";
import { recordStages } from "../../src/preview/record/recordStages";
import type { RecordedResource, Recording } from "../../src/preview/recording";
import { summaryText } from "../../src/preview/render/summary";
import { summariseStage } from "../../src/reports/stageSummary";
import { example } from "../support/examples";

const REGISTRY = "azure-native:containerregistry:Registry";

describe("summariseStage", () => {
  let dev: Recording;
  before(async () => {
    const { recordings, failures } = await recordStages({ projectDir: example("company"), stages: ["dev"] });
    assert.deepEqual(failures, []);
    dev = recordings.get("dev") ?? assert.fail("dev is not recorded");
  });

  const show = (recording: Recording) => summaryText(recording, { summariser: summariseStage });
  /** The stage with other outputs; an absent one is taken away. */
  const withOutputs = (outputs: Readonly<Record<string, Json>>) =>
    show({ ...dev, outputs: { ...dev.outputs, ...outputs } });
  /** The stage whose secure registry is sent otherwise. */
  const withSecure = (change: (registry: RecordedResource) => RecordedResource) =>
    show({
      ...dev,
      resources: dev.resources.map((one) =>
        one.type === REGISTRY && one.name === "orders-secure-registry" ? change(one) : one,
      ),
    });

  it("summariseStage says in about ten lines what a stage is", () => {
    const text = show(dev);
    const lines = text.split("\n");
    assert.ok(lines.length <= 16, text);
    assert.deepEqual(
      lines.flatMap((line) => /^ {2}(\w+)/.exec(line)?.[1] ?? []),
      ["Registries", "Gates", "Tokens", "Identities", "Rules", "Cost", "Compliance"],
    );
    for (const part of [
      "Stage dev  orders, where releases begin",
      "secure    dev.secure-registry.company.com  acr Premium   public  unprotected  mutable tags",
      "standard  dev.registry.company.com         acr Standard  public  unprotected  mutable tags",
      "known only after the update",
      "nobody signs off",
      "7: billing 90 days, orders 90 (secure) and 180 (standard) days, qa-team 30 days, shop 60 days",
      "8 without a password: publish 2, lock 2, sweep, review, rotate, preview",
      "emulated: tag-immutability, tag-grammar, untagged-retention (standard)",
      "1 Premium registry, 1 Standard registry, no replica, log 30 days, Defender not switched on here, budget 100 a month",
      "no mandatory control fails\n",
    ]) {
      assert.ok(text.includes(part), `${part}\nis not in\n${text}`);
    }
  });

  it("summariseStage says how a network is closed", () => {
    const closed = (inputs: Record<string, Json>) =>
      withSecure((one) => ({ ...one, inputs: { ...one.inputs, ...inputs } }));
    const ipRules = ["203.0.113.0/24", "198.51.100.7"].map((iPAddressOrRange) => ({ iPAddressOrRange }));
    assert.match(closed({ networkRuleSet: { defaultAction: "Deny", ipRules } }), /secure .* 2 addresses +unprotected/);
    assert.match(closed({ publicNetworkAccess: "Disabled" }), /secure .* private only, no endpoint made here +unprot/);
    assert.match(closed({ publicNetworkAccess: "[unknown]" }), /secure .* network as it is +unprotected/);
  });

  it("summariseStage names protect, lock and retain", () => {
    const lock = { type: "azure-native:authorization:ManagementLockByScope", name: "any" };
    const registry = dev.resources.find(
      ({ type, name }) => /:Registry$/.test(type) && name.endsWith("-standard-registry"),
    );
    assert.match(
      withSecure((one) => ({ ...one, options: { protect: true, retainOnDelete: true } })),
      /secure .* protect, retain +mut/,
    );
    const locked = {
      ...dev,
      resources: [
        ...dev.resources,
        { ...lock, urn: "lock", custom: true, inputs: {}, options: {}, sources: { scope: [registry?.urn ?? "none"] } },
      ],
    };
    assert.match(show(locked), /standard .* lock +mutable/);
  });

  it("summariseStage shows who signs off in the order of the gates", () => {
    const gate = (role: string, after: string[]): Json => {
      return { name: `s-${role}`, purpose: "sign-off", role, reviewers: [`team ${role}s`], after, refs: [] };
    };
    const environments = [gate("uat", ["s-qa"]), gate("qa", [])];
    const text = withOutputs({
      gates: {
        repository: "orders",
        environments,
        signOffSigners: [],
        checksBefore: [{ name: "e2e", workflow: "e2e.yml" }],
      },
    });
    assert.match(text, /Gates {7}signed off by qa \(team qas\), then uat \(team uats\)\n +checks before: e2e\n/);
  });

  it("summariseStage shows what is impossible with its reason, and a mandatory control that fails first", () => {
    const registries = structuredClone(dev.outputs["registries"]) as Record<string, { rules: Record<string, Json> }>;
    const secure = registries["secure"] ?? assert.fail();
    secure.rules["pull-audit"] = { support: "impossible", because: "it keeps no log" };
    assert.match(withOutputs({ registries: registries }), /impossible: pull-audit \(secure\): it keeps no log\n/);
    const compliance = structuredClone(dev.outputs["compliance"]) as { controls: Record<string, { verdict: string }> };
    const control = compliance.controls["tag-regime"] ?? assert.fail();
    control.verdict = "fail";
    assert.match(withOutputs({ compliance: compliance }), /Compliance {2}mandatory, failing: tag-regime\n/);
  });

  it("summariseStage says plainly what is not known before the update", () => {
    assert.match(withOutputs({ tokens: "[unknown]" }), /Tokens {6}not known before the update\n/);
  });

  it("summariseStage leaves a program with other outputs to its types", () => {
    assert.equal(summariseStage({ ...dev, outputs: { url: "https://example.com" } }), undefined);
    assert.match(show({ ...dev, outputs: {} }), / {2}Resources .*azure-native/);
  });
});
