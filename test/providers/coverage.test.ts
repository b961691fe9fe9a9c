import assert from "node:assert/strict";
import { loadProviderFacts } from "../../src/preview/change/providerFacts";
import { constraints, type PropertySpec } from "../support/providers/constraints";

/** What the service itself leaves open; no stage uses it. */
const OPEN = [
  // Values are the chart's own.
  "kubernetes:helm.toolkit.fluxcd.io/v2:HelmRelease spec.values",
  "azure-native:operationalinsights:Query properties",
];

/** Paths at which a specification says nothing of what may stand there. */
function openPaths(path: string, spec: PropertySpec): string[] {
  if (spec.type === "array") return spec.items === undefined ? [path] : openPaths(`${path}[]`, spec.items);
  if (spec.type !== "object") return [];
  if (spec.values !== undefined) return openPaths(`${path}.*`, spec.values);
  if (spec.properties === undefined) return [path];
  return Object.entries(spec.properties).flatMap(([name, inner]) => openPaths(`${path}.${name}`, inner));
}

describe("coverage of the stand-ins", () => {
  it("constraints take nowhere just anything: an object says its properties or values, a list its items", () => {
    const open = Object.entries(constraints().resources).flatMap(([type, { properties }]) =>
      Object.entries(properties).flatMap(([name, spec]) => openPaths(`${type} ${name}`, spec)),
    );
    assert.deepEqual(open, OPEN);
  });

  it("every type with constraints has facts on what replaces it", () => {
    const { resources } = loadProviderFacts();
    const types = Object.keys(constraints().resources);
    assert.deepEqual(
      types.filter((type) => !Object.hasOwn(resources, type)),
      [],
    );
  });
});
