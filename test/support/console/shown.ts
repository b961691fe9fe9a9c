import { composeConsole } from "../../../src/console/compose";
import { consoleLog } from "../../../src/console/log";
import { forLoopback, startServer } from "../../../src/console/server";
import type { SearchOptions } from "../../../src/console/search";
import { type BuildChoices, settingsOf } from "../../../src/console/settings";
import { makeTelemetry } from "../../../src/console/telemetry";
import { credentialsFor } from "../../../src/oci";
import type { ConsoleGround } from "./ground";

/** A whole console on a port of this computer. */
export interface ShownConsole {
  readonly address: string;
  /** Lines of its log. */
  readonly lines: readonly string[];
  readonly stop: () => Promise<void>;
}

/** What is different from a console that nobody set up further. */
export interface ShownOptions extends Pick<BuildChoices, "secrets" | "data"> {
  /** Default: one that is free. */
  port?: number;
  /** Variables that say where the registries' logins are. Default: nobody logs in. */
  env?: Readonly<Record<string, string | undefined>>;
  /** @default read once, as fast as the registries are */
  search?: Partial<SearchOptions>;
}

const FAST = { pace: { reads: 1_000_000, referrerLists: 1_000_000 }, every: 3_600_000 };

/** Starts the whole console over a ground's two registries, for whoever asks. */
export async function showConsole(
  ground: Pick<ConsoleGround, "outputs">,
  access: unknown = { anonymous: "read" },
  { port = 0, env = {}, search, ...choices }: ShownOptions = {},
): Promise<ShownConsole> {
  const lines: string[] = [];
  const logins = credentialsFor(env);
  const telemetry = makeTelemetry({ env: {}, stage: ground.outputs.stage, version: "0" });
  const points = { points: 100_000 };
  const { app, close } = await composeConsole({
    settings: settingsOf(ground.outputs, {
      access,
      rateLimits: { address: points, visitor: points, search: points },
      ...choices,
    }),
    ...{ credentials: { secure: logins, standard: logins }, telemetry, version: "0" },
    ...{ log: consoleLog((line) => void lines.push(line)), isEnding: () => false },
    search: { ...FAST, ...search },
  });
  const end = async () => {
    await close();
    await telemetry.shutdown();
  };
  try {
    const server = await startServer({ app: forLoopback(app), port, hostname: "127.0.0.1" });
    const stop = async () => {
      await server.stop();
      await end();
    };
    return { address: `http://127.0.0.1:${server.port}`, lines, stop };
  } catch (error) {
    await end();
    throw error;
  }
}
