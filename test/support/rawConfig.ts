import { CORE_SCHEMA, load } from "js-yaml";
import { DEFAULT_STAGES } from "../../src/domain/stage";
import type { RawConfig } from "../../src/project";

type Dictionary = Record<string, unknown>;

/** A product that is as small as a product can be, with one image of each class and a stage that owns everything. */
const MINIMAL = {
  shared: {
    product: { name: "orders", domain: "company.com", repository: "orders" },
    images: [
      { repository: "orders/api", class: "secure" },
      { repository: "orders/web", class: "standard" },
    ],
  },
  stage: { location: "westeurope", owns: ["repository", "subscription"] },
} as const;

/** What every stage must tell its providers. */
export const PROVIDERS = {
  "azure-native:subscriptionId": "00000000-0000-0000-0000-000000000001",
  "github:owner": "company",
} as const;

/**
 * What the engine would hand over for these facts; every value as text, objects as JSON. Stages that are listed and not
 * given have an empty file.
 */
export function rawConfig(parts: {
  stack?: string;
  shared?: Dictionary;
  stage?: Dictionary;
  others?: Record<string, Dictionary>;
  secretKeys?: string[];
  foreign?: Record<string, string | undefined>;
}): RawConfig {
  const stack = parts.stack ?? "qa";
  const shared: Dictionary = { ...MINIMAL.shared, ...parts.shared };
  const stage: Dictionary = { ...MINIMAL.stage, ...parts.stage };
  const given = Object.entries({ ...shared, ...stage }).filter(([, value]) => value !== undefined);
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const listed = Array.isArray(shared["stages"]) ? (shared["stages"] as string[]) : DEFAULT_STAGES;
  const empty = Object.fromEntries(listed.map((name): [string, Dictionary] => [name, {}]));
  const stages = Object.entries({ ...empty, ...parts.others, [stack]: stage })
    .sort()
    .map(([name, facts]) => ({
      file: `Pulumi.${name}.yaml`,
      stack: name,
      keys: Object.keys(facts),
      owns: facts["owns"],
      registries: facts["registries"],
    }));
  return {
    project: "dual-registry",
    stack,
    values: new Map(given.map(([key, value]) => [key, text(value)])),
    secretKeys: new Set(parts.secretKeys),
    foreign: new Map(Object.entries(parts.foreign ?? PROVIDERS)),
    files: { shared: Object.keys(shared), stages },
  };
}

/** Facts as people write them. */
export function facts(yaml: string): Dictionary {
  return load(yaml, { schema: CORE_SCHEMA }) as Dictionary;
}
