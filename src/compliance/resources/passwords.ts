import type { ResourceBag } from "./bag";

/** Types whose properties can hold a login of a registry. */
const HOLDERS = /^(?:azure-native:containerregistry(?:\/\w+)?:|docker:|docker-build:)/;

/** Names of properties that hold one. */
const PASSWORD = /^(?:password|password1|password2|adminPassword|registryPassword|accessToken)$/;

/** A token's credentials have a list of passwords; each has its value only where somebody put it there. */
const isValue = (path: readonly string[], key: string) => key === "value" && path.includes("passwords");

function* find(value: unknown, path: readonly string[]): Generator<string> {
  if (typeof value !== "object" || value === null || path.length > 8) return;
  for (const [key, inner] of Object.entries(value)) {
    const filled = typeof inner === "string" && inner !== "";
    if (filled && (PASSWORD.test(key) || isValue(path, key))) yield [...path, key].join(".");
    else yield* find(inner, [...path, key]);
  }
}

/**
 * Properties that put a password into the state: `<resource>.<property>`, sorted. An encrypted one counts as well, since
 * whoever may read the stack may decrypt it. Only names are told, never a value.
 */
export function passwordsIn(resources: readonly ResourceBag[]): readonly string[] {
  const found = resources
    .filter(({ type }) => HOLDERS.test(type))
    .flatMap(({ name, inputs, outputs }) =>
      [inputs, outputs ?? {}].flatMap((bag) => [...find(bag, [])].map((path) => `${name}.${path}`)),
    );
  return [...new Set(found)].sort();
}
