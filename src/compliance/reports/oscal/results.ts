import type { ComplianceReport, RenderSurroundings, ReportedStage } from "../model";
import { outcomesOf, reportTitle, shownBases, shownCounts, shownSource, shownSupport, stageTitle } from "../words";
import { oscalFinding } from "./finding";
import {
  contentId,
  FILES,
  line,
  metadata,
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
