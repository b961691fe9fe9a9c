import { ok, problem, type Finding } from "./finding";
import { atLeast, parseVersion, showVersion, type Version } from "./version";

/** The oldest Node.js this project runs on. Source: package.json, engines. */
export const LEAST_NODE: Version = [20, 19, 0];

/** Is this Node.js new enough? */
export function checkNode(version: string): Finding {
  const found = parseVersion(version);
  const least = showVersion(LEAST_NODE);
  if (found !== undefined && atLeast(found, LEAST_NODE)) return ok("node", `Node.js ${showVersion(found)}`);
  return problem(
    "node",
    `Node.js ${version}, and ${least} is the oldest that works`,
    "nvm install 22  # or another way to install Node.js 22",
  );
}
