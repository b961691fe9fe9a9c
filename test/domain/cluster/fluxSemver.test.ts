import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DualRegistryError } from "../../../src/base/errors";
import { chooseTag } from "../../../src/gitops/flux/policy";

/** Answers of Masterminds/semver v3.5.0, asked as Flux's image policy asks it. */
const WINNERS = JSON.parse(
  readFileSync(join(__dirname, "../../fixtures/flux-semver-winners.json"), "utf8"),
) as readonly {
  range: string;
  tags: readonly string[];
  winner: string | null;
  error?: string;
}[];

describe("chooseTag", () => {
  it("S3-2 chooseTag chooses what Flux chooses, for each of 660 ranges with tags", () => {
    assert.equal(WINNERS.length, 660);
    for (const { range, tags, winner, error } of WINNERS) {
      const choose = () => chooseTag(tags, { order: { kind: "semver", range } }, "policy").winner;
      if (error === undefined) assert.equal(choose(), winner, `${range}: ${tags.join(" ")}`);
      else
        assert.throws(
          choose,
          (thrown) => thrown instanceof DualRegistryError && thrown.message.includes("none that Flux takes"),
        );
    }
  });
});
