import type { Control } from "../control";
import { onEachAcr } from "../judge";
import { checkov, psRule } from "../sources";

export const replicaElsewhere: Control = {
  id: "replica-elsewhere",
  title: "Images stand in a second region",
  why: "Where the only region fails, nothing that pulls its image then can start.",
  severity: "low",
  level: "advisory",
  rows: ["S1-11"],
  corresponds: [psRule("GeoReplica"), checkov("CKV_AZURE_165")],
  mappings: [],
  remediation: "Name another region in replicas (Premium, not together with softDeleteDays).",
  evaluate: onEachAcr(
    "replications",
    "at least one in another region",
    ({ location, replicas }) => (location === "unknown" ? ("unknown" as const) : replicas),
    (replicas) => replicas.length > 0,
  ),
};
