import type { ProjectFile } from "./projectFile";
import type { StackConfig } from "./stackConfig";

/** What a process needs to start and to find its folders; nothing else is handed on, so no credential is. */
const ALLOWED: readonly string[] = [
  ...["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM"],
  ...["SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA"],
];

/** The allowed part of an environment, with further names where a tool needs them. */
export function allowedEnvironment(from: NodeJS.ProcessEnv, further: readonly string[] = []): Record<string, string> {
  const named = [...ALLOWED, ...further].flatMap((name): [string, string][] => {
    const value = from[name];
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(named);
}

/** The environment of a previewed program: an allow-list, and what Pulumi's runtime reads its configuration from. */
export function childEnvironment(
  project: ProjectFile,
  config: StackConfig,
  from: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const environment: Record<string, string> = {
    ...allowedEnvironment(from),
    PULUMI_CONFIG: config.config,
    PULUMI_CONFIG_SECRET_KEYS: config.secretKeys,
  };
  if (project.typescript) environment["PULUMI_NODEJS_TYPESCRIPT"] = "true";
  if (project.tsconfig !== undefined) environment["PULUMI_NODEJS_TSCONFIG_PATH"] = project.tsconfig;
  return environment;
}
