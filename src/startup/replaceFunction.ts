/** A function of the SDK, of which only that it can be called is known. */
export type Replaced = (...args: readonly unknown[]) => unknown;

/**
 * Replaces a function of an object or class by one made of it. Where a release of the SDK has no such function, or does not
 * let it be replaced, it is left as it is.
 *
 * @param make gets the function, bound to its owner
 */
export function replaceFunction(owner: unknown, name: string, make: (original: Replaced) => Replaced): void {
  if ((typeof owner !== "object" && typeof owner !== "function") || owner === null) return;
  const property: { value?: unknown; writable?: boolean } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
  const { value, writable } = property;
  if (writable !== true || typeof value !== "function") return;
  const replaced = make((...args) => Reflect.apply(value, owner, args) as unknown);
  Reflect.set(owner, name, replaced);
}
