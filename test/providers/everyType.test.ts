import assert from "node:assert/strict";
import { golden, goldenFiles } from "../support/golden";
import { withProviders } from "../support/providers/bench";
import { constraints, type PropertySpec, specOf } from "../support/providers/constraints";
import { sample } from "../support/providers/samples";
import type { Value } from "../support/providers/values";

/** Types of providers as a preview writes them behind a resource's name. */
const TYPE = / {2}((?:azure-native|github|kubernetes):[\w./-]+:\w+)$/gm;

/** What the provider fills in where the program leaves it out. */
const FILLED: readonly string[] = ["location", "apiVersion", "kind"];

const TYPES = [
  ...new Set(goldenFiles().flatMap((file) => [...golden(file).matchAll(TYPE)].map(([, type = ""]) => type))),
];

/** A value of another kind than the property's. */
const another = ({ type }: PropertySpec): Value => (type === "object" ? "a text" : { a: "field" });

describe("every type that a stage of ours registers", () => {
  it("has a stand-in of its own with the source of its constraints", () => {
    assert.ok(TYPES.length >= 40, TYPES.join("\n"));
    for (const type of TYPES) {
      assert.ok(Object.hasOwn(constraints().resources, type), type);
      const { properties, outputs, sources } = specOf(type);
      assert.ok(Object.keys(properties).length > 0 && outputs.length > 0 && sources.length > 0, type);
    }
  });

  for (const type of TYPES.sort()) {
    it(`check of ${type} refuses what it does not know, what is missing, and what is of another kind`, () =>
      withProviders(async ({ of }) => {
        const refused = async (over: Record<string, Value | undefined>, what: string) => {
          const { failures } = await of(type).check(type, sample(type, over));
          assert.notDeepEqual(failures, [], what);
        };
        await refused({ nobodyKnowsThis: true }, "an unknown property");
        for (const [name, spec] of Object.entries(specOf(type).properties)) {
          await refused({ [name]: another(spec) }, `${name} of another kind`);
          const needed = spec.required === true && spec.autoname === undefined && !FILLED.includes(name);
          if (needed) await refused({ [name]: undefined }, `${name} left out`);
          if (spec.enum !== undefined) await refused({ [name]: "Nothing of the list" }, `${name} beside its values`);
        }
      }));
  }
});
