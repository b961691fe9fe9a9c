import type { Json } from "../preview/recording";

type Fields = Readonly<Record<string, Json>>;

const isFields = (value: Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The value at a dotted path; undefined where there is none. */
export function fieldAt(fields: Fields, path: string): Json | undefined {
  return path.split(".").reduce<Json | undefined>((value, part) => (isFields(value) ? value[part] : undefined), fields);
}

/** Every path that ends in a text, a number, a switch or a list, with what stands there, sorted. */
export function leaves(fields: Fields, path = ""): [path: string, value: Json][] {
  return Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]): [string, Json][] => {
      const at = path === "" ? name : `${path}.${name}`;
      return isFields(value) ? leaves(value, at) : [[at, value]];
    });
}

/** True where a path is one of the others, or lies below one. */
export const isBelow = (path: string, others: readonly string[]): boolean =>
  others.some((other) => path === other || path.startsWith(`${other}.`));

/** True for equal values; the order of a list of rules does not count. */
export function sameValue(one: Json | undefined, other: Json | undefined): boolean {
  const text = (value: Json | undefined): string =>
    Array.isArray(value)
      ? value
          .map((item: Json) => JSON.stringify(item))
          .sort()
          .join(",")
      : JSON.stringify(value ?? null);
  return text(one) === text(other);
}
