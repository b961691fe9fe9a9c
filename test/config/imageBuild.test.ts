import assert from "node:assert/strict";
import { decode } from "../../src/base/decode/decode";
import { images } from "../../src/config/images";

const image = { repository: "orders/api", class: "secure" };

describe("images[].build", () => {
  it("S2-14 takes a context and a Dockerfile below the repository's folder, as a Compose file has them", () => {
    for (const build of [
      {},
      { context: "." },
      { context: "services/api" },
      { context: ".", dockerfile: "api/Dockerfile" },
      { dockerfile: "Dockerfile.release" },
      { context: "..api/..b..", dockerfile: "a..b" },
    ]) {
      const { data, error } = decode(images, [{ ...image, build }]);
      assert.deepEqual(data?.[0]?.build, build, JSON.stringify(error?.issues));
    }
    assert.ok(!("build" in (decode(images, [image]).data?.[0] ?? { build: 1 })));
  });

  it("refuses what leads out of it, reads as an option, or acts in a shell", () => {
    for (const path of [
      "..",
      "../api",
      "api/..",
      "a/../b",
      "/api",
      "-api",
      "",
      "a//b",
      "a/",
      "$(id)",
      "a b",
      "a\nb",
      "a;b",
      "a/-b",
    ])
      for (const build of [{ context: path }, { dockerfile: path }]) {
        const { success, error } = decode(images, [{ ...image, build }]);
        assert.ok(!success, path);
        assert.match(
          error.issues[0]?.message ?? "",
          /allowed: a path below the repository's folder, such as services\/api/,
        );
      }
    const { error } = decode(images, [{ ...image, build: { folder: "api" } }]);
    assert.match(error?.issues[0]?.message ?? "", /allowed: context, dockerfile/);
  });
});
