import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { type Digest, digestOf } from "../../../src/base/digest";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import { MEDIA } from "../../../src/oci/manifest";
import { image } from "../../support/images/image";
import { LayoutBuilder } from "../../support/images/layoutBuilder";
import { coded } from "../../support/images/rejection";
import { workFolder } from "../../support/images/workFolder";

describe("LayoutStore on hostile layouts", () => {
  const folder = workFolder();
  const secret = Buffer.from("secret");
  const outside = { mediaType: MEDIA.ociLayer, digest: digestOf(secret), size: secret.length };

  beforeEach(async () => {
    await LayoutBuilder.begin(folder("layout"));
    await writeFile(folder("secret"), secret);
  });

  const store = (): ReturnType<typeof openLayout> => openLayout(folder("layout"));

  it("LayoutStore refuses an index that names a path for a digest", async () => {
    for (const digest of ["sha256:../../../secret", "../secret", `sha256:${"A".repeat(64)}`, "md5:00", ""]) {
      const index = { schemaVersion: 2, manifests: [{ mediaType: MEDIA.ociManifest, digest, size: 6 }] };
      await writeFile(folder("layout/index.json"), JSON.stringify(index));
      await assert.rejects((await store()).resolve("v1"), coded("CONTENT_INVALID", "manifests.0.digest"));
    }
    await writeFile(folder("layout/index.json"), `{"schemaVersion":2,"manifests":[]}`);
    assert.equal(await (await store()).resolve("sha256:../../../secret"), undefined);
  });

  it("LayoutStore refuses a blob that is a symbolic link to the outside, and one in a folder that is", async () => {
    const hex = outside.digest.slice("sha256:".length);
    await symlink(folder("secret"), folder(`layout/blobs/sha256/${hex}`));
    const opened = await store();
    await assert.rejects(opened.blob(outside), coded("CONTENT_INVALID", "symbolic link"));
    await assert.rejects(opened.resolve(outside.digest), coded("CONTENT_INVALID", "symbolic link"));
    await rm(folder("layout/blobs"), { recursive: true });
    await mkdir(folder("elsewhere/sha256"), { recursive: true });
    await writeFile(folder(`elsewhere/sha256/${hex}`), secret);
    await symlink(folder("elsewhere"), folder("layout/blobs"));
    await assert.rejects(opened.blob(outside), coded("CONTENT_INVALID", "symbolic link"));
    const other = { ...outside, digest: digestOf(Buffer.from("other!")) };
    const write = opened.writeBlob(other, () => Promise.resolve(Readable.from([Buffer.from("other!")])));
    await assert.rejects(write, coded("CONTENT_INVALID", "symbolic link"));
    assert.deepEqual(await readdir(folder("elsewhere/sha256")), [hex]);
  });

  it("LayoutStore follows a symbolic link that stays inside", async () => {
    const hex = outside.digest.slice("sha256:".length);
    await rename(folder("secret"), folder("layout/blobs/kept"));
    await symlink("../kept", folder(`layout/blobs/sha256/${hex}`));
    assert.equal(await (await store()).hasBlob(outside), true);
  });

  it("LayoutStore refuses index.json and oci-layout that lead outside", async () => {
    await rename(folder("layout/index.json"), folder("index.json"));
    await symlink(folder("index.json"), folder("layout/index.json"));
    await assert.rejects((await store()).resolve("v1"), coded("CONTENT_INVALID", "index.json", "symbolic link"));
    await rm(folder("layout/oci-layout"));
    await symlink(folder("secret"), folder("layout/oci-layout"));
    await assert.rejects(store(), coded("CONTENT_INVALID", "symbolic link"));
  });

  it("LayoutStore refuses a pipe instead of waiting for it", async () => {
    const hex = outside.digest.slice("sha256:".length);
    execFileSync("mkfifo", [folder(`layout/blobs/sha256/${hex}`)]);
    await assert.rejects((await store()).blob(outside), coded("CONTENT_INVALID", "regular file"));
  });

  it("LayoutStore refuses an index of more than 4 MiB, to read and to write", async () => {
    const padding = " ".repeat(4 * 1024 * 1024);
    await writeFile(folder("layout/index.json"), `{"schemaVersion":2,"manifests":[]}${padding}`);
    await assert.rejects((await store()).resolve("v1"), coded("CONTENT_INVALID", "4194304"));
    const text = JSON.stringify({ schemaVersion: 2, manifests: [], x: "x".repeat(4 * 1024 * 1024 - 100) });
    const built = await LayoutBuilder.begin(folder("from"));
    await image(built, { tag: "v1" });
    const manifest = await (await openLayout(folder("from"))).manifest("v1");
    await writeFile(folder("layout/index.json"), text);
    const opened = await store();
    await assert.rejects(opened.writeManifest(manifest, { tag: "v1" }), coded("CONTENT_INVALID", "index.json"));
    assert.equal(await opened.resolve("v1"), undefined);
  });

  it("LayoutStore refuses what is no index, and a manifest of more than 4 MiB", async () => {
    for (const text of ["", "{", "[]", `{"schemaVersion":1,"manifests":[]}`, `{"schemaVersion":2}`]) {
      await writeFile(folder("layout/index.json"), text);
      await assert.rejects((await store()).resolve("v1"), coded("CONTENT_INVALID", "index.json"));
    }
    const digest: Digest = `sha256:${"0".repeat(64)}`;
    const size = 4 * 1024 * 1024 + 1;
    await writeFile(folder(`layout/blobs/sha256/${"0".repeat(64)}`), Buffer.alloc(size));
    const index = { schemaVersion: 2, manifests: [{ mediaType: MEDIA.ociManifest, digest, size }] };
    await writeFile(folder("layout/index.json"), JSON.stringify(index));
    await assert.rejects((await store()).manifest(digest), coded("CONTENT_INVALID", `${size} bytes`));
  });
});
