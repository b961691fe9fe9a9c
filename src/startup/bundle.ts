import { createRequire } from "node:module";
import { dirname } from "node:path";
import type Esbuild from "esbuild";

const load = () => createRequire(__filename)("esbuild") as typeof Esbuild;

/** The same files make the same script, with or without a map. */
const optionsFor = (file: string, sourcemap: "external" | false) => ({
  ...{ entryPoints: [file], bundle: true, packages: "external" as const, platform: "node" as const },
  ...{ format: "cjs" as const, absWorkingDir: dirname(file), outfile: `${file}.js`, sourcemap },
  ...{ write: false as const, logLevel: "silent" as const },
});

const textOf = (files: readonly Esbuild.OutputFile[], end: string) =>
  files.find(({ path }) => path.endsWith(end))?.text;

/**
 * Has esbuild make one CommonJS script of a TypeScript module and all of the project's own that it imports, in memory, in
 * about a tenth of a second. Packages stay what it requires.
 *
 * @returns nothing where esbuild is not there for this machine, may not run, or refuses the source: then whoever loads the
 * files one by one says more
 */
export async function bundle(file: string): Promise<string | undefined> {
  try {
    return textOf((await load().build(optionsFor(file, false))).outputFiles, ".js");
  } catch {
    return undefined;
  }
}

/** The source map of that script, JSON of version 3, at once. */
export function sourceMapOf(file: string): string | undefined {
  try {
    return textOf(load().buildSync(optionsFor(file, "external")).outputFiles, ".map");
  } catch {
    return undefined;
  }
}
