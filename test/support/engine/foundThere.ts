import { AZURE } from "../providers/azureTypes";
import type { Cloud } from "../providers/cloud";
import { KUBERNETES } from "../providers/kubernetesIds";
import type { PlainFields } from "../providers/values";

/** Something of somebody else's: its type and inputs. */
type Found = readonly [type: string, inputs: PlainFields];

const namespace = (name: string): Found => [
  KUBERNETES.namespace,
  { apiVersion: "v1", kind: "Namespace", metadata: { name } },
];

/** What a project's stages name and do not make, by project: others made it before. */
const FOUND: Readonly<Record<string, readonly Found[]>> = {
  everything: [
    [AZURE.workspace, { workspaceName: "log-company", resourceGroupName: "rg-logs", location: "westeurope" }],
    namespace("lab"),
    namespace("shop"),
    namespace("batch"),
    // As "flux bootstrap" makes it.
    namespace("flux-system"),
  ],
  hardened: [
    [AZURE.vault, { vaultName: "kv-company-prod", resourceGroupName: "rg-vaults", location: "westeurope" }],
    namespace("shop"),
  ],
};

/** Puts into the cloud what stands there before any stage of the project comes. */
export function seedFoundThere(project: string, cloud: Cloud): void {
  for (const [type, inputs] of FOUND[project] ?? []) cloud.seed(type, inputs);
}
