import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import type { World } from "./world";

const BIN = resolve(__dirname, "../../../bin/dualreg.js");

/** What a command left behind. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line as people do, with the world's logins and nothing of the user's. */
export function dualreg(
  world: World,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const config = join(world.dir, "docker");
  return new Promise((done) => {
    const options = {
      cwd: world.dir,
      maxBuffer: 64 << 20,
      env: {
        ...{ PATH: process.env["PATH"] ?? "", HOME: world.dir, TMPDIR: process.env["TMPDIR"] ?? "/tmp" },
        ...{ DOCKER_CONFIG: config, COSIGN_PASSWORD: world.password },
        ...env,
      },
    };
    execFile(process.execPath, [BIN, ...args], options, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
    });
  });
}
