export { startAcr, type AcrStandIn } from "./acr";
export { startDistribution, type DistributionOptions } from "./distribution";
export { startFaultProxy, type FaultProxy } from "./faultProxy";
export type { Fault, FaultPlan, FaultRule } from "./faults";
export { findTool } from "./findTool";
export { REFERRERS_TOOL, startReferrers } from "./referrers";
export { describeWith, skipWithout } from "./skipWithout";
export type { TestRegistry } from "./testRegistry";
export { startTokenRealm, type TokenRealm } from "./tokenRealm";
