import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MEDIA } from "../../../src/oci/manifest";
import type { Catalog } from "../../../src/console/model";
import { AS_ATTESTATION, attestation } from "../../support/images/attestations";
import { image, imageConfig } from "../../support/images/image";
import { index, indexOf } from "../../support/images/indexes";
import { layer } from "../../support/images/layers";
import { ConsoleGround, ok } from "../../support/console/ground";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";
import { instead, refusal } from "../../support/registries/quirks";

const labels = {
  "org.opencontainers.image.source": "https://example.com/company/orders",
  "org.opencontainers.image.version": "1.2.3",
};

describeWith(["docker-registry", REFERRERS_TOOL], "the console's catalogue", () => {
  let ground: ConsoleGround;
  let catalog: Catalog;
  let now = Date.now();
  before(async () => {
    ground = await ConsoleGround.begin();
    await ground.image("secure", "orders/api", "v1", { labels });
    await ground.image("standard", "orders/web", "v1", { labels });
  });
  beforeEach(() => {
    now += 60_000;
    catalog = ground.catalog({ now: () => now });
    ground.fronts.secure.use();
    ground.fronts.standard.use();
  });
  after(() => ground.end());

  it("S0-2 repositories lists those of the stage's map, and any other name is not found", () => {
    assert.deepEqual(
      catalog.repositories().map((one) => `${one.class} ${one.repository} ${one.binding}`),
      ["secure orders/api portable", "secure orders/console stage-bound", "standard orders/web portable"],
    );
    assert.throws(() => catalog.tags("orders/unmapped"), { code: "NOT_FOUND" });
    assert.throws(() => catalog.image("orders/unmapped", "v1"), { code: "NOT_FOUND" });
  });

  for (const [imageClass, repository] of [
    ["secure", "orders/api"],
    ["standard", "orders/web"],
  ] as const) {
    it(`S0-9 image asks the ${imageClass} registry three times at most, and once for what is known`, async () => {
      await ground.push(imageClass, repository, "indexed", async (layout) => {
        const one = await index(layout, { labels, platforms: [{ os: "linux", architecture: "arm64" }] });
        return one.descriptor;
      });
      const first = await ground.requestsOf(imageClass, async () => {
        const view = ok(await catalog.image(repository, "indexed"));
        assert.equal(view.registry.class, imageClass);
        assert.equal(view.platforms[0]?.platform, "linux/arm64");
        assert.deepEqual(
          view.platforms[0].labels.map(({ name }) => name),
          Object.keys(labels),
        );
      });
      assert.ok(first.length <= 3, first.join("\n"));
      assert.deepEqual(await ground.requestsOf(imageClass, () => catalog.image(repository, "indexed")), []);
      now += 60_000;
      const again = await ground.requestsOf(imageClass, () => catalog.image(repository, "indexed"));
      assert.deepEqual(again, [`HEAD /v2/${repository}/manifests/indexed`]);
    });
  }

  it("S0-9 image asks once for what many ask for at the same time, and not at all for referrers", async () => {
    const requests = await ground.requestsOf("secure", () =>
      Promise.all(Array.from({ length: 50 }, () => catalog.image("orders/api", "v1"))),
    );
    assert.equal(requests.length, 2, requests.join("\n"));
    assert.ok(requests.every((line) => !line.includes("referrers") && !line.includes("sha256-")));
  });

  it("image says what a moved tag stands for now", async () => {
    const old = await ground.image("secure", "orders/api", "moving", { seed: "one" });
    assert.equal(ok(await catalog.image("orders/api", "moving")).digest, old);
    const moved = await ground.image("secure", "orders/api", "moving", { seed: "two" });
    now += 60_000;
    assert.equal(ok(await catalog.image("orders/api", "moving")).digest, moved);
    assert.deepEqual(ok(await catalog.image("orders/api", moved)).tags, ["moving"]);
  });

  it("S0-10 image tells attestations apart, keeps annotations of index and manifest apart, and takes the configuration's platform", async () => {
    const digest = await ground.push("secure", "orders/api", "attested", async (layout) => {
      const { descriptor } = await image(layout, { labels, annotations: { of: "manifest" } });
      const about = { ...AS_ATTESTATION.annotations, "vnd.docker.reference.digest": descriptor.digest };
      const beside = { ...(await attestation(layout)), ...AS_ATTESTATION, annotations: about };
      const whole = { schemaVersion: 2, mediaType: MEDIA.ociIndex, annotations: { of: "index" } };
      return layout.manifest({ ...whole, manifests: [descriptor, beside] }, MEDIA.ociIndex, { tag: "attested" });
    });
    const view = ok(await catalog.image("orders/api", digest));
    assert.deepEqual(view.annotations, [{ name: "of", value: "index" }]);
    assert.deepEqual(view.platforms[0]?.annotations, [{ name: "of", value: "manifest" }]);
    assert.equal(view.platforms[0].platform, "linux/amd64");
    assert.equal(view.attestations[0]?.about, view.platforms[0].digest);
    assert.equal(view.tag, undefined);
  });

  it("image of an index without an image has no platforms, and that is all", async () => {
    await ground.push("standard", "orders/web", "empty", (layout) => indexOf(layout, [], { tag: "empty" }));
    assert.deepEqual(ok(await catalog.image("orders/web", "empty")).platforms, []);
  });

  it("S0-10 image bounds labels of a megabyte and ten thousand of them, says how many are left out, and hides secrets", async () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`label-${at}`, "x"]));
    const hostile = { "a.script": "<script>alert(1)</script>\u202e\u0000", "a.huge": "y".repeat(1024 * 1024), ...many };
    const env = ["PWD=/app", "DB_PASSWORD=hunter2hunter2", "URL=https://user:secret@example.com/", "PLAIN=yes"];
    await ground.push("secure", "orders/api", "hostile", async (layout) => {
      const base = await layer(layout, "hostile", 100);
      const on = { os: "linux", architecture: "amd64" };
      const json = JSON.parse(imageConfig(on, [base], hostile).toString()) as { config: Record<string, unknown> };
      Object.assign(json.config, { Env: env, User: "10001", Entrypoint: ["/app"] });
      const config = await layout.blob(Buffer.from(JSON.stringify(json)), MEDIA.ociConfig);
      const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: [base.descriptor] };
      return layout.manifest(manifest, MEDIA.ociManifest, { tag: "hostile" });
    });
    const [platform] = ok(await catalog.image("orders/api", "hostile")).platforms;
    assert.ok(platform);
    assert.equal(platform.labels.length, 512);
    assert.equal(platform.labelsLeftOut, 10_002 - 512);
    const [huge, script] = platform.labels;
    assert.deepEqual([huge?.value.length, huge?.fullLength], [4096, 1024 * 1024]);
    assert.equal(script?.value, hostile["a.script"]);
    assert.deepEqual(platform.environment, [
      "PWD=/app",
      "DB_PASSWORD=[withheld]",
      "URL=https://[secret]@example.com/",
      "PLAIN=yes",
    ]);
    assert.deepEqual([platform.user, platform.entrypoint], ["10001", ["/app"]]);
  });

  it("image and tags name no tag for a digest that it stood for longer ago than an answer counts", async () => {
    const first = await ground.image("secure", "orders/api", "moving", { seed: "before" });
    assert.deepEqual(ok(await catalog.image("orders/api", "moving")).tags, ["moving"]);
    await ground.image("secure", "orders/api", "moving", { seed: "behind" });
    now += 60_000;
    assert.deepEqual(ok(await catalog.image("orders/api", first)).tags, []);
    const { tags } = ok(await catalog.tags("orders/api"));
    assert.equal(tags.find(({ tag }) => tag === "moving")?.digest, undefined);
  });

  it("origin asks once whether a digest is there, also where it is not", async () => {
    const digest = `sha256:${"0".repeat(64)}` as const;
    const ask = () => ground.requestsOf("standard", () => catalog.origin(digest, () => true));
    const asked = ["orders/web", "orders/api", "orders/console"].map((name) => `HEAD /v2/${name}/manifests/${digest}`);
    assert.deepEqual([...(await ask())].sort(), [...asked].sort());
    assert.deepEqual(await ask(), []);
    now += 60_000;
    assert.equal((await ask()).length, asked.length);
  });

  it("origin asks a registry for so many digests a minute and no more, and says when to ask again", async () => {
    const limited = ground.catalog({ limits: { looks: 5 }, now: () => now });
    const random = (at: number) => `sha256:${String(at).padStart(64, "0")}` as const;
    const asked = await ground.requestsOf("secure", async () => {
      for (const at of [1, 2, 3]) await limited.origin(random(at), () => true);
    });
    assert.equal(asked.length, 5);
    const { holders, complete } = await limited.origin(random(4), () => true);
    assert.equal(complete, false);
    const secure = holders[0]?.repositories;
    assert.ok(secure?.state === "unavailable");
    assert.match(secure.reason, /asked for more digests than it should be; ask again in 60 s/);
    assert.equal(secure.retryAfter, 60);
    now += 60_000;
    assert.equal(ok((await limited.origin(random(4), () => true)).holders[0]?.repositories ?? secure).length, 0);
  });

  it("tags pages ten thousand, leaves referrers' tags out and counts them, and asks for no manifest", async () => {
    const digest = await ground.image("secure", "orders/console", "t00000", {});
    const names = Array.from({ length: 9_999 }, (_, at) => `t${String(at + 1).padStart(5, "0")}`);
    for (const tag of [...names, `sha256-${"a".repeat(64)}`, `sha256-${"b".repeat(64)}.sig`]) {
      const folder = "docker/registry/v2/repositories/orders/console/_manifests/tags";
      const link = join(ground.storageOf("secure"), folder, tag, "current");
      mkdirSync(link, { recursive: true });
      writeFileSync(join(link, "link"), digest);
    }
    const seen: string[] = [];
    let hidden = 0;
    const requests = await ground.requestsOf("secure", async () => {
      for (let after: string | undefined, more = true; more;) {
        const page = ok(await catalog.tags("orders/console", after === undefined ? {} : { after }));
        assert.ok(page.tags.length <= 100);
        seen.push(...page.tags.map(({ tag }) => tag));
        hidden += page.hidden;
        after = page.next;
        more = after !== undefined;
      }
    });
    assert.deepEqual(seen, ["t00000", ...names]);
    assert.equal(hidden, 2);
    assert.ok(requests.every((line) => line.includes("/tags/list")) && requests.length <= 11, requests.join("\n"));
  });

  it("tags with details says what each image is, and lists one that cannot be read without", async () => {
    await ground.image("standard", "orders/web", "whole", { labels });
    const page = ok(await catalog.tags("orders/web", { details: true }));
    const whole = page.tags.find(({ tag }) => tag === "whole");
    assert.deepEqual(whole?.summary, {
      platforms: ["linux/amd64"],
      created: "2024-01-01T00:00:00Z",
      version: "1.2.3",
      source: "https://example.com/company/orders",
    });
  });

  it("image of a tag that is deleted meanwhile is not found, and so is one that never was", async () => {
    await ground.image("standard", "orders/web", "short-lived", {});
    ok(await catalog.image("orders/web", "short-lived"));
    await ground.delete("standard", "orders/web", "short-lived");
    now += 60_000;
    await assert.rejects(catalog.image("orders/web", "short-lived"), { code: "NOT_FOUND" });
    await assert.rejects(catalog.image("orders/web", "never"), { code: "NOT_FOUND" });
  });

  it("image that names a platform which is not there is said to be incomplete, and is not called missing", async () => {
    const { child } = await ground.incomplete("standard", "orders/web", "torn");
    const part = await catalog.image("orders/web", "torn");
    assert.ok(part.state === "unavailable", JSON.stringify(part));
    assert.match(part.reason, /orders\/web:torn names parts that are not there/);
    assert.ok(part.reason.includes(child));
  });

  it("S0-9 image that is deleted between its manifest and its configuration is not found", async () => {
    await ground.image("standard", "orders/web", "going");
    ground.fronts.standard.use(async ({ path }, next, ask) => {
      if (!path.includes("/blobs/")) return next();
      await ask("DELETE", "/v2/orders/web/manifests/going");
      return refusal(404, "BLOB_UNKNOWN");
    });
    await assert.rejects(catalog.image("orders/web", "going"), { code: "NOT_FOUND" });
  });

  for (const [what, status, headers, expected] of [
    ["500", 500, {}, { retryAfter: undefined, reason: /500/ }],
    ["401", 401, { "www-authenticate": 'Basic realm="r"' }, { retryAfter: undefined, reason: /401/ }],
    ["429 with Retry-After", 429, { "retry-after": "30" }, { retryAfter: 30, reason: /429/ }],
  ] as const) {
    it(`image says of a registry that answers ${what} what is wrong, and the other one is shown`, async () => {
      ground.fronts.secure.use(() => instead(status, { errors: [{ code: "UNKNOWN", message: "no" }] }, headers));
      const part = await catalog.image("orders/api", "v1");
      assert.ok(part.state === "unavailable");
      assert.equal(part.retryAfter, expected.retryAfter);
      assert.match(part.reason, expected.reason);
      ok(await catalog.image("orders/web", "v1"));
      const health = await catalog.health();
      assert.deepEqual(
        health.map((one) => [one.registry.class, one.part.state]),
        [
          ["secure", "unavailable"],
          ["standard", "ok"],
        ],
      );
    });
  }

  it("image leaves a registry alone for as long as it asked for", async () => {
    ground.fronts.secure.use(() => instead(429, { errors: [] }, { "retry-after": "30" }));
    await catalog.image("orders/api", "v1");
    now += 10_000;
    const requests = await ground.requestsOf("secure", async () => {
      const part = await catalog.image("orders/api", "v1");
      assert.ok(part.state === "unavailable" && part.retryAfter === 20, JSON.stringify(part));
    });
    assert.deepEqual(requests, []);
    ground.fronts.secure.use();
    now += 21_000;
    ok(await catalog.image("orders/api", "v1"));
  });

  it("image does not wait for a registry that does not answer, and ends when its reader goes", async () => {
    const impatient = ground.catalog({ limits: { patience: 200 } });
    ground.fronts.secure.use(() => new Promise(() => undefined));
    const part = await impatient.image("orders/api", "v1");
    assert.ok(part.state === "unavailable" && /no answer within 0.2 s/.test(part.reason), JSON.stringify(part));
    await assert.rejects(catalog.image("orders/api", "v1", AbortSignal.timeout(50)), { name: "TimeoutError" });
  });
});
