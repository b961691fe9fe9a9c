import { assertComparisonIsShown } from "./titles";

describe("docs/console.md", () => {
  it("names for each point of the comparison with other consoles a test that there is", () => {
    assertComparisonIsShown("docs/console.md", "## Beside zot's interface", 8);
  });
});
