export { startAcr, type AcrStandIn } from "./acr";
export { type DistributionOptions, startDistribution } from "./distribution";
export { startFaultProxy, type FaultProxy } from "./faultProxy";
export type { Fault } from "./faults";
export { findTool } from "./findTool";
export {
  deletesNothing,
  digestTags,
  GHOST,
  headSays,
  instead,
  manifestsTyped,
  type Quirk,
  type QuirkyRegistry,
  referrersAnswered,
  referrersListed,
  refusal,
  startQuirky,
  tagsLinkElsewhere,
  tagsRefused,
  withHeaders,
} from "./quirks";
export { REFERRERS_TOOL, startReferrers } from "./referrers";
export { describeWith, skipWithout } from "./skipWithout";
export type { TestRegistry } from "./testRegistry";
export { startTokenRealm } from "./tokenRealm";
