import type { ImageClass } from "../domain/image/imageClass";
import { kindOfEnvironment, readOutputs, type StageOutputs, withRegistryOf } from "../outputs";
import type { Io } from "./io";

/**
 * Reads a stage's outputs for a command that goes to its registries. Where `REGISTRY_TYPE` is set the stage's registry of
 * that kind takes the place of its own, and a line on standard error says so.
 *
 * @param classOf whose registry the command goes to; both where not given
 * @throws DualRegistryError as {@link readOutputs}; USAGE for a kind that is none; CONFIG_INVALID where the stage has none of it
 */
export function readStageOutputs(
  file: string,
  { env, stderr }: Io,
  classOf?: (outputs: StageOutputs) => readonly ImageClass[],
): StageOutputs {
  const outputs = readOutputs(file);
  const wanted = kindOfEnvironment(env);
  if (wanted === undefined) return outputs;
  const classes = classOf?.(outputs);
  const chosen = withRegistryOf(outputs, wanted, classes);
  const hosts = new Set((classes ?? (["secure", "standard"] as const)).map((at) => chosen.registries[at].loginServer));
  stderr.write(`${wanted.why}=${wanted.kind}: ${[...hosts].join(", ")}\n`);
  return chosen;
}
