import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { readBounded } from "../../base/file";
import { fieldsOf, parseJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import { type SignOffReader, type SignOffs, signOffsSchema } from "../../domain/flow/signOffs";
import { isAbout, type TrustedSigner, type Verifier } from "../../signing";
import { PREDICATES } from "../recordSchemas";

/** Bytes of the largest file of sign-offs that is read. */
export const MAX_SIGN_OFFS = 4 * 1024 * 1024;

const BUNDLE = "application/vnd.dev.sigstore.bundle";
const SIGN_IT =
  `wrap it in an in-toto statement of predicate type ${PREDICATES.signOffs} about the image's digest, and have it ` +
  "signed as a Sigstore bundle by one of policies.signOffs.signers";

function refuse(code: "SIGNATURE_INVALID" | "CONTENT_INVALID", name: string, why: string): never {
  throw new DualRegistryError(code, `Sign-offs ${name}: ${why}`);
}

/** What was signed, as sign-offs, and about what is wanted. */
function readPredicate(name: string, predicate: unknown, wanted: Parameters<SignOffReader>[0]): SignOffs {
  const read = decode(signOffsSchema, predicate);
  if (!read.success) {
    const [issue] = read.error.issues;
    return refuse(
      "CONTENT_INVALID",
      name,
      `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}`,
    );
  }
  const about = read.data;
  for (const field of ["repository", "digest", "to"] as const) {
    if (about[field] === wanted[field]) continue;
    refuse("SIGNATURE_INVALID", name, `signed for ${field} ${quoted(about[field])}; wanted: ${quoted(wanted[field])}`);
  }
  return about;
}

/**
 * Reads sign-offs from a file: a Sigstore bundle that somebody trusted has signed, about this image and this stage. JSON
 * that nobody signed is refused, whatever it says.
 *
 * @param trusted policies.signOffs.signers of Pulumi.yaml
 * @returns a reader that throws DualRegistryError SIGNATURE_INVALID, CONTENT_INVALID or USAGE
 */
export function signOffsFromFile(file: string, trusted: readonly TrustedSigner[], verifier: Verifier): SignOffReader {
  return async (wanted) => {
    const name = quoted(file);
    if (trusted.length === 0) {
      return refuse(
        "SIGNATURE_INVALID",
        name,
        "nobody is trusted to sign them; name who is in policies.signOffs.signers of Pulumi.yaml",
      );
    }
    const bytes = readBounded(file, MAX_SIGN_OFFS);
    const { mediaType } = fieldsOf(parseJson(bytes, `Sign-offs ${name}`));
    if (typeof mediaType !== "string" || !mediaType.startsWith(BUNDLE)) {
      return refuse(
        "SIGNATURE_INVALID",
        name,
        `bare JSON, which anybody could have written; allowed: a Sigstore bundle; ${SIGN_IT}`,
      );
    }
    const { statement } = await verifier.verifyBundle(bytes, trusted);
    if (statement.predicateType !== PREDICATES.signOffs) {
      const type = quoted(statement.predicateType);
      return refuse("SIGNATURE_INVALID", name, `a statement of type ${type}; allowed: ${PREDICATES.signOffs}`);
    }
    if (!isAbout(statement, wanted.digest) || statement.subject.length > 1) {
      return refuse("SIGNATURE_INVALID", name, `the statement is not about ${wanted.digest} alone`);
    }
    return readPredicate(name, statement.predicate, wanted);
  };
}

/**
 * Reads the file of several that is about the image wanted: one for each image of a release.
 *
 * @throws DualRegistryError of the last file, where none is
 */
export function signOffsFromFiles(
  files: readonly string[],
  trusted: readonly TrustedSigner[],
  verifier: Verifier,
): SignOffReader {
  const readers = files.map((file) => signOffsFromFile(file, trusted, verifier));
  return async (wanted) => {
    let why: unknown = new DualRegistryError("USAGE", "No file of sign-offs was named; give one with --sign-offs");
    for (const read of readers) {
      try {
        return await read(wanted);
      } catch (error) {
        if (!(error instanceof DualRegistryError) || error.exitCode !== 1) throw error;
        why = error;
      }
    }
    throw why;
  };
}
