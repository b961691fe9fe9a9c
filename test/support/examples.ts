import { cpSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const REPOSITORY = resolve(__dirname, "../..");

/** The folder of the example projects. Tests read these, never the root's own files, which are the user's. */
export const EXAMPLES = join(REPOSITORY, "examples");

/** The folder of one example project. */
export const example = (name: string): string => join(EXAMPLES, name);

/** Copies an example project into a folder that is made, where its program runs as it does here. */
export function copyExample(name: string, folder: string): string {
  cpSync(example(name), folder, { recursive: true });
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: join(REPOSITORY, "tsconfig.json") }));
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"), "junction");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ main: join(REPOSITORY, "src/index.ts") }));
  return folder;
}
