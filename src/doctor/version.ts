/** The three numbers of a version. */
export type Version = readonly [number, number, number];

/** The first version in a text, such as `v3.248.0` or `>=20.19`; `undefined` where there is none. */
export function parseVersion(text: string): Version | undefined {
  const parts = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return parts === null ? undefined : [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0)];
}

/** True where the first is the second or later. */
export function atLeast(version: Version, least: Version): boolean {
  const differing = version.findIndex((part, index) => part !== least[index]);
  return differing < 0 || (version[differing] ?? 0) > (least[differing] ?? 0);
}

/** `3.248.0`. */
export function showVersion(version: Version): string {
  return version.join(".");
}
