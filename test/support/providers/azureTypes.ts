/** Type tokens of the Azure resources there are. */
export const AZURE = {
  diagnosticSetting: "azure-native:monitor:DiagnosticSetting",
  group: "azure-native:resources:ResourceGroup",
  lock: "azure-native:authorization:ManagementLockByScope",
  registry: "azure-native:containerregistry:Registry",
  replication: "azure-native:containerregistry:Replication",
  scopeMap: "azure-native:containerregistry:ScopeMap",
  token: "azure-native:containerregistry:Token",
  webhook: "azure-native:containerregistry:Webhook",
  workspace: "azure-native:operationalinsights:Workspace",
} as const;
