import type { PolicyConfigSchema, PolicyResource, StackValidationArgs, StackValidationPolicy } from "@pulumi/policy";
import { DEFAULT_STAGES, isStage, type Stage, stageOfAlias, type Stages } from "../../domain/stage";
import type { Control, Finding } from "../control";
import type { ComplianceFacts, Known } from "../facts";
import { worst } from "../judge";
import { kindOf, type Properties, type ResourceBag, UNKNOWN_VALUE } from "./resourceBag";
import { factsOfResources, type ResourceContext } from "./resources";

/** What a control is measured by, for the controls that ask for it; set in the pack's configuration. */
type Measures = Omit<ResourceContext, "stage">;

/** The project's stages, in the order of promotion; by default dev, qa, uat and prod. */
const STAGES: PolicyConfigSchema = {
  properties: {
    stages: { type: "array", minItems: 1, items: { type: "string", pattern: "^[a-z][a-z0-9]{1,11}$" } },
  },
};

const MEASURES: Readonly<Record<string, PolicyConfigSchema>> = {
  "scan-gate": STAGES,
  "signature-gate": STAGES,
  "sign-offs-complete": STAGES,
  "gates-closed": STAGES,
  "tag-regime": STAGES,
  "retention-rule": STAGES,
  "audit-kept": { properties: { auditYears: { type: "integer", minimum: 0, maximum: 100 } } },
  "replica-locations": { properties: { allowedLocations: { type: "array", items: { type: "string" } } } },
  "name-convention": { properties: { namePrefix: { type: "string", maxLength: 20 } } },
};

/** The stage whose stack it is, by the stack's name; other stacks have none. */
function stageOf(urns: readonly string[], stages: Stages): Known<Stage> {
  const stack = /^urn:pulumi:([^:]+)::/.exec(urns[0] ?? "")?.[1] ?? "";
  return isStage(stack, stages) ? stack : (stageOfAlias(stack, stages) ?? "unknown");
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
    const name = resources[at]?.name ?? one.name;
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
  const measures = args.getConfig<Measures>();
  const urns = args.resources.map(({ urn }) => urn);
  const stage = stageOf(urns, measures.stages ?? DEFAULT_STAGES);
  const facts = factsOfResources(bags, { ...measures, stage });
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

const MOST_DEEP = 12;

/** A value as JSON. The engine's own throws where it is read before it is known; here a mark stands in its place. */
function plain(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MOST_DEEP) return UNKNOWN_VALUE;
  const at = (key: string) => {
    try {
      return plain(Reflect.get(value, key), depth + 1);
    } catch {
      return UNKNOWN_VALUE;
    }
  };
  if (Array.isArray(value)) return Object.keys(value).map(at);
  return Object.fromEntries(Object.keys(value).map((key) => [key, at(key)]));
}

const asProperties = (value: unknown): Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

/** Azure answers this of every resource that stands. */
const stands = (properties: Properties) =>
  typeof properties["provisioningState"] === "string" && properties["provisioningState"] !== UNKNOWN_VALUE;

/** A resource of the engine's policy request. azure-native keeps the inputs among the outputs, under a name of its own. */
function bagOfPolicyResource(resource: PolicyResource): ResourceBag {
  const properties = asProperties(plain(resource.props));
  const inputs = { ...properties, ...asProperties(properties["__inputs"]) };
  return {
    type: resource.type,
    name: resource.name,
    urn: resource.urn,
    ...(resource.parent === undefined ? {} : { parent: resource.parent.urn }),
    inputs,
    ...(stands(properties) ? { outputs: properties } : {}),
    protect: resource.opts.protect,
    ignoreChanges: resource.opts.ignoreChanges,
  };
}
