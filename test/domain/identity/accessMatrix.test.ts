import fc from "fast-check";
import assert from "node:assert/strict";
import { defined } from "../../../src/base/defined";
import { decodeConfig } from "../../../src/config";
import { accessMarkdown, accessMatrix, type AccessRow } from "../../../src/domain/identity/accessMatrix";
import { IMAGE_CLASSES, type ImageClass } from "../../../src/domain/image/imageClass";
import { planStage } from "../../../src/domain/plan/planStage";
import type { StagePlan } from "../../../src/domain/plan/stagePlan";
import { type Stage, stageBefore, DEFAULT_STAGES } from "../../../src/domain/stage";
import { accessDocument, keptAccessDocument } from "../../support/accessDocs";
import { facts, rawConfig } from "../../support/rawConfig";

type Parts = Parameters<typeof rawConfig>[0];

const plan = (parts: Parts = {}): StagePlan => planStage(decodeConfig(rawConfig(parts)));

type Mode = "create" | "adopt" | "reference";
type Modes = Readonly<Record<ImageClass, Mode>>;

/** Facts of one class's registry in a stage, of a name and a place of its own. */
function registryFacts(stage: Stage, imageClass: ImageClass, mode: Mode) {
  const name = `company${stage}${imageClass}`;
  if (mode === "reference") return { mode, kind: "ghcr", host: "ghcr.io", namespace: `company/${stage}/${imageClass}` };
  if (mode === "create") return { name };
  const group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/old";
  return { mode, sku: "Standard", id: `${group}/providers/Microsoft.ContainerRegistry/registries/${name}` };
}

const modes: fc.Arbitrary<Modes> = fc.record({
  secure: fc.constantFrom<Mode>("create", "adopt", "reference"),
  standard: fc.constantFrom<Mode>("create", "adopt", "reference"),
});
const product = fc.record({
  modesOf: fc.record({ dev: modes, qa: modes, uat: modes, prod: modes }),
  reads: fc.boolean(),
  ids: fc.boolean(),
});

type UsualStage = "dev" | "qa" | "uat" | "prod";

/** The rows of every stage of a product. */
function rowsOf({ modesOf, reads, ids }: typeof product extends fc.Arbitrary<infer T> ? T : never) {
  const own = (stage: Stage) => {
    const { secure, standard } = modesOf[stage as UsualStage];
    const before = reads ? stageBefore(stage, DEFAULT_STAGES) : undefined;
    return {
      registries: {
        secure: registryFacts(stage, "secure", secure),
        standard: registryFacts(stage, "standard", standard),
      },
      ...defined({ before }),
    };
  };
  const shared = ids ? { identities: { ids: { owner: 1, repository: 2 } } } : {};
  return DEFAULT_STAGES.map((stage) => {
    const before = stageBefore(stage, DEFAULT_STAGES);
    const others = before === undefined ? {} : { [before]: { ...own(before), owns: [] } };
    return { stage, rows: accessMatrix(plan({ stack: stage, shared, stage: own(stage), others })) };
  });
}

const pushes = ({ actions }: AccessRow) => actions.includes("push");

describe("accessMatrix", () => {
  it("S0-15 accessMatrix lets no row with push reach another stage or another class, whatever the facts", () => {
    fc.assert(
      fc.property(product, (facts) => {
        for (const { stage, rows } of rowsOf(facts)) {
          for (const row of rows.filter(pushes)) {
            assert.equal(row.stage, stage);
            assert.notEqual(facts.modesOf[stage as UsualStage][row.registry], "reference");
            for (const subject of row.assumedBy) {
              assert.ok(subject.includes(`:environment:${stage}-publish-${row.registry}:`), subject);
            }
            const reach = rows.filter((other) => other.who === row.who && pushes(other));
            assert.deepEqual(
              reach.map((other) => `${other.stage} ${other.registry}`),
              [`${stage} ${row.registry}`],
            );
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("S0-15 accessMatrix gives no two identities of any stages a way in that is the same", () => {
    fc.assert(
      fc.property(product, (facts) => {
        const owners = new Map<string, string>();
        for (const { rows } of rowsOf(facts)) {
          for (const { kind, who, assumedBy } of rows.filter(({ kind }) => kind === "identity")) {
            for (const subject of assumedBy) {
              assert.equal(owners.get(subject) ?? who, who, `${kind} ${subject}`);
              owners.set(subject, who);
            }
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it("S0-15 accessMatrix gives another stage's images to promotion alone, to be read", () => {
    fc.assert(
      fc.property(product, (facts) => {
        for (const { stage, rows } of rowsOf(facts)) {
          for (const row of rows.filter((one) => one.stage !== stage)) {
            assert.equal(row.purpose, "promote");
            assert.equal(row.stage, stageBefore(stage, DEFAULT_STAGES));
            assert.deepEqual(row.actions, ["list", "pull"]);
            assert.ok(row.assumedBy.every((subject) => subject.includes(`${stage}-publish-${row.registry}:`)));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it("accessMatrix keeps pushing, locking and deleting apart: no identity does two of them", () => {
    const rows = accessMatrix(plan({ stage: { before: "dev" } }));
    const who = (action: AccessRow["actions"][number]) =>
      new Set(rows.filter(({ actions }) => actions.includes(action)).map((row) => row.who));
    const doers = [...who("push"), ...who("lock"), ...who("delete")];
    assert.equal(new Set(doers).size, doers.length);
    assert.equal(doers.length, 7);
  });

  it("S0-4 accessMatrix lists each token with its repositories and the days of a password", () => {
    const shared = facts("consumers: [{ name: shop, pull: ['orders/*'], tokenDays: 20 }]");
    const rows = accessMatrix(plan({ shared })).filter(({ kind }) => kind === "token");
    assert.deepEqual(
      rows.map(({ who, registry }) => `${who} ${registry}`),
      ["orders-pull secure", "orders-pull standard", "shop-pull secure", "shop-pull standard"],
    );
    assert.deepEqual(rows[2], {
      who: "shop-pull",
      kind: "token",
      purpose: "pull",
      stage: "qa",
      registry: "secure",
      actions: ["pull"],
      repositories: ["orders/*"],
      assumedBy: ["shop"],
      expiresAfterDays: 20,
    });
  });

  it("S1-4 accessMatrix has a row for each right that the plan gives, and no other", () => {
    const stage = plan({ stage: { before: "dev" } });
    const rows = accessMatrix(stage).filter(({ kind }) => kind === "identity");
    const granted = stage.identities.identities.flatMap(({ name, grants }) =>
      grants.flatMap((grant) => ("class" in grant.on ? [name] : IMAGE_CLASSES.map(() => name))),
    );
    assert.deepEqual(
      rows.map(({ who }) => who),
      granted,
    );
    assert.ok(rows.every((row) => row.role !== undefined && row.expiresAfterDays === undefined));
    const beside = rows.filter(({ on }) => on !== undefined);
    assert.ok(beside.length > 0 && beside.every(({ actions }) => actions.length === 0));
  });
});

describe("accessMarkdown", () => {
  it("S1-4 accessMarkdown of this repository's stages is docs/access-matrix.md; renew it with npm run golden", async () => {
    assert.equal(keptAccessDocument(), await accessDocument());
  });

  it("accessMarkdown lets no value end its cell, and says where nobody is", () => {
    const [row] = accessMatrix(plan());
    assert.ok(row);
    const text = accessMarkdown(
      "orders",
      new Map([
        ["dev", []],
        ["qa", [{ ...row, assumedBy: ["a|b"] }]],
      ]),
    );
    assert.ok(text.includes("a\\|b") && text.includes("## dev\n\nNobody.\n\n## qa\n"), text);
  });
});
