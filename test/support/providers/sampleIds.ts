import { SIGNED_IN_SUBSCRIPTION } from "./sessions";

/** The ARM id of the sample group. */
export const GROUP_ID = `/subscriptions/${SIGNED_IN_SUBSCRIPTION}/resourceGroups/rg-orders`;

/** The ARM id of the sample registry. */
export const REGISTRY_ID = `${GROUP_ID}/providers/Microsoft.ContainerRegistry/registries/ordersqa`;

/** The ARM id of the sample workspace. */
export const WORKSPACE_ID = `${GROUP_ID}/providers/Microsoft.OperationalInsights/workspaces/log-orders`;

/** The ARM id of the sample identity. */
export const IDENTITY_ID = `${GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders`;

/** The ARM id of the sample action group. */
export const ACTION_GROUP_ID = `${GROUP_ID}/providers/Microsoft.Insights/actionGroups/ag-orders`;

/** The ARM id of the sample vault. */
export const VAULT_ID = `${GROUP_ID}/providers/Microsoft.KeyVault/vaults/kv-orders-qa`;
