/** A property path as Pulumi writes it, in parts: `policies.rules[0].days` is `["policies", "rules", 0, "days"]`. */
export type PathPart = string | number;

/** The property path of some parts; keys that are no plain words are quoted: `tags["cost.center"]`. */
export function formatPath(parts: readonly PathPart[]): string {
  return parts.reduce<string>((path, part) => {
    if (typeof part === "number") return `${path}[${part}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(part)) return `${path}[${JSON.stringify(part)}]`;
    return path === "" ? part : `${path}.${part}`;
  }, "");
}

/**
 * The parts of a property path. `*` and `[*]` stay the string `*`.
 * What does not parse is one part, so that it can never match more than it says.
 */
export function parsePath(path: string): readonly PathPart[] {
  const parts: PathPart[] = [];
  const token = /\.?([^.[\]"]+)|\[(\d+|\*)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  while (token.lastIndex < path.length) {
    const found = token.exec(path);
    if (found === null) return [path];
    const [, word, index, quoted] = found;
    if (word !== undefined) parts.push(word);
    else if (index !== undefined) parts.push(index === "*" ? index : Number(index));
    else if (quoted !== undefined) parts.push(unquote(quoted));
  }
  return parts;
}

/** True when `pattern` names `path` or something around it; `*` stands for any one part. */
export function covers(pattern: readonly PathPart[], path: readonly PathPart[]): boolean {
  return (
    pattern.length <= path.length && pattern.every((part, at) => part === "*" || String(part) === String(path[at]))
  );
}

/** A quoted key is JSON where JSON can read it; a person's own escapes are taken literally. */
function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1).replace(/\\(.)/g, "$1");
  }
}
