import { decode } from "../base/decode/decode";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import type { PullStage } from "./judgePull";
import { type PullLine, pullLineSchema } from "./line";

/**
 * Reads the pull log of a stage: a line of JSON for each pull.
 *
 * @param name of the file, for messages
 * @throws DualRegistryError CONFIG_INVALID for what is no such line, and for one of another stage
 */
export function readPullLog(content: string, name: string, { product, stage }: PullStage): PullLine[] {
  const fail = (at: number, why: string): never => {
    throw new DualRegistryError(
      "CONFIG_INVALID",
      `${name}: line ${at + 1}: ${why}; allowed: what dualreg pulls log wrote of ${product} ${stage}`,
    );
  };
  return content.split("\n").flatMap((text, at) => {
    if (text.trim() === "") return [];
    const read = decode(pullLineSchema, parsed(text));
    if (!read.success) {
      const [issue] = read.error.issues;
      return fail(at, `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}`);
    }
    const line = read.data;
    if (line.product === product && line.stage === stage) return [line];
    return fail(at, `it is of ${quoted(`${line.product} ${line.stage}`)}`);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
