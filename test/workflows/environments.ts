import { planStage } from "../../src/domain/plan/planStage";
import { reviewsPreviews } from "../../src/domain/identity/environments";
import { DEFAULT_STAGES, gatedStages } from "../../src/domain/stage";
import { companyConfig } from "../support/companyConfig";
import { JOBS, WORKFLOWS, type Job, type Workflow } from "./read";

/** Values that one input or matrix key takes. */
type Values = ReadonlyMap<string, readonly string[]>;

/** What the jobs that read the project's stages answer, for the example company. */
const ANSWERS: Values = new Map([
  ["fromJSON(needs.stages.outputs.all)", DEFAULT_STAGES],
  ["needs.stages.outputs.first", ["dev"]],
  ["needs.step.outputs.stage", gatedStages(DEFAULT_STAGES)],
  ...([true, false] as const).map((reviewed): [string, readonly string[]] => [
    `fromJSON(needs.stages.outputs.${reviewed ? "reviewed" : "previewed"})`,
    DEFAULT_STAGES.filter((stage) => reviewsPreviews(stage, DEFAULT_STAGES) === reviewed),
  ]),
]);

const ROLE = /fromJSON\(needs\.candidate\.outputs\.roles\)\[(\d)\]/;

/** A job of one role, for each stage that has so many. */
function signOffsNamed(environment: string): string[] {
  const [expression = "", at = ""] = ROLE.exec(environment) ?? [];
  return gatedStages(DEFAULT_STAGES).flatMap((stage) => {
    const role = planStage(companyConfig(stage)).gates.signOffRoles[Number(at)];
    return role === undefined
      ? []
      : expand(
          environment,
          new Map([
            ["inputs.to", [stage]],
            [expression, [role]],
          ]),
        );
  });
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.flatMap(texts) : typeof value === "string" ? [value] : [];

const matrixOf = (job: Job): Values =>
  new Map(
    Object.entries(job.strategy?.matrix ?? {}).map(([key, value]) => [
      `matrix.${key}`,
      texts(value).flatMap((each) => expand(each, ANSWERS)),
    ]),
  );

/** What an expression can stand for: `inputs.stage || 'dev'` is each of its sides. */
function valuesOf(expression: string, known: Values): string[] {
  return expression.split("||").flatMap((side) => {
    const word = side.trim();
    const literal = /^'([^']*)'$/.exec(word)?.[1];
    return literal === undefined ? [...(known.get(word) ?? [])] : [literal];
  });
}

/** All texts that a text with expressions can become; none where nothing is known of one. */
function expand(text: string, known: Values): string[] {
  const found = /\$\{\{([^}]*)\}\}/.exec(text);
  if (!found) return [text];
  const [whole = "", expression = ""] = found;
  const values = valuesOf(expression, known);
  return values.flatMap((value) =>
    expand(
      text.replace(whole, () => value),
      known,
    ),
  );
}

/** Values of a workflow's inputs: what its callers give, and what a person may choose. */
function inputsOf(workflow: Workflow): Values {
  const inputs = new Map<string, string[]>();
  const add = (name: string, values: readonly string[]) => {
    inputs.set(`inputs.${name}`, [...(inputs.get(`inputs.${name}`) ?? []), ...values]);
  };
  for (const { from, job } of JOBS) {
    const called = /\/([\w-]+\.yml)(?:@.*)?$/.exec(job.uses ?? "")?.[1];
    if (called !== workflow.file) continue;
    const known = new Map([...ANSWERS, ...inputsOf(from), ...matrixOf(job)]);
    for (const [name, value] of Object.entries(job.with))
      for (const text of texts(value)) add(name, expand(text, known));
  }
  const dispatch = workflow.on["workflow_dispatch"] as { inputs?: Record<string, { options?: string[] }> } | null;
  for (const [name, { options }] of Object.entries(dispatch?.inputs ?? {})) add(name, options ?? []);
  return inputs;
}

/** The environments that jobs name, with who names them. */
export function environmentsNamed(): Map<string, string[]> {
  const named = new Map<string, string[]>();
  for (const workflow of WORKFLOWS) {
    const inputs = inputsOf(workflow);
    for (const { from, job, name } of JOBS) {
      if (from !== workflow || job.environment === undefined) continue;
      const known = new Map([...inputs, ...matrixOf(job)]);
      const bySignOff = ROLE.test(job.environment);
      const environments = bySignOff ? signOffsNamed(job.environment) : expand(job.environment, known);
      if (environments.length === 0 && !bySignOff) throw new Error(`${name}: nothing is known of ${job.environment}`);
      for (const environment of environments) named.set(environment, [...(named.get(environment) ?? []), name]);
    }
  }
  return named;
}
