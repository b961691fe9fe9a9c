/** The face of this folder: the application's log of pulls, the registry's own, and both joined. */
export { judgePull, registryKey, stageRegistries } from "./judgePull";
export {
  PULL_SOURCES,
  type PullEvent,
  type PullLine,
  pullEventSchema,
  pullLineJson,
  pullLineSchema,
  pullLineText,
  type PullSource,
} from "./line";
export { lineStream } from "./lineStream";
export { pullLog, type PullLogCounts } from "./pullLog";
export { readPullLog } from "./readPullLog";
export { reconcile } from "./reconcile";
export { reconcileReport, type ReconcileReport, reconcileText } from "./reconcileReport";
export { readRegistryLog, readWorkspace, type RegistryEvent } from "./registryLog";
