import assert from "node:assert/strict";
import type { Candidate } from "../../src/domain/flow/stepFacts";
import { candidateDigest, payloadOf, readPayload, readTitle, runTitle } from "../../src/github/candidate";

describe("a candidate", () => {
  const candidate: Candidate = {
    ...{ repository: "company/orders", tag: "v0.0.1-uat", version: "v0.0.1-qa", from: "qa", to: "uat" },
    ...{ commit: "c".repeat(40), branch: "release/1", askedBy: "releaser" },
    images: ["orders/web", "orders/api"].map((repository) => ({ repository, digest: `sha256:${"a1".repeat(32)}` })),
  };

  it("candidateDigest takes no notice of an order, and of everything else", () => {
    const turned = { ...candidate, images: [...candidate.images].reverse() };
    assert.equal(candidateDigest(turned), candidateDigest(candidate));
    for (const other of [
      { commit: "d".repeat(40) },
      { tag: "v0.0.2-uat" },
      { askedBy: "somebody" },
      { images: [] },
      { repository: "company/other" },
    ]) {
      assert.notEqual(candidateDigest({ ...candidate, ...other }), candidateDigest(candidate));
    }
  });

  it("readPayload reads a payload as object or text, and nothing that is no candidate", () => {
    const read = readPayload(JSON.stringify(payloadOf(candidate)));
    assert.equal(read && candidateDigest(read), candidateDigest(candidate));
    for (const wrong of [
      "",
      "{",
      {},
      null,
      { ...payloadOf(candidate), branch: "main" },
      { ...payloadOf(candidate), commit: "abc" },
      { ...payloadOf(candidate), askedBy: undefined },
      { ...payloadOf(candidate), format: "urn:dual-registry:candidate:v1" },
    ]) {
      assert.equal(readPayload(wrong), undefined);
    }
  });

  it("readTitle reads the title of a run, and none that only looks like one", () => {
    const digest = candidateDigest(candidate);
    assert.deepEqual(readTitle(runTitle("v0.0.1", "prod", digest)), { tag: "v0.0.1", to: "prod", digest });
    for (const wrong of [
      `Sign off v0.0.1 for prod: ${digest} or not`,
      `Sign off v0 for qa: x for prod: ${digest}`,
      "CI",
    ]) {
      assert.equal(readTitle(wrong), undefined);
    }
  });
});
