import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A workflow file of the repository. */
interface WorkflowFile {
  /** Such as `drift.yml`. */
  name: string;
  text: string;
}

/** The folder of workflows in a repository. */
const WORKFLOWS = ".github/workflows";

/**
 * The workflows of the repository that a project stands in, by name: in the project's folder or one above it, up to the
 * repository's own.
 *
 * @param root the project's folder
 * @returns undefined where there is no such folder, or it cannot be read
 */
export function readWorkflowFiles(root: string): WorkflowFile[] | undefined {
  const folder = join(root, WORKFLOWS);
  if (existsSync(folder)) {
    try {
      const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
      return names.sort().map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
    } catch {
      return undefined;
    }
  }
  return existsSync(join(root, ".git")) || dirname(root) === root ? undefined : readWorkflowFiles(dirname(root));
}
