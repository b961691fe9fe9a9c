import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { quoted } from "../../base/text/quote";
import { TransientError } from "./retry";
import type { HttpResponse } from "./transport";

/**
 * An answer's whole body.
 *
 * @param limit bytes; one more ends the connection
 * @param what names the body, for the message
 * @param timeout milliseconds for all of it, however busily it trickles @default no limit but that between two pieces
 * @throws DualRegistryError CONTENT_INVALID where it is larger
 */
export async function readBody(response: HttpResponse, limit: number, what: string, timeout?: number): Promise<Buffer> {
  if (timeout === undefined) return collect(response, limit, what);
  const timedOut = new TransientError(`the response was not complete after ${timeout / 1000} s`);
  const timer = setTimeout(() => response.body.destroy(timedOut), timeout);
  return collect(response, limit, what).finally(() => clearTimeout(timer));
}

async function collect(response: HttpResponse, limit: number, what: string): Promise<Buffer> {
  const tooLarge = (): never => {
    response.body.on("error", () => undefined).destroy();
    throw new DualRegistryError("CONTENT_INVALID", `${what}: larger than the allowed ${limit} bytes`);
  };
  if (Number(response.header("content-length")) > limit) return tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
}

/** What a registry says about a request it does not grant. Source: OCI distribution specification 1.1, "Error codes". */
export interface RegistryErrorResponse {
  status: number;
  /** Upper case; empty where none came. */
  code: string;
  /** As it came: for deciding, not for showing. */
  text: string;
  /** For messages: status, code and text, shortened, quoted and without secrets. */
  summary: string;
}

const MAX_ERROR_BODY = 64 * 1024;
/** Milliseconds. */
const ERROR_BODY_TIMEOUT = 10_000;
const errorBodySchema = z.object({
  errors: z
    .array(z.object({ code: z.string().nullish(), message: z.string().nullish(), detail: z.unknown().optional() }))
    .min(1),
});

/**
 * Reads why an answer is a refusal. Whatever the body is, this ends well, but for a broken connection.
 *
 * @param scrub takes out what must not be shown
 */
export async function readErrorResponse(
  response: HttpResponse,
  scrub: (text: string) => string,
): Promise<RegistryErrorResponse> {
  const { status } = response;
  const bytes = await readBody(response, MAX_ERROR_BODY, "", ERROR_BODY_TIMEOUT).catch(() => Buffer.alloc(0));
  const { code, text } = parseErrorBody(bytes.toString("utf8"));
  const message = scrub(text.replace(/\s+/g, " ").trim());
  const summary = `status ${status}${code === "" ? "" : ` ${code}`}${message === "" ? "" : ` ${quoted(message)}`}`;
  return { status, code, text, summary };
}

function parseErrorBody(text: string): { code: string; text: string } {
  try {
    const read = decode(errorBodySchema, JSON.parse(text));
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
