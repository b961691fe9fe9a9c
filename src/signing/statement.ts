import { z } from "zod";
import { decode } from "../base/decode/decode";
import { defined } from "../base/defined";
import type { Digest } from "../base/digest";
import { DualRegistryError } from "../base/errors";
import { COSIGN_SIGN, type Statement } from "./types";

/** DSSE payload type of an in-toto statement. Source: in-toto attestation framework, envelope.md. */
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";

const schema = z.object({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  subject: z
    .array(z.object({ name: z.string().optional(), digest: z.record(z.string(), z.string()) }))
    .min(1)
    .max(10_000),
  predicateType: z.string().min(1).max(1024),
  predicate: z.unknown(),
});

/** Refuses the one key that a later copy of the object could mistake for its prototype. */
const plainKeys = (key: string, value: unknown): unknown => {
  if (key === "__proto__") throw new SyntaxError('a key is "__proto__"');
  return value;
};

const refuse = (where: string, why: string): never => {
  throw new DualRegistryError(
    "SIGNATURE_INVALID",
    `${where}: what was signed is no in-toto statement of version 1: ${why}`,
  );
};

/**
 * What a signed payload says.
 *
 * @param where names the bundle, for the message
 * @throws DualRegistryError SIGNATURE_INVALID
 */
export function readStatement(payload: Buffer, where: string): Statement {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload), plainKeys);
  } catch (error) {
    return refuse(where, error instanceof SyntaxError ? JSON.stringify(error.message.slice(0, 200)) : "unreadable");
  }
  const read = decode(schema, json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const path = JSON.stringify((issue?.path ?? []).map(String).join(".").slice(0, 100));
    return refuse(where, `${path}: ${(issue?.message ?? "unreadable").slice(0, 200)}`);
  }
  const { _type, subject, predicateType, predicate } = read.data;
  return {
    _type,
    predicateType,
    predicate,
    subject: subject.map(({ name, digest }) => ({ digest, ...defined({ name }) })),
  };
}

/** True where one of the subjects is exactly this digest, or this commit. */
export function isAbout(statement: Statement, digest: Digest | `gitCommit:${string}`): boolean {
  const [algorithm = "", hex] = digest.split(":");
  return statement.subject.some(
    (subject) => Object.hasOwn(subject.digest, algorithm) && subject.digest[algorithm] === hex,
  );
}

/** The bytes of the statement "this image is ours", as Cosign 3 signs it. */
export function signStatementOf(digest: Digest): Buffer {
  const [algorithm = "", hex = ""] = digest.split(":");
  const statement: Statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { [algorithm]: hex } }],
    predicateType: COSIGN_SIGN,
    predicate: {},
  };
  return Buffer.from(JSON.stringify(statement));
}
