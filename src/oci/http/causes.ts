import { quoted } from "./quote";

const UNTRUSTED =
  /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|INVALID_CA)/;
/** undici's codes for a program's mistake rather than the network's. */
const MISTAKES: readonly string[] = ["UND_ERR_INVALID_ARG", "UND_ERR_INVALID_RETURN_VALUE", "UND_ERR_NOT_SUPPORTED"];
const NETWORK =
  /^(?:UND_ERR_\w+|HPE_\w+|ERR_SSL_\w+|ERR_TLS_\w+|ERR_STREAM_PREMATURE_CLOSE|EAI_\w+|ECONN\w+|ENOTFOUND|ENODATA|EPIPE|EPROTO|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL)$/;

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** True for what a network, a name server or the other side's disappearing brings about. */
export function isBrokenConnection(error: unknown): boolean {
  const code = codeOf(error);
  return (NETWORK.test(code) && !MISTAKES.includes(code)) || isUntrusted(error);
}

/** True where the other side's certificate is the reason: trying again cannot help. */
export const isUntrusted = (error: unknown): boolean => UNTRUSTED.test(codeOf(error));

/** A failure in a few words. */
export function shortCause(error: unknown): string {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return code === "" ? message.slice(0, 500) : `${code} ${quoted(message)}`;
}
