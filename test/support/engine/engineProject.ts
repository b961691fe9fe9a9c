import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CORE_SCHEMA, dump, load } from "js-yaml";
import { example } from "../examples";

const REPOSITORY = resolve(__dirname, "../../..");

/** The process for dynamic resources asks the stand-in of Azure whose address it is given, and logs in nowhere. */
const ENTRY = `"use strict";
require("tsx/cjs");
const { TokenPasswordProvider } = require("./provider.ts");
const { throughStandIn } = require(${JSON.stringify(join(REPOSITORY, "test/support/azure/throughStandIn.ts"))});
const account = throughStandIn(process.env.DUALREG_TEST_AZURE);
module.exports = new TokenPasswordProvider({ ...account, pollMs: 1 });
`;

/** Anything YAML may hold. */
export type Yaml = string | number | boolean | null | Yaml[] | { [key: string]: Yaml };

/**
 * A project in the temporary folder that the engine may run and tests may change: the program and the stage files
 * copied, the packages linked; beside it a home, a backend and nothing of the user's.
 */
export class EngineProject {
  /** The folder of all of it. */
  readonly room = mkdtempSync(join(tmpdir(), "dualreg-engine-"));
  readonly dir = join(this.room, "project");
  readonly home = join(this.room, "home");
  readonly backend = join(this.room, "state");

  /** @param name of an example project */
  constructor(name: string) {
    for (const folder of [this.dir, this.home, this.backend]) mkdirSync(folder);
    const from = example(name);
    const files = readdirSync(from).filter((file) => /^Pulumi(\..+)?\.yaml$/.test(file));
    for (const file of files) cpSync(join(from, file), join(this.dir, file));
    cpSync(join(REPOSITORY, "src"), join(this.dir, "src"), { recursive: true });
    cpSync(join(REPOSITORY, "tsconfig.json"), join(this.dir, "tsconfig.json"));
    symlinkSync(join(REPOSITORY, "node_modules"), join(this.dir, "node_modules"), "junction");
    this.write("package.json", JSON.stringify({ name: "engine-test", private: true, main: "src/index.ts" }));
    for (const file of files) this.useOwnSecrets(file);
    this.write("src/passwords/entry.cjs", ENTRY);
  }

  read(file: string): string {
    return readFileSync(join(this.dir, file), "utf8");
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.dir, file), text);
  }

  /** Changes a file's text; a change that changes nothing is a mistake in the test. */
  edit(file: string, change: (text: string) => string): void {
    const before = this.read(file);
    const after = change(before);
    if (after === before) throw new Error(`The change of ${file} changes nothing:\n${before}`);
    this.write(file, after);
  }

  /** Sets one value of a stage's file (below `config`), or of Pulumi.yaml's `config` where `stage` is left out. */
  set(path: readonly (string | number)[], value: Yaml | undefined, stage?: string): void {
    const file = stage === undefined ? "Pulumi.yaml" : `Pulumi.${stage}.yaml`;
    const root = load(this.read(file), { schema: CORE_SCHEMA }) as Yaml;
    put(root, ["config", ...path], value);
    this.write(file, dump(root, { schema: CORE_SCHEMA }));
  }

  remove(): void {
    rmSync(this.room, { recursive: true, force: true });
  }

  /** The fixtures' key vaults are out of reach: secrets are taken out, and stacks encrypt with a passphrase. */
  private useOwnSecrets(file: string): void {
    const root = load(this.read(file), { schema: CORE_SCHEMA }) as Record<string, Yaml>;
    const config = root["config"];
    if (root["encryptedkey"] === undefined && root["secretsprovider"] === undefined) return;
    delete root["encryptedkey"];
    delete root["secretsprovider"];
    if (isDictionary(config)) {
      for (const [key, value] of Object.entries(config)) {
        if (isDictionary(value) && "secure" in value && typeof value["secure"] === "string")
          Reflect.deleteProperty(config, key);
      }
    }
    this.write(file, dump(root, { schema: CORE_SCHEMA }));
  }
}

function isDictionary(value: Yaml | undefined): value is { [key: string]: Yaml } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Sets a value in a tree, making objects on the way; `undefined` takes it out, "-" as the last part appends. */
function put(root: Yaml, path: readonly (string | number)[], value: Yaml | undefined): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (Array.isArray(root)) {
    const at = key === "-" ? root.length : Number(key);
    if (rest.length > 0) put(root[at] as Yaml, rest, value);
    else if (value === undefined) root.splice(at, 1);
    else root[at] = value;
    return;
  }
  if (!isDictionary(root)) throw new Error(`There is no ${path.join(".")} to set`);
  if (rest.length > 0) {
    const inner = (root[key] ??= {});
    put(inner, rest, value);
  } else if (value === undefined) Reflect.deleteProperty(root, key);
  else root[key] = value;
}
