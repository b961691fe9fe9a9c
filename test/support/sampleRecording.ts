import type { ProviderFacts } from "../../src/preview/change/providerFacts";
import { buildUrn, STACK_TYPE } from "../../src/preview/record/stageRecord";
import type { RecordedResource, Recording } from "../../src/preview/recording";

/** Token types the samples use. */
export const REGISTRY = "azure-native:containerregistry:Registry";
export const TOKEN = "azure-native:containerregistry:Token";
export const GROUP = "azure-native:resources:ResourceGroup";

/** Facts small enough to be read beside a test. */
export const FACTS: ProviderFacts = {
  resources: {
    [REGISTRY]: {
      replace: { registryName: "path parameter", "encryption.status": "fixed" },
      update: ["sku", "tags", "encryption"],
    },
    [TOKEN]: { replace: { tokenName: "path parameter" }, update: ["status", "scopeMapId"] },
    [GROUP]: { replace: { location: "fixed" }, update: ["tags"] },
  },
};

/** What a test says of a resource; the rest follows. */
export type Sample = Partial<RecordedResource> & { type: string; name: string };

/** A resource of the stack `dev`, below the stack itself unless a parent is given. */
export function resource(sample: Sample, stack = "dev"): RecordedResource {
  const parent = sample.parent ?? stackUrn(stack);
  const urn = buildUrn({ stack, project: "sample", parent, type: sample.type, name: sample.name });
  return { urn, parent, custom: true, inputs: {}, options: {}, ...sample };
}

/** A recording of some resources and the stack's own. */
export function recording(samples: readonly Sample[], rest: Partial<Recording> = {}): Recording {
  const stack = rest.stack ?? "dev";
  const own: RecordedResource = {
    ...{ urn: stackUrn(stack), type: STACK_TYPE, name: `sample-${stack}`, custom: false, inputs: {}, options: {} },
  };
  const resources = [own, ...samples.map((sample) => resource(sample, stack))];
  return { project: "sample", stack, resources, references: [], outputs: {}, logs: [], ...rest };
}

function stackUrn(stack: string): string {
  return `urn:pulumi:${stack}::sample::${STACK_TYPE}::sample-${stack}`;
}
