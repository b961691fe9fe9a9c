import { readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Where a Pulumi command is. */
export interface FoundPulumi {
  /** The folder whose `bin` holds it; absent for the one on PATH. */
  root?: string;
}

const FILES = process.platform === "win32" ? ["pulumi.exe", "pulumi.cmd"] : ["pulumi"];

function holdsPulumi(folder: string): boolean {
  return FILES.some((file) => statSync(join(folder, file), { throwIfNoEntry: false })?.isFile() === true);
}

/** Newest first, by number and not by text: 3.100.0 is newer than 3.99.0. */
function newestFirst(versions: readonly string[]): string[] {
  return [...versions].sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Looks for the Pulumi CLI: on PATH, then, newest first, in the cache that the npm package `pulumi` and the Automation
 * API share (`<PULUMI_HOME or ~/.pulumi>/versions/<version>/bin`). Nothing is downloaded.
 */
export function findPulumi(from: NodeJS.ProcessEnv = process.env): FoundPulumi | undefined {
  const path = (from["PATH"] ?? from["Path"] ?? "").split(delimiter);
  if (path.some((folder) => folder !== "" && holdsPulumi(folder))) return {};
  const versions = join(from["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "versions");
  const root = newestFirst(foldersIn(versions))
    .map((version) => join(versions, version))
    .find((folder) => holdsPulumi(join(folder, "bin")));
  return root === undefined ? undefined : { root };
}
