import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { z } from "zod";

const ROOT = join(__dirname, "../..");
const FOLDER = join(ROOT, ".github/workflows");

const permissions = z.union([z.string(), z.record(z.string(), z.string())]);

const step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  if: z.union([z.string(), z.boolean()]).optional(),
  env: z.record(z.string(), z.unknown()).default({}),
  with: z.record(z.string(), z.unknown()).default({}),
});

const job = z.looseObject({
  uses: z.string().optional(),
  if: z.union([z.string(), z.boolean()]).optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  environment: z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).optional(),
  permissions: permissions.optional(),
  strategy: z.looseObject({ matrix: z.record(z.string(), z.unknown()).default({}) }).optional(),
  with: z.record(z.string(), z.unknown()).default({}),
  secrets: z.unknown().optional(),
  env: z.record(z.string(), z.unknown()).default({}),
  steps: z.array(step).default([]),
  "timeout-minutes": z.number().optional(),
});

const workflow = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: permissions.optional(),
  concurrency: z.unknown().optional(),
  jobs: z.record(z.string(), job),
});

export type Job = z.infer<typeof job>;

/** A workflow's file, decoded. */
export interface Workflow extends z.infer<typeof workflow> {
  file: string;
  text: string;
}

/** All workflows of the project. YAML 1.1 would read the key `on` as true; js-yaml reads 1.2. */
export const WORKFLOWS: readonly Workflow[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".yml"))
  .map((file) => {
    const text = readFileSync(join(FOLDER, file), "utf8");
    return { file, text, ...workflow.parse(load(text)) };
  });

/** Every job with its workflow, named for messages. */
export const JOBS = WORKFLOWS.flatMap((from) =>
  Object.entries(from.jobs).map(([id, each]) => ({ from, id, job: each, name: `${from.file} ${id}` })),
);

/** Every step of every job. */
export const STEPS = JOBS.flatMap(({ from, job: { steps }, name }) =>
  steps.map((each, at) => ({ from, step: each, name: `${name} step ${at + 1}` })),
);
