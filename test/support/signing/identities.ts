import { keylessSigner } from "../../../src/signing/keylessSigner";
import { signStatementOf } from "../../../src/signing/statement";
import { DIGEST } from "./samples";
import { identityToken, type SigstoreServices } from "./sigstoreServices";

export const ISSUER = "https://token.actions.githubusercontent.com";
export const SUBJECT = "https://github.com/company/repo";

/** A bundle by an identity, seen by the log or by the time-stamp authority. */
export function signAs(
  { url }: SigstoreServices,
  subject: string,
  { issuer = ISSUER, witness = "log" }: { issuer?: string; witness?: "log" | "tsa" } = {},
): Promise<Buffer> {
  return keylessSigner({
    fulcioURL: url,
    ...(witness === "log" ? { rekorURL: url } : { tsaURL: url }),
    identityToken: () => Promise.resolve(identityToken(issuer, subject)),
  }).signStatement(signStatementOf(DIGEST));
}
