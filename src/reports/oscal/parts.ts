import { stableGuid } from "../../base/guid";
import { formatJson } from "../../base/json";
import { escapeUnsafe } from "../../base/text/unsafe";
import { CONTROLS } from "../../controls/catalogue";
import type { ReportedRegistry } from "../../controls/control";
import { escapeMarkdown } from "../../base/text/markdown";
import type { ComplianceReport, RenderSurroundings, ReportedStage } from "../model";
import { reportTitle } from "../words";

/** The version of the models that are written. */
const OSCAL_VERSION = "1.2.1";

/** Names of properties that are ours, not OSCAL's. */
const NAMESPACE = "urn:dual-registry:compliance";

/** Where the plan and the component definition are looked for: beside the results. */
export const FILES = { plan: "compliance.oscal-plan.json", component: "compliance.oscal-component.json" } as const;

/** An identifier that is the same for the same thing in every report and every document of it. */
export const uuidOf = (...parts: readonly string[]): string => stableGuid("oscal", ...parts);

const ASCII = /^[\x20-\x7e]*$/;

/** Most text needs no look at what each character is. */
const shown = (text: string): string => (ASCII.test(text) ? text : escapeUnsafe(text));

/** Text from outside as a line of OSCAL's markup that forms none. */
export const line = (text: string): string => escapeMarkdown(shown(text)).trim() || "none";

const lines = new Map<string, string>();

/** The same for a text of the catalogue, of which there are few. */
export function ownLine(text: string): string {
  const known = lines.get(text) ?? line(text);
  lines.set(text, known);
  return known;
}

/** A property of ours; its value is no markup, and never empty. */
export const prop = (name: string, value: string, group?: string) => ({
  name,
  ns: NAMESPACE,
  value: shown(value).trim() || "none",
  ...(group === undefined ? {} : { group }),
});

/** Metadata of a document; its version is a digest of what it says, so equal reports have equal ones. */
export function metadata(title: string, content: string, { asOf }: ComplianceReport, around: RenderSurroundings) {
  const { now, toolVersion } = around;
  return {
    title,
    "last-modified": now.toISOString(),
    version: content,
    "oscal-version": OSCAL_VERSION,
    props: [prop("tool", `dualreg ${toolVersion}`), prop("as-of", asOf)],
  };
}

/** Stands for all that a report says; the moment it is rendered at is no part of it. */
export function contentId(report: ComplianceReport): string {
  return uuidOf("report", JSON.stringify(report));
}

/** What is looked at: every control of the catalogue, by its id. */
export function reviewedControls() {
  return {
    description: "Every control of the catalogue that docs/compliance.md lists.",
    "control-selections": [{ "include-controls": CONTROLS.map(({ id }) => ({ "control-id": id })) }],
  };
}

const registryUuids = new WeakMap<ReportedStage, Map<string, string>>();

/** A registry, by which results, plan and component definition mean the same one; every finding names it again. */
export function registryUuid(stage: ReportedStage, { class: imageClass }: ReportedRegistry): string {
  const known = registryUuids.get(stage) ?? new Map<string, string>();
  registryUuids.set(stage, known);
  const uuid = known.get(imageClass) ?? uuidOf("registry", stage.product, stage.stage, imageClass);
  known.set(imageClass, uuid);
  return uuid;
}

/** A resource that a document names by its uuid. */
export const resource = (uuid: string, title: string, description: string, href?: string) => ({
  uuid,
  title,
  description,
  ...(href === undefined
    ? {}
    : { rlinks: [{ href, ...(href.endsWith(".json") ? { "media-type": "application/oscal+json" } : {}) }] }),
});

export const write = (document: object): string => formatJson(document);

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
