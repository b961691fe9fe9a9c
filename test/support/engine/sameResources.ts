import type { Json } from "../../../src/base/json";
import type { RecordedResource, Recording } from "../../../src/preview/recording";
import type { EngineRun } from "./engineRun";
import { type EngineState, ownResources, type StateResource } from "./engineState";
import { withoutDefaults } from "../providers/values";
import { asRecorded, unknownAsIn } from "./engineValues";

/** A resource as both the preview and the engine can tell it, by URN. */
export type Comparable = Readonly<Record<string, Readonly<Record<string, Json>>>>;

const isOwn = ({ type }: { type: string }): boolean => !type.startsWith("pulumi:");

/**
 * What the offline preview and a first preview of the engine both say.
 *
 * @param more whether the engine may know what the recording does not: of what is imported it reads the outputs
 */
export function previewPair(
  recording: Recording,
  run: EngineRun,
  more: boolean,
): { offline: Comparable; engine: Comparable } {
  const recorded = byUrnOf(recording);
  const steps = run.steps.filter(isOwn).flatMap(({ new: made }) => made ?? []);
  return {
    offline: byUrn(recording.resources.filter(isOwn), (resource) => ({
      ...common(resource),
      protect: resource.options.protect ?? false,
      retainOnDelete: resource.options.retainOnDelete ?? false,
      inputs: without(resource.inputs, ignored(resource)),
    })),
    engine: byUrn(steps, ({ urn, type, custom, parent, protect, retainOnDelete, inputs }) => ({
      ...{ type, custom: custom ?? false, parent },
      protect: protect ?? false,
      retainOnDelete: retainOnDelete ?? false,
      inputs: unknownAsIn(
        more ? recorded.get(urn)?.inputs : asked(recorded.get(urn)),
        without(inputs, ignored(recorded.get(urn))),
      ),
    })),
  };
}

/** What the offline preview and the engine's state both say: all options that are kept, and inputs where known. */
export function statePair(recording: Recording, state: EngineState): { offline: Comparable; engine: Comparable } {
  const recorded = byUrnOf(recording);
  return {
    offline: byUrn(recording.resources.filter(isOwn), (resource) => ({
      ...common(resource),
      ...keptOptions(resource),
      inputs: without(resource.inputs, ignored(resource)),
    })),
    engine: byUrn(ownResources(state), (resource) => ({
      ...{ type: resource.type, custom: resource.custom, parent: resource.parent ?? "" },
      ...stateOptions(resource),
      import: recorded.get(resource.urn)?.options.import === undefined ? "" : (resource.id ?? ""),
      inputs: unknownAsIn(
        recorded.get(resource.urn)?.inputs,
        without(resource.inputs ?? {}, ignored(recorded.get(resource.urn))),
      ),
    })),
  };
}

function byUrnOf({ resources }: Recording): ReadonlyMap<string, RecordedResource> {
  return new Map(resources.map((resource) => [resource.urn, resource]));
}

/**
 * Inputs that functions of providers answer, or the stack of the stage before: an engine asks them, and an offline
 * preview does not.
 */
const ASKED: Readonly<Record<string, readonly string[]>> = {
  "azure-native:authorization:RoleAssignment": ["principalId", "roleDefinitionId", "scope"],
  "azure-native:keyvault:Vault": ["properties"],
};

function asked(resource: RecordedResource | undefined): Json | undefined {
  if (resource === undefined) return undefined;
  const names = ASKED[resource.type] ?? [];
  return Object.fromEntries(names.map((name) => [name, resource.inputs[name] ?? null]));
}

/** Inputs the engine takes from its state, not from the program. */
function ignored(resource: RecordedResource | undefined): readonly string[] {
  return resource?.options.import === undefined ? [] : (resource.options.ignoreChanges ?? []);
}

/** Inputs as a recording has them, without what stands at the paths. */
function without(inputs: Readonly<Record<string, unknown>>, paths: readonly string[]): Json {
  const left = Object.entries(inputs).flatMap(([name, value]): [string, unknown][] => {
    // The code of a dynamic resource is in no recording.
    if (name === "__provider" || paths.includes(name)) return [];
    const inner = paths.filter((path) => path.startsWith(`${name}.`)).map((path) => path.slice(name.length + 1));
    return [[name, inner.length > 0 && isFields(value) ? without(value, inner) : value]];
  });
  // What a bridged provider filled in itself is in no recording.
  return asRecorded(withoutDefaults(Object.fromEntries(left)));
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function common({ type, custom, parent }: RecordedResource) {
  return { type, custom, parent: parent ?? "" };
}

function keptOptions({ options }: RecordedResource) {
  return {
    protect: options.protect ?? false,
    retainOnDelete: options.retainOnDelete ?? false,
    dependsOn: options.dependsOn ?? [],
    ignoreChanges: options.ignoreChanges ?? [],
    replaceWith: options.replaceWith ?? [],
    replaceOnChanges: options.replaceOnChanges ?? [],
    deletedWith: options.deletedWith ?? "",
    additionalSecretOutputs: options.additionalSecretOutputs ?? [],
    import: options.import ?? "",
  };
}

/** What was imported is told by the id: the engine forgets the rest where an update follows (pulumi, step_generator.go). */
function stateOptions(resource: StateResource) {
  return {
    protect: resource.protect ?? false,
    retainOnDelete: resource.retainOnDelete ?? false,
    dependsOn: [...(resource.dependencies ?? [])].sort(),
    ignoreChanges: resource.ignoreChanges ?? [],
    replaceWith: [...(resource.replaceWith ?? [])].sort(),
    replaceOnChanges: resource.replaceOnChanges ?? [],
    deletedWith: resource.deletedWith ?? "",
    additionalSecretOutputs: resource.additionalSecretOutputs ?? [],
  };
}

function byUrn<T extends { urn: string }>(
  resources: readonly T[],
  shape: (resource: T) => Readonly<Record<string, Json>>,
): Comparable {
  const sorted = [...resources].sort((a, b) => (a.urn < b.urn ? -1 : 1));
  return Object.fromEntries(sorted.map((resource) => [resource.urn, shape(resource)]));
}
