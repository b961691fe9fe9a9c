export { azureAccount, type AzureAccount, type AzureCloud, clientOptions, cloudOf } from "./account";
export { type AskLog, logAsker } from "./logQuery";
export { readRegistry, readWholeList, registriesClient, type RegistryAnswer } from "./registries";
export { type DiagnosticSetting, readDiagnosticSettings } from "./diagnosticSettings";
export { vaultSecrets } from "./vaultSecrets";
