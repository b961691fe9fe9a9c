import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { digestOf } from "../../../src/base/digest";
import { DualRegistryError } from "../../../src/base/errors";
import { RegistryIndexer } from "../../../src/console/search/indexer";
import { readPackages } from "../../../src/console/search/packages";
import { IndexStore } from "../../../src/console/search/store";
import type { Descriptor, ImageSource } from "../../../src/oci";
import { MEDIA } from "../../../src/oci/manifest";
import { until } from "../../support/console/ground";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const described = (mediaType: string, bytes: Buffer): Descriptor => ({
  ...{ mediaType, digest: digestOf(bytes), size: bytes.length },
});
const refused = () => new DualRegistryError("REGISTRY_UNAVAILABLE", "500 for this one");

/** A registry in memory: manifests by tag and digest, blobs, and what refers to an image. */
class MemoryRegistry {
  readonly manifests = new Map<string, { bytes: Buffer; descriptor: Descriptor }>();
  readonly blobs = new Map<string, Buffer>();
  readonly sboms: Descriptor[] = [];
  lists = 0;

  put(reference: string, config: Buffer, layers: readonly Descriptor[] = [], artifactType?: string): Descriptor {
    const own = described(MEDIA.ociConfig, config);
    const fields = { schemaVersion: 2, mediaType: MEDIA.ociManifest, artifactType, config: own, layers };
    const descriptor = described(MEDIA.ociManifest, json(fields));
    const found = { bytes: json(fields), descriptor };
    this.blobs.set(own.digest, config);
    this.manifests.set(reference, found).set(descriptor.digest, found);
    return descriptor;
  }

  image(tag: string): Descriptor {
    const config = {
      architecture: "amd64",
      os: "linux",
      config: { Labels: { tag } },
      rootfs: { type: "layers", diff_ids: [] },
    };
    return this.put(tag, json(config));
  }

  /** Attaches a plain SBOM to whatever is asked about. */
  sbom(packages: readonly object[], n = 0): Descriptor {
    const bytes = json({ spdxVersion: "SPDX-2.3", n, packages });
    const layer = described("application/spdx+json", bytes);
    this.blobs.set(layer.digest, bytes);
    const artifact = this.put(layer.digest, json({}), [layer], "application/spdx+json");
    this.sboms.push({ ...artifact, artifactType: "application/spdx+json" });
    return layer;
  }

  source(different: Partial<ImageSource> = {}): ImageSource {
    const found = (reference: string) => {
      const one = this.manifests.get(reference);
      if (one === undefined) throw new DualRegistryError("NOT_FOUND", reference);
      return { ...one, mediaType: one.descriptor.mediaType, digest: one.descriptor.digest };
    };
    return {
      name: "registry.example.com/orders/api",
      resolve: (reference) => Promise.resolve(this.manifests.get(reference)?.descriptor),
      manifest: (reference) => Promise.resolve().then(() => found(reference)),
      blob: ({ digest }) => Promise.resolve(Readable.from([this.blobs.get(digest) ?? Buffer.alloc(0)])),
      referrers: () => {
        this.lists += 1;
        return Promise.resolve(this.sboms);
      },
      // eslint-disable-next-line @typescript-eslint/require-await -- a list that is there at once
      tags: async function* () {
        yield* ["v1", "v2"];
      },
      ...different,
    };
  }
}

describe("RegistryIndexer", () => {
  let dir: string;
  let store: IndexStore;
  let indexer: RegistryIndexer;
  let registry: MemoryRegistry;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "dualreg-refusals-"));
    store = new IndexStore({ work: dir, of: digestOf(Buffer.from("a stage")) });
    registry = new MemoryRegistry();
    for (const tag of ["v1", "v2"]) registry.image(tag);
  });
  afterEach(async () => {
    await indexer.end();
    store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const begin = (sources: Readonly<Record<string, ImageSource>>) => {
    indexer = new RegistryIndexer({
      ...{ store, host: "registry.example.com", every: 100, keep: () => Promise.resolve(), onProblem: () => undefined },
      session: { repository: (path) => sources[path] ?? registry.source() },
      repositories: new Map(Object.keys(sources).map((one) => [one, one])),
      pace: { reads: 1_000_000, referrerLists: 1_000_000 },
      onFault: (error) => {
        throw error;
      },
    });
    indexer.begin();
  };
  const withPackages = () => store.number("SELECT count(packages_at) AS n FROM image") ?? 0;

  for (const [what, different] of [
    [
      "list of tags is refused",
      {
        tags: () => {
          throw new DualRegistryError("CONTENT_INVALID", "500 for this one");
        },
      },
    ],
    ["images are refused", { manifest: () => Promise.reject(refused()) }],
    ["lists of referrers are refused", { referrers: () => Promise.reject(refused()) }],
  ] as const) {
    it(`RegistryIndexer reads the other repositories where one's ${what}, and says which`, async () => {
      begin({ "a/bad": registry.source(different), "b/good": registry.source(), "c/good": registry.source() });
      await until("the others are read", () => withPackages() === 4 && indexer.problems.length > 0);
      assert.deepEqual(new Set(indexer.problems.map(([repository]) => repository)), new Set(["a/bad"]));
      assert.match(indexer.problems[0]?.[1] ?? "", /500 for this one/);
    });
  }

  it("RegistryIndexer keeps a tag that a notification brings while tags are listed", async () => {
    registry.image("v3");
    const isBrought = () => store.hasTag("orders/api", "v3");
    let wasKept: boolean | undefined;
    const tags = async function* () {
      yield "v1";
      if (wasKept !== undefined) return;
      indexer.hint({ path: "orders/api", reference: "v3" });
      while (!isBrought()) await new Promise((resolve) => setTimeout(resolve, 5));
      wasKept = false;
    };
    const resolve: ImageSource["resolve"] = (reference) => {
      wasKept = isBrought();
      return registry.source().resolve(reference);
    };
    await store.put(
      "orders/api",
      { digest: digestOf(json({})), platforms: [], digests: [], facts: [], isCut: false, sboms: [], reads: 1 },
      "v1",
      0,
    );
    begin({ "orders/api": registry.source({ tags, resolve }) });
    await until("a tag is looked at behind the list", () => wasKept === true);
  });

  it("RegistryIndexer reads what is attached to the image that a notification names, and to no other", async () => {
    for (const tag of ["v1", "v2"]) {
      const { digest } = registry.image(tag);
      const document = { digest, platforms: [], digests: [digest], facts: [], isCut: false, sboms: [], reads: 1 };
      await store.put("orders/api", document, tag, 0);
    }
    // The list of tags does not come to its end.
    const tags: ImageSource["tags"] = async function* (signal) {
      await new Promise((resolve) => signal?.addEventListener("abort", resolve));
      yield "v1";
    };
    begin({ "orders/api": registry.source({ tags }) });
    const invented = digestOf(Buffer.from("invented"));
    for (const reference of ["invented", invented, "v1"]) indexer.hint({ path: "orders/api", reference });
    await until("the image that is there is read", () => withPackages() === 1);
    assert.equal(registry.lists, 1);
  });
});

describe("readPackages", () => {
  const digest = digestOf(Buffer.from("an image"));
  const named = [{ name: "openssl", versionInfo: "3.0.15" }];

  it("readPackages says that more may be there behind ten SBOMs, in one that is cut, and in one that is none", async () => {
    const whole = new MemoryRegistry();
    whole.sbom(named);
    const packages = [{ name: "openssl", version: "3.0.15" }];
    assert.deepEqual(await readPackages(whole.source(), digest, []), { packages, isPartial: false });
    const many = new MemoryRegistry();
    for (let n = 0; n < 11; n += 1) many.sbom(n === 10 ? named : [], n);
    assert.deepEqual(await readPackages(many.source(), digest, []), { packages: [], isPartial: true });
    const long = new MemoryRegistry();
    long.sbom(Array.from({ length: 10_001 }, (_, at) => ({ name: `lib${at}` })));
    const read = await readPackages(long.source(), digest, []);
    assert.deepEqual([read.packages.length, read.isPartial], [10_000, true]);
    const none = new MemoryRegistry();
    none.blobs.set(none.sbom(named).digest, json({}));
    assert.equal((await readPackages(none.source(), digest, [])).isPartial, true);
  });

  for (const code of ["REGISTRY_AUTH", "REGISTRY_REFUSED", "REGISTRY_UNAVAILABLE"] as const) {
    it(`readPackages takes ${code} for a blob as no answer, not as no packages`, async () => {
      const registry = new MemoryRegistry();
      registry.sbom(named);
      const source = registry.source({ blob: () => Promise.reject(new DualRegistryError(code, "not now")) });
      await assert.rejects(readPackages(source, digest, []), { code });
    });
  }
});
