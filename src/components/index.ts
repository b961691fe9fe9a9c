export { makeStage } from "./fromPlan";
export { removeVersionAliases } from "./versionAliases";
