import type { VersionPrefix, VersionScheme } from "../../src/domain/image/version";
import { DEFAULT_STAGES, type Stages } from "../../src/domain/stage";

/** How a test's product writes its versions: those of four stages, with a v, where nothing else is said. */
export const schemeOf = (stages: Stages = DEFAULT_STAGES, versionPrefix: VersionPrefix = "v"): VersionScheme => ({
  ...{ stages, versionPrefix },
});
