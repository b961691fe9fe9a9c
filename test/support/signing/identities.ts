import { keylessSigner } from "../../../src/signing/keylessSigner";
import { signStatementOf } from "../../../src/signing/statement";
import { DIGEST } from "./samples";
import { type Claims, identityToken, type SigstoreServices } from "./sigstoreServices";

export const ISSUER = "https://token.actions.githubusercontent.com";
/** The workflow that publishes, on main. */
export const SUBJECT = "https://github.com/company/repo/.github/workflows/build-publish.yml@refs/heads/main";

/** A bundle by an identity, seen by the log or by the time-stamp authority. */
export function signAs(
  { url }: SigstoreServices,
  subject: string,
  {
    issuer = ISSUER,
    witness = "log",
    claims,
    statement = signStatementOf(DIGEST),
  }: { issuer?: string; witness?: "log" | "tsa"; claims?: Claims; statement?: Buffer } = {},
): Promise<Buffer> {
  return keylessSigner({
    fulcioURL: url,
    ...(witness === "log" ? { rekorURL: url } : { tsaURL: url }),
    identityToken: () => Promise.resolve(identityToken(issuer, subject, claims)),
  }).signStatement(statement);
}
