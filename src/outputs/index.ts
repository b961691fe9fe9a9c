/**
 * The contract of a stage's outputs, for whoever reads them. The program makes them with `makeOutputs.ts`, which is not
 * here: it knows the types alone, and a start loads no schema.
 */
export { imageOf, MAX_OUTPUTS, readOutputs } from "./readOutputs";
export { choiceOf, kindOfEnvironment, namedKind, withRegistryOf } from "./registryType";
export {
  complianceSchema,
  formerComplianceSchema,
  type GatesOutput,
  outputsSchema,
  type RegistryOutput,
  type StageOutputs,
  support as supportSchema,
  type TokenOutput,
} from "./schema";
