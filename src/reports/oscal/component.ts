import { CONTROLS } from "../../controls/catalogue";
import type { Control, FrameworkMapping, ReportedRegistry } from "../../controls/control";
import type { ComplianceReport, RenderSurroundings, ReportedStage } from "../model";
import { reportTitle, shownSupport, stageTitle } from "../words";
import { contentId, line, metadata, prop, registryUuid, resource, uuidOf, write } from "./parts";

type Framework = FrameworkMapping["framework"] | "ours";

/** The catalogues that requirements are of, each with where it is published. */
const FRAMEWORKS: Readonly<Record<Framework, { title: string; description: string; href?: string }>> = {
  ours: {
    title: "Controls of this project",
    description: "docs/compliance.md lists them, with what each corresponds to elsewhere.",
    href: "docs/compliance.md",
  },
  "MCSB v1": {
    title: "Microsoft cloud security benchmark v1",
    description: "As Azure Policy's initiative and PSRule map it.",
  },
  "MCSB v2": {
    title: "Microsoft cloud security benchmark v2 (preview)",
    description: "As Azure Policy's initiative maps it.",
  },
  "NIST SSDF 1.1": {
    title: "NIST SP 800-218, Secure Software Development Framework 1.1",
    description: "The tasks whose own text is about what the control asks.",
    href: "https://doi.org/10.6028/NIST.SP.800-218",
  },
};

const NAMES: readonly Framework[] = ["ours", "MCSB v1", "MCSB v2", "NIST SSDF 1.1"];

const sourceUuid = (framework: Framework) => uuidOf("catalogue", framework);

/** Which controls stand for which requirement of a framework. */
function requirements(framework: Framework): Map<string, Control[]> {
  const all = new Map<string, Control[]>();
  for (const control of CONTROLS) {
    const mapped = control.mappings.filter((mapping) => mapping.framework === framework).map(({ id }) => id);
    for (const id of new Set(framework === "ours" ? [control.id] : mapped)) {
      all.set(id, [...(all.get(id) ?? []), control]);
    }
  }
  return all;
}

function implementation(of: readonly string[], framework: Framework, props: (control: Control) => object[]): object[] {
  const wanted = requirements(framework);
  if (wanted.size === 0) return [];
  return [
    {
      uuid: uuidOf("implementation", ...of, framework),
      source: `#${sourceUuid(framework)}`,
      description: FRAMEWORKS[framework].title,
      "implemented-requirements": [...wanted].map(([id, controls]) => ({
        uuid: uuidOf("requirement", ...of, framework, id),
        "control-id": id,
        description: controls.map(({ title, remediation }) => line(`${title}. ${remediation}`)).join("\n\n"),
        props: controls.flatMap((control) => [prop("control", control.id), ...props(control)]),
      })),
    },
  ];
}

/** What the program itself implements, whatever the stage. */
function software({ toolVersion }: RenderSurroundings): object {
  return {
    uuid: uuidOf("software"),
    type: "software",
    title: "Dual Registry",
    description: "A Pulumi program that provisions a secure container registry beside a standard one for each stage.",
    props: [prop("version", toolVersion)],
    "control-implementations": NAMES.flatMap((name) => implementation(["software"], name, () => [])),
  };
}

/** A registry with how it keeps each rule, and what each of our controls says of it. */
function registryComponent(stage: ReportedStage, registry: ReportedRegistry): object {
  const verdictOf = ({ id }: Control) => {
    const findings = stage.compliance.controls[id]?.findings ?? [];
    return findings
      .filter(({ scope }) => scope === registry.class || scope === "stage")
      .slice(0, 1)
      .flatMap(({ verdict, basis }) => [prop("verdict", verdict), prop("basis", basis)]);
  };
  return {
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
    "control-implementations": implementation([registryUuid(stage, registry)], "ours", verdictOf),
  };
}

/** An OSCAL component definition: the program, and each registry of each stage. */
export function renderComponent(report: ComplianceReport, around: RenderSurroundings): string {
  const content = contentId(report);
  const document = {
    uuid: uuidOf("component-definition", content, around.now.toISOString()),
    metadata: metadata(line(`${reportTitle(report)}: component definition`), content, report, around),
    components: [
      software(around),
      ...report.stages.flatMap((stage) => stage.registries.map((registry) => registryComponent(stage, registry))),
    ],
    "back-matter": {
      resources: NAMES.map((name) => {
        const { title, description, href } = FRAMEWORKS[name];
        return resource(sourceUuid(name), title, description, href);
      }),
    },
  };
  return write({ "component-definition": document });
}
