export { type Adoption, compareAdoption, isFinding, renderAdoption } from "./compare";
export { githubAdoptions, githubTable, importFile, readExistingGates, unplannedPolicies } from "./github";
export { readExistingRegistry } from "./existingRegistry";
export { plannedAdoptions } from "./plannedAdoptions";
