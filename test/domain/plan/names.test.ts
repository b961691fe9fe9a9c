import assert from "node:assert/strict";
import fc from "fast-check";
import { IMAGE_CLASSES } from "../../../src/domain/image/imageClass";
import { fitName, NAME_LIMITS, pullTokenName, registryName, vanityHost } from "../../../src/domain/plan/names";
import { DEFAULT_STAGES } from "../../../src/domain/stage";

const product = fc.stringMatching(/^[a-z][a-z0-9-]{0,22}[a-z0-9]$/);
const consumer = fc.stringMatching(/^[a-z][a-z0-9-]{1,60}[a-z0-9]$/);

describe("names", () => {
  it("registryName is one that ACR takes, for every product, stage and class", () => {
    fc.assert(
      fc.property(
        product,
        fc.constantFrom(...DEFAULT_STAGES),
        fc.constantFrom(...IMAGE_CLASSES),
        (name, stage, imageClass) => {
          assert.match(registryName(name, stage, imageClass), /^[a-z0-9]{5,50}$/);
        },
      ),
    );
  });

  it("registryName differs between all stages and classes of a product", () => {
    fc.assert(
      fc.property(product, (name) => {
        const all = DEFAULT_STAGES.flatMap((stage) => IMAGE_CLASSES.map((c) => registryName(name, stage, c)));
        assert.equal(new Set(all).size, 8);
      }),
    );
  });

  it("pullTokenName is one that ACR takes, and differs between consumers", () => {
    fc.assert(
      fc.property(fc.uniqueArray(consumer, { maxLength: 20 }), (consumers) => {
        const names = consumers.map(pullTokenName);
        for (const name of names) assert.match(name, /^[a-zA-Z0-9-]{5,50}$/);
        assert.equal(new Set(names).size, consumers.length);
      }),
    );
  });

  it("fitName keeps what fits, cuts what does not, and never joins two long names", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 90 }), fc.integer({ min: 12, max: 60 }), (name, max) => {
        const fitted = fitName(name, max);
        assert.ok(fitted.length <= max);
        if (name.length <= max) assert.equal(fitted, name);
        else assert.notEqual(fitted, fitName(`${name}x`, max));
      }),
    );
  });

  it("S0-1 vanityHost gives the six hosts of qa, uat and prod", () => {
    const hosts = (["qa", "uat", "prod"] as const).flatMap((stage) =>
      IMAGE_CLASSES.map((imageClass) => vanityHost(stage, imageClass, "company.com")),
    );
    assert.deepEqual(hosts, [
      "qa.secure-registry.company.com",
      "qa.registry.company.com",
      "uat.secure-registry.company.com",
      "uat.registry.company.com",
      "prod.secure-registry.company.com",
      "prod.registry.company.com",
    ]);
  });

  it("NAME_LIMITS.workspace holds for the longest product", () => {
    assert.ok("log--registry-prod".length + 24 <= NAME_LIMITS.workspace.max);
  });
});
