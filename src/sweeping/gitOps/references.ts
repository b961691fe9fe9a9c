import { isTag } from "../../base/reference";

/** Stands in a text for an expression whose value is not known: of Helm, a shell, Kustomize, Jinja and others. */
export const HOLE = "\ue000";

/**
 * Expressions whose value something else puts in. Each has an end within some hundred characters, so that a hostile text
 * takes no longer than its length.
 */
const EXPRESSIONS =
  /\{\{[^{}]{0,500}\}\}|\{%[^{%]{0,300}%\}|\$\{(?:[^{}]|\$?\{[^{}]{0,200}\}){0,300}\}|\$\([^()]{0,300}\)|\$[A-Za-z_]\w{0,100}|\[\[[^[\]]{0,200}\]\]|<[^<>\s]{1,100}>|%[A-Za-z_]\w{0,100}%|%[sdvq]\b|@@?[A-Z_]{2,60}@@?|__[A-Z][A-Z_]{0,60}__|ENC\[[^[\]]{0,2000}\]/g;

/** A text whose expressions are holes, and what stood in them, since a default may be a reference. */
export function withHoles(text: string): { text: string; inner: string[] } {
  const inner: string[] = [];
  const holed = text.replaceAll(HOLE, "").replace(EXPRESSIONS, (expression) => {
    // `${IMAGE:-orders/api:v1}` and its kind: what stands behind the operator is a value of its own.
    inner.push(expression.slice(1, -1).replace(/:?[-=+?]/g, (operator) => (operator.startsWith(":") ? " " : operator)));
    return HOLE;
  });
  return { text: holed, inner };
}

/** What may be a reference: a name, and behind it what says which image, as far as it is known. */
export interface Token {
  name: string;
  /** A tag; `?` where one is given that is not known; absent where none is given. */
  tag?: string;
  /** True where a digest is given that is not known. */
  hasUnknownDigest: boolean;
}

/** Every word of a text with holes that could name an image. */
export function* tokensOf(text: string): Generator<Token & { index: number }> {
  for (const { 0: word, index } of text.matchAll(/[\w./:@+\ue000-]{1,4096}/g)) {
    const token = tokenOf(word, text[index + word.length] ?? "\n");
    if (token) yield { ...token, index };
  }
}

/** @param next the character behind the word: a quotation mark behind a colon means that a tag is put together there */
function tokenOf(word: string, next: string): Token | undefined {
  const at = word.indexOf("@");
  // `user@host/path`, as of Git's addresses, names no digest.
  const digested = at >= 0 && /^@(?:sha\d|\ue000|$)/.test(word.slice(at));
  const hasUnknownDigest =
    digested && !/^@(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})(?![0-9a-f])/.test(word.slice(at));
  const named = digested ? word.slice(0, at) : word;
  const colon = named.lastIndexOf(":");
  if (colon < 0 || named.includes("/", colon)) return { name: named, hasUnknownDigest };
  const [name, tag] = [named.slice(0, colon), named.slice(colon + 1)];
  if (tag === "") return { name, hasUnknownDigest, ...(/["'`)]/.test(next) && { tag: "?" }) };
  return { name, hasUnknownDigest, tag: isTag(tag) ? tag : "?" };
}

const endsIn = (name: string, repository: string): boolean =>
  name.endsWith(repository) && !/[A-Za-z0-9._-]/.test(name.at(-repository.length - 1) ?? "/");

/** The part of a name behind its host, as far as the host can be told: it ends in a port or has a dot. */
const withoutHost = (name: string): string => name.replace(/^[^/]*[.:][^/]*\//, "").replace(/^:\d{1,5}\//, "/");

/** True where a name with or without holes may be that of a repository of the map, whatever stands in front of it. */
export function mayName(name: string, repository: string): boolean {
  if (endsIn(name, repository)) return true;
  if (!name.includes(HOLE)) return false;
  const parts = name.split(HOLE);
  const before = parts.at(-2) ?? "";
  const tail = withoutHost(parts.at(-1) ?? "");
  if (tail.startsWith("/") && tail.length > 1) return `/${repository}`.endsWith(tail) || endsIn(tail, repository);
  if (/[a-z0-9]/.test(tail)) return repository.endsWith(tail);
  if (endsIn(before, repository)) return true;
  const path = withoutHost(before).replace(/^\//, "");
  return /[a-z0-9]/.test(path) && `/${repository}`.includes(`/${path}`);
}

/** True where a name is a hole and nothing more, and so may be any repository's. */
export const isOpenName = (name: string): boolean => name.includes(HOLE) && !/[a-z0-9]/.test(withoutHost(name));
