/** One way a server offers to be shown who asks. Source: RFC 9110, 11.6.1. */
export interface Challenge {
  /** Lower case, such as `bearer`. */
  scheme: string;
  /** By name in lower case; the first of two with the same name counts. */
  parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const PARAMETER = /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;
const TOKEN68 = /[ \t]+[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/y;
const GAP = /[\s,]*/y;

/**
 * Reads `WWW-Authenticate`. What cannot be read is left out, along with all that follows in the same header: a wrong
 * guess would show a credential to the wrong place.
 */
export function parseChallenges(headers: readonly string[]): Challenge[] {
  return headers.flatMap(parseHeader);
}

function parseHeader(header: string): Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(header) ?? undefined;
    if (match) at = pattern.lastIndex;
    return match;
  };
  for (take(GAP); at < header.length; take(GAP)) {
    const parameter = take(PARAMETER);
    const current = found.at(-1);
    if (parameter) {
      if (!current) return found;
      const name = (parameter[1] ?? "").toLowerCase();
      const value = parameter[3] ?? (parameter[2] ?? "").replace(/\\(.)/g, "$1");
      if (!current.parameters.has(name)) current.parameters.set(name, value);
      continue;
    }
    const scheme = take(TOKEN);
    if (!scheme || !/^(?:[\s,]|$)/.test(header.slice(at, at + 1))) return found;
    found.push({ scheme: scheme[0].toLowerCase(), parameters: new Map() });
    take(TOKEN68);
  }
  return found;
}
