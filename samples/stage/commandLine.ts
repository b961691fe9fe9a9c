import { dualreg } from "../../src/cli/program";
import type { Io } from "../../src/cli/io";
import { captureIo, type Printed } from "../../test/support/io";

/** Runs the command line in this process, with nothing of this process's variables. */
export async function tryDualreg(args: readonly string[], env: Io["env"]): Promise<Printed & { code: number }> {
  const { io, printed } = captureIo({ env });
  return { code: await dualreg(args, io), ...printed };
}

/** The same, where it has to end well. @returns what it printed @throws Error with all that it said */
export async function runDualreg(args: readonly string[], env: Io["env"]): Promise<string> {
  const { code, stdout, stderr } = await tryDualreg(args, env);
  if (code !== 0) throw new Error(`dualreg ${args.join(" ")} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}
