import { request } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findTool } from "../findTool";
import { freePort } from "../freePort";
import { startGuarded } from "../guardedChild";

/** The command of moto's server, as `npm run setup` installs it. */
export const MOTO = "moto_server";

/** AWS as moto has it: the interface of ECR alone, of account 123456789012, and no registry behind it. */
export interface Moto {
  /** `http://127.0.0.1:PORT`, for AWS_ENDPOINT_URL_ECR. */
  url: string;
  stop: () => Promise<void>;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = request({ host: "127.0.0.1", port, path: "/moto-api/", agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => {
      resolve(false);
    });
    asked.end();
  });

/** Starts moto's server. @throws Error with its log where it does not answer within half a minute */
export async function startMoto(): Promise<Moto> {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-moto-"));
  const port = await freePort();
  const child = startGuarded(findTool(MOTO) ?? MOTO, ["-H", "127.0.0.1", "-p", String(port)], dir, join(dir, "log"));
  const stop = async () => {
    await child.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 300 && !child.ended(); tries++) {
    if (await answers(port)) return { url: `http://127.0.0.1:${port}`, stop };
    await sleep(100);
  }
  const log = child.log();
  await stop();
  throw new Error(`moto did not start:\n${log.slice(-2_000)}`);
}
