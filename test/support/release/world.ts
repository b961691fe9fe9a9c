import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest } from "../../../src/base/digest";
import type { StageCheck } from "../../../src/domain/identity/environments";
import { APP } from "../github/company";
import { DEFAULT_SCAN, type ImagePolicy } from "../../../src/domain/image/policy";
import { commitStatementOf, statementOf } from "../../../src/images/records";
import { Registries } from "../../../src/images/registries";
import type { BuildSignOffs, SignOffs } from "../../../src/domain/flow/signOffs";
import { type BuildMetadata, PREDICATES } from "../../../src/images/recordSchemas";
import type { CredentialSource } from "../../../src/oci/auth/credential";
import type { StageOutputs } from "../../../src/outputs";
import { keySigner, type KeySigner } from "../../../src/signing/keySigner";
import { generateKeyPair } from "../../../src/signing/privateKey";
import { type BuiltImage, image, type ImageOptions } from "../images/image";
import { LayoutBuilder } from "../images/layoutBuilder";
import { type AcrStandIn, startAcr, startDistribution, type TestRegistry } from "../registries";
import { outputsFor } from "./outputsFor";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const SOURCE = "https://github.com/company/orders";
const PASSWORD = "a password of a test";

/** How an image of the product was built. */
export const buildOf = (version: string): BuildMetadata => ({
  ...{ source: SOURCE, commit: COMMIT, version },
  createdAt: "2026-11-01T08:00:00Z",
});

/** Labels that agree with {@link buildOf}. */
export const labelsOf = (version: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  "org.opencontainers.image.source": SOURCE,
  "org.opencontainers.image.revision": COMMIT,
  "org.opencontainers.image.version": version,
  "org.opencontainers.image.created": "2026-11-01T08:00:00Z",
  "io.dual-registry.binding": "portable",
  ...more,
});

/** Two stages on two real registries of this machine, with keys, files and a folder. */
export class World {
  readonly dir = mkdtempSync(join(tmpdir(), "dualreg-world-"));
  readonly password = PASSWORD;
  private images = 0;
  /** When sign-offs made here end: those of one release are the same whenever they are made. */
  private readonly expires = new Date(Date.now() + 7 * 86_400_000).toISOString();

  private constructor(
    readonly qa: TestRegistry,
    readonly uat: TestRegistry,
    readonly acr: AcrStandIn | undefined,
    readonly signer: KeySigner,
    readonly stranger: KeySigner,
    readonly keyFile: string,
    readonly policy: ImagePolicy,
  ) {}

  /** @param target what uat's registry is: one without locks, or one that locks as Azure's */
  static async begin(target: "distribution" | "acr" = "distribution"): Promise<World> {
    const [qa, uat] = await Promise.all([startDistribution(), startDistribution()]);
    const acr = target === "acr" ? await startAcr(uat) : undefined;
    const [pair, other] = await Promise.all([generateKeyPair(PASSWORD), generateKeyPair(PASSWORD)]);
    const signer = await keySigner(Buffer.from(pair.privateKey), PASSWORD_OF);
    const stranger = await keySigner(Buffer.from(other.privateKey), PASSWORD_OF);
    const policy = { scan: DEFAULT_SCAN, signature: true, signers: [{ key: pair.publicKey }] };
    const world = new World(qa, uat, acr, signer, stranger, "cosign.key", policy);
    world.write("cosign.key", pair.privateKey);
    return world;
  }

  /** Checks that uat wants to have passed at qa. */
  checksBefore: readonly StageCheck[] = [];

  get uatHost(): string {
    return this.acr?.host ?? this.uat.host;
  }

  /** The stages' outputs. */
  get outputs(): { qa: StageOutputs; uat: StageOutputs } {
    const { policy } = this;
    const kind = this.acr ? "acr" : "distribution";
    const qa = { stage: "qa", host: this.qa.host, kind: "distribution" } as const;
    const gates = { roles: ["qa", "uat"], signOffSigners: policy.signers, checksBefore: this.checksBefore, app: APP };
    return {
      qa: outputsFor({ ...qa, policy }),
      uat: outputsFor({ stage: "uat", host: this.uatHost, kind, policy, ...gates, before: qa }),
    };
  }

  readonly credentials: CredentialSource = (host) => {
    const login = host === this.acr?.host ? this.acr.credentials : undefined;
    return Promise.resolve(
      login ? { kind: "basic", ...login, from: "the test" } : { kind: "anonymous", from: "the test" },
    );
  };

  /** Registries open for the time of a call; patient enough for a test and no more. */
  async registries<T>(use: (registries: Registries) => Promise<T>): Promise<T> {
    const registries = new Registries(this.credentials);
    try {
      return await use(registries);
    } finally {
      await registries.close();
    }
  }

  /** Builds an image in a layout of its own. */
  async build(version: string, options: ImageOptions = {}): Promise<BuiltImage & { layout: string }> {
    const layout = join(this.dir, `image-${++this.images}`);
    const labels = labelsOf(version, options.labels);
    const built = await image(await LayoutBuilder.begin(layout), { tag: "built", seed: version, ...options, labels });
    return { ...built, layout };
  }

  write(name: string, content: string | Buffer | object): string {
    const file = join(this.dir, name);
    const plain = typeof content === "string" || Buffer.isBuffer(content);
    writeFileSync(file, plain ? content : JSON.stringify(content), { mode: 0o600 });
    return file;
  }

  /** Sign-offs of a release from qa to uat, as {@link SignOffs}, with whatever is to be different. */
  signOffs(digest: Digest, version: string, different: Partial<SignOffs> = {}): SignOffs {
    const approval = (role: string, by: string, minute: number) => ({
      ...{ role, by, commit: COMMIT, digest },
      at: `2026-11-02T08:0${minute}:00Z`,
    });
    return {
      ...{ from: "qa", to: "uat", repository: "orders/api", digest, version, commit: COMMIT },
      authors: ["author", "release-bot[bot]"],
      approvals: [approval("qa", "qa-manager", 1), approval("uat", "uat-manager", 2)],
      run: { id: 7, url: "https://github.com/company/orders/actions/runs/7" },
      expires: this.expires,
      ...different,
    };
  }

  /** Writes sign-offs as whoever holds the key signs them. */
  async signOffFile(signOffs: SignOffs, signer: KeySigner = this.signer): Promise<string> {
    const statement = statementOf(signOffs.digest, signOffs.repository, PREDICATES.signOffs, signOffs);
    return this.write(`sign-offs-${++this.images}.json`, await signer.signStatement(statement));
  }

  /** Writes the sign-offs of a build, of {@link COMMIT}, as whoever holds the key signs them. */
  async buildSignOffFile(signOffs: BuildSignOffs, signer: KeySigner = this.signer): Promise<string> {
    const { commit, tag } = signOffs;
    const statement = commitStatementOf(commit, tag, PREDICATES.buildSignOffs, signOffs);
    return this.write(`build-sign-offs-${++this.images}.json`, await signer.signStatement(statement));
  }

  async end(): Promise<void> {
    await this.acr?.stop();
    await Promise.all([this.qa.stop(), this.uat.stop()]);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const PASSWORD_OF = () => PASSWORD;
