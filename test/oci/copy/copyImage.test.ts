import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { referrersTag } from "../../../src/base/referrersTag";
import { copyImage, copyThrottle } from "../../../src/oci/copy/copyImage";
import { copyReferrers } from "../../../src/oci/copy/copyReferrers";
import { readTree } from "../../../src/oci/copy/tree";
import { verifyCopy } from "../../../src/oci/copy/verifyCopy";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import type { Descriptor } from "../../../src/oci/manifest";
import { openRegistry, type RegistrySession } from "../../../src/oci/registry/session";
import { family } from "../../support/images/family";
import { image } from "../../support/images/image";
import { index, nestedIndex } from "../../support/images/indexes";
import { LayoutBuilder } from "../../support/images/layoutBuilder";
import * as odd from "../../support/images/oddities";
import { coded } from "../../support/images/rejection";
import { workFolder } from "../../support/images/workFolder";
import {
  describeWith,
  findTool,
  skipWithout,
  startDistribution,
  startReferrers,
  type TestRegistry,
} from "../../support/registries";

const run = promisify(execFile);
const anonymous = () => Promise.resolve({ kind: "anonymous" as const, from: "nothing" });

/** Every sort of image that a registry may hold, by name. */
const CORPUS: Readonly<Record<string, (layout: LayoutBuilder, tag: string) => Promise<Descriptor>>> = {
  "an image": async (layout, tag) => (await image(layout, { tag })).descriptor,
  "an index of five platforms": async (layout, tag) => (await index(layout, { tag })).descriptor,
  "a nested index": async (layout, tag) => (await nestedIndex(layout, { tag })).descriptor,
  "a Docker schema 2 image": (layout, tag) => odd.dockerImage(layout, { tag }),
  "a Docker manifest list": (layout, tag) => odd.dockerList(layout, { tag }),
  "an artifact without layers": (layout, tag) => odd.bareArtifact(layout, { tag }),
  "an image with a zstd layer": (layout, tag) => odd.zstdImage(layout, { tag }),
  "an image with a foreign layer": (layout, tag) => odd.foreignImage(layout, { tag }),
  "an image with a layer of no bytes": (layout, tag) => odd.zeroLengthImage(layout, { tag }),
  "a manifest with unknown fields and odd spacing": (layout, tag) => odd.oddlySpacedImage(layout, { tag }),
};

describeWith(["docker-registry"], "copyImage", () => {
  const folder = workFolder();
  const registries: TestRegistry[] = [];
  const sessions: RegistrySession[] = [];
  let first: RegistrySession;
  let second: RegistrySession;

  const start = async (registry: Promise<TestRegistry>): Promise<RegistrySession> => {
    const started = await registry;
    registries.push(started);
    const session = openRegistry(started.host, { credentials: anonymous });
    sessions.push(session);
    return session;
  };
  before(async () => {
    first = await start(startDistribution());
    second = await start(startDistribution());
  });
  after(async () => {
    for (const session of sessions) await session.close();
    for (const registry of registries) await registry.stop();
  });

  for (const [what, build] of Object.entries(CORPUS)) {
    it(`S2-16 copyImage keeps ${what} byte for byte, from a layout through two registries into a layout`, async () => {
      const { digest } = await build(await LayoutBuilder.begin(folder("from")), "v1");
      const from = await openLayout(folder("from"));
      const to = await openLayout(folder("to"), { create: true });
      const path = what.replaceAll(" ", "-").toLowerCase();
      const [one, two] = [first.repository(path), second.repository(path)];
      await copyImage(from, one, "v1", { throttle: copyThrottle(), repository: path });
      await copyImage(one, two, digest, { throttle: copyThrottle(), repository: path });
      await copyImage(two, to, digest, { throttle: copyThrottle(), repository: path });
      const [wanted, got] = [await readTree(from, digest), await readTree(to, digest)];
      assert.deepEqual(
        got.manifests.map(({ bytes }) => bytes.toString()).sort(),
        wanted.manifests.map(({ bytes }) => bytes.toString()).sort(),
      );
      await verifyCopy(to, digest);
    });
  }

  it("S1-10 copyImage sends layers that images share once, and mounts them into other repositories", async () => {
    await family(await LayoutBuilder.begin(folder("many")), { count: 5, layers: 4, shared: 3, baseBytes: 30_000 });
    const from = await openLayout(folder("many"));
    const throttle = copyThrottle();
    const copy = (at: number) =>
      copyImage(from, first.repository(`family/m${at}`), `v${at}`, { throttle, repository: `family/m${at}` });
    const results = await Promise.all([0, 1, 2, 3, 4].map(copy));
    const sum = (key: "sent" | "mounted") => results.reduce((all, { outcomes }) => all + outcomes[key], 0);
    assert.deepEqual([sum("sent"), sum("mounted")], [3 + 2 * 5, 3 * 4]);
  });

  it("copyImage sends nothing that is there", async () => {
    await image(await LayoutBuilder.begin(folder("twice")), { tag: "v1", seed: "twice" });
    const from = await openLayout(folder("twice"));
    const copy = () =>
      copyImage(from, first.repository("twice"), "v1", { throttle: copyThrottle(), repository: "twice" });
    assert.equal((await copy()).outcomes.sent, 3);
    const { outcomes, manifests, sentBytes } = await copy();
    assert.deepEqual([outcomes, manifests, sentBytes], [{ present: 0, mounted: 0, sent: 0 }, 0, 0]);
  });

  it("copyImage leaves no manifest where a blob is not what its digest says", async () => {
    const layout = await LayoutBuilder.begin(folder("bad"));
    const { descriptor, layers } = await image(layout, { tag: "v1", seed: "bad" });
    const { writeFile } = await import("node:fs/promises");
    const [layer] = layers;
    assert.ok(layer);
    await writeFile(layout.pathOf(layer.descriptor.digest), Buffer.alloc(layer.descriptor.size));
    const from = await openLayout(folder("bad"));
    const target = first.repository("bad");
    const copying = copyImage(from, target, "v1", { throttle: copyThrottle(), repository: "bad" });
    await assert.rejects(copying, coded("DIGEST_MISMATCH", layer.descriptor.digest));
    assert.equal(await target.resolve(descriptor.digest), undefined);
  });

  for (const [kind, tool] of [
    ["fallback tags", "docker-registry"],
    ["the referrers API", "referrers-registry"],
  ] as const) {
    it(`S2-15 copyReferrers brings signatures, and what refers to those, by ${kind}`, async function () {
      skipWithout(this, tool);
      const target =
        tool === "docker-registry" ? first.repository("signed") : (await start(startReferrers())).repository("signed");
      const layout = await LayoutBuilder.begin(folder("signed"));
      const { descriptor } = await image(layout, { tag: "v1", seed: "signed" });
      const signature = await odd.artifact(layout, {
        subject: descriptor,
        artifactType: "application/vnd.example.sig",
      });
      const ofSignature = await odd.artifact(layout, {
        subject: signature,
        artifactType: "application/vnd.example.of-sig",
      });
      await image(layout, { tag: referrersTag(descriptor.digest, "sig"), seed: "older form" });
      const from = await openLayout(folder("signed"));
      const options = { throttle: copyThrottle(), repository: "signed" };
      await copyImage(from, target, "v1", options);
      await copyReferrers(from, target, [descriptor.digest], options);
      const referring = async (subject: Descriptor) =>
        (await target.referrers(subject.digest)).map(({ digest }) => digest);
      assert.deepEqual(await referring(descriptor), [signature.digest]);
      assert.deepEqual(await referring(signature), [ofSignature.digest]);
      assert.ok(await target.resolve(referrersTag(descriptor.digest, "sig")));
    });
  }

  it("S3-14 skopeo and crane pull what was copied, by the same digest", async function () {
    const skopeo = skipWithout(this, "skopeo");
    const { descriptor } = await index(await LayoutBuilder.begin(folder("real")), { tag: "v1", seed: "real" });
    const from = await openLayout(folder("real"));
    const target = first.repository("real");
    await copyImage(from, target, "v1", { throttle: copyThrottle(), repository: "real" });
    await target.writeManifest(await target.manifest(descriptor.digest), { tag: "v1" });
    const all = ["copy", "--all", "--preserve-digests", "--src-tls-verify=false"];
    await run(skopeo, [...all, `docker://${target.name}:v1`, `oci:${folder("pulled")}:v1`]);
    assert.equal((await (await openLayout(folder("pulled"))).resolve("v1"))?.digest, descriptor.digest);
    const crane = findTool("crane");
    if (crane === undefined) return;
    const { stdout } = await run(crane, ["digest", "--insecure", `${target.name}:v1`]);
    assert.equal(stdout.trim(), descriptor.digest);
  });
});
