import { homedir } from "node:os";
import { join } from "node:path";

/** Variables of a process, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value; one that is empty counts as not set. */
export function valueOf(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === "" ? undefined : value;
}

const homeOf = (env: Environment): string => valueOf(env, "HOME") ?? homedir();

/** A path as people write it: with `~` for the home folder. */
export function shownPath(path: string, env: Environment): string {
  const home = homeOf(env);
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/** Docker's configuration. Source: Docker CLI reference, "Configuration files". */
export const dockerConfigPath = (env: Environment): string =>
  join(valueOf(env, "DOCKER_CONFIG") ?? join(homeOf(env), ".docker"), "config.json");

/**
 * The files that logins are looked up in, the first that has one deciding: what REGISTRY_AUTH_FILE names, Docker's, and
 * those that Podman and Skopeo write. Source: containers-auth.json(5).
 */
export function loginPaths(env: Environment): readonly string[] {
  const named = valueOf(env, "REGISTRY_AUTH_FILE");
  const runtime = valueOf(env, "XDG_RUNTIME_DIR");
  const config = valueOf(env, "XDG_CONFIG_HOME") ?? join(homeOf(env), ".config");
  return [
    ...(named === undefined ? [] : [named]),
    dockerConfigPath(env),
    ...(runtime === undefined ? [] : [join(runtime, "containers/auth.json")]),
    join(config, "containers/auth.json"),
  ];
}
