import { DualRegistryError } from "../../errors";
import { Transient } from "./retry";
import type { HttpAnswer } from "./transport";

/**
 * An answer's whole body.
 *
 * @param limit bytes; one more ends the connection
 * @param what names the body, for the message
 * @param within milliseconds for all of it, however busily it trickles @default no limit but that between two pieces
 * @throws DualRegistryError CONTENT_INVALID where it is larger
 */
export async function readBody(answer: HttpAnswer, limit: number, what: string, within?: number): Promise<Buffer> {
  if (within === undefined) return collect(answer, limit, what);
  const late = new Transient(`the answer was not complete after ${within / 1000} s`);
  const timer = setTimeout(() => answer.body.destroy(late), within);
  return collect(answer, limit, what).finally(() => clearTimeout(timer));
}

async function collect(answer: HttpAnswer, limit: number, what: string): Promise<Buffer> {
  const tooLarge = (): never => {
    answer.body.on("error", () => undefined).destroy();
    throw new DualRegistryError("CONTENT_INVALID", `${what}: larger than ${limit} bytes, which is the most allowed`);
  };
  if (Number(answer.header("content-length")) > limit) return tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
}

/** @throws DualRegistryError CONTENT_INVALID for what is no JSON */
export function readJson(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(bytes.toString("utf8")) as unknown;
  } catch {
    throw new DualRegistryError("CONTENT_INVALID", `${what}: not JSON`);
  }
}
