import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { EXAMPLE, kqlText, type SavedQuery } from "../../../../src/domain/watch/queries/query";
import { AUDIT_QUERIES, failedLogins, pulls, secureFromStandard } from "../../../../src/domain/watch/queries/saved";
import { kustoColumns, kustoProblems } from "../../../support/kusto";

const FOLDER = join(__dirname, "../../../../src/domain/watch/queries");

const isQuery = (value: unknown): value is SavedQuery =>
  typeof value === "object" && value !== null && "name" in value && "title" in value && "text" in value;

/** Every query of the folder, found by looking: one that is added is checked without being listed. */
function allQueries(): SavedQuery[] {
  return readdirSync(FOLDER).flatMap((file) => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the folder says what is loaded
    const module = require(join(FOLDER, file)) as Record<string, unknown>;
    return Object.values(module).filter(isQuery);
  });
}

describe("queries", () => {
  it("kustoProblems finds a wrong column, a wrong table and a wrong type", () => {
    assert.deepEqual(kustoProblems("ContainerRegistryLoginEvents | where Identity == 'a'"), []);
    assert.match(
      kustoProblems("ContainerRegistryLoginEvents | where Repository == 'a'").join(),
      /'Repository' does not/,
    );
    assert.match(kustoProblems("ContainerRegistryEvents | count").join(), /'ContainerRegistryEvents' does not/);
    assert.equal(kustoProblems("AzureMetrics | extend a = bin(Resource, 1d)").length, 1);
  });

  for (const { name, text } of allQueries()) {
    it(`S1-19 ${name} means something to the tables of Azure Monitor`, () => {
      assert.deepEqual(kustoProblems(text()), []);
    });

    it(`${name} fails where a column it uses is written wrongly`, () => {
      const wrong = text().replaceAll(/\b(TimeGenerated|_ResourceId|ResultDescription|MetricName)\b/g, "$1s");
      assert.notEqual(wrong, text());
      assert.notDeepEqual(kustoProblems(wrong), []);
    });
  }

  it("AUDIT_QUERIES have a name, a title and a purpose of their own each", () => {
    for (const part of ["name", "title", "purpose"] as const) {
      assert.equal(new Set(AUDIT_QUERIES.map((query) => query[part])).size, AUDIT_QUERIES.length);
    }
    for (const { name } of AUDIT_QUERIES) assert.match(name, /^[A-Za-z0-9]+$/);
  });

  it("S0-6 S0-8 S1-19 pulls answers who, what by digest, from where and when", () => {
    const columns = kustoColumns(pulls.text(EXAMPLE));
    for (const column of ["Identity", "CallerIpAddress", "LoginServer", "Repository", "Digest", "Last"]) {
      assert.ok(columns.includes(column), column);
    }
  });

  it("S0-7 secureFromStandard looks at the standard registry alone, for the secure images of the plan", () => {
    const text = secureFromStandard.text({ ...EXAMPLE, secureRepositories: ["orders/api", "pay/core"] });
    assert.match(text, /Registry in \("ordersqastandard"\)/);
    assert.match(text, /Repository in~ \("orders\/api", "pay\/core"\)/);
    assert.ok(!text.includes("ordersqasecure"));
  });

  it("pulls leaves out what the scanners pull that the stage names, and keeps pulls without an identity", () => {
    assert.match(pulls.text({ ...EXAMPLE, scanners: ["a-b"] }), /isempty\(Identity\) or Identity !in~ \("a-b"\)/);
    assert.deepEqual(kustoProblems(pulls.text({ ...EXAMPLE, scanners: [], secureRepositories: [] })), []);
  });

  it("AUDIT_QUERIES are whole with a registry of one class only, and name it in lower case", () => {
    for (const { text } of AUDIT_QUERIES) {
      assert.deepEqual(kustoProblems(text({ ...EXAMPLE, registries: { secure: "OrdersSecure" } })), []);
    }
    assert.match(failedLogins.text({ ...EXAMPLE, registries: { secure: "OrdersSecure" } }), /in \("orderssecure"\)/);
  });

  it("kqlText keeps any text a text: nothing written in a fact becomes part of the query", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (value) => {
        // Control characters are refused.
        fc.pre(!/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value));
        assert.deepEqual(kustoProblems(`print Value = ${kqlText(value)}`), []);
        assert.deepEqual(kustoColumns(`print Value = ${kqlText(value)}`), ["Value"]);
      }),
      { numRuns: 60 },
    );
    const hostile = '") or 1 == 1 | project-away Registry //\\';
    const text = secureFromStandard.text({ ...EXAMPLE, secureRepositories: [hostile] });
    assert.deepEqual(kustoProblems(text), []);
    assert.ok(kustoColumns(text).includes("Registry"));
  });
});
