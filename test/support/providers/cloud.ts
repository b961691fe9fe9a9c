import type { PlainFields } from "./values";

/** Something that stands in the cloud. */
export interface CloudResource {
  /** The provider's id: an ARM path, or GitHub's parts joined by colons. */
  readonly id: string;
  /** Type token. */
  readonly type: string;
  /** What the service has stored, under the names of the provider's inputs. */
  readonly inputs: PlainFields;
}

/** Tells the cloud what ids look like. */
export interface Naming {
  /** Type token of an id that nobody has stored yet; undefined when the id does not say it. */
  typeOf(id: string): string | undefined;
  /** Inputs that stand in the id. */
  inputsOf(type: string, id: string): PlainFields;
  idOf(type: string, inputs: PlainFields): string;
  /** True when the second lives inside the first and ends with it. */
  contains(outer: CloudResource, inner: CloudResource): boolean;
}

/** Everything that exists, by provider id. ARM ids are compared without regard to case, as ARM does. */
export class Cloud {
  readonly #resources = new Map<string, CloudResource>();

  constructor(private readonly naming: Naming) {}

  get(id: string): CloudResource | undefined {
    return this.#resources.get(key(id));
  }

  has(id: string): boolean {
    return this.#resources.has(key(id));
  }

  /** Everything, in the order it was made. */
  all(): CloudResource[] {
    return [...this.#resources.values()];
  }

  /** Everything of one type. */
  ofType(type: string): CloudResource[] {
    return this.all().filter((resource) => resource.type === type);
  }

  /** What lives inside a resource, at any depth. */
  inside(resource: CloudResource): CloudResource[] {
    return this.all().filter((other) => other.id !== resource.id && this.naming.contains(resource, other));
  }

  /**
   * Stores other inputs behind everybody's back: drift. A new ARM id makes a resource.
   *
   * @throws Error when the id is new and does not say its type: use {@link seed}
   */
  set(id: string, inputs: PlainFields): void {
    const type = this.get(id)?.type ?? this.naming.typeOf(id);
    if (type === undefined) throw new Error(`Cannot tell the type of "${id}": use seed(type, inputs)`);
    this.put(id, type, { ...this.naming.inputsOf(type, id), ...inputs });
  }

  /** Puts something there that exists already; nothing is checked. Returns its id. */
  seed(type: string, inputs: PlainFields): string {
    const id = this.naming.idOf(type, inputs);
    this.put(id, type, inputs);
    return id;
  }

  /** Stores a resource under its id. */
  put(id: string, type: string, inputs: PlainFields): CloudResource {
    const resource = { id: this.get(id)?.id ?? id, type, inputs };
    this.#resources.set(key(id), resource);
    return resource;
  }

  /** Takes a resource away with all that lives inside it; false when there is none. */
  delete(id: string): boolean {
    const resource = this.get(id);
    if (resource === undefined) return false;
    for (const inner of this.inside(resource)) this.#resources.delete(key(inner.id));
    return this.#resources.delete(key(id));
  }
}

const key = (id: string): string => (id.startsWith("/") ? id.toLowerCase() : id);
