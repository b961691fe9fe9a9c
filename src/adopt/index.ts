export { type Adoption, compareAdoption, isFinding, renderAdoption } from "./compare";
export { readExistingRegistry } from "./existingRegistry";
export { plannedAdoptions } from "./plannedAdoptions";
