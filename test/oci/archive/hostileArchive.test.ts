import assert from "node:assert/strict";
import { mkdir, readdir, truncate, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { openArchive } from "../../../src/oci/archive/openArchive";
import { indexTar } from "../../../src/oci/archive/tarFile";
import { savedArchive } from "../../support/images/archives";
import { coded } from "../../support/images/rejection";
import { tarBytes, type TarEntry } from "../../support/images/tarBytes";
import { workFolder } from "../../support/images/workFolder";

describe("openArchive of hostile files", () => {
  const folder = workFolder();

  async function refused(bytes: Buffer, ...expected: Parameters<typeof coded>): Promise<void> {
    await writeFile(folder("image.tar"), bytes);
    await assert.rejects(openArchive(folder("image.tar"), { tempDir: folder() }), coded(...expected));
    assert.deepEqual(await readdir(folder()), ["image.tar"]);
  }

  const withEntries = async (...more: readonly TarEntry[]): Promise<Buffer> =>
    tarBytes([...more, ...(await savedArchive()).entries]);

  it("openArchive refuses names that lead outside", async () => {
    for (const name of ["../x", "a/../../x", "/etc/passwd", "a/.."]) {
      await refused(
        await withEntries({ name, bytes: Buffer.from("x") }),
        "CONTENT_INVALID",
        "leads out",
        JSON.stringify(name),
      );
    }
  });

  it("openArchive refuses links that lead outside, nowhere or in a circle, once a layer is one", async () => {
    const { entries } = await savedArchive();
    const [layer, ...rest] = entries;
    assert.ok(layer);
    const other = `${"0".repeat(64)}/layer.tar`;
    const linked = (target: string, type: "symlink" | "link", ...more: TarEntry[]): Promise<Buffer> =>
      tarBytes([{ name: layer.name, type, linkname: target }, ...more, ...rest]);
    await refused(await linked("/etc/passwd", "symlink"), "CONTENT_INVALID", "leads out");
    await refused(await linked("../../../etc/passwd", "symlink"), "CONTENT_INVALID", "leads out");
    await refused(await linked("../etc/passwd", "link"), "CONTENT_INVALID", "leads out");
    await refused(await linked("../none/layer.tar", "symlink"), "CONTENT_INVALID", "missing");
    const back: TarEntry = { name: other, type: "symlink", linkname: `../${layer.name}` };
    await refused(await linked(`../${other}`, "symlink", back), "CONTENT_INVALID", "circle");
  });

  it("openArchive refuses an entry that is there twice", async () => {
    await refused(await withEntries({ name: "./manifest.json", bytes: Buffer.from("[]") }), "CONTENT_INVALID", "twice");
  });

  it("openArchive refuses a file that is cut off, plain or compressed", async () => {
    const { tar } = await savedArchive();
    for (const length of [100, 512, 700, 3000, tar.length - 1600]) {
      await refused(tar.subarray(0, length), "CONTENT_INVALID");
    }
    const gzip = gzipSync(tar);
    await refused(gzip.subarray(0, gzip.length - 20), "CONTENT_INVALID", "gzip");
  });

  it("openArchive refuses a size larger than the file, and a checksum that is wrong", async () => {
    const { tar } = await savedArchive();
    const lying = Buffer.from(tar);
    lying.write("77777777777", 124, "latin1");
    await refused(withChecksum(lying), "CONTENT_INVALID", "not a whole tar file");
    const huge = Buffer.from(tar);
    huge.fill(0xff, 124, 136);
    huge[124] = 0x80;
    await refused(withChecksum(huge), "CONTENT_INVALID", "not a whole tar file");
    huge[124] = 0xff;
    huge[135] = 0;
    await refused(withChecksum(huge), "CONTENT_INVALID");
    lying.write("x", 0, "latin1");
    await refused(lying, "CONTENT_INVALID", "not a whole tar file");
  });

  it("openArchive refuses what is no image archive, with what is allowed", async () => {
    await refused(Buffer.alloc(0), "CONTENT_INVALID", "docker save");
    await refused(Buffer.from("hello"), "CONTENT_INVALID");
    await refused(await tarBytes([{ name: "a", bytes: Buffer.from("a") }]), "CONTENT_INVALID", "no image archive");
    await refused(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), "CONTENT_INVALID", "zstd");
    await refused(await tarBytes([{ name: "manifest.json", bytes: Buffer.from("{") }]), "CONTENT_INVALID", "not JSON");
    await refused(
      await tarBytes([{ name: "manifest.json", bytes: Buffer.from("[{}]") }]),
      "CONTENT_INVALID",
      "0.Config",
    );
    await assert.rejects(openArchive(folder("none.tar")), coded("NOT_FOUND", "none.tar"));
    await mkdir(folder("dir"));
    await assert.rejects(openArchive(folder("dir")), coded("CONTENT_INVALID", "oci:"));
  });

  it("openArchive refuses a manifest.json of more than 4 MiB without reading it", async () => {
    const bytes = Buffer.alloc(4 * 1024 * 1024 + 1, " ");
    await refused(await tarBytes([{ name: "manifest.json", bytes }]), "CONTENT_INVALID", "4194305 bytes");
  });

  it("openArchive refuses a configuration whose name is another digest", async () => {
    const { entries } = await savedArchive();
    const wrong = entries.map((entry) =>
      /^[0-9a-f]{64}\.json$/.test(entry.name) && "bytes" in entry
        ? { ...entry, bytes: Buffer.concat([entry.bytes, Buffer.from("\n")]) }
        : entry,
    );
    await refused(await tarBytes(wrong), "DIGEST_MISMATCH", ".json");
  });

  it("indexTar refuses more entries than allowed", async () => {
    const entries = Array.from({ length: 11 }, (_, at) => ({ name: `f${at}`, bytes: Buffer.alloc(0) }));
    const tar = await tarBytes(entries);
    const file = { size: tar.length, read: (offset: number) => Readable.from([tar.subarray(offset)]) };
    assert.equal((await indexTar(file, "image.tar", { limit: 11 })).size, 11);
    const index = indexTar(file, "image.tar", { limit: 10 });
    await assert.rejects(index, coded("CONTENT_INVALID", "more than 10 entries"));
  });

  it("openArchive jumps over an entry of 1 GiB that nobody asked for", async () => {
    const { tar } = await savedArchive();
    const size = 1024 ** 3;
    const header = Buffer.from((await tarBytes([{ name: "huge", bytes: Buffer.alloc(1) }])).subarray(0, 512));
    header.write(size.toString(8).padStart(11, "0"), 124, "latin1");
    await writeFile(folder("image.tar"), Buffer.concat([tar.subarray(0, -1024), withChecksum(header)]));
    await truncate(folder("image.tar"), tar.length - 1024 + 512 + size + 1024);
    const before = process.memoryUsage().rss;
    const archive = await openArchive(folder("image.tar"), { tempDir: folder() });
    assert.ok((await archive.resolve("v1"))?.digest);
    assert.ok(process.memoryUsage().rss - before < 150 * 1024 * 1024);
    await archive.close();
    await truncate(folder("image.tar"), tar.length - 1024 + 512 + size - 1);
    await assert.rejects(openArchive(folder("image.tar")), coded("CONTENT_INVALID", "not a whole tar file"));
  });
});

/** The same header with the sum that belongs to it. */
function withChecksum(tar: Buffer): Buffer {
  tar.fill(" ", 148, 156);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return tar;
}
