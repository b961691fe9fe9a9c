import { request } from "undici";
import { refusePlainText } from "../oci/http/transport";
import type { Surroundings } from "./previewRun";

/** Milliseconds that the address may take to answer. */
const PATIENCE = 10_000;

/**
 * Posts JSON to the address in DUALREG_NOTIFY_URL; its `text` is what chat services show. The address may hold a secret
 * and is never shown.
 *
 * @returns nothing where it was told or no address is set, else why it was not told
 */
export async function tellWebhook(
  body: Readonly<Record<string, unknown>> & { text: string },
  { env }: Pick<Surroundings, "env">,
): Promise<string | undefined> {
  const address = env["DUALREG_NOTIFY_URL"] ?? "";
  if (address === "") return undefined;
  try {
    const url = new URL(address);
    refusePlainText(url);
    const headers = { "content-type": "application/json" };
    const times = { headersTimeout: PATIENCE, bodyTimeout: PATIENCE, signal: AbortSignal.timeout(PATIENCE) };
    const answer = await request(url, { method: "POST", headers, body: JSON.stringify(body), ...times });
    await answer.body.dump();
    return answer.statusCode < 300 ? undefined : `status ${answer.statusCode}`;
  } catch {
    return "no answer";
  }
}
