/**
 * What one run of the program sent, decoded: the contract between the recorder, the renderers, the diff and the tests.
 * Everything here is plain JSON. A secret is the string "[secret]", what only the cloud knows is "[unknown]".
 */
import type { Json } from "../base/json";

/** Resource options as the engine received them; an option that was not given is absent. */
export interface RecordedOptions {
  protect?: boolean;
  /** URNs named by `dependsOn` or found in inputs, sorted. */
  dependsOn?: readonly string[];
  /** The user's aliases; azure-native's aliases of its own API versions are left out. */
  aliases?: readonly Json[];
  /** The cloud's id to import. */
  import?: string;
  ignoreChanges?: readonly string[];
  replaceOnChanges?: readonly string[];
  retainOnDelete?: boolean;
  deleteBeforeReplace?: boolean;
  deletedWith?: string;
  /** URNs of resources whose replacement replaces this one too. */
  replaceWith?: readonly string[];
  /** URN::id of an explicit provider; absent for default providers. */
  provider?: string;
  additionalSecretOutputs?: readonly string[];
  customTimeouts?: Readonly<Record<string, string>>;
  hideDiffs?: readonly string[];
}

/** One registration, in the order it arrived. */
export interface RecordedResource {
  urn: string;
  /** Type token, such as `azure-native:containerregistry:Registry`. */
  type: string;
  name: string;
  /** URN of the parent; absent for the stack itself. */
  parent?: string;
  /** False for components. */
  custom: boolean;
  inputs: Readonly<Record<string, Json>>;
  options: RecordedOptions;
  /** URNs that an input's value comes from, by input; inputs of no other resource are not named. Absent: not known. */
  sources?: Readonly<Record<string, readonly string[]>>;
  /** Given by `registerOutputs` of a component. */
  outputs?: Readonly<Record<string, Json>>;
}

/** A stack read by reference. */
export interface RecordedReference {
  name: string;
  stack: string;
}

/** An existing resource that the program only reads (`Registry.get`); stack references stand apart. */
export interface RecordedRead {
  urn: string;
  type: string;
  name: string;
  /** The cloud's id it is read by. */
  id: string;
  parent?: string;
}

/** A line the program logged through the engine. */
export interface RecordedLog {
  severity: "debug" | "info" | "warning" | "error";
  message: string;
}

/** One stage's run, whole. Resources are sorted by URN, so two runs of the same program are equal. */
export interface Recording {
  project: string;
  stack: string;
  resources: readonly RecordedResource[];
  references: readonly RecordedReference[];
  /** Existing resources that are only read, sorted by URN; absent when there are none. */
  reads?: readonly RecordedRead[];
  /** Tokens of providers' functions and methods that were called, sorted, each once; absent when there are none. */
  calls?: readonly string[];
  /**
   * What the stage's configuration tells providers, by `<namespace>:<key>`, sorted; what is encrypted, and every credential,
   * reads "[secret]". Absent when it tells them nothing.
   */
  providers?: Readonly<Record<string, string>>;
  /** The stack's outputs. */
  outputs: Readonly<Record<string, Json>>;
  logs: readonly RecordedLog[];
}
