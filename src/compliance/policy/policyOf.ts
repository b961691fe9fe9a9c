import type { PolicyConfigSchema, StackValidationArgs, StackValidationPolicy } from "@pulumi/policy";
import type { ComplianceFacts, Known } from "../../domain/facts";
import { isStage, stageOfAlias, type Stage } from "../../domain/stage";
import type { Control } from "../control";
import { worst } from "../judge";
import type { Finding } from "../report";
import { factsOfResources, type ResourceContext } from "../resources/factsOfResources";
import { kindOf } from "../resources/family";
import type { ResourceBag } from "../resources/bag";
import { bagOfPolicyResource } from "./resourceBags";

/** What a control is measured by, for the controls that ask for it; set in the pack's configuration. */
type Measures = Omit<ResourceContext, "stage">;

const MEASURES: Readonly<Record<string, PolicyConfigSchema>> = {
  "audit-kept": { properties: { auditYears: { type: "integer", minimum: 0, maximum: 100 } } },
  "replica-locations": { properties: { allowedLocations: { type: "array", items: { type: "string" } } } },
  "name-convention": { properties: { namePrefix: { type: "string", maxLength: 20 } } },
};

/** The stage whose stack it is, by the stack's name; other stacks have none. */
function stageOf(urns: readonly string[]): Known<Stage> {
  const stack = /^urn:pulumi:([^:]+)::/.exec(urns[0] ?? "")?.[1] ?? "";
  return isStage(stack) ? stack : (stageOfAlias(stack) ?? "unknown");
}

/** The resource that evidence names, so that the engine shows the violation beside it. */
function urnOf(finding: Finding, bags: readonly ResourceBag[]): string | undefined {
  const names = new Set(finding.evidence.map(({ resource }) => resource));
  return bags.find(({ name: resource, inputs, outputs }) =>
    [inputs["registryName"], outputs?.["name"], resource].some((name) => typeof name === "string" && names.has(name)),
  )?.urn;
}

/** Before it stands azure-native tells no name of a registry: then its resource's name says which one is meant. */
function named(facts: ComplianceFacts, bags: readonly ResourceBag[]): ComplianceFacts {
  const resources = bags.filter((bag) => kindOf(bag) === "Registry");
  const registries = facts.registries.map((one, at) => {
    const { name = "unknown" } = resources[at] ?? {};
    return one.name === "unknown" ? { ...one, name } : one;
  });
  return { ...facts, registries };
}

const shown = (value: unknown) => (Array.isArray(value) ? value.join(", ") || "none" : String(value));

function messageOf(control: Control, { evidence }: Finding): string {
  const found = evidence.map(
    ({ resource, property, value, expected }) => `${resource}: ${property} is ${shown(value)}; expected: ${expected}`,
  );
  return [`${control.title}.`, ...found, `To do: ${control.remediation}`].join("\n");
}

function validate(control: Control, args: StackValidationArgs, report: (message: string, urn?: string) => void): void {
  const bags = args.resources.map(bagOfPolicyResource);
  const stage = stageOf(args.resources.map(({ urn }) => urn));
  const facts = factsOfResources(bags, { ...args.getConfig<Measures>(), stage });
  const findings = control.evaluate(facts);
  const shownAs = control.evaluate(named(facts, bags));
  findings.forEach((finding, at) => {
    const shown = shownAs[at] ?? finding;
    if (finding.verdict === "fail") report(messageOf(control, shown), urnOf(shown, bags));
  });
  const verdict = worst(findings.map((finding) => finding.verdict));
  if (verdict === "unknown") args.notApplicable("Not known: the resources do not say, or not before they stand");
  if (verdict === "not applicable") args.notApplicable(findings[0]?.note);
}

/**
 * A control as a policy of the engine, over the resources of any stack that uses azure-native and github.
 * What cannot be known from resources is said to be not applicable: the engine has no word for unknown, and a pass it
 * is not.
 */
export function policyOf(control: Control): StackValidationPolicy {
  const [mapping] = control.mappings;
  return {
    name: control.id,
    displayName: control.title,
    description: control.why,
    enforcementLevel: control.level,
    severity: control.severity,
    remediationSteps: control.remediation,
    tags: control.corresponds.map(({ source, id }) => `${source} ${id}`),
    ...(mapping === undefined
      ? {}
      : {
          framework: { name: mapping.framework, version: "", reference: mapping.id, specification: mapping.statedBy },
        }),
    ...(MEASURES[control.id] === undefined ? {} : { configSchema: MEASURES[control.id] as PolicyConfigSchema }),
    validateStack: (args, report) => validate(control, args, report),
  };
}
