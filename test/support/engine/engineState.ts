/** Marks a secret in the engine's JSON. Source: pulumi, sdk/go/common/resource/sig (Secret). */
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";

/** A resource as the engine keeps it. Source: pulumi, sdk/go/common/apitype/core.go (ResourceV3). */
export interface StateResource {
  urn: string;
  type: string;
  custom: boolean;
  id?: string;
  parent?: string;
  protect?: boolean;
  provider?: string;
  inputs?: Readonly<Record<string, unknown>>;
  outputs?: Readonly<Record<string, unknown>>;
  dependencies?: readonly string[];
  ignoreChanges?: readonly string[];
  retainOnDelete?: boolean;
  replaceWith?: readonly string[];
  replaceOnChanges?: readonly string[];
  deletedWith?: string;
  additionalSecretOutputs?: readonly string[];
  initErrors?: readonly string[];
}

/** The engine's state of one stack. */
export interface EngineState {
  resources: readonly StateResource[];
}

/** True for a secret, however it is encrypted. */
export function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && Reflect.get(value, SIGNATURE_KEY) === SECRET_SIGNATURE;
}

/** The resources the program registered: without the stack itself and the providers. */
export function ownResources(state: EngineState): StateResource[] {
  return state.resources.filter(({ type }) => !type.startsWith("pulumi:"));
}
