import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
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

/** What a registry says about a request it does not grant. Source: OCI distribution specification 1.1, "Error codes". */
export interface RegistryComplaint {
  status: number;
  /** Upper case; empty where none came. */
  code: string;
  /** As it came: for deciding, not for showing. */
  text: string;
  /** For messages: status, code and text, shortened, quoted and without secrets. */
  shown: string;
}

const LARGEST = 64 * 1024;
/** Milliseconds. */
const LONGEST = 10_000;
const body = z.object({
  errors: z
    .array(z.object({ code: z.string().nullish(), message: z.string().nullish(), detail: z.unknown().optional() }))
    .min(1),
});

/**
 * Reads why an answer is a refusal. Whatever the body is, this ends well, but for a broken connection.
 *
 * @param scrub takes out what must not be shown
 */
export async function readComplaint(answer: HttpAnswer, scrub: (text: string) => string): Promise<RegistryComplaint> {
  const { status } = answer;
  const bytes = await readBody(answer, LARGEST, "", LONGEST).catch(() => Buffer.alloc(0));
  const { code, text } = understand(bytes.toString("utf8"));
  const said = scrub(text.replace(/\s+/g, " ").trim());
  const shown = `status ${status}${code === "" ? "" : ` ${code}`}${said === "" ? "" : ` ${quoted(said)}`}`;
  return { status, code, text, shown };
}

function understand(text: string): { code: string; text: string } {
  try {
    const read = decode(body, JSON.parse(text));
    const first = read.data?.errors[0];
    if (!first) return { code: "", text };
    const code = /^[A-Za-z_]{1,60}$/.test(first.code ?? "") ? (first.code ?? "").toUpperCase() : "";
    const detail = typeof first.detail === "string" ? ` (${first.detail})` : detailOf(first.detail);
    return { code, text: `${first.message ?? ""}${detail}` };
  } catch {
    return { code: "", text: /^\s*</.test(text) ? "" : text };
  }
}

/** The few details of the field that help: what a Go program's error says. */
function detailOf(detail: unknown): string {
  if (typeof detail !== "object" || detail === null || Array.isArray(detail)) return "";
  const json = JSON.stringify(detail);
  return json === "{}" ? "" : ` ${json}`;
}
