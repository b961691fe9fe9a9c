import { SourceMap, type SourceMapPayload } from "node:module";
import { resolve } from "node:path";

/** A script that was compiled in memory. */
export interface Script {
  /** The name that it was compiled under. */
  readonly filename: string;
  /** Its source map, JSON of version 3. */
  readonly map: string;
  /** The folder that the sources in the map are relative to. */
  readonly folder: string;
}

/** A frame of a trace. V8 prints it as `name (file:line:column)`. */
interface Frame extends NodeJS.CallSite {
  toString(): string;
}

/**
 * Makes stack traces name the sources of a script, through V8's hook for traces, `Error.prepareStackTrace`
 * (https://v8.dev/docs/stack-trace-api). It takes the place of the hook of Pulumi's TypeScript runtime, which reads the
 * source map of every file that a trace passes through. Pulumi's SDK takes a trace for each resource and each promise,
 * so that hook took a third of the program's time (docs/adr/0003-a-fast-program.md). Frames of other files are printed
 * as V8 prints them.
 */
export function prepareScriptTraces({ filename, map, folder }: Script): void {
  const locate = locator(map, folder);
  const print = (frame: Frame): string => {
    if (frame.getFileName() !== filename) return frame.toString();
    const [line, column] = [frame.getLineNumber() ?? 1, frame.getColumnNumber() ?? 1];
    return frame.toString().replace(`${filename}:${line}:${column}`, () => locate(line, column) ?? filename);
  };
  Error.prepareStackTrace = (error, frames: Frame[]) =>
    [title(error), ...frames.map((frame) => `    at ${print(frame)}`)].join("\n");
}

/** Finds the source of a place in the script: `file:line:column`, or undefined where the map knows none. */
function locator(json: string, folder: string): (line: number, column: number) => string | undefined {
  const known = new Map<string, string | undefined>();
  let map: SourceMap | undefined;
  return (line, column) => {
    const key = `${line}:${column}`;
    if (known.has(key)) return known.get(key);
    map ??= new SourceMap(JSON.parse(json) as SourceMapPayload);
    const entry = map.findEntry(line - 1, column - 1);
    const place =
      "originalSource" in entry
        ? `${resolve(folder, entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
        : undefined;
    known.set(key, place);
    return place;
  };
}

/** The first line of a trace, as V8 makes it: an error whose name or message cannot be read does not end the program. */
function title(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}
