import { SourceMap, type SourceMapPayload } from "node:module";
import { resolve } from "node:path";

/** A frame that says another place and is else what it was. */
function moved(frame: NodeJS.CallSite, place: { file: string; line: number; column: number }): NodeJS.CallSite {
  const said = new Map<PropertyKey, () => unknown>([
    ["getFileName", () => place.file],
    ["getScriptNameOrSourceURL", () => place.file],
    ["getLineNumber", () => place.line],
    ["getColumnNumber", () => place.column],
  ]);
  return new Proxy(frame, {
    get(target, key) {
      const other: unknown = said.get(key) ?? Reflect.get(target, key);
      return typeof other === "function" && !said.has(key) ? (other.bind(target) as unknown) : other;
    },
  });
}

/**
 * Makes traces name the sources of a script, from its first error on: before, its map is not made. Where nobody prepares
 * traces, as Pulumi's TypeScript runtime does, they are left alone.
 *
 * @param script the name that the script was compiled under
 * @param readMap gives the script's source map, JSON of version 3; asked once
 * @param folder what the names in the map are relative to
 */
export function mapFramesOf(script: string, readMap: () => string | undefined, folder: string): void {
  let map: SourceMap | undefined;
  const place = (frame: NodeJS.CallSite): NodeJS.CallSite => {
    if (frame.getFileName() !== script) return frame;
    map ??= new SourceMap(JSON.parse(readMap() ?? '{"mappings":"","sources":[]}') as SourceMapPayload);
    const found = map.findEntry((frame.getLineNumber() ?? 1) - 1, (frame.getColumnNumber() ?? 1) - 1);
    if (!("originalSource" in found)) return frame;
    const { originalSource, originalLine, originalColumn } = found;
    return moved(frame, { file: resolve(folder, originalSource), line: originalLine + 1, column: originalColumn + 1 });
  };
  const prepare: unknown = Reflect.get(Error, "prepareStackTrace");
  if (typeof prepare !== "function") return;
  Error.prepareStackTrace = (error, frames) => Reflect.apply(prepare, Error, [error, frames.map(place)]) as unknown;
}
