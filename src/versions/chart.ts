import { FAILSAFE_SCHEMA, loadAll, YAMLException } from "js-yaml";
import { DualRegistryError } from "../base/errors";
import { fieldsOf, isObject } from "../base/json";
import { quoted, quotedValue } from "../base/text/quote";

/** Bytes of the largest Chart.yaml that is read. Helm's own charts have a few hundred. */
export const MAX_CHART = 256 * 1024;

/** What a bump needs of a chart. */
export interface Chart {
  name: string;
  /** Strict semver, without a prefix. */
  version: string;
  /** The application's version; absent where the chart names none. */
  appVersion?: string;
}

/** A scalar at the top of a file: its value, and where its text begins and ends. */
interface Scalar {
  value: string;
  start: number;
  end: number;
}

/** Name of a chart, as Helm takes it and a ref can hold it. Source: helm.sh/docs/chart_best_practices/conventions. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,98}[a-z0-9])?$/;
/** Source: Semantic Versioning 2.0.0, without its build metadata, which no tag can hold. */
const SEMVER = /^(?:0|[1-9]\d{0,9})\.(?:0|[1-9]\d{0,9})\.(?:0|[1-9]\d{0,9})(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/**
 * Reads the text of a Chart.yaml.
 *
 * @param file names it in messages
 * @throws DualRegistryError CONTENT_INVALID for what is no YAML, several documents, a file with anchors, or no chart
 */
export function readChart(text: string, file: string): Chart {
  const scalars = scalarsOf(text, file);
  const refuse = (key: string, found: string | undefined, allowed: string): never => {
    const value = found === undefined ? "is missing" : `${quotedValue(found)} is not allowed`;
    throw new DualRegistryError("CONTENT_INVALID", `${file}: ${key} ${value}; allowed: ${allowed}`);
  };
  const { name, version, appVersion } = Object.fromEntries([...scalars].map(([key, { value }]) => [key, value]));
  if (name === undefined || !NAME.test(name) || name.includes("..")) {
    return refuse("name", name, "lower-case letters, digits, points and hyphens");
  }
  if (version === undefined || !SEMVER.test(version)) {
    return refuse("version", version, "three numbers without a prefix, such as 1.1.0");
  }
  return { name, version, ...(appVersion !== undefined && { appVersion }) };
}

/**
 * The text of a Chart.yaml with other versions; every other character stays, and quotes stay as they are.
 *
 * @param version without a prefix
 * @param appVersion as images are tagged; written where the chart has one
 * @throws DualRegistryError CONTENT_INVALID as {@link readChart}, and for a version over several lines
 */
export function bumpChart(
  text: string,
  file: string,
  { version, appVersion }: { version: string; appVersion: string },
) {
  readChart(text, file);
  const scalars = scalarsOf(text, file);
  const wanted = Object.entries({ version, appVersion }).flatMap(([key, value]) => {
    const scalar = scalars.get(key);
    return scalar === undefined ? [] : [{ ...scalar, value }];
  });
  // The last one first, so that the places of those before it stay right.
  const bumped = wanted
    .sort((a, b) => b.start - a.start)
    .reduce((all, { start, end, value }) => {
      const written = all.slice(start, end);
      const quote = /^(["']).*\1$/.exec(written)?.[1] ?? "";
      if (/[\r\n]/.test(written) || (quote === "" && /^[|>&*!]/.test(written))) {
        const remedy = "write it on one line, without a tag";
        throw new DualRegistryError("CONTENT_INVALID", `${file}: ${quoted(written)} cannot be replaced; ${remedy}`);
      }
      return all.slice(0, start) + quote + value + quote + all.slice(end);
    }, text);
  const after = scalarsOf(bumped, file);
  for (const [key, { value }] of scalars) {
    const now = key === "version" ? version : key === "appVersion" ? appVersion : value;
    if (after.get(key)?.value === now) continue;
    throw new DualRegistryError("CONTENT_INVALID", `${file}: ${quoted(key)} cannot be written; write it by hand`);
  }
  return bumped;
}

/** The scalars at the top of the one mapping in a file. js-yaml says where each part of a document begins and ends. */
function scalarsOf(text: string, file: string): Map<string, Scalar> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new DualRegistryError("CONTENT_INVALID", `${file}: ${why}; wanted: a Chart.yaml`, { cause });
  };
  // The library looks past a mark of the byte order, and counts from behind it.
  const shift = text.startsWith("\ufeff") ? 1 : 0;
  const open: number[] = [];
  const parts: Scalar[] = [];
  let documents: unknown[];
  try {
    documents = loadAll(text, undefined, {
      schema: FAILSAFE_SCHEMA,
      listener(event, state) {
        if (event === "open") return void open.push(state.position);
        const begins = open.pop() ?? 0;
        if (anchorOf(state) !== undefined) refuse("it holds anchors or aliases");
        if (open.length !== 1) return;
        parts.push({ value: textOf(state), ...trimmed(state.input, begins, state.position, shift) });
      },
    });
  } catch (error) {
    if (error instanceof RangeError) return refuse("it nests too deeply", error);
    if (!(error instanceof YAMLException)) throw error;
    const mark = error.mark as YAMLException["mark"] | undefined;
    return refuse(`line ${(mark?.line ?? 0) + 1}: ${error.reason}`, error);
  }
  const [document, ...others] = documents;
  if (others.length > 0) return refuse(`it holds ${documents.length} documents`);
  if (!isObject(document)) return refuse("it is no mapping of keys to values");
  const keys = Object.keys(document);
  // Keys and values come in turn; where they do not, such as with a merge, nothing of it is what it seems.
  if (parts.length !== 2 * keys.length) return refuse("its top is no plain list of keys and values");
  return new Map(
    keys.flatMap((key, at): [string, Scalar][] => {
      const [name, value] = parts.slice(2 * at, 2 * at + 2);
      if (name?.value !== key || value === undefined) return refuse("its top is no plain list of keys and values");
      return typeof fieldsOf(document)[key] === "string" ? [[key, value]] : [];
    }),
  );
}

/** What the library knows of a part and its types do not say. */
const fieldOf = (state: object, key: string): unknown => Reflect.get(state, key);

const anchorOf = (state: object): unknown => fieldOf(state, "anchor") ?? undefined;

const textOf = (state: object): string => {
  const result = fieldOf(state, "result");
  return typeof result === "string" ? result : "";
};

/** A part without the spaces around it, and without a comment behind a plain value. */
function trimmed(input: string, begins: number, ends: number, shift: number): Pick<Scalar, "start" | "end"> {
  const text = input.slice(begins, ends);
  const lead = /^\s*/.exec(text)?.[0].length ?? 0;
  const start = begins + lead;
  return { start: start + shift, end: start + text.slice(lead).trimEnd().length + shift };
}
