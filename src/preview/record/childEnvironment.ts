import type { ProjectFile } from "./projectFile";
import type { StackConfig } from "./stackConfig";

/** What a process needs to start and to find its folders; nothing else is handed on, so no credential is. */
const ALLOWED: readonly string[] = [
  ...["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM"],
  ...["SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA"],
];

/** The environment of a previewed program: an allow-list, and what Pulumi's runtime reads its configuration from. */
export function childEnvironment(
  project: ProjectFile,
  config: StackConfig,
  from: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const environment: Record<string, string> = {
    PULUMI_CONFIG: config.config,
    PULUMI_CONFIG_SECRET_KEYS: config.secretKeys,
  };
  for (const name of ALLOWED) {
    const value = from[name];
    if (value !== undefined) environment[name] = value;
  }
  if (project.typescript) environment["PULUMI_NODEJS_TYPESCRIPT"] = "true";
  if (project.tsconfig !== undefined) environment["PULUMI_NODEJS_TSCONFIG_PATH"] = project.tsconfig;
  return environment;
}
