import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest } from "../../../src/base/digest";
import { DEFAULT_SCAN, type ImagePolicy } from "../../../src/domain/image/policy";
import type { RegistryKind } from "../../../src/domain/image/registryKind";
import { statementOf } from "../../../src/images/records";
import { PREDICATES } from "../../../src/images/recordSchemas";
import { keySigner } from "../../../src/signing/keySigner";
import { generateKeyPair } from "../../../src/signing/privateKey";
import { image } from "../images/image";
import { bigLayer, type BuiltLayer, layer } from "../images/layers";
import { LayoutBuilder } from "../images/layoutBuilder";
import { type AcrStandIn, startAcr, startDistribution, type TestRegistry } from "../registries";
import { trivyReport } from "./scans";
import { COMMIT, labelsOf } from "./world";

/** One stage's registry, as whoever speaks to it knows it. */
interface Place {
  stage: "qa" | "uat";
  host: string;
  kind: RegistryKind;
  login?: { username: string; password: string };
}

/** All that a transaction needs to know, as data that another process can read. */
export interface Ground {
  qa: Place;
  uat: Place;
  policy: ImagePolicy;
  /** PEM, encrypted. */
  key: string;
  password: string;
}

/** An image in a layout, with the files that go with it. */
export interface Wares {
  layout: string;
  digest: Digest;
  version: string;
  scan: string;
  /** Sign-offs of its promotion as `orders/api` from qa to uat. */
  signOffs: string;
}

/** What the registries of a test are like. */
export interface GroundOptions {
  /** What locks as Azure's: uat's registry, both, or none. */
  acr?: "uat" | "both";
  /** Whether the others ask for a token. Default: they ask nobody who comes. */
  auth?: "token";
}

const PASSWORD = "a password of a test";

/** Two stages on real registries, for transactions that are disturbed. */
export class Grounds {
  private readonly dir = mkdtempSync(join(tmpdir(), "dualreg-ground-"));

  private constructor(
    readonly facts: Ground,
    readonly registries: readonly TestRegistry[],
    readonly acr: Readonly<Partial<Record<"qa" | "uat", AcrStandIn>>>,
  ) {}

  static async begin({ acr, auth }: GroundOptions = {}): Promise<Grounds> {
    const qaLocks = acr === "both";
    const uatLocks = acr !== undefined;
    const start = (locks: boolean) => startDistribution(auth && !locks ? { auth } : {});
    const [qa, uat, pair] = await Promise.all([start(qaLocks), start(uatLocks), generateKeyPair(PASSWORD)]);
    const standIns = {
      ...(qaLocks && { qa: await startAcr(qa) }),
      ...(uatLocks && { uat: await startAcr(uat) }),
    };
    const policy = { scan: DEFAULT_SCAN, signature: true, signers: [{ key: pair.publicKey }] };
    const placeOf = (stage: "qa" | "uat", registry: TestRegistry): Place => {
      const { host, credentials } = standIns[stage] ?? registry;
      const kind = standIns[stage] ? "acr" : "distribution";
      return { stage, host, kind, ...(credentials && { login: credentials }) };
    };
    const facts = { qa: placeOf("qa", qa), uat: placeOf("uat", uat), policy, key: pair.privateKey, password: PASSWORD };
    return new Grounds(facts, [qa, uat], standIns);
  }

  /**
   * Builds an image of a small layer and large ones.
   *
   * @param options `size`: bytes of each large one, more than a request that ends an upload brings along;
   * `large`: how many
   */
  async wares(
    version: string,
    { size = 1_200_000, large = 1 }: { size?: number; large?: number } = {},
  ): Promise<Wares> {
    const layout = join(this.dir, version);
    const builder = await LayoutBuilder.begin(layout);
    const base: BuiltLayer[] = [];
    for (let at = 0; at < large; at += 1) {
      base.push(await (size > 100_000_000 ? bigLayer : layer)(builder, `${version}-${at}`, size));
    }
    const asked = { tag: "built", seed: version, layers: 1, base, labels: labelsOf(version) };
    const built = await image(builder, asked);
    const { digest } = built.descriptor;
    const scan = this.write(`${version}-scan.json`, JSON.stringify(trivyReport(built.config.digest)));
    return { layout, digest, version, scan, signOffs: await this.signOffs(version, digest) };
  }

  private async signOffs(version: string, digest: Digest): Promise<string> {
    const approval = (role: string, by: string, minute: number) => ({
      ...{ role, by, commit: COMMIT, digest, at: `2026-11-02T08:0${minute}:00Z` },
    });
    const signOffs = {
      ...{ from: "qa", to: "uat", repository: "orders/api", digest, version, commit: COMMIT, authors: ["author"] },
      approvals: [approval("qa", "qa-manager", 1), approval("uat", "uat-manager", 2)],
    };
    const signer = await keySigner(Buffer.from(this.facts.key), () => PASSWORD);
    const statement = statementOf(digest, "orders/api", PREDICATES.signOffs, signOffs);
    return this.write(`${version}-sign-offs.json`, await signer.signStatement(statement));
  }

  private write(name: string, content: string | Buffer): string {
    const file = join(this.dir, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  async end(): Promise<void> {
    await Promise.all(Object.values(this.acr).map((standIn) => standIn.stop()));
    await Promise.all(this.registries.map((registry) => registry.stop()));
    rmSync(this.dir, { recursive: true, force: true });
  }
}
