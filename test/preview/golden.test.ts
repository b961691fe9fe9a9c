import assert from "node:assert/strict";
import { golden, goldenFiles, previewsOf, PROJECTS } from "../support/golden";

describe("golden previews", () => {
  const seen: string[] = [];

  for (const [name, folder] of Object.entries(PROJECTS)) {
    it(`S0-1 the previews of ${name} are the kept ones (after a wanted change: npm run golden)`, async () => {
      for (const [file, text] of await previewsOf(name, folder)) {
        seen.push(file);
        assert.equal(text, golden(file), file);
      }
    });
  }

  it("every kept preview is of a stage that there is", () => {
    assert.deepEqual(goldenFiles(), [...seen].sort());
  });
});
