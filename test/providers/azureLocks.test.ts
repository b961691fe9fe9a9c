import assert from "node:assert/strict";
import { AZURE } from "../support/providers/azureTypes";
import { type TestBench, withProviders } from "../support/providers/bench";
import { REGISTRY_ID, sample, seedSamples } from "../support/providers/samples";

const { group, registry, scopeMap, token, lock } = AZURE;

describe("locks", () => {
  const locked: readonly [what: string, level: string, act: (bench: TestBench) => Promise<unknown>][] = [
    [
      "the deletion of what is locked",
      "CanNotDelete",
      (b) => b.azure.delete(registry, { id: REGISTRY_ID, inputs: {}, outputs: {} }),
    ],
    [
      "the deletion of what lives in it",
      "CanNotDelete",
      (b) => b.azure.delete(scopeMap, { id: `${REGISTRY_ID}/scopeMaps/shop-pull`, inputs: {}, outputs: {} }),
    ],
    [
      "the deletion of what it lives in",
      "CanNotDelete",
      (b) => b.azure.delete(group, { id: REGISTRY_ID.split("/providers/")[0] ?? "", inputs: {}, outputs: {} }),
    ],
    [
      "a change of what may only be read",
      "ReadOnly",
      (b) => b.azure.update(registry, { id: REGISTRY_ID, inputs: {}, outputs: {} }, sample(registry)),
    ],
    ["a creation in what may only be read", "ReadOnly", (b) => b.azure.create(token, sample(token))],
  ];
  for (const [what, level, act] of locked) {
    it(`a lock stops ${what}, and no longer when it is gone`, () =>
      withProviders(async (bench) => {
        seedSamples(bench.cloud, [group, registry, scopeMap]);
        const made = await bench.azure.create(lock, sample(lock, { level }));
        await assert.rejects(act(bench), /ScopeLocked/);
        await bench.azure.delete(lock, made);
        await act(bench);
      }));
  }

  it("a lock against deletion lets changes through", () =>
    withProviders(async (bench) => {
      seedSamples(bench.cloud, [group, registry, lock]);
      await bench.azure.update(registry, { id: REGISTRY_ID, inputs: {}, outputs: {} }, sample(registry, { tags: {} }));
      assert.deepEqual(bench.cloud.get(REGISTRY_ID)?.inputs["tags"], {});
    }));
});
