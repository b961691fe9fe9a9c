import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Known } from "../../domain/facts";

const SCHEDULED = /^\s*schedule:/m;

/** What compares what stands with the program, and fails on a difference. */
const COMPARES = /--expect-no-changes|\bdualreg\s+drift\b/;

/**
 * Whether a scheduled workflow of the repository compares what stands with the program. A file says that it is planned,
 * not that it runs; unknown where the project has no workflows beside it.
 *
 * @param root the project's folder
 */
export function driftWatched(root: string): Known<boolean> {
  const folder = join(root, ".github", "workflows");
  try {
    const files = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));
    return files.some((file) => {
      const text = readFileSync(join(folder, file), "utf8");
      return SCHEDULED.test(text) && COMPARES.test(text);
    });
  } catch {
    return "unknown";
  }
}
