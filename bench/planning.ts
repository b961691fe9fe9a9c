import { decodeConfig } from "../src/config";
import { planStage } from "../src/domain/plan/planStage";
import type { RawConfig } from "../src/project";
import { median } from "./support/measure";
import { manyConsumers } from "./support/projects";
import type { Row } from "./support/table";

const IMAGES = 5_000;

/** A stage with so many consumers of a product of 5,000 images. */
function rawConfig(consumers: number): RawConfig {
  const facts = {
    ...manyConsumers(consumers),
    images: Array.from({ length: IMAGES }, (_, at) => ({
      repository: `orders/image${at}`,
      class: at % 2 === 0 ? "secure" : "standard",
    })),
    registries: { secure: { sku: "Premium" }, standard: { sku: "Premium" } },
    owns: ["repository", "subscription"],
  };
  const values = Object.entries(facts).map(([key, value]): [string, string] => [key, JSON.stringify(value)]);
  const stage = { file: "Pulumi.qa.yaml", stack: "qa", keys: ["registries", "owns", "location"], owns: facts.owns };
  return {
    project: "dual-registry",
    stack: "qa",
    values: new Map([...values, ["location", "westeurope"]]),
    secretKeys: new Set(),
    foreign: new Map([
      ["azure-native:subscriptionId", "00000000-0000-0000-0000-0000000000a1"],
      ["github:owner", "company"],
    ]),
    files: { shared: ["product", "images", "consumers"], stages: [stage] },
  };
}

function seconds(consumers: number): number {
  const raw = rawConfig(consumers);
  const start = process.hrtime.bigint();
  planStage(decodeConfig(raw));
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Decoding, checking and planning a stage, by number of consumers, in one process. */
export function planning(runs: number): Row[] {
  seconds(10);
  const [few, some, many] = [10, 100, 1_000].map((consumers) =>
    median(Array.from({ length: runs }, () => seconds(consumers))),
  );
  if (few === undefined || some === undefined || many === undefined) return [];
  const text = [few, some, many].map((value) => `${(value * 1000).toFixed(0)} ms`).join(", ");
  return [
    {
      what: "planning 1,000 consumers of 5,000 images, in seconds",
      figures: `10, 100, 1,000: ${text}`,
      value: many,
      bar: 1,
    },
    {
      what: "planning 1,000 consumers against ten times 100",
      figures: "linear is 1",
      value: many / (10 * some),
      bar: 1,
    },
  ];
}
