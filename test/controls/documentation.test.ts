import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { CONTROLS, OBSOLETE } from "../../src/controls/catalogue";

const REPOSITORY = resolve(__dirname, "../..");
const text = readFileSync(resolve(REPOSITORY, "docs/compliance.md"), "utf8");
const rows = text
  .slice(text.indexOf("## The controls"))
  .split("\n")
  .filter((line) => line.startsWith("|"));

const rowOf = (first: string) =>
  rows.find((row) => row.split("|")[1]?.replaceAll("`", "").trim() === first)?.split("|") ?? [];

describe("docs/compliance.md", () => {
  it("has a row for each control, with its title, severity, default level and rows", () => {
    for (const control of CONTROLS) {
      const [, , title, levels, asked] = rowOf(control.id).map((cell) => cell.trim());
      assert.equal(title, control.title, control.id);
      const last = control.mandatoryInLast === true ? "; last stage: mandatory" : "";
      assert.equal(levels, `${control.severity}, ${control.level}${last}`, control.id);
      assert.equal(asked, control.rows.join(", ") || "–", control.id);
    }
  });

  it("has a row for each obsolete rule, with the reason", () => {
    for (const { corresponds, reason } of OBSOLETE) {
      assert.equal(rowOf(corresponds.id)[3]?.trim(), reason, corresponds.id);
    }
  });

  it("explains each waiver of the hardened stage", () => {
    const stage = readFileSync(resolve(REPOSITORY, "examples/hardened/Pulumi.prod.yaml"), "utf8");
    const waived = [...stage.matchAll(/control: ([a-z-]+)/g)].map(([, id]) => id);
    assert.ok(waived.length > 0);
    const explained = text.slice(text.indexOf("Its waivers, and why"), text.indexOf("## The policy pack"));
    for (const id of waived) assert.ok(explained.includes(`\`${id}\``), id);
  });
});
