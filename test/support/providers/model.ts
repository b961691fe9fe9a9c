import type { Change } from "./changes";
import type { Problem, ProviderManners } from "./validate";
import type { Fields, PlainFields } from "./values";

/** Who a provider works for: what its configuration says. */
export interface Account {
  /** Azure's subscription; GUID. */
  subscriptionId: string;
  /** azure-native:location, the region of what names none. */
  location?: string;
}

/** What the engine says of the resource it asks about. */
export interface Asked {
  /** The resource's name in the program. */
  name: string;
  /** The engine's seed for random names. */
  seed: string;
  account: Account;
}

/** A provider with its cloud: what of the two the engine gets to see. All calls but `fill` and `rules` are outside previews. */
export interface Model {
  readonly name: "azure-native" | "github" | "kubernetes";
  readonly manners: ProviderManners;
  /** Outputs whose value an update cannot change, so that its preview knows them. */
  readonly stable: readonly string[];
  /** Whether a replacement deletes first. */
  readonly deletesFirst: boolean;
  /** Whether an output the inputs say nothing of is unknown in a preview, or takes its default. */
  readonly previewsInputsOnly: boolean;
  /** Inputs with names and regions the provider gives. */
  fill(type: string, inputs: Fields, olds: Fields, asked: Asked): Fields;
  /** What inputs must agree on among themselves. */
  rules(type: string, inputs: Fields): Problem[];
  replaces(type: string, change: Change, all: readonly Change[]): boolean;
  /** @throws CloudError when the service refuses */
  create(type: string, inputs: PlainFields, account: Account): Later<{ id: string; outputs: PlainFields }>;
  /**
   * The outputs now; undefined when there is no such resource.
   *
   * @param before those that the state holds: a provider may keep of them what it does not read
   */
  read(type: string, id: string, before: Fields): PlainFields | undefined;
  /** Inputs for a resource that is imported. */
  importedInputs(type: string, id: string): PlainFields;
  /** @throws CloudError when the service refuses */
  update(type: string, id: string, inputs: PlainFields): Later<PlainFields>;
  /** @throws CloudError when the service refuses; what is gone already is no error */
  remove(type: string, id: string): Later<void>;
  /** What a function of the provider answers; undefined for one that no stand-in offers. */
  invoke?(token: string, account: Account): PlainFields | undefined;
}

/** Now, or when the service has done it. */
type Later<T> = T | Promise<T>;

/** A service's refusal, with the code it would give. */
export class CloudError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
    this.name = "CloudError";
  }
}
