import type { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
import { secretsOf } from "../base/text/redact";
import { escapeUnsafe, escapeUnsafeLines } from "../base/text/unsafe";
import { refusePlainText } from "../oci";
import type { Io } from "./io";

/** What failed: the command and the image. */
export interface Failed {
  command: "publish" | "promote";
  stage: string;
  image: string;
}

/**
 * Tells that a publication or promotion failed: as an error of the run where GitHub runs it, and to the address in
 * DUALREG_NOTIFY_URL (a POST of JSON whose `text` chat services show). The address may hold a secret and is never shown.
 * That nobody could be told is a warning, and no reason to fail differently.
 */
export async function notifyFailure(failed: Failed, error: DualRegistryError, io: Io): Promise<void> {
  const { redact } = secretsOf(io.env);
  const title = escapeUnsafe(`${failed.command} of ${failed.image} to ${failed.stage} failed`);
  const message = redact(error.message);
  if (io.env["GITHUB_ACTIONS"] === "true") {
    io.stderr.write(`::error title=${property(title)}::${data(message)}\n`);
  }
  const body = { ...failed, code: error.code, lines: message.split("\n"), text: `${title}\n${message}` };
  const failure = await postToWebhook(body, io);
  if (failure !== undefined) io.stderr.write(`Warning: DUALREG_NOTIFY_URL was not told of the failure (${failure})\n`);
}

/** Escapes what a workflow command would read as its end. Source: GitHub Actions, "Workflow commands". */
const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** Milliseconds that the address may take to answer. */
const PATIENCE = 10_000;

/**
 * Posts JSON to the address in DUALREG_NOTIFY_URL; its `text` is what chat services show. The address may hold a secret
 * and is never shown.
 *
 * @returns nothing where it was told or no address is set, else why it was not told
 */
export async function postToWebhook(
  body: Readonly<Record<string, unknown>> & { text: string },
  { env }: Pick<Io, "env">,
): Promise<string | undefined> {
  const address = env["DUALREG_NOTIFY_URL"] ?? "";
  if (address === "") return undefined;
  try {
    const url = new URL(address);
    refusePlainText(url);
    const { request } = loadPackage("undici");
    const headers = { "content-type": "application/json" };
    const times = { headersTimeout: PATIENCE, bodyTimeout: PATIENCE, signal: AbortSignal.timeout(PATIENCE) };
    const answer = await request(url, {
      method: "POST",
      headers,
      body: JSON.stringify({ ...body, text: escapeUnsafeLines(body.text) }),
      ...times,
    });
    await answer.body.dump();
    return answer.statusCode < 300 ? undefined : `status ${answer.statusCode}`;
  } catch {
    return "no answer";
  }
}
