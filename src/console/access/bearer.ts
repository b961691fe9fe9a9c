import { errors, jwtVerify, type JWTPayload } from "jose";
import { DualRegistryError } from "../../base/errors";
import type { Visitor } from "../app";
import type { IdentityProvider } from "./identityProvider";
import { type AccessSettings, grantedValues, readerOf } from "./settings";

/** What a credential came to. */
export type Verdict =
  | { readonly state: "ok"; readonly visitor: Visitor }
  | { readonly state: "wrong"; readonly reason: string }
  | { readonly state: "nothing"; readonly reason: string }
  | { readonly state: "unknown"; readonly reason: string };

const LONGEST_NAME = 100;
/** What stands in tokens that prove a login to a client, and in none for an API. Source: OpenID Connect Core 1.0, 2 and 3.3.2.11. */
const ID_TOKEN_CLAIMS = ["nonce", "at_hash", "c_hash"] as const;

/**
 * Judges a JWT of the identity provider: signature by one of its keys and of an allowed algorithm, issuer, audience, times
 * and type. Source: RFC 9068, 4; RFC 8725.
 *
 * @param settings `bearer` and `issuer` are there
 */
export function jwtJudge(settings: AccessSettings, provider: IdentityProvider, now: () => number) {
  const { bearer, issuer = "" } = settings;
  return async (token: string): Promise<Verdict> => {
    if (bearer === undefined) return { state: "wrong", reason: "tokens of the identity provider are not taken here" };
    let payload: JWTPayload;
    try {
      const keys = await provider.signingKeys();
      ({ payload } = await jwtVerify(token, keys, {
        ...{ issuer, audience: bearer.audience, algorithms: bearer.algorithms, typ: bearer.typ },
        ...{ clockTolerance: bearer.toleranceSeconds, currentDate: new Date(now()), requiredClaims: ["exp", "sub"] },
      }));
    } catch (error) {
      return failure(error);
    }
    if (ID_TOKEN_CLAIMS.some((claim) => claim in payload)) {
      return { state: "wrong", reason: "an ID token: it proves a login to its client, and opens no API" };
    }
    const values = grantedValues(settings, payload);
    if (values.length === 0) return { state: "nothing", reason: "no group or role of the token may read here" };
    const visitor: Visitor = { kind: "machine", name: nameOf(payload), mayRead: readerOf(settings, values) };
    return { state: "ok", visitor };
  };
}

/** Whom a token is of: people whom one client asks for are told apart. Source: RFC 9068, 2.2; OpenID Connect Core 1.0, 2. */
function nameOf({ azp, sub = "" }: JWTPayload): string {
  const subject = sub.slice(0, LONGEST_NAME);
  if (typeof azp !== "string" || azp === sub) return subject;
  return `${azp.slice(0, LONGEST_NAME)}/${subject}`;
}

/** The library's errors that mean the token; of every other the provider is the cause. */
function failure(error: unknown): Verdict {
  if (error instanceof errors.JWTExpired) return { state: "wrong", reason: "the token has expired" };
  if (error instanceof errors.JWTClaimValidationFailed) {
    return { state: "wrong", reason: `the token's ${error.claim} is not the one that is taken here` };
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return { state: "wrong", reason: "the token's algorithm is not allowed" };
  const isOfToken =
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys;
  if (isOfToken) return { state: "wrong", reason: "the token is not signed by a key of the identity provider" };
  const isKnown = error instanceof errors.JOSEError || error instanceof TypeError;
  if (!isKnown && !(error instanceof DualRegistryError)) throw error;
  return { state: "unknown", reason: "the identity provider gives no answer" };
}
