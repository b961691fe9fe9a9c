import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { z } from "zod";

const GITHUB = join(__dirname, "../../.github");
const FOLDER = join(GITHUB, "workflows");
const ACTIONS = join(GITHUB, "actions");

const permissions = z.union([z.string(), z.record(z.string(), z.string())]);

const given = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  shell: z.string().optional(),
  "working-directory": z.string().optional(),
  if: z.union([z.string(), z.boolean()]).optional(),
  env: z.record(z.string(), z.unknown()).default({}),
  with: given.default({}),
});

const job = z.looseObject({
  uses: z.string().optional(),
  if: z.union([z.string(), z.boolean()]).optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  environment: z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).optional(),
  permissions: permissions.optional(),
  strategy: z.looseObject({ matrix: z.record(z.string(), z.unknown()).default({}) }).optional(),
  with: given.default({}),
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

/** One of our own actions, whose steps stand in the place of the step that names it. */
const action = z.looseObject({
  inputs: z.record(z.string(), z.looseObject({ default: z.string().optional() })).default({}),
  runs: z.looseObject({ using: z.literal("composite"), steps: z.array(step) }),
});

export type Step = z.infer<typeof step>;
export type Job = z.infer<typeof job>;
export type Action = z.infer<typeof action>;

/** A workflow's file, decoded. */
export interface Workflow extends z.infer<typeof workflow> {
  file: string;
  text: string;
}

/** A workflow from its text. YAML 1.1 would read the key `on` as true; js-yaml reads 1.2. */
export const readWorkflow = (file: string, text: string): Workflow => ({ file, text, ...workflow.parse(load(text)) });

/** All workflows of the project. */
export const WORKFLOWS: readonly Workflow[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".yml"))
  .map((file) => readWorkflow(file, readFileSync(join(FOLDER, file), "utf8")));

/** All of the project's own actions, by name. */
export const OWN_ACTIONS: Readonly<Record<string, Action>> = Object.fromEntries(
  readdirSync(ACTIONS).map((name) => [
    name,
    action.parse(load(readFileSync(join(ACTIONS, name, "action.yml"), "utf8"))),
  ]),
);

const OWN_ACTION = /^\$\/\.github\/actions\/([\w-]+)$/;

/** The steps that run: those of our own actions in the place of the step that names one, with what it is given. */
export function stepsRun(steps: readonly Step[]): Step[] {
  return steps.flatMap((each) => {
    const own = OWN_ACTIONS[OWN_ACTION.exec(each.uses ?? "")?.[1] ?? ""];
    if (own === undefined) return [each];
    const input = (name: string) => String(each.with[name] ?? own.inputs[name]?.default ?? "");
    const text = JSON.stringify(own.runs.steps).replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, name: string) =>
      JSON.stringify(input(name)).slice(1, -1),
    );
    return stepsRun(z.array(step).parse(JSON.parse(text)));
  });
}

/** Every job with its workflow, named for messages. */
export const JOBS = WORKFLOWS.flatMap((from) =>
  Object.entries(from.jobs).map(([id, each]) => ({ from, id, job: each, name: `${from.file} ${id}` })),
);

/** Every step of every job, those of our own actions in their place. */
export const STEPS = JOBS.flatMap(({ from, job: { steps }, name }) =>
  stepsRun(steps).map((each, at) => ({ from, step: each, name: `${name} step ${at + 1}` })),
);
