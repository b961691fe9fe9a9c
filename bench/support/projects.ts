import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const REPOSITORY = resolve(__dirname, "../..");

/** Facts of a product with so many consumers, each of which pulls from both registries. */
export function manyConsumers(consumers: number) {
  return {
    product: { name: "orders", domain: "company.com", repository: "orders", pull: ["orders/*"] },
    images: [
      { repository: "orders/api", class: "secure" },
      { repository: "orders/web", class: "standard" },
    ],
    consumers: Array.from({ length: consumers }, (_, at) => ({ name: `consumer${at}`, pull: ["orders/*"] })),
  };
}

/**
 * Writes a project whose program is this one and whose qa has so many consumers.
 *
 * @param facts further ones of qa
 */
export function writeStageProject(folder: string, consumers: number, facts: Readonly<Record<string, unknown>> = {}) {
  for (const file of ["tsconfig.json", "package.json"]) cpSync(join(REPOSITORY, file), join(folder, file));
  for (const room of ["src", "node_modules"]) symlinkSync(join(REPOSITORY, room), join(folder, room), "junction");
  const values = Object.entries(manyConsumers(consumers)).map(([key, value]): [string, unknown] => [key, { value }]);
  const runtime = { name: "nodejs", options: { nodeargs: "--max-semi-space-size=4" } };
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    JSON.stringify({ name: "dual-registry", runtime, config: Object.fromEntries(values) }),
  );
  const premium = { sku: "Premium" };
  const config = {
    "azure-native:subscriptionId": "11111111-2222-4333-8444-555555555555",
    "github:owner": "company",
    "dual-registry:owns": ["repository", "subscription"],
    "dual-registry:location": "westeurope",
    "dual-registry:registries": { secure: premium, standard: premium },
    ...facts,
  };
  writeFileSync(join(folder, "Pulumi.qa.yaml"), JSON.stringify({ config }));
}

/** Writes a copy of the flat program, for so many consumers. */
export function writeFlatProject(folder: string, consumers: number): void {
  mkdirSync(folder, { recursive: true });
  cpSync(join(REPOSITORY, "bench/programs/flat"), folder, { recursive: true });
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"), "junction");
  const config = { "bench-flat:consumers": consumers };
  writeFileSync(join(folder, "Pulumi.qa.yaml"), JSON.stringify({ config }));
}
