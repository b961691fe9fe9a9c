import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type CA, initializeCA } from "@sigstore/mock/dist/fulcio/ca";
import { initializeCTLog } from "@sigstore/mock/dist/fulcio/ctlog";
import { fulcioHandler } from "@sigstore/mock/dist/fulcio/handler";
import { initializeTLog, type TLog } from "@sigstore/mock/dist/rekor/tlog";
import type { Handler } from "@sigstore/mock/dist/shared.types";
import { tsaHandler } from "@sigstore/mock/dist/timestamp/handler";
import { initializeTSA, type TSA } from "@sigstore/mock/dist/timestamp/tsa";
import { z } from "zod";

/** A certificate authority with its certificate log, a transparency log and a time-stamp authority, on loopback. */
export interface SigstoreServices {
  url: string;
  /** trusted_root.json of these services. */
  trustedRoot: Buffer;
  /** How often each path was asked for. */
  asked: ReadonlyMap<string, number>;
  stop: () => Promise<void>;
}

/** How the services differ from usual ones. */
export interface ServicesOptions {
  /** The time that the transparency log believes it is. */
  logClock?: Date;
  /** Leaves the transparency log out of the trusted root. */
  withoutLog?: boolean;
  /** The authority keeps its certificates from the certificate log, which the trusted root names all the same. */
  secretive?: boolean;
  /** Makes certificates as no honest authority would: changes the extensions of each before it is signed. */
  distort?: (extensions: readonly CertificateExtension[]) => CertificateExtension[];
}

/** An extension of a certificate; `legacy` puts the value in as it is, without an ASN.1 string around it. */
export type CertificateExtension = NonNullable<Parameters<CA["issueCertificate"]>[0]["extensions"]>[number];

/** A moment within the life of certificates made soon. A fraction would be written in ways that not every reader takes. */
const wholeSecond = (): Date => new Date((Math.floor(Date.now() / 1000) + 30) * 1000);

const newKeys = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync("ec", { namedCurve: "prime256v1" });

/** Starts the services, each with keys of its own. */
export async function startSigstore(options: ServicesOptions = {}): Promise<SigstoreServices> {
  const ctLog = await initializeCTLog(newKeys());
  const honest = await initializeCA(newKeys(), options.secretive === true ? undefined : ctLog);
  const distort = options.distort ?? ((extensions: readonly CertificateExtension[]) => [...extensions]);
  const ca: CA = {
    rootCertificate: honest.rootCertificate,
    issueCertificate: (wanted) => honest.issueCertificate({ ...wanted, extensions: distort(wanted.extensions ?? []) }),
  };
  const log = await initializeTLog("http://log.example.com", newKeys(), options.logClock);
  const tsa = await initializeTSA(newKeys(), wholeSecond());
  const handlers = [fulcioHandler(ca), rekorHandler(log), tsaHandler(tsa)];
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.set(path, (asked.get(path) ?? 0) + 1);
    const handler = handlers.find((one) => one.path === path);
    void bodyOf(request)
      .then(
        (body) =>
          handler?.fn(withToken(body, request.headers.authorization)) ?? { statusCode: 404, response: "not found" },
      )
      .then((answer) => {
        // Fulcio itself answers 200, and Cosign takes nothing else from it.
        const status = path.endsWith("/signingCert") && answer.statusCode === 201 ? 200 : answer.statusCode;
        response.writeHead(status, { "content-type": answer.contentType ?? "text/plain", ...etagOf(answer.response) });
        response.end(answer.response);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const root = { ca: bytes(ca.rootCertificate), ctLog: ctLog.publicKey, log: log.publicKey, tsa: chainOf(tsa) };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trustedRoot: trustedRoot(root, options.withoutLog ?? false),
    asked,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const bytes = (view: ArrayBufferView): Buffer => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
const chainOf = (tsa: TSA): Buffer[] => [bytes(tsa.intCertificate), bytes(tsa.rootCertificate)];

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Rekor names the new entry's id in a header, and Cosign looks for it there. */
function etagOf(answer: string | ArrayBufferView): { etag?: string } {
  const id = typeof answer === "string" ? /^\{"([0-9a-f]{64})":/.exec(answer)?.[1] : undefined;
  return id === undefined ? {} : { etag: id };
}

/** Cosign sends its token as header, sigstore-js in the body, where the handler looks for it. */
function withToken(body: string, authorization: string | undefined): string {
  if (authorization === undefined) return body;
  const credentials = { oidcIdentityToken: authorization.replace(/^Bearer /, "") };
  return JSON.stringify({ ...(JSON.parse(body) as object), credentials });
}

const proposal = z.object({
  kind: z.literal("dsse"),
  apiVersion: z.string(),
  spec: z.object({ proposedContent: z.object({ envelope: z.string(), verifiers: z.array(z.string()) }) }),
});
const envelopeOf = z.object({ payload: z.string(), signatures: z.array(z.object({ sig: z.string() })) });
const sha256 = (data: Buffer | string): { algorithm: string; value: string } => ({
  algorithm: "sha256",
  value: createHash("sha256").update(data).digest("hex"),
});

/** What Rekor writes down: of a "dsse" entry only digests. Source: rekor, pkg/types/dsse/v0.0.1/dsse_v0_0_1_schema.json. */
function canonical(text: string): object {
  const proposed = JSON.parse(text) as object;
  const read = proposal.safeParse(proposed);
  if (!read.success) return proposed;
  const { apiVersion, kind, spec } = read.data;
  const { envelope, verifiers } = spec.proposedContent;
  const { payload, signatures } = envelopeOf.parse(JSON.parse(envelope));
  return {
    apiVersion,
    kind,
    spec: {
      envelopeHash: sha256(envelope),
      payloadHash: sha256(Buffer.from(payload, "base64")),
      signatures: signatures.map(({ sig }, index) => ({ signature: sig, verifier: verifiers[index] })),
    },
  };
}

const rekorHandler = (log: TLog): Handler => ({
  path: "/api/v1/log/entries",
  fn: async (body) => ({
    statusCode: 201,
    response: JSON.stringify(await log.log(canonical(body))),
    contentType: "application/json",
  }),
});

const ALWAYS = { start: "2020-01-01T00:00:00Z" };

function trustedRoot(
  of: { ca: Buffer; ctLog: Buffer; log: Buffer; tsa: readonly Buffer[] },
  withoutLog: boolean,
): Buffer {
  const chain = (certificates: readonly Buffer[]): object => ({
    subject: { organization: "example", commonName: "example" },
    certChain: { certificates: certificates.map((raw) => ({ rawBytes: raw.toString("base64") })) },
    validFor: ALWAYS,
  });
  const logOf = (key: Buffer): object => ({
    baseUrl: "http://log.example.com",
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: key.toString("base64"), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor: ALWAYS },
    logId: { keyId: createHash("sha256").update(key).digest("base64") },
  });
  return Buffer.from(
    JSON.stringify({
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: withoutLog ? [] : [logOf(of.log)],
      certificateAuthorities: [chain([of.ca])],
      ctlogs: [logOf(of.ctLog)],
      timestampAuthorities: [chain(of.tsa)],
    }),
  );
}

/** What a token says beside its subject; undefined takes a claim out. */
export type Claims = Readonly<Record<string, string | undefined>>;

const WORKFLOW = /^https:\/\/github\.com\/([^/]+\/[^/]+)\/\.github\/workflows\/[^@]+@(.+)$/;

/** What GitHub says of a run of that workflow by its own repository, on the ref that the workflow is taken from. */
function ownRun(subject: string): Claims {
  const [, repository, ref] = WORKFLOW.exec(subject) ?? [];
  return repository === undefined || ref === undefined
    ? {}
    : { repository, ref, repository_id: "4711", event_name: "push", sha: "c0ffee".padEnd(40, "0") };
}

/**
 * An identity token as an issuer would give it; the authority here believes any.
 *
 * @param over claims in place of those that a run of the subject's own repository has
 */
export function identityToken(issuer: string, subject: string, over: Claims = {}): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, exp: now + 600, jti: randomUUID() };
  const claims = { iss: issuer, sub: subject, aud: "sigstore", ...times, ...ownRun(subject), ...over };
  return `${part({ alg: "RS256" })}.${part(claims)}.${Buffer.from("unsigned").toString("base64url")}`;
}
