export { makeStage, type StageInputs, type StageResources } from "./fromPlan";
export { removeVersionAliases } from "./versionAliases";
