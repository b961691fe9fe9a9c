import { AssertionError } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import { openRegistry, type RegistrySession } from "../../../src/oci";
import { type CatalogParts, makeCatalog } from "../../../src/console/catalog";
import type { Catalog, Part } from "../../../src/console/model";
import { type ImageSearch, makeSearch, type SearchOptions } from "../../../src/console/search";
import { type BuiltSettings, settingsOf } from "../../../src/console/settings";
import type { StageOutputs } from "../../../src/outputs";
import { makeVerifier } from "../../../src/signing";
import { keySigner, type KeySigner, signImage } from "../../../src/signing/keySigner";
import { generateKeyPair } from "../../../src/signing/privateKey";
import type { Digest } from "../../../src/base/digest";
import { copyImage } from "../images/copyImage";
import { image, type ImageOptions } from "../images/image";
import { FIVE_PLATFORMS, index } from "../images/indexes";
import { LayoutBuilder } from "../images/layoutBuilder";
import { type DistributionOptions, startDistribution, startReferrers, type TestRegistry } from "../registries";
import { type QuirkyRegistry, startQuirky } from "../registries/quirks";
import { outputsFor } from "../release/outputsFor";

type ImageClass = "secure" | "standard";

/** A search with what it warned of. */
export type GroundSearch = ImageSearch & { warnings: readonly string[] };

/** Waits until something is so. @throws what it is not, after a minute */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`not within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A stage's console between two real registries: Distribution for secure images, one with the referrers API beside it. */
export class ConsoleGround {
  readonly dir = mkdtempSync(join(tmpdir(), "dualreg-console-"));
  private layouts = 0;
  private readonly sessions: RegistrySession[] = [];

  private constructor(
    private readonly behind: Readonly<Record<ImageClass, TestRegistry>>,
    /** What the console speaks to: counts requests, and does wrong what it is told to. */
    readonly fronts: Readonly<Record<ImageClass, QuirkyRegistry>>,
    readonly signer: KeySigner,
    readonly stranger: KeySigner,
    readonly outputs: StageOutputs,
  ) {}

  /** @param options of the registry of secure images */
  static async begin(options: DistributionOptions = {}): Promise<ConsoleGround> {
    const [secure, standard] = await Promise.all([startDistribution(options), startReferrers()]);
    const fronts = { secure: await startQuirky(secure.host), standard: await startQuirky(standard.host) };
    const password = () => "a password of a test";
    const [pair, other] = await Promise.all([generateKeyPair(password()), generateKeyPair(password())]);
    const signers = [{ key: pair.publicKey }];
    const facts = { stage: "qa", host: fronts.secure.host, kind: "distribution" } as const;
    const outputs = outputsFor({ ...facts, policy: { signature: true, signers } });
    const { standard: beside } = outputs.registries;
    const registries = { ...outputs.registries, standard: { ...beside, loginServer: fronts.standard.host } };
    return new ConsoleGround(
      { secure, standard },
      fronts,
      await keySigner(Buffer.from(pair.privateKey), password),
      await keySigner(Buffer.from(other.privateKey), password),
      { ...outputs, registries },
    );
  }

  get settings(): BuiltSettings {
    return settingsOf(this.outputs, { access: { anonymous: "read" } });
  }

  /** The outputs of a stage whose registries are asked past the counting fronts. */
  get outputsPastFronts(): StageOutputs {
    const { secure, standard } = this.outputs.registries;
    const registries = {
      secure: { ...secure, loginServer: this.behind.secure.host },
      standard: { ...standard, loginServer: this.behind.standard.host },
    };
    return { ...this.outputs, registries };
  }

  /** What the console calls a class's registry. */
  hostOf(imageClass: ImageClass): string {
    return this.fronts[imageClass].host;
  }

  /** Where a registry keeps its files. */
  storageOf(imageClass: ImageClass): string {
    return this.behind[imageClass].storageDir;
  }

  /** A catalogue of its own, which knows nothing yet. */
  catalog(different: Partial<CatalogParts> = {}): Catalog {
    const open = (imageClass: ImageClass) => this.session(this.fronts[imageClass].host);
    const sessions = { secure: open("secure"), standard: open("standard") };
    return makeCatalog({ settings: this.settings, sessions, verifier: makeVerifier(), ...different });
  }

  /** A search of its own, as fast as the registries are. Whatever it reports is a fault. */
  search(different: Partial<SearchOptions> = {}, settings: BuiltSettings = this.settings): GroundSearch {
    const sessions = {
      secure: this.session(this.fronts.secure.host),
      standard: this.session(this.fronts.standard.host),
    };
    const warnings: string[] = [];
    const log = { info: () => undefined, warn: (fields: object) => void warnings.push(JSON.stringify(fields)) };
    const onFault = (error: unknown) => {
      throw error;
    };
    const options = { pace: { reads: 1_000_000, referrerLists: 1_000_000 }, every: 200, ...different };
    return Object.assign(makeSearch({ settings, sessions, log, onFault, options }), { warnings });
  }

  /** Requests that a task made, to a class's registry. */
  async requestsOf(imageClass: ImageClass, task: () => Promise<unknown>): Promise<readonly string[]> {
    const { requests } = this.fronts[imageClass];
    const before = requests.length;
    await task();
    return requests.slice(before);
  }

  /** Pushes past the counting front. */
  repository(imageClass: ImageClass, path: string) {
    return this.session(this.behind[imageClass].host).repository(path);
  }

  /** A layout of its own; `build` returns what is to be pushed. */
  async push(
    imageClass: ImageClass,
    path: string,
    tag: string,
    build: (layout: LayoutBuilder) => Promise<{ digest: Digest }>,
  ): Promise<Digest> {
    const layout = join(this.dir, `layout-${++this.layouts}`);
    const { digest } = await build(await LayoutBuilder.begin(layout));
    await copyImage(await openLayout(layout), this.repository(imageClass, path), digest, tag);
    return digest;
  }

  /** An image of one platform. */
  image(imageClass: ImageClass, path: string, tag: string, options: ImageOptions = {}): Promise<Digest> {
    return this.push(imageClass, path, tag, async (layout) => {
      const { descriptor } = await image(layout, { seed: `${path}:${tag}`, tag, ...options });
      return descriptor;
    });
  }

  /** An index, one of whose two images is not there. */
  async incomplete(imageClass: ImageClass, path: string, tag: string): Promise<{ child: Digest }> {
    let child: Digest | undefined;
    await this.push(imageClass, path, tag, async (layout) => {
      const { descriptor, images } = await index(layout, { seed: tag, platforms: FIVE_PLATFORMS.slice(0, 2) });
      child = images[1]?.descriptor.digest;
      return descriptor;
    });
    if (child === undefined) throw new Error("an index of two images has a second one");
    await this.delete(imageClass, path, child);
    return { child };
  }

  async sign(imageClass: ImageClass, path: string, digest: Digest, signer: KeySigner = this.signer): Promise<void> {
    const target = this.repository(imageClass, path);
    const subject = await target.resolve(digest);
    if (subject === undefined) throw new Error(`${path}@${digest} is not there`);
    const { unlisted } = await signImage(target, subject, signer);
    if (unlisted.length > 0) await target.list(unlisted);
  }

  delete(imageClass: ImageClass, path: string, reference: string): Promise<void> {
    return this.repository(imageClass, path).delete(reference);
  }

  private session(host: string): RegistrySession {
    const session = openRegistry(host, {
      credentials: () => Promise.resolve({ kind: "anonymous", from: "the test" }),
      retry: { attempts: 2, base: 1, maxRetryAfter: 1_000, givesUpOnLongWaits: true },
    });
    this.sessions.push(session);
    return session;
  }

  async end(): Promise<void> {
    await Promise.all(this.sessions.map((session) => session.close()));
    await Promise.all(Object.values(this.fronts).map((front) => front.stop()));
    await Promise.all(Object.values(this.behind).map((registry) => registry.stop()));
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** What a part of an answer holds. @throws AssertionError with the reason, where it could not be had */
export function ok<T>(part: Part<T>): T {
  if (part.state === "ok") return part.value;
  throw new AssertionError({ message: part.reason });
}
