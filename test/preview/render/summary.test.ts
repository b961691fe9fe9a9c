import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import type { StageSummary } from "../../../src/preview/render/render";
import { renderSummary } from "../../../src/preview/render/summary";
import { recording, REGISTRY } from "../../support/sampleRecording";

const dev = new Map([["dev", recording([{ type: REGISTRY, name: "secure", options: { protect: true } }])]]);
const SUMMARY: StageSummary = {
  about: "orders, where releases begin",
  rows: [
    {
      label: "Registries",
      lines: [
        ["secure", "Premium", { text: "private only, behind an endpoint", tone: "good" }],
        ["standard", "Basic", "public"],
      ],
    },
    { label: "Rules", lines: [["emulated: tag-grammar, scan-gate, signature-gate, vanity-host"]] },
  ],
};
const show = (more: Parameters<typeof renderSummary>[1] = {}) =>
  renderSummary(dev, { summariser: () => SUMMARY, ...more });

describe("renderSummary", () => {
  it("renderSummary aligns what stands in the same place of lines, and says how to see more", () => {
    assert.equal(
      show().split("\n--details")[0],
      [
        "Stage dev  orders, where releases begin, 2 resources, 1 protected",
        "",
        "  Registries  secure    Premium  private only, behind an endpoint",
        "              standard  Basic    public",
        "  Rules       emulated: tag-grammar, scan-gate, signature-gate, vanity-host",
        "",
      ].join("\n"),
    );
    assert.match(show(), /\n\n--details .*--stage <name> .*\n--base <ref> .*dualreg compliance.*\n$/);
  });

  it("renderSummary keeps to the columns of the terminal, and loses no word", () => {
    for (const width of [40, 60, 80]) {
      const narrow = show({ width });
      assert.deepEqual(
        narrow.split("\n").filter((line) => line.length > width),
        [],
        String(width),
      );
      const words = (text: string) => text.replaceAll(",", "").split(/\s+/).sort();
      assert.deepEqual(words(narrow), words(show()));
    }
  });

  it("renderSummary colours only when told so, and says the same", () => {
    assert.notEqual(show({ color: true }), show());
    assert.equal(stripVTControlCharacters(show({ color: true })), show());
  });

  it("renderSummary counts the types of a program that nobody knows", () => {
    assert.match(
      renderSummary(dev, { summariser: () => undefined }),
      /^Stage dev {2}sample, 2 resources, 1 protected, 0 values known only after the update\n\n {2}Resources {2}1 {2}azure-native:containerregistry:Registry\n {13}1 {2}pulumi:pulumi:Stack\n/,
    );
  });
});
