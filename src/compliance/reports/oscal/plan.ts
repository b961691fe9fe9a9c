import type { ComplianceReport, RenderSurroundings } from "../model";
import { reportTitle } from "../words";
import { contentId, FILES, line, metadata, registryUuid, resource, reviewedControls, uuidOf, write } from "./parts";

/**
 * The plan that OSCAL's results must name: what is looked at, and how. There is no security plan of the whole system
 * here; the component definition stands in its place, and says so.
 */
export function renderPlan(report: ComplianceReport, around: RenderSurroundings): string {
  const component = uuidOf("component-resource");
  const subjects = report.stages.flatMap((stage) =>
    stage.registries.map((registry) => ({ "subject-uuid": registryUuid(stage, registry), type: "component" })),
  );
  const content = contentId(report);
  const document = {
    uuid: uuidOf("plan", content, around.now.toISOString()),
    metadata: metadata(line(`${reportTitle(report)}: assessment plan`), content, report, around),
    "import-ssp": {
      href: `#${component}`,
      remarks:
        "A component definition: the security plan of the whole system is its owner's, and names these components.",
    },
    "reviewed-controls": reviewedControls(),
    "assessment-subjects": [{ type: "component", "include-subjects": subjects }],
    tasks: [
      {
        uuid: uuidOf("task"),
        type: "action",
        title: "Evaluate each control over the stage's facts",
        description: "dualreg compliance evaluates the plan of a stage, or what its deployed stack said of itself.",
      },
    ],
    "back-matter": {
      resources: [
        resource(
          component,
          "Component definition",
          "What dualreg compliance --format oscal-component writes.",
          FILES.component,
        ),
      ],
    },
  };
  return write({ "assessment-plan": document });
}
