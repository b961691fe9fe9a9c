import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { type LayoutStore, openLayout } from "../../../src/oci/layout/layoutStore";
import { copyImage } from "../../support/images/copyImage";
import { type BuiltImage, image } from "../../support/images/image";
import { index } from "../../support/images/indexes";
import { LayoutBuilder } from "../../support/images/layoutBuilder";
import { artifact } from "../../support/images/oddities";
import { coded } from "../../support/images/rejection";
import { workFolder } from "../../support/images/workFolder";

const API = "registry.example.com:5000/orders/api";
const WEB = "registry.example.com:5000/orders/web";

describe("LayoutStore entries", () => {
  const folder = workFolder();
  let built: LayoutBuilder;
  let [from, to]: LayoutStore[] = [];
  let [one, two]: BuiltImage[] = [];

  beforeEach(async () => {
    built = await LayoutBuilder.begin(folder("from"));
    one = await image(built, { tag: "one", seed: "one" });
    two = await image(built, { tag: "two", seed: "two" });
    from = await openLayout(folder("from"));
    to = await openLayout(folder("to"), { create: true });
  });

  const listed = async (): Promise<string[]> =>
    (await must(to).entries()).map(
      ({ name, descriptor }) => `${name.repository ?? ""} ${name.tag ?? "-"} ${descriptor.digest}`,
    );

  it("LayoutStore.writeManifest moves a tag, and keeps the other image listed by its digest", async () => {
    await copyImage(must(from), must(to), "one", "v1");
    await copyImage(must(from), must(to), "two", "v1");
    assert.deepEqual(await listed(), [` - ${must(one).descriptor.digest}`, ` v1 ${must(two).descriptor.digest}`]);
    await copyImage(must(from), must(to), "one", "v1");
    await copyImage(must(from), must(to), "one", "v1");
    await copyImage(must(from), must(to), "one", "v2");
    assert.deepEqual(await listed(), [
      ` - ${must(two).descriptor.digest}`,
      ` v1 ${must(one).descriptor.digest}`,
      ` v2 ${must(one).descriptor.digest}`,
    ]);
  });

  it("LayoutStore.writeManifest lists an index and not what it contains, which resolves by digest all the same", async () => {
    const whole = await index(built, { tag: "whole" });
    await copyImage(must(from), must(to), "whole", "v1");
    assert.deepEqual(await listed(), [` v1 ${whole.descriptor.digest}`]);
    for (const { descriptor } of whole.images) {
      const { mediaType, digest, size } = descriptor;
      assert.deepEqual(await must(to).resolve(digest), { mediaType, digest, size });
    }
    assert.equal(await must(to).resolve(must(whole.images[0]).config.digest), undefined);
  });

  it("LayoutStore.writeManifest keeps fields of index.json that it does not know", async () => {
    const path = folder("to/index.json");
    const before = JSON.parse(await readFile(path, "utf8")) as object;
    const { descriptor } = must(one);
    await copyImage(must(from), must(to), descriptor.digest);
    const foreign = {
      ...descriptor,
      "x-entry": [1],
      annotations: { "org.opencontainers.image.ref.name": "a", x: "y" },
    };
    await writeFile(path, JSON.stringify({ ...before, "x-top": 1, manifests: [foreign] }));
    await copyImage(must(from), must(to), "two", "a");
    const after = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    assert.equal(after["x-top"], 1);
    const [kept] = after["manifests"] as object[];
    assert.deepEqual(kept, { ...descriptor, "x-entry": [1], annotations: { x: "y" } });
  });

  it("LayoutStore.writeManifest loses no entry of many written at once", async () => {
    const names = Array.from({ length: 40 }, (_, at) => `v${at}`);
    const store = must(to);
    const again = await openLayout(folder("to"));
    await Promise.all(names.map((tag, at) => copyImage(must(from), at % 2 === 0 ? store : again, "one", tag)));
    assert.deepEqual((await listed()).sort(), names.map((tag) => ` ${tag} ${must(one).descriptor.digest}`).sort());
  });

  it("LayoutStore.referrers finds what has a subject, and what the fallback tag lists", async () => {
    const { descriptor } = must(one);
    const note = await artifact(built, { subject: descriptor, annotations: { by: "test" } });
    await artifact(built, { subject: must(two).descriptor, artifactType: "application/vnd.example.other" });
    const tagged = await artifact(built, { artifactType: "application/vnd.example.tagged" });
    const fallback = {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [tagged, note],
    };
    await built.manifest(fallback, fallback.mediaType, { tag: descriptor.digest.replace(":", "-") });
    const found = await must(from).referrers(descriptor.digest);
    assert.deepEqual(found.map(({ digest }) => digest).sort(), [note.digest, tagged.digest].sort());
    const [first] = found.filter(({ digest, artifactType }) => digest === note.digest && artifactType !== undefined);
    assert.deepEqual(first, { ...note, artifactType: "application/vnd.example.note", annotations: { by: "test" } });
    assert.deepEqual(await must(from).referrers(note.digest), []);
  });

  it("LayoutStore.repository keeps images of several repositories apart, with what refers to them", async () => {
    const note = await artifact(built, { subject: must(one).descriptor });
    const [api, web] = [must(to).repository(API), must(to).repository(WEB)];
    await copyImage(must(from), api, "one", "v1");
    await copyImage(must(from), api, note.digest);
    await copyImage(must(from), web, "two", "v1");
    assert.deepEqual(await must(to).repositories(), [API, WEB]);
    assert.equal((await api.resolve("v1"))?.digest, must(one).descriptor.digest);
    assert.equal((await web.resolve("v1"))?.digest, must(two).descriptor.digest);
    assert.equal((await must(to).resolve(`${WEB}:v1`))?.digest, must(two).descriptor.digest);
    await assert.rejects(must(to).resolve("v1"), coded("USAGE", `${API}:v1`, `${WEB}:v1`));
    assert.equal((await api.referrers(must(one).descriptor.digest)).length, 1);
    assert.deepEqual(await web.referrers(must(one).descriptor.digest), []);
    assert.deepEqual(await listed(), [
      `${API} v1 ${must(one).descriptor.digest}`,
      `${API} - ${note.digest}`,
      `${WEB} v1 ${must(two).descriptor.digest}`,
    ]);
  });

  it("LayoutStore.delete takes a tag alone, or a manifest with all its tags", async () => {
    for (const tag of ["v1", "v2"]) await copyImage(must(from), must(to), "one", tag);
    const { digest } = must(one).descriptor;
    await must(to).delete("v1");
    await must(to).delete("never");
    assert.deepEqual(await listed(), [` v2 ${digest}`]);
    await must(to).delete("v2");
    assert.deepEqual(await listed(), [` - ${digest}`]);
    await copyImage(must(from), must(to), "one", "v3");
    await must(to).delete(digest);
    await must(to).delete(digest);
    assert.deepEqual(await listed(), []);
    assert.equal(await must(to).resolve(digest), undefined);
    assert.equal(await must(to).hasBlob(must(one).config), true);
  });

  it("LayoutStore.delete keeps the bytes of a manifest that an index or another repository has", async () => {
    const whole = await index(built, { tag: "whole" });
    await copyImage(must(from), must(to).repository(API), "whole", "v1");
    const child = must(whole.images[0]).descriptor.digest;
    await must(to).repository(API).delete(child);
    assert.equal((await must(to).resolve(child))?.digest, child);
    await copyImage(must(from), must(to).repository(WEB), "whole", "v1");
    await must(to).repository(API).delete(whole.descriptor.digest);
    assert.deepEqual(await listed(), [`${WEB} v1 ${whole.descriptor.digest}`]);
    assert.equal((await must(to).resolve(child))?.digest, child);
  });
});

function must<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}
