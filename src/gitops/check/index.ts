export { checkRepository } from "./check";
export { openFolder, scopeOf } from "./folder";
export type { CheckFinding, CheckReport } from "./report";
export { CHECK_RULES, type CheckRule } from "./rules";
