import { isDay } from "../../base/time";
import type { Control, ControlOutcome, Finding, Verdict, WaiverState } from "../../controls/control";
import type { ComplianceReport, RenderSurroundings, ReportedStage } from "../model";
import {
  outcomesOf,
  reportTitle,
  shownBases,
  shownCounts,
  shownSource,
  shownSupport,
  shownValue,
  stageTitle,
} from "../words";
import {
  contentId,
  FILES,
  line,
  metadata,
  ownLine,
  prop,
  registryUuid,
  resource,
  reviewedControls,
  uuidOf,
  write,
} from "./parts";

/** The stage's registries, which findings are about. */
function components(stage: ReportedStage): object[] {
  return stage.registries.map((registry) => ({
    uuid: registryUuid(stage, registry),
    type: "service",
    title: line(`${registry.class} registry of ${stageTitle(stage)}`),
    description: `A container registry of kind ${registry.kind}, held by mode ${registry.mode}.`,
    props: stage.rules
      .filter((rule) => rule.class === registry.class)
      .flatMap(({ rule, support, basis }) => [
        prop(rule, shownSupport(support), "rules"),
        prop(`${rule}-basis`, basis, "rules"),
      ]),
    status: { state: stage.source === "outputs" ? "operational" : "under-development" },
  }));
}

const someOf = (name: string, values: readonly object[]) => (values.length === 0 ? {} : { [name]: values });

function resultOf(stage: ReportedStage, { now }: RenderSurroundings): object {
  const collected = now.toISOString();
  const subjects = new Map(stage.registries.map((registry) => [registry.class, registryUuid(stage, registry)]));
  const found = outcomesOf(stage).flatMap(([control, outcome]) =>
    outcome.findings.map((finding, at) => oscalFinding(stage, control, outcome, finding, { at, collected, subjects })),
  );
  return {
    uuid: uuidOf("result", stage.product, stage.stage, JSON.stringify(stage.compliance)),
    title: line(stageTitle(stage)),
    description: `${shownCounts(stage.counts)}; ${shownSource(stage)}: ${shownBases(stage)}.`,
    start: collected,
    end: collected,
    props: [prop("source", stage.source), prop("mandatory-failures", String(stage.mandatoryFailures.length))],
    "local-definitions": { components: components(stage) },
    "reviewed-controls": reviewedControls(),
    ...someOf(
      "observations",
      found.map(({ observation }) => observation),
    ),
    ...someOf(
      "risks",
      found.flatMap(({ risk }) => risk ?? []),
    ),
    ...someOf(
      "findings",
      found.flatMap(({ finding }) => finding ?? []),
    ),
  };
}

/** Where a result stands in the document, so that it is written with that indentation. */
const PLACE = { before: '{\n  "": {\n    "": [\n', after: "\n    ]\n  }\n}" } as const;

const placed = (result: object): string =>
  JSON.stringify({ "": { "": [result] } }, null, 2).slice(PLACE.before.length, -PLACE.after.length);

/**
 * Puts each stage's result where the document has none yet. One at a time: of thousands of stages no tree is kept, only
 * text. No text from outside can look like that place, since quotes in texts are escaped.
 */
function withResults(document: string, { stages }: ComplianceReport, around: RenderSurroundings): string {
  if (stages.length === 0) return document;
  const results = stages.map((stage) => placed(resultOf(stage, around)));
  return document.replace('"results": []', () => `"results": [\n${results.join(",\n")}\n    ]`);
}

/** OSCAL assessment results, a result for each stage; they name the plan that `oscal-plan` writes. */
export function renderResults(report: ComplianceReport, around: RenderSurroundings): string {
  const plan = uuidOf("plan-resource");
  const content = contentId(report);
  const document = {
    uuid: uuidOf("results", content, around.now.toISOString()),
    metadata: metadata(line(reportTitle(report)), content, report, around),
    "import-ap": { href: `#${plan}` },
    results: [],
    "back-matter": {
      resources: [resource(plan, "Assessment plan", "What dualreg compliance --format oscal-plan writes.", FILES.plan)],
    },
  };
  return withResults(write({ "assessment-results": document }), report, around);
}

/** What one finding of a control becomes; what is not applicable is observed, and neither satisfied nor not. */
interface OscalFinding {
  observation: object;
  finding?: object;
  risk?: object;
}

const STATES: Readonly<Record<Exclude<Verdict, "not applicable">, { state: string; reason: string }>> = {
  pass: { state: "satisfied", reason: "pass" },
  fail: { state: "not-satisfied", reason: "fail" },
  waived: { state: "not-satisfied", reason: "fail" },
  unknown: { state: "not-satisfied", reason: "other" },
};

/** Proven is what was tried; planned and deployed is what was read. */
const METHODS = { planned: "EXAMINE", deployed: "EXAMINE", proven: "TEST" } as const;

/** The end of the waiver's last day; none for a day that no calendar has. */
const deadlineOf = ({ expires }: WaiverState): { deadline?: string } =>
  isDay(expires) ? { deadline: new Date(`${expires}T23:59:59Z`).toISOString() } : {};

function riskOf(uuids: Uuids, control: Control, waiver: WaiverState | undefined, verdict: Verdict): object {
  const accepted = verdict === "waived" && waiver !== undefined;
  const told = `Waiver approved by ${waiver?.approver ?? "nobody"}, until ${waiver?.expires ?? "now"}: ${waiver?.reason ?? ""}`;
  const [lifecycle, title, description] = accepted
    ? ["completed", "The risk is accepted", line(told)]
    : ["recommendation", "What to do", ownLine(control.remediation)];
  return {
    uuid: uuids("risk"),
    title: ownLine(`Not satisfied: ${control.title}`),
    description: ownLine(control.why),
    statement: ownLine(control.why),
    props: [prop("severity", control.severity)],
    status: accepted ? "deviation-approved" : "open",
    ...(accepted ? deadlineOf(waiver) : {}),
    remediations: [{ uuid: uuids("response"), lifecycle, title, description }],
    "related-observations": [{ "observation-uuid": uuids("observation") }],
  };
}

type Uuids = (part: "observation" | "finding" | "risk" | "response") => string;

/** Names the parts of one finding; only those that are asked for are hashed. */
const uuidsOf =
  ({ product, stage }: ReportedStage, id: string, scope: string, at: number): Uuids =>
  (part) =>
    uuidOf(part, product, stage, id, scope, String(at));

/**
 * A finding of a control as OSCAL says it: what was observed, whether it satisfies, and the risk where it does not.
 *
 * @param about its place among the control's findings, when it was collected, and the registries' uuids by class
 */
function oscalFinding(
  stage: ReportedStage,
  control: Control,
  { level }: ControlOutcome,
  finding: Finding,
  about: { at: number; collected: string; subjects: ReadonlyMap<string, string> },
): OscalFinding {
  const { scope, verdict, basis, evidence, note } = finding;
  const uuids = uuidsOf(stage, control.id, scope, about.at);
  const subject = about.subjects.get(scope);
  const looks = evidence.map(({ resource, property, value, expected }) => ({
    description: line(`${resource}: ${property} is ${shownValue(value)}; expected: ${expected}`),
  }));
  const title = ownLine(`${control.title} (${scope})`);
  const observed = uuids("observation");
  const observation = {
    uuid: observed,
    title,
    description: note === undefined ? title : line(note),
    props: [prop("control", control.id), prop("scope", scope), prop("basis", basis), prop("verdict", verdict)],
    methods: [METHODS[basis]],
    types: ["control-objective"],
    ...(subject === undefined ? {} : { subjects: [{ "subject-uuid": subject, type: "component" }] }),
    ...(looks.length === 0 ? {} : { "relevant-evidence": looks }),
    collected: about.collected,
  };
  if (verdict === "not applicable") return { observation };
  const waiver = finding.waiver === undefined ? undefined : stage.compliance.waivers[finding.waiver];
  const risky = verdict === "fail" || verdict === "waived";
  return {
    observation,
    finding: {
      uuid: uuids("finding"),
      title,
      description: ownLine(control.why),
      props: [prop("level", level), prop("verdict", verdict), prop("basis", basis)],
      target: { type: "objective-id", "target-id": control.id, status: STATES[verdict] },
      "related-observations": [{ "observation-uuid": observed }],
      ...(risky ? { "related-risks": [{ "risk-uuid": uuids("risk") }] } : {}),
    },
    ...(risky ? { risk: riskOf(uuids, control, waiver, verdict) } : {}),
  };
}
