import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Digest } from "../../src/base/digest";
import { fieldsOf, listOf } from "../../src/base/json";
import { runPullsLog } from "../../src/cli/pulls/log";
import type { ImageClass } from "../../src/domain/image/imageClass";
import { LABEL_CLASS, LABEL_REVISION, LABEL_SOURCE, LABEL_VERSION, openLayout, openRegistry } from "../../src/oci";
import type { StageOutputs } from "../../src/outputs";
import { keySigner, type Signer, signImage } from "../../src/signing";
import { generateKeyPair } from "../../src/signing/privateKey";
import { showConsole } from "../../test/support/console/shown";
import { copyImage } from "../../test/support/images/copyImage";
import { image } from "../../test/support/images/image";
import { LayoutBuilder } from "../../test/support/images/layoutBuilder";
import { runCommand } from "../../test/support/io";
import { startDistribution } from "../../test/support/registries";
import { readBody, startHttp } from "../../test/support/registries/httpServer";
import { outputsFor } from "../../test/support/release/outputsFor";
import type { QaEvidence } from "./evidence";
import { type Runtime, startPuller } from "./pullers";

const VERSION = "v1.2.3";

/** What each class's registry gets; the last one is a secure image in the standard registry. */
const IMAGES = {
  secure: { at: "secure", repository: "orders/api", class: "secure" },
  standard: { at: "standard", repository: "orders/web", class: "standard" },
  misplaced: { at: "standard", repository: "orders/console", class: "secure" },
} as const;

const labelsOf = (repository: string, imageClass: ImageClass): Readonly<Record<string, string>> => ({
  "com.example.team": repository,
  [LABEL_CLASS]: imageClass,
  [LABEL_REVISION]: "4f2c1d0e9b8a7f6e5d4c3b2a1908f7e6d5c4b3a2",
  [LABEL_SOURCE]: "https://github.com/example/orders",
  [LABEL_VERSION]: VERSION,
});

/** A stage on this machine, with all that a run of QA looks at. */
export interface LocalStage {
  evidence: QaEvidence & Required<Pick<QaEvidence, "pullLog" | "registryLog" | "console">>;
  /** What pulled the images. */
  runtime: string;
  stop: () => Promise<void>;
}

/**
 * Starts two registries and a console, publishes a signed image to each class, pulls both, and a secure image from the
 * standard registry at last.
 *
 * @param say gets what it does
 * @param runtime that pulls. Default: containerd where it may run, else skopeo
 */
export async function startLocalStage(say: (text: string) => void, runtime?: Runtime): Promise<LocalStage> {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-qa-"));
  const open: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of open.reverse()) await end();
    rmSync(dir, { recursive: true, force: true });
  };
  const write = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  try {
    say("Starting two registries and a console");
    const envelopes: string[] = [];
    const receiver = await startHttp(async (request, response) => {
      envelopes.push((await readBody(request)).toString("utf8"));
      response.end();
    });
    open.push(() => receiver.stop());
    const start = async () => {
      const registry = await startDistribution({ notify: `http://${receiver.host}/` });
      open.push(() => registry.stop());
      return registry.host;
    };
    const hosts = { secure: await start(), standard: await start() };
    const signer = await freshSigner();
    const stage = stageOf(hosts, signer.publicKey);
    const outputs = write("outputs.json", JSON.stringify(stage));
    const shown = await showConsole({ outputs: stage });
    open.push(shown.stop);

    say("Publishing a signed image to each class");
    const digests = {
      secure: await publish(dir, hosts, IMAGES.secure, signer),
      standard: await publish(dir, hosts, IMAGES.standard, signer),
      misplaced: await publish(dir, hosts, IMAGES.misplaced, signer),
    };

    const puller = await startPuller(dir, runtime);
    open.push(() => puller.stop());
    say(`Pulling with ${puller.name}`);
    const pull = ({ at, repository }: (typeof IMAGES)[keyof typeof IMAGES], digest: Digest) =>
      puller.pull(`${hosts[at]}/${repository}`, VERSION, digest);
    const lines = (await pull(IMAGES.secure, digests.secure)) + (await pull(IMAGES.standard, digests.standard));
    await notified(envelopes, [digests.secure, digests.standard]);
    const registryLog = write(
      "registries.jsonl",
      envelopes.map((one) => `${JSON.stringify(JSON.parse(one))}\n`).join(""),
    );
    const logging = { outputs, source: puller.source, format: "json" } as const;
    const logged = await runCommand((io) => runPullsLog(logging, io, Readable.from([lines])));
    const wrongPull = { source: puller.source, text: await pull(IMAGES.misplaced, digests.misplaced) };
    const builtLabels = {
      secure: labelsOf(IMAGES.secure.repository, "secure"),
      standard: labelsOf(IMAGES.standard.repository, "standard"),
    };
    return {
      evidence: {
        ...{ outputs, registryLog, builtLabels, wrongPull, console: { url: shown.address } },
        pullLog: write("pulls.jsonl", logged.stdout),
      },
      runtime: puller.name,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function freshSigner() {
  const password = randomBytes(24).toString("base64url");
  const { privateKey } = await generateKeyPair(password);
  return keySigner(Buffer.from(privateKey), () => password);
}

function stageOf(hosts: Readonly<Record<ImageClass, string>>, key: string): StageOutputs {
  const policy = { signature: true, signers: [{ key }] };
  const outputs = outputsFor({ stage: "qa", host: hosts.secure, kind: "distribution", policy });
  const { secure, standard } = outputs.registries;
  return { ...outputs, registries: { secure, standard: { ...standard, loginServer: hosts.standard } } };
}

/** Builds, pushes and signs an image. */
async function publish(
  dir: string,
  hosts: Readonly<Record<ImageClass, string>>,
  { at, repository, class: imageClass }: (typeof IMAGES)[keyof typeof IMAGES],
  signer: Signer,
): Promise<Digest> {
  const layout = join(dir, repository.replace("/", "-"));
  const labels = labelsOf(repository, imageClass);
  const { descriptor } = await image(await LayoutBuilder.begin(layout), { seed: repository, tag: VERSION, labels });
  const session = openRegistry(hosts[at], {
    credentials: () => Promise.resolve({ kind: "anonymous", from: "nothing" }),
  });
  try {
    const target = session.repository(repository);
    await copyImage(await openLayout(layout), target, VERSION, VERSION);
    const subject = await target.resolve(descriptor.digest);
    if (subject === undefined) throw new Error(`${repository} is not there after its push`);
    const { unlisted } = await signImage(target, subject, signer);
    if (unlisted.length > 0) await target.list(unlisted);
    return descriptor.digest;
  } finally {
    await session.close();
  }
}

/** Waits until the registries told of a pull of each digest: they do so behind the answer. @throws Error after 20 s */
async function notified(envelopes: readonly string[], digests: readonly Digest[]): Promise<void> {
  const isTold = (digest: Digest): boolean =>
    envelopes.some((envelope) =>
      listOf(fieldsOf(JSON.parse(envelope))["events"]).some((event) => {
        const { action, target, request } = fieldsOf(event);
        const agent = fieldsOf(request)["useragent"];
        const isOwn = typeof agent === "string" && agent.startsWith("dual-registry");
        return action === "pull" && !isOwn && fieldsOf(target)["digest"] === digest;
      }),
    );
  for (let left = 200; left > 0; left -= 1) {
    if (digests.every(isTold)) return;
    await sleep(100);
  }
  throw new Error("The registries did not tell of the pulls within 20 s");
}
