import type { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { readBounded } from "../../base/file";
import { fieldsOf, parseJson } from "../../base/json";
import { quoted } from "../../base/text/quote";
import {
  type BuildSignOffReader,
  buildSignOffsSchema,
  type SignOffReader,
  signOffsSchema,
} from "../../domain/flow/signOffs";
import { isAbout, type Statement, type TrustedSigner, type Verifier } from "../../signing";
import { PREDICATES } from "../recordSchemas";

/** Bytes of the largest file of sign-offs that is read. */
export const MAX_SIGN_OFFS = 4 * 1024 * 1024;

const BUNDLE = "application/vnd.dev.sigstore.bundle";

/** Who may sign sign-offs, and who looks. */
interface Trust {
  /** policies.signOffs.signers of Pulumi.yaml. */
  trusted: readonly TrustedSigner[];
  verifier: Verifier;
}

function refuse(code: "SIGNATURE_INVALID" | "CONTENT_INVALID", name: string, why: string): never {
  throw new DualRegistryError(code, `Sign-offs ${name}: ${why}`);
}

/**
 * A signed statement of a file: a Sigstore bundle by somebody trusted. JSON that nobody signed is refused, whatever it
 * says.
 *
 * @param about in words, what the statement is about
 * @throws DualRegistryError SIGNATURE_INVALID, CONTENT_INVALID or USAGE
 */
async function readSigned(
  file: string,
  { trusted, verifier }: Trust,
  { type, about }: { type: string; about: string },
): Promise<Statement> {
  const name = quoted(file);
  if (trusted.length === 0) {
    const allowed = "name who is in policies.signOffs.signers of Pulumi.yaml";
    return refuse("SIGNATURE_INVALID", name, `nobody is trusted to sign them; ${allowed}`);
  }
  const bytes = readBounded(file, MAX_SIGN_OFFS);
  const { mediaType } = fieldsOf(parseJson(bytes, `Sign-offs ${name}`));
  if (typeof mediaType !== "string" || !mediaType.startsWith(BUNDLE)) {
    const how =
      `wrap it in an in-toto statement of predicate type ${type} about ${about}, and have it signed as a Sigstore ` +
      "bundle by one of policies.signOffs.signers";
    return refuse("SIGNATURE_INVALID", name, `bare JSON, which anybody could have written; allowed: a bundle; ${how}`);
  }
  const { statement } = await verifier.verifyBundle(bytes, trusted);
  if (statement.predicateType !== type) {
    const found = quoted(statement.predicateType);
    return refuse("SIGNATURE_INVALID", name, `a statement of type ${found}; allowed: ${type}`);
  }
  return statement;
}

/** What was signed, in its form. */
function readPredicate<T>(name: string, predicate: unknown, schema: z.ZodType<T>): T {
  const read = decode(schema, predicate);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const why = `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unreadable"}`;
  return refuse("CONTENT_INVALID", name, why);
}

/** Refuses sign-offs that say something else than what is wanted. */
function refuseOthers(name: string, signOffs: object, wanted: Readonly<Record<string, string>>): void {
  const found = fieldsOf(signOffs);
  for (const [field, value] of Object.entries(wanted)) {
    if (found[field] === value) continue;
    const said = quoted(String(found[field]));
    refuse("SIGNATURE_INVALID", name, `signed for ${field} ${said}; wanted: ${quoted(value)}`);
  }
}

/** Reads sign-offs of an image from a file, about this image and this stage. */
export function signOffsFromFile(file: string, trusted: readonly TrustedSigner[], verifier: Verifier): SignOffReader {
  return async ({ repository, digest, to }) => {
    const name = quoted(file);
    const type = PREDICATES.signOffs;
    const statement = await readSigned(file, { trusted, verifier }, { type, about: "the image's digest" });
    if (!isAbout(statement, digest) || statement.subject.length > 1) {
      return refuse("SIGNATURE_INVALID", name, `the statement is not about ${digest} alone`);
    }
    const signOffs = readPredicate(name, statement.predicate, signOffsSchema);
    refuseOthers(name, signOffs, { repository, digest, to });
    return signOffs;
  };
}

/** Reads sign-offs of a build from a file, about this commit and this stage. */
function buildSignOffsFromFile(file: string, trust: Trust): BuildSignOffReader {
  return async ({ commit, to }) => {
    const name = quoted(file);
    const type = PREDICATES.buildSignOffs;
    const statement = await readSigned(file, trust, { type, about: "the commit" });
    if (!isAbout(statement, `gitCommit:${commit}`) || statement.subject.length > 1) {
      return refuse("SIGNATURE_INVALID", name, `the statement is not about commit ${commit} alone`);
    }
    const signOffs = readPredicate(name, statement.predicate, buildSignOffsSchema);
    refuseOthers(name, signOffs, { commit, to });
    return signOffs;
  };
}

/** The first of several readers that has what is wanted. @throws DualRegistryError of the last, where none has */
function firstOf<Wanted, Found>(readers: readonly ((wanted: Wanted) => Promise<Found>)[]) {
  return async (wanted: Wanted): Promise<Found> => {
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

/** Reads the file of several that is about the image wanted: one for each image of a release. */
export const signOffsFromFiles = (
  files: readonly string[],
  trusted: readonly TrustedSigner[],
  verifier: Verifier,
): SignOffReader => firstOf(files.map((file) => signOffsFromFile(file, trusted, verifier)));

/** Reads the file of several that is about the commit wanted. */
export const buildSignOffsFromFiles = (
  files: readonly string[],
  trusted: readonly TrustedSigner[],
  verifier: Verifier,
): BuildSignOffReader => firstOf(files.map((file) => buildSignOffsFromFile(file, { trusted, verifier })));
