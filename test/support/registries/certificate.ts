import { execFileSync } from "node:child_process";
import { createPrivateKey, type KeyObject, sign, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key, and a certificate for it that is signed with it. */
export interface SigningPair {
  /** PEM, for a registry to read; it lies there until {@link SigningPair.remove}. */
  certificateFile: string;
  key: KeyObject;
  /** base64 of the certificate's DER, as a token's header carries it (RFC 7515, `x5c`). */
  x5c: string;
  remove(): void;
}

/** Node makes keys but no certificates: openssl does. Valid for two days. */
export function makeSigningPair(): SigningPair {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-realm-"));
  const keyFile = join(dir, "key.pem");
  const certificateFile = join(dir, "certificate.pem");
  const subject = ["-subj", "/CN=test realm", "-days", "2"];
  const files = ["-keyout", keyFile, "-out", certificateFile];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", ...subject, ...files], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  return {
    certificateFile,
    key: createPrivateKey(readFileSync(keyFile)),
    x5c: new X509Certificate(readFileSync(certificateFile)).raw.toString("base64"),
    remove: () => {
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A JSON web token, RS256. Source: RFC 7519 and 7515. */
export function signToken(claims: object, { key, x5c }: SigningPair): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ typ: "JWT", alg: "RS256", x5c: [x5c] })}.${part(claims)}`;
  return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), key).toString("base64url")}`;
}
