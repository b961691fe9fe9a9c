import { z } from "zod";
import { closed, text } from "../base/decode/decode";
import { pinnedIdentity, type TrustedIdentity } from "../domain/image/signers";

const SIGNER =
  "allowed: { key }, or { issuer, subject, sourceRepository, sourceRef, sourceRepositoryId, events }; " +
  "for GitHub's issuer source repository and ref, named or in the subject";
const address = z.url({ protocol: /^https$/, error: "allowed: an https address" }).max(1000);

/**
 * Somebody trusted to sign, as it comes from outside. A field that is not known could narrow whom a newer program trusts,
 * so none is left out here. Earlier versions named issuer and subject alone: what their certificates must say is derived,
 * as in `pinnedIdentity`.
 */
export const signer = z.union(
  [
    closed({ key: z.string().max(10_000) }),
    closed({
      issuer: address,
      subject: text(/^[\x21-\x7e]{1,1000}$/, "the whole identity, in printable characters"),
      sourceRepository: address.exactOptional(),
      sourceRef: text(/^refs\/[\x21-\x7e]{1,990}$/, "a whole ref, such as refs/heads/main").exactOptional(),
      sourceRepositoryId: text(/^\d{1,19}$/, "a repository's number, as a text").exactOptional(),
      events: z
        .array(text(/^[a-z_]{1,40}$/, "an event, such as push"))
        .min(1)
        .max(20)
        .exactOptional(),
    })
      .refine((identity) => pinnedIdentity(identity) !== undefined, SIGNER)
      .transform((identity): TrustedIdentity => pinnedIdentity(identity) ?? identity),
  ],
  { error: SIGNER },
);
