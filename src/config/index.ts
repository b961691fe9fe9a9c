/**
 * The configuration of a stage, decoded and checked, for commands. The program reads it with `load.ts`, which is not
 * here: it asks Pulumi, and no command loads Pulumi for it.
 */
export { decodeConfig } from "./decode";
export {
  type ExampleValue,
  exampleWarning,
  findExampleValues,
  isExampleOwner,
  isExampleSubscription,
} from "./exampleValues";
export { readGitOps } from "./gitops";
export { SECRET_KEYS, SHARED, STAGE } from "./keys";
export { ownerConflicts } from "./providers";
export { type DecodedStage, readSharedConfig, readStages } from "./readStages";
export { checkStageName, missingText, type ProjectStages, readStageList, selectStages, unlistedText } from "./stages";
export { hasGates, readBranchRules, readVersionScheme } from "./versions";
