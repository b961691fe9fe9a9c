import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { checkRepository, openFolder } from "../src/gitops/check";
import { Registries } from "../src/images/registries";
import { makeVerifier } from "../src/signing/verifier";
import { CheckGround } from "../test/support/gitops/checkGround";
import { findTool, REFERRERS_TOOL } from "../test/support/registries";
import { median } from "./support/measure";
import type { Row } from "./support/table";

const FILES = 1_000;
const IMAGES = 20;

/** A Deployment with three containers, of the length that such files have. */
function manifest(at: number, images: readonly string[]): string {
  const container = (nth: number) => [
    `        - name: app-${nth}`,
    `          image: ${images[(at * 3 + nth) % images.length] ?? ""}`,
    "          ports: [{ containerPort: 8080 }]",
    "          env:",
    ...["LOG_LEVEL", "REGION", "QUEUE", "TIMEOUT"].map(
      (name) => `            - { name: ${name}, value: "value-${at}" }`,
    ),
    "          resources:",
    "            requests: { cpu: 100m, memory: 128Mi }",
    "            limits: { memory: 256Mi }",
    "          readinessProbe:",
    "            httpGet: { path: /healthz, port: 8080 }",
  ];
  return [
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata:",
    `  name: app-${at}`,
    "  labels: { app.kubernetes.io/name: app }",
    "spec:",
    "  replicas: 2",
    `  selector: { matchLabels: { app: app-${at} } }`,
    "  template:",
    `    metadata: { labels: { app: app-${at} } }`,
    "    spec:",
    "      containers:",
    ...[0, 1, 2].flatMap(container),
    "",
  ].join("\n");
}

const seconds = (since: bigint): number => Number(process.hrtime.bigint() - since) / 1e9;

/** Reads every file and parses it, and nothing else. */
function parseAll(folder: string): number {
  const start = process.hrtime.bigint();
  for (const file of readdirSync(folder)) parseAllDocuments(readFileSync(join(folder, file), "utf8"));
  return seconds(start);
}

async function checkAll(ground: CheckGround): Promise<number> {
  const registries = new Registries(() => Promise.resolve({ kind: "anonymous", from: "the bench" }));
  try {
    const start = process.hrtime.bigint();
    const { counts } = await checkRepository({
      ...{ folder: openFolder(ground.repository), inScope: () => true, outputs: ground.outputs, registries },
      ...{ verifier: makeVerifier(), now: new Date(), exceptions: [] },
      address: undefined,
      helm: { command: "helm", path: "", kubeVersion: "1.34.0", apiVersions: [], temp: ground.dir },
    });
    const took = seconds(start);
    if (counts.errors !== 0 || counts.files !== FILES || counts.images !== IMAGES)
      throw new Error(JSON.stringify(counts));
    return took;
  } finally {
    await registries.close();
  }
}

/** What the check of a repository of 1,000 files with 3,000 images takes against reading and parsing them with `yaml`. */
export async function gitopsCheck(runs: number): Promise<Row[]> {
  if (findTool(REFERRERS_TOOL) === undefined) {
    console.error(`gitops-check: left out, no ${REFERRERS_TOOL} was found (npm run setup)`);
    return [];
  }
  const ground = await CheckGround.begin();
  try {
    const images: string[] = [];
    for (let at = 0; at < IMAGES; at++) {
      const repository = at % 2 === 0 ? "orders/api" : "orders/web";
      images.push(`${ground.host}/${repository}:v1.0.${at}@${await ground.promote(repository, `v1.0.${at}`)}`);
    }
    ground.write(
      Object.fromEntries(Array.from({ length: FILES }, (_, at) => [`app-${at}.yaml`, manifest(at, images)])),
    );
    const [parsed, checked]: [number[], number[]] = [[], []];
    // Once unmeasured: the code of both is then compiled.
    for (let run = 0; run <= runs; run++) {
      const [parse, check] = [parseAll(ground.repository), await checkAll(ground)];
      if (run === 0) continue;
      parsed.push(parse);
      checked.push(check);
    }
    const [parse, check] = [median(parsed), median(checked)];
    return [
      {
        what: "gitops check of 1,000 files with 3,000 images against reading and parsing them",
        figures: `${check.toFixed(2)} s, ${parse.toFixed(2)} s`,
        value: check / parse,
        bar: 2,
      },
    ];
  } finally {
    await ground.end();
  }
}
