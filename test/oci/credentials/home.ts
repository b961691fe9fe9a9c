import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DualRegistryError } from "../../../src/base/errors";
import type { Environment } from "../../../src/oci/credentials/environment";

/** A home folder of its own, with commands of its own on PATH. */
export class Home {
  readonly dir = mkdtempSync(join(tmpdir(), "dualreg-home-"));
  readonly env: Environment = { HOME: this.dir, PATH: `${join(this.dir, "bin")}:/usr/bin:/bin` };

  path(name: string): string {
    return join(this.dir, name);
  }

  write(name: string, content: unknown): void {
    const file = this.path(name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  /** Docker's configuration. */
  docker(content: unknown): void {
    this.write(".docker/config.json", content);
  }

  /** A credential helper that is a shell script; `$1` is the action. */
  helper(name: string, script: string): void {
    this.write(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(this.path(`bin/docker-credential-${name}`), 0o755);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What is written in the place of "user:password". */
export const auth = (text: string): string => Buffer.from(text).toString("base64");

/** The test of an error: its code, something it says, and that it tells no secret. */
export function says(code: string, pattern: RegExp, secret = "hunter2"): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof DualRegistryError) || error.code !== code || !pattern.test(error.message)) return false;
    const everything = `${error.message} ${String(error.stack)} ${JSON.stringify(error)} ${String(error.cause)}`;
    return !everything.includes(secret) && !everything.includes(auth(secret).slice(0, 8));
  };
}

/** Runs with variables of this process, which the platforms' own libraries read. */
export async function withProcessEnv<T>(variables: Environment, body: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  try {
    return await body();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  }
}
