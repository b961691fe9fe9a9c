import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseRegistry, wantedKind } from "../../../src/domain/image/registryChoice";
import { DEFAULT_STAGES } from "../../../src/domain/stage";
import { REGISTRY_KINDS } from "../../../src/domain/image/registryKind";

const kinds = fc.uniqueArray(fc.constantFrom(...REGISTRY_KINDS), { minLength: 1, maxLength: 5 });

describe("chooseRegistry", () => {
  it("S4-7 chooseRegistry chooses one of the stage's own registries or none, and never another kind than was asked for", () => {
    fc.assert(
      fc.property(kinds, fc.constantFrom(...REGISTRY_KINDS), fc.boolean(), ([own, ...others], kind, binding) => {
        if (own === undefined) return;
        const registries = [own, ...others].map((each) => ({ kind: each })) as [{ kind: typeof own }];
        const choice = chooseRegistry(registries, { kind, why: "REGISTRY_TYPE", binding });
        const has = registries.some((each) => each.kind === kind);
        if ("problem" in choice) {
          assert.ok(binding && !has);
          assert.ok(choice.problem.includes(kind) && choice.problem.includes(own), choice.problem);
        } else {
          assert.ok(registries.includes(choice.registry));
          assert.equal(choice.registry.kind, has ? kind : own);
        }
      }),
    );
  });

  it("S4-6 chooseRegistry takes the stage's own registry where nothing is asked for", () => {
    const registries = [{ kind: "ghcr" }, { kind: "ecr" }] as const;
    const choice = chooseRegistry<{ kind: "ghcr" | "ecr" }>([...registries], undefined);
    assert.deepEqual(choice, { registry: registries[0], why: "the stage's own registry" });
  });
});

describe("wantedKind", () => {
  for (const [of, kind] of [
    [{ environment: "local" }, "ghcr"],
    [{ environment: "dev" }, "ghcr"],
    [{ environment: "prd" }, "ecr"],
    [{ environment: "prod" }, "ecr"],
    [{ environment: "production" }, "ecr"],
    [{ environment: "qa" }, undefined],
    [{ environment: "constructor" }, undefined],
    [{ branch: "main" }, "ecr"],
    [{ branch: "develop" }, "ghcr"],
    [{ branch: "feature/test" }, "ghcr"],
    [{ branch: "maintenance" }, "ghcr"],
  ] as const) {
    it(`S4-6 S4-7 wantedKind has ${kind ?? "nothing"} for ${JSON.stringify(of)} where a project has no table`, () => {
      const wanted = wantedKind(undefined, "environment" in of ? { ...of, stages: DEFAULT_STAGES } : of);
      assert.deepEqual([wanted?.kind, wanted?.binding], kind === undefined ? [undefined, undefined] : [kind, false]);
    });
  }

  it("S4-7 wantedKind goes by the first line of the project's own table, and by no default beside it", () => {
    const own = { environments: { qa: "quay" }, branches: [{ branch: "trunk", registry: "gar" }] } as const;
    assert.deepEqual(wantedKind(own, { branch: "trunk" }), {
      kind: "gar",
      why: "registryTypes.branches: trunk",
      binding: true,
    });
    assert.equal(wantedKind(own, { environment: "qa", stages: DEFAULT_STAGES })?.why, "registryTypes.environments.qa");
    assert.equal(wantedKind(own, { branch: "main" }), undefined);
    assert.equal(wantedKind(own, { environment: "dev", stages: DEFAULT_STAGES }), undefined);
  });

  it("S4-6 wantedKind knows a stage by each of its names, and takes the word that was said first", () => {
    const table = (environments: Record<string, "ecr" | "ghcr">) => ({ environments, branches: [] });
    const kind = (environments: Record<string, "ecr" | "ghcr">, environment: string) =>
      wantedKind(table(environments), { environment, stages: DEFAULT_STAGES })?.kind;
    for (const word of ["local", "dev"]) assert.equal(kind({ local: "ecr" }, word), "ecr");
    assert.equal(kind({ local: "ecr", dev: "ghcr" }, "local"), "ecr");
    assert.equal(kind({ local: "ecr", dev: "ghcr" }, "dev"), "ghcr");
    assert.equal(kind({ prod: "ecr" }, "prd"), "ecr");
    assert.equal(kind({ staging: "ecr" }, "qa"), undefined);
    assert.equal(kind({ moon: "ecr" }, "constructor"), undefined);
  });
});
