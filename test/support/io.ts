import { DualRegistryError, type ExitCode } from "../../src/base/errors";
import type { Io } from "../../src/cli/io";

/** What a command printed. */
export interface Printed {
  stdout: string;
  stderr: string;
}

/** Surroundings that keep what is printed: nothing of this process but its folder, no variable, no terminal. */
export function captureIo(different: { env?: Io["env"]; isTTY?: boolean } = {}): { io: Io; printed: Printed } {
  const printed = { stdout: "", stderr: "" };
  const writer = (name: keyof Printed) => ({
    write: (text: string) => void (printed[name] += text),
    isTTY: different.isTTY === true,
  });
  const io: Io = {
    ...{ stdout: writer("stdout"), stderr: writer("stderr"), env: different.env ?? {} },
    ...{ cwd: process.cwd(), nodeVersion: "v20.19.0", now: () => new Date() },
  };
  return { io, printed };
}

/** Runs a command's action as the command line does: a refusal goes to standard error, its code in front of it. */
export async function runCommand(
  command: (io: Io) => Promise<ExitCode>,
  env: Io["env"] = {},
): Promise<Printed & { code: ExitCode }> {
  const { io, printed } = captureIo({ env });
  const code = await command(io).catch((error: unknown) => {
    if (!(error instanceof DualRegistryError)) throw error;
    printed.stderr += `${error.code} ${error.message}\n`;
    return error.exitCode;
  });
  return { code, ...printed };
}
