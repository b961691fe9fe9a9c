import assert from "node:assert/strict";
import fc from "fast-check";
import { judgePull, type PullEvent, pullLineSchema } from "../../src/pulls";
import { qaStage } from "../support/pulls/world";

const stage = qaStage();
const DIGEST = `sha256:${"a".repeat(64)}` as const;
const event = (host: string, repository: string, more: Partial<PullEvent> = {}): PullEvent => ({
  ...{ time: "2026-03-01T10:00:00.000Z", source: "containerd", reference: `${host}/${repository}:v1.2.3`, host },
  ...{ hostBasis: "request", outcome: "pulled", digest: DIGEST, evidence: "a line", ...more },
});

describe("judgePull", () => {
  it("S0-6 judgePull says reference, host, class, digest, the class that was expected, and the verdict", () => {
    const line = judgePull(event("secure.example.com", "orders/api", { node: "node-1" }), stage);
    assert.deepEqual(pullLineSchema.parse(line), line);
    const { reference, host, digest, expectedClass, verdict, node, product } = line;
    assert.deepEqual(
      { reference, host, class: line.class, digest, expectedClass, verdict, node, product, stage: line.stage },
      {
        ...{ reference: "secure.example.com/orders/api:v1.2.3", host: "secure.example.com", class: "secure" },
        ...{ digest: DIGEST, expectedClass: "secure", verdict: "ok", node: "node-1", product: "orders", stage: "qa" },
      },
    );
  });

  for (const host of ["secure.example.com", "SECURE.example.com:443", "qa.secure-registry.company.com"]) {
    it(`S0-7 a pull from the secure registry at ${host} is logged as one`, () => {
      const line = judgePull(event(host, "orders/api"), stage);
      assert.deepEqual([line.class, line.verdict], ["secure", "ok"]);
    });
  }

  it("S0-7 a secure image that a mirror answered is not logged as one from the secure registry", () => {
    const mirrored = event("standard.example.com", "orders/api", { reference: "secure.example.com/orders/api:v1.2.3" });
    const line = judgePull(mirrored, stage);
    assert.deepEqual([line.class, line.expectedClass, line.verdict], ["standard", "secure", "wrong-registry"]);
  });

  it("S0-2 judgePull assumes no class for an image that is not mapped", () => {
    const line = judgePull(event("secure.example.com", "orders/none"), stage);
    assert.deepEqual([line.expectedClass, line.verdict], [undefined, "wrong-registry"]);
    assert.match(line.why, /"orders\/none" is not mapped/);
  });

  it("judgePull names hosts that are none of the stage's, and what was denied", () => {
    assert.equal(judgePull(event("quay.example.com", "orders/api"), stage).verdict, "unknown-registry");
    const denied = event("secure.example.com", "orders/api", { outcome: "denied" });
    assert.equal(judgePull(denied, stage).verdict, "denied");
  });

  it("judgePull reads the namespace of a registry that is only named, and its alternatives", () => {
    const { secure } = stage.registries;
    const other = { ...secure, loginServer: "ghcr.example.com", namespace: "contoso" };
    const more = { ...stage, alternatives: { secure: [other], standard: [] } };
    const line = judgePull(event("ghcr.example.com", "contoso/orders/api"), more);
    assert.deepEqual([line.repository, line.class, line.verdict], ["orders/api", "secure", "ok"]);
    assert.equal(judgePull(event("ghcr.example.com", "another/orders/api"), more).verdict, "unknown-registry");
  });

  it("S0-6 judgePull gives every event one valid line, whatever is in it", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), (host, reference) => {
        const line = judgePull(event("x", "y", { host, reference }), stage);
        assert.ok(pullLineSchema.safeParse(line).success);
        if (line.verdict === "ok") assert.equal(line.class, line.expectedClass);
      }),
    );
  });
});
