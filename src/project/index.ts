/** The one reader of Pulumi.yaml and the stage files. It knows how Pulumi reads them, and not what a value means. */
export { listStages, type ProjectFile, projectValue, readProjectFile, SHARED_FILE, stageFileName } from "./projectFile";
export {
  type FileValue,
  type ProjectFiles,
  type RawConfig,
  readFileValues,
  readProjectFiles,
  splitConfig,
  type StageFile,
} from "./rawConfig";
export { readSecretsEncryption, readStackConfig, type StackConfig } from "./stackConfig";
export { mergeSettings } from "./settings";
