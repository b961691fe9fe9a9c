import { decodeConfig } from "../../../src/config";
import { factsOfPlan } from "../../../src/controls/adapters/plan";
import { evaluate } from "../../../src/controls/evaluate";
import type { ComplianceFacts } from "../../../src/controls/facts";
import { planStage } from "../../../src/domain/plan/planStage";
import { makeOutputs } from "../../../src/outputs/makeOutputs";
import type { StageOutputs } from "../../../src/outputs";
import { FORMATS, RENDERERS, type ReportFormat } from "../../../src/reports";
import { makeReport } from "../../../src/reports/makeReport";
import type { RenderSurroundings, StageSource } from "../../../src/reports/model";
import { stageOfOutputs } from "../../../src/reports/stages";
import { rawConfig } from "../rawConfig";
import type { Waiver } from "../../../src/domain/plan/compliance";

export const NOW = new Date("2026-11-21T12:00:00Z");

export const AROUND: RenderSurroundings = { now: NOW, toolVersion: "1.2.3", folder: "" };

/** A waiver that holds for years, of one control. */
export const waiver = (control: string, change: Partial<Waiver> = {}): Waiver => ({
  ...{ control, scope: "stage", reason: "A reason that is written down", approver: "dev", expires: "2030-12-31" },
  ...change,
});

/** What decides a stage's evaluation in a test. */
export interface Judged {
  stack?: string;
  product?: string;
  facts?: (planned: ComplianceFacts) => ComplianceFacts;
  waivers?: readonly Waiver[];
  levels?: Readonly<Record<string, "mandatory" | "advisory">>;
  now?: Date;
}

/** A stage's outputs as `pulumi stack output --json` would give them, its evaluation among them. */
export function outputsOf({
  stack = "qa",
  product = "orders",
  facts,
  waivers,
  levels,
  now,
}: Judged = {}): StageOutputs {
  const shared = { product: { name: product, domain: "company.com", repository: "orders" } };
  const plan = planStage(decodeConfig(rawConfig({ stack, shared })));
  const planned = factsOfPlan(plan, true);
  const settings = { waivers: waivers ?? [], levels: levels ?? {} };
  const answers = {
    registries: { secure: { loginServer: "secure.example.com" }, standard: { loginServer: "standard.example.com" } },
    compliance: { ...evaluate(facts?.(planned) ?? planned, settings, now ?? NOW) },
  };
  return JSON.parse(JSON.stringify(makeOutputs(plan, answers))) as StageOutputs;
}

/** The same as a report reads it. */
export const sourceOf = (judged: Judged = {}): StageSource => stageOfOutputs(outputsOf(judged), "test");

/** The facts with something else said of a registry. */
export const withSecure =
  (change: Partial<ComplianceFacts["registries"][number]>) =>
  (facts: ComplianceFacts): ComplianceFacts => ({
    ...facts,
    registries: facts.registries.map((one) => (one.class === "secure" ? { ...one, ...change } : one)),
  });

/** The report of these stages in every format. */
export function rendered(stages: readonly StageSource[], former?: Parameters<typeof makeReport>[2]) {
  const report = makeReport(stages, NOW, former);
  return Object.fromEntries(FORMATS.map((format) => [format, RENDERERS[format](report, AROUND)])) as Record<
    ReportFormat,
    string
  >;
}
