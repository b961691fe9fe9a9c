/** The face of this folder: the application's log of pulls, the registry's own, and both joined. */
export { judgePull, type PullStage } from "./judgePull";
export { PULL_SOURCES, type PullEvent, type PullLine, pullLineSchema, type PullSource, type PullVerdict } from "./line";
export { pullLog, type PullLogCounts } from "./pullLog";
export { pullLineJson, pullLineText } from "./lineText";
export { canonicalHost, stageRegistries } from "./judgePull";
export { readPullLog } from "./readPullLog";
export { JOIN_VERDICTS, type JoinedPull, reconcile } from "./reconcile";
export { reconcileReport, type ReconcileReport, reconcileText } from "./reconcileReport";
export { readRegistryLog, readWorkspace, type RegistryEvent } from "./registryLog";
