import assert from "node:assert/strict";
import { type RequestFacts, requestText } from "../../../src/gitops/release/requestText";
import { DIGEST } from "../../support/signing/samples";

/** What GitHub takes. Source: its answer "body is too long (maximum is 65536 characters)", which counts the marker too. */
const GITHUB = 65_536;
const MARKER = 300;

const row = (at: number): RequestFacts["rows"][number] => {
  const image = { host: "prod.example.com", repository: `orders/api-${at}`, tag: "v2", digest: DIGEST };
  return { image: image.repository, before: { ...image, tag: "v1" }, after: image, evidence: "promoted from uat" };
};
const difference = (at: number) => ({ document: 0, path: `spec.values.orders.key-${at}`, in: "both" }) as const;
const facts = (parts: Partial<RequestFacts> = {}): RequestFacts => ({
  ...{ kind: "promote", release: "orders", stage: "prod", from: "uat", rows: [row(0)], created: [], differences: [] },
  ...{ elsewhere: [], approvers: { owners: [], rules: { approvals: 1, codeOwners: true, by: [] }, warnings: [] } },
  ...parts,
});
const many = <T>(count: number, of: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => of(at));
const files = (count: number) =>
  many(count, (at) => ({ file: `apps/prod/service-${at}.yaml`, differences: many(50, difference), more: 7 }));

describe("requestText", () => {
  it("S3-6 tells all differences where there is room, and counts the rest where GitHub takes no more", () => {
    const few = requestText(facts({ differences: files(3) })).body;
    assert.equal(few.match(/: another value/g)?.length, 150);
    assert.equal(few.match(/- and 7 more/g)?.length, 3);
    const { body } = requestText(facts({ differences: files(100) }));
    assert.ok(body.length + MARKER <= GITHUB, String(body.length));
    const whole = body.match(/differs elsewhere, and stays so/g)?.length ?? 0;
    assert.ok(whole > 3 && whole < 100, String(whole));
    assert.match(body, new RegExp(`${100 - whole} more files differ elsewhere, and stay so$`));
    assert.ok(body.includes(row(0).image) && body.includes("Approval: 1 approval"));
  });

  it("S3-6 keeps who approves and what people must look at, and counts images, whatever is too long", () => {
    const approvers = { ...facts().approvers, warnings: ["Nobody must approve"] };
    const long = "x".repeat(100_000);
    for (const parts of [
      { rows: many(2_000, row) },
      { rows: [{ ...row(0), evidence: long }], elsewhere: [long, ...many(5_000, String)] },
      { created: many(5_000, (at) => `apps/prod/${at}.yaml`), differences: files(200) },
      { created: [long], differences: [{ file: long, differences: [difference(0)], more: 0 }] },
    ]) {
      const { body } = requestText(facts({ ...parts, approvers }));
      assert.ok(body.length + MARKER <= GITHUB, String(body.length));
      assert.ok(body.includes("Approval: 1 approval") && body.includes("**look**: Nobody must approve"));
      assert.match(body, /more/);
      assert.equal(body.match(/<details>/g)?.length, body.match(/<\/details>/g)?.length);
    }
    const { body } = requestText(facts({ rows: many(2_000, row) }));
    const shown = body.match(/promoted from uat/g)?.length ?? 0;
    assert.ok(shown > 10 && body.includes(`and ${2_000 - shown} more images`), String(shown));
  });
});
