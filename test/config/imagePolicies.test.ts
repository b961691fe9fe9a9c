import assert from "node:assert/strict";
import { decodeConfig } from "../../src/config/decode";
import { rawConfig } from "../support/rawConfig";

const FULL = {
  namespaces: ["shop", "batch"],
  action: "warn",
  kyverno: true,
  flux: {
    namespace: "flux",
    range: ">=1.0.0 <2.0.0",
    charts: [{ name: "shop", chart: "orders/web", namespace: "shop" }],
  },
};
const read = (imagePolicies: unknown, stack = "qa") =>
  decodeConfig(rawConfig({ stack, stage: { ...(stack === "prod" ? { before: "uat" } : {}), imagePolicies } }))
    .imagePolicies;

describe("imagePolicies of a stage file", () => {
  it("imagePolicies takes namespaces alone, denies then, and asks neither Kyverno nor Flux", () => {
    assert.deepEqual(read({ namespaces: ["shop"] }), { namespaces: ["shop"], action: "deny", kyverno: false });
    assert.deepEqual(read(FULL), FULL);
    assert.deepEqual(read({ namespaces: ["shop"], flux: {} })?.flux, { namespace: "flux-system", charts: [] });
    assert.equal(read(undefined), undefined);
  });

  for (const [what, value, message] of [
    ["no namespace", { ...FULL, namespaces: [] }, /imagePolicies\.namespaces: .*allowed: at least 1 entry/],
    ["none named", { action: "deny" }, /imagePolicies\.namespaces: .*allowed: a list, such as \[shop\]/],
    ["a namespace in capitals", { namespaces: ["Shop"] }, /imagePolicies\.namespaces\[0\]: "Shop".*lower-case/],
    ["an unknown action", { ...FULL, action: "refuse" }, /imagePolicies\.action: "refuse".*deny, warn, audit/],
    ["a misspelt key", { ...FULL, kyvern: true }, /imagePolicies\.kyvern: .*did you mean .*kyverno/],
    ["a range that is none", { ...FULL, flux: { range: "1.2.x.4" } }, /flux\.range: .*as Flux takes it/],
    ["a range with a line break", { ...FULL, flux: { range: ">=1\n" } }, /flux\.range: .*as Flux takes it/],
    [
      "a chart that no map has",
      { ...FULL, flux: { charts: [{ name: "shop", chart: "charts/none", namespace: "shop" }] } },
      /imagePolicies\.flux\.charts\[0\]\.chart: "charts\/none" is not mapped to a class/,
    ],
    [
      "a release twice",
      { ...FULL, flux: { charts: [...FULL.flux.charts, ...FULL.flux.charts] } },
      /imagePolicies\.flux\.charts\[1\]\.name: "shop\/shop" is listed twice/,
    ],
  ] as const) {
    it(`imagePolicies refuses ${what}, and says what is allowed`, () => {
      assert.throws(() => read(value), { code: "CONFIG_INVALID", message });
    });
  }

  it("S3-2 a range of the last stage that admits candidates is refused, and of any other taken", () => {
    for (const range of [">=1.0.0-0", "~1.2.0-rc", "1.x-0", "1.0.0-0 - 2.0.0"]) {
      const policies = { ...FULL, flux: { ...FULL.flux, range } };
      assert.throws(
        () => read(policies, "prod"),
        /imagePolicies\.flux\.range: .*admits what comes before a release/,
        range,
      );
      assert.equal(read(policies, "qa")?.flux?.range, range);
    }
    for (const range of [">=1.0.0 <2.0.0", "1.0.0 - 2.0.0", "1.x || 2.x", "*"]) {
      assert.equal(read({ ...FULL, flux: { ...FULL.flux, range } }, "prod")?.flux?.range, range);
    }
  });
});
