import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { allowedEnvironment } from "../record/childEnvironment";
import { lastWords, unusable } from "./baseGit";

const run = promisify(execFile);

/** What npm needs beyond the allow-list to reach its packages; a base's own .npmrc can read every variable it is given. */
const NETWORK = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
  ...["NODE_EXTRA_CA_CERTS", "npm_config_cache", "npm_config_registry"],
];

const ARGUMENTS = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];

/** True when both folders have the same lockfile and the head has its packages, so the base can use them. */
export async function sharesPackages(headDir: string, lockOfBase: string | undefined): Promise<boolean> {
  if (lockOfBase === undefined || !existsSync(join(headDir, "node_modules"))) return false;
  return readFile(join(headDir, "package-lock.json"), "utf8").then(
    (lock) => lock === lockOfBase,
    () => false,
  );
}

/** Lets the base use the packages of the head. */
export async function linkPackages(headDir: string, baseDir: string): Promise<void> {
  await symlink(join(headDir, "node_modules"), join(baseDir, "node_modules"), "junction");
}

/**
 * Installs what the base's own lockfile names. No script of any package runs; npm's own cache is used first.
 *
 * @throws DualRegistryError BASE_UNUSABLE with npm's last words
 */
export async function installPackages(baseDir: string, ref: string): Promise<void> {
  const what = `Cannot install the packages of --base ${JSON.stringify(ref)}`;
  const remedy = "Name a base that installs with `npm ci`, or add --base-or-empty to show everything as new.";
  if (!existsSync(join(baseDir, "package-lock.json"))) {
    throw unusable(`${what}: it has no package-lock.json. ${remedy}`);
  }
  try {
    const env = allowedEnvironment(process.env, NETWORK);
    const maxBuffer = 64 * 1024 * 1024;
    await run("npm", ARGUMENTS, { cwd: baseDir, env, maxBuffer, shell: process.platform === "win32" });
  } catch (error) {
    throw unusable(`${what}: ${lastWords(error)}\n${remedy}`, error);
  }
}
