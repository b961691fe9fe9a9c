import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../../src/base/defined";
import { allSettled } from "../../src/base/limit";
import type { Io } from "../../src/cli/io";
import { IMAGE_CLASSES, type ImageClass } from "../../src/domain/image/imageClass";
import { readOutputs, type StageOutputs } from "../../src/outputs";
import { keySigner, type Signer } from "../../src/signing";
import { startDistribution, startTokenRealm } from "../../test/support/registries";
import type { Cleanup } from "./cleanup";
import { type Hosts, localOutputs } from "./localOutputs";
import { type Login, loginsOf, Passwords, usersOf, writeLogins } from "./logins";
import { type AuditLog, keepAuditLog } from "./notifications";
import type { PlannedOutputs } from "./plan";

/** A stage that runs on this computer. */
export interface LocalStage {
  name: string;
  outputs: StageOutputs;
  /** The same as a file, for `--outputs`. */
  file: string;
  hosts: Hosts;
  audit: AuditLog;
}

/** Stages that run on this computer, with whom they know. */
export interface LocalStages {
  /** A folder of their own, which somebody else removes. */
  dir: string;
  /** In the order of promotion. */
  stages: readonly LocalStage[];
  logins: readonly Login[];
  /** Names of logins, each a folder below `logins`. */
  names: readonly string[];
  /** Variables of a command that works as somebody; nobody where the registries ask for no login. */
  envOf: (who?: string) => Io["env"];
  /** A private key in PEM, made for this run: it signs images, records and sign-offs. */
  keyFile: string;
  signer: Signer;
}

/** How stages are started. */
export interface StartOptions {
  /** A folder of this run's own. */
  dir: string;
  /** Plans by stage, in the order of promotion. */
  planned: ReadonlyMap<string, PlannedOutputs>;
  /** Whether the registries ask for a login: tokens and identities of the plan then, with their scopes. */
  asksLogin: boolean;
  cleanup: Cleanup;
  /** Logins beside those of the plan. */
  more?: readonly Login[];
}

/** Starts two registries for each stage, and writes its outputs, its logins and the key that its images are signed by. */
export async function startStages(options: StartOptions): Promise<LocalStages> {
  const { dir, planned, asksLogin, more = [] } = options;
  const logins = asksLogin ? [...loginsOf(planned), ...more] : [];
  const passwords = new Passwords();
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const keyFile = write(dir, "key.pem", privateKey);
  const signer = await keySigner(Buffer.from(privateKey), () => "");
  const started = await allSettled(
    [...planned.keys()].map((stage) => startRegistries(stage, logins, passwords, options)),
  );
  const hosts = new Map(started.map((one) => [one.stage, one.hosts]));
  const stages = started.map(({ stage, audit, ...one }, at): LocalStage => {
    const [own, before] = [planned.get(stage) ?? {}, started[at - 1]];
    const facts = before && { planned: planned.get(before.stage) ?? {}, hosts: before.hosts };
    const local = localOutputs(own, { hosts: one.hosts, publicKey, ...defined({ before: facts }) });
    const file = write(dir, `${stage}.json`, `${JSON.stringify(local, undefined, 2)}\n`);
    return { name: stage, outputs: readOutputs(file), file, hosts: one.hosts, audit };
  });
  const folder = join(dir, "logins");
  const names = writeLogins(folder, logins, passwords, (stage, registry) => hosts.get(stage)?.[registry]);
  const envOf = (who?: string) => ({
    ...{ HOME: dir, PATH: process.env["PATH"] ?? "" },
    DOCKER_CONFIG: who === undefined ? dir : join(folder, who),
  });
  return { dir, stages, logins, names, envOf, keyFile, signer };
}

function write(dir: string, name: string, text: string): string {
  const file = join(dir, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

async function startRegistries(
  stage: string,
  logins: readonly Login[],
  passwords: Passwords,
  { dir, asksLogin, cleanup }: StartOptions,
): Promise<{ stage: string; hosts: Hosts; audit: AuditLog }> {
  const audit = await keepAuditLog(join(dir, `${stage}-registries.jsonl`));
  cleanup.add(() => audit.stop());
  const start = async (registry: ImageClass): Promise<string> => {
    const users = usersOf(logins, stage, registry, passwords);
    const realm = asksLogin ? await startTokenRealm({ users }) : undefined;
    if (realm) cleanup.add(() => realm.stop());
    const auth = realm ? ({ auth: "token", realm } as const) : {};
    const started = await startDistribution({ notify: audit.url, ...auth });
    cleanup.add(() => started.stop());
    return started.host;
  };
  const [secure = "", standard = ""] = await allSettled(IMAGE_CLASSES.map(start));
  return { stage, hosts: { secure, standard }, audit };
}
