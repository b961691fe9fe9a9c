import { assertComparisonIsShown } from "./titles";

describe("docs/gitops.md", () => {
  it("names for each point of the comparison a test that there is, in the file that it says", () => {
    assertComparisonIsShown("docs/gitops.md", "## Beside Kargo", 7);
  });
});
