import { readFileSync } from "node:fs";
import { readScanReport } from "../../../src/images/gates/scanReport";
import { signOffsFromFiles } from "../../../src/images/gates/signOffFile";
import { type PhaseListener, runTransaction } from "../../../src/images/phases";
import { promotion } from "../../../src/images/promote";
import { publication } from "../../../src/images/publish";
import { destinationOf, Registries } from "../../../src/images/registries";
import type { Destination, ReleaseTools } from "../../../src/images/types";
import type { CredentialSource } from "../../../src/oci/auth/credential";
import { copyThrottle } from "../../../src/oci/copy/copyImage";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import type { SessionOptions } from "../../../src/oci/registry/session";
import type { StageOutputs } from "../../../src/outputs";
import { keySigner, type KeySigner } from "../../../src/signing/keySigner";
import { makeVerifier } from "../../../src/signing/verifier";
import type { Ground, Wares } from "./faultsGround";
import { outputsFor } from "./outputsFor";
import { buildOf } from "./world";
import { DEFAULT_STAGES } from "../../../src/domain/stage";

/** One transaction: what it does with which image, and where it ends. */
export interface Job {
  what: "publish" | "promote";
  wares: Wares;
  /** The stage it publishes to; a promotion goes to uat. Default: qa to publish. */
  to?: "qa" | "uat";
  /** Path of the repository that it writes to; a promotion reads from `orders/api` of qa. */
  repository: string;
  tag: string;
  /** Whether tags are kept by reading back only, which takes some seconds. Default: as the registry's kind says. */
  settles?: boolean;
}

export type SessionTuning = Omit<SessionOptions, "credentials">;

/** A stage's outputs on these grounds. */
function outputsOf({ qa, uat, policy }: Ground, stage: "qa" | "uat"): StageOutputs {
  if (stage === "qa") return outputsFor({ ...qa, policy });
  return outputsFor({ ...uat, policy, signOffSigners: policy.signers, before: qa });
}

/** Sessions of their own, with the logins of the grounds. */
export function openGround({ qa, uat }: Ground, tuning: SessionTuning = {}): Registries {
  const credentials: CredentialSource = (host) => {
    const login = [qa, uat].find((place) => place.host === host)?.login;
    const from = "the test";
    return Promise.resolve(login ? { kind: "basic", ...login, from } : { kind: "anonymous", from });
  };
  return new Registries(credentials, tuning);
}

/** Where a job writes. */
export function destinationFor(ground: Ground, job: Job, registries: Registries): Destination {
  const stage = job.what === "promote" ? "uat" : (job.to ?? "qa");
  const image = { repository: job.repository, class: "secure", binding: "portable" } as const;
  const planned = destinationOf(outputsOf(ground, stage), image, registries);
  // Lines and processes fail here: who lets a publication through is asked elsewhere.
  const destination: Destination = job.what === "publish" ? { ...planned, gate: "open" } : planned;
  return job.settles === undefined ? destination : { ...destination, settles: job.settles };
}

const signers = new Map<string, Promise<KeySigner>>();

async function toolsFor({ key, password }: Ground): Promise<ReleaseTools> {
  const signer = signers.get(key) ?? keySigner(Buffer.from(key), () => password);
  signers.set(key, signer);
  return { verifier: makeVerifier(), signer: await signer, throttle: copyThrottle(), now: () => new Date() };
}

const SILENT = { total: () => undefined, bytes: () => undefined, note: () => undefined };
const NOBODY: PhaseListener = { begin: () => SILENT, end: () => undefined };

/** Hears only of what begins. */
export const beginning = (begin: (phase: string) => void): PhaseListener => ({
  begin: (phase) => {
    begin(phase);
    return SILENT;
  },
  end: () => undefined,
});

/** Runs a job once, with sessions of its own. @throws what the transaction throws */
export async function runJob(
  ground: Ground,
  job: Job,
  { tuning = {}, listener = NOBODY }: { tuning?: SessionTuning; listener?: PhaseListener } = {},
): Promise<void> {
  const registries = openGround(ground, tuning);
  try {
    await (job.what === "publish"
      ? publish(ground, job, registries, listener)
      : promote(ground, job, registries, listener));
  } finally {
    await registries.close();
  }
}

async function publish(ground: Ground, job: Job, registries: Registries, listener: PhaseListener): Promise<void> {
  const { wares, tag } = job;
  const raw = readFileSync(wares.scan);
  const transaction = publication({
    ...{ source: await openLayout(wares.layout), reference: "built", tags: [tag], build: buildOf(wares.version) },
    ...{ scans: [{ raw, report: readScanReport(raw, wares.scan) }], sboms: [], targets: ["qa", "uat", "prod"] },
    ...{ binding: "portable", destination: destinationFor(ground, job, registries), tools: await toolsFor(ground) },
  });
  await runTransaction(transaction, listener);
}

async function promote(ground: Ground, job: Job, registries: Registries, listener: PhaseListener): Promise<void> {
  const { wares, tag } = job;
  const tools = await toolsFor(ground);
  const transaction = promotion({
    ...{
      from: "qa",
      stages: DEFAULT_STAGES,
      source: registries.session(ground.qa.host).repository("orders/api"),
      reference: wares.version,
    },
    ...{ repository: "orders/api", binding: "portable", version: wares.version, tags: [tag] },
    readSignOffs: signOffsFromFiles([wares.signOffs], ground.policy.signers, tools.verifier),
    ...{ scans: [], destination: destinationFor(ground, job, registries), tools },
  });
  await runTransaction(transaction, listener);
}
