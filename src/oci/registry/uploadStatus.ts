import type { RegistryComplaint } from "../http/registryError";
import type { HttpAnswer } from "../http/transport";
import { Transient } from "../http/retry";
import { discard } from "../http/transport";
import { parseLocation } from "./redirects";
import type { Room } from "./room";

/**
 * How far an upload came. Source: distribution specification 1.1, "Resuming an upload".
 *
 * @returns `undefined` where the registry does not know it, or cannot say
 */
export async function uploadStatus(
  room: Room,
  place: URL,
  signal: AbortSignal | undefined,
): Promise<{ place: URL; offset: number } | undefined> {
  const call = { method: "GET" as const, to: place, scopes: room.push, signal };
  const answer = await room.caller.exchange(call);
  if (answer.status !== 204) {
    const refusal = await room.caller.refusal(answer, call);
    if (refusal instanceof Transient) throw refusal;
    return undefined;
  }
  discard(answer);
  const offset = acceptedBytes(answer);
  if (offset === undefined) return undefined;
  const location = answer.header("location");
  const what = `Upload to ${room.name}`;
  return {
    offset,
    place: location === undefined ? place : parseLocation(location, answer.url, room.caller.base, what),
  };
}

/**
 * Bytes a registry says to hold, by `Range: 0-<last>`. "0-0" is what some say of nothing, and others of one byte: it
 * counts as not said.
 */
export function acceptedBytes(answer: Pick<HttpAnswer, "header">): number | undefined {
  const range = /^(?:bytes=)?0-(\d{1,15})$/.exec(answer.header("range")?.trim() ?? "");
  return range && range[1] !== "0" ? Number(range[1]) + 1 : undefined;
}

const LOST: readonly string[] = ["BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID", "DIGEST_INVALID", "RANGE_INVALID"];

/** True where another upload may come through although this one cannot. */
export const isLost = ({ status, code }: RegistryComplaint): boolean =>
  status === 404 || status === 416 || (status === 400 && LOST.includes(code));
