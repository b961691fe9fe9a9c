import { lstatSync, opendirSync } from "node:fs";
import { join } from "node:path";
import { quoted } from "../../boundedFile";
import { DualRegistryError } from "../../errors";

/** How much of a repository is read; more is refused, since what is not read is not spared. */
export const LIMITS = { files: 20_000, entries: 500_000, depth: 30, fileBytes: 4 * 1024 * 1024 } as const;

/**
 * The YAML files below a folder, in no order. Links are not followed, and .git and node_modules are left out.
 *
 * @throws DualRegistryError USAGE for what is no folder, CONTENT_INVALID for more than the limits
 */
export function yamlFiles(folder: string): string[] {
  const where = `Repository ${quoted(folder)}`;
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new DualRegistryError("USAGE", `${where}: is no folder; name the checkout of the GitOps repository`);
  }
  const files: string[] = [];
  let entries = 0;
  const open: { path: string; depth: number }[] = [{ path: folder, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const directory = opendirSync(next.path);
    try {
      for (let entry = directory.readSync(); entry; entry = directory.readSync()) {
        const path = join(next.path, entry.name);
        if (entry.isDirectory() && entry.name !== ".git" && entry.name !== "node_modules") {
          open.push({ path, depth: next.depth + 1 });
        } else if (entry.isFile() && /\.ya?ml$/i.test(entry.name)) files.push(path);
        if (++entries > LIMITS.entries || files.length > LIMITS.files || next.depth > LIMITS.depth) {
          const most = `${LIMITS.files} YAML files, ${LIMITS.entries} entries, ${LIMITS.depth} folders deep`;
          throw new DualRegistryError("CONTENT_INVALID", `${where}: larger than allowed: ${most}; name a folder in it`);
        }
      }
    } finally {
      directory.closeSync();
    }
  }
  return files;
}
