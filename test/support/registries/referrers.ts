import { findTool } from "./findTool";
import { serve } from "./serve";
import type { TestRegistry } from "./testRegistry";

/** The command that `npm run setup` builds from the folder `referrers/`. */
export const REFERRERS_TOOL = "referrers-registry";

/**
 * Starts a registry with the referrers API (go-containerregistry's). Nobody has to log in. Manifests lie in memory,
 * blobs on disk; it mounts nothing across repositories, does not say how far an upload came, and sends no OCI-Subject.
 */
export function startReferrers(): Promise<TestRegistry> {
  const tool = findTool(REFERRERS_TOOL) ?? REFERRERS_TOOL;
  return serve((port, _, storageDir) => [tool, "-listen", `127.0.0.1:${port}`, "-dir", storageDir]);
}
