import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** Where `npm run setup` puts what it builds. */
export const BUILT_TOOLS = resolve(__dirname, "../../../.cache/bin");

/** The path of a command, from what setup built or from PATH; `undefined` where there is none. */
export function findTool(name: string, path = process.env.PATH ?? ""): string | undefined {
  return [BUILT_TOOLS, ...path.split(delimiter).filter((dir) => dir !== "")]
    .map((dir) => join(dir, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
