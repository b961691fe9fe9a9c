import assert from "node:assert/strict";
import { digestOf } from "../../src/base/digest";
import { arrivalsAt } from "../../src/images/history";
import type { PublishRecord, ReleaseRecord } from "../../src/images/recordSchemas";

const DIGEST = digestOf(Buffer.from("image"));
const SIGNER = { keyFingerprint: "ab" };
const PUBLISHED: PublishRecord = {
  version: 1,
  ...{ stage: "qa", class: "secure", repository: "qa.example.com/orders/api", digest: DIGEST, tags: ["v1.0.0-qa"] },
  build: {
    source: "https://example.com",
    commit: "0".repeat(40),
    version: "v1.0.0",
    createdAt: "2026-01-01T00:00:00Z",
  },
  ...{ scans: [], targets: ["qa", "uat"], publishedAt: "2026-01-02T00:00:00Z" },
};
const RELEASED: ReleaseRecord = {
  version: 1,
  edge: { from: "qa", to: "uat" },
  ...{ source: "qa.example.com/orders/api", target: "uat.example.com/orders/api", digest: DIGEST },
  ...{ tags: ["v1.0.0-uat"], class: "secure", scans: [], referrers: [], releasedAt: "2026-01-03T00:00:00Z" },
};
const HISTORY = { published: [{ record: PUBLISHED }], released: [{ record: RELEASED, signer: SIGNER }] };

describe("arrivalsAt", () => {
  it("S0-19 arrivalsAt believes a record of its own place, and none that was only copied along", () => {
    const qa = { stage: "qa", class: "secure", repository: "qa.example.com/orders/api" } as const;
    assert.deepEqual(
      arrivalsAt(HISTORY, qa).map(({ how, targets }) => [how, targets]),
      [["published", ["qa", "uat"]]],
    );
    const uat = { stage: "uat", class: "secure", repository: "uat.example.com/orders/api" } as const;
    assert.deepEqual(
      arrivalsAt(HISTORY, uat).map(({ how, signer }) => [how, signer]),
      [["promoted", SIGNER]],
    );
    for (const place of [
      { ...qa, class: "standard" as const },
      { ...qa, stage: "uat" as const },
      { ...uat, repository: "elsewhere.example.com/orders/api" },
      { ...uat, stage: "prod" as const },
    ]) {
      assert.deepEqual(arrivalsAt(HISTORY, place), []);
    }
  });

  it("arrivalsAt has signed records first", () => {
    const history = { published: [{ record: PUBLISHED }, { record: PUBLISHED, signer: SIGNER }], released: [] };
    const found = arrivalsAt(history, { stage: "qa", class: "secure", repository: PUBLISHED.repository });
    assert.deepEqual(
      found.map(({ signer }) => signer),
      [SIGNER, undefined],
    );
  });
});
