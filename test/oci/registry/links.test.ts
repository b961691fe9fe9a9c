import assert from "node:assert/strict";
import { nextPage, parseLocation } from "../../../src/oci/registry/links";
import { failsAs } from "./support/client";

const at = (base: string) => new URL(`${base}/v2/a/b/blobs/uploads/`);
const located = (location: string, base: string) =>
  parseLocation(location, at(base), new URL(`${base}/`), "Upload").href;

describe("parseLocation", () => {
  it("parseLocation takes whole and relative addresses, with the queries that they have", () => {
    const base = "https://registry.example.com";
    for (const [location, expected] of [
      ["/v2/a/b/blobs/uploads/1?_state=x%3D", `${base}/v2/a/b/blobs/uploads/1?_state=x%3D`],
      ["1?_state=x", `${base}/v2/a/b/blobs/uploads/1?_state=x`],
      ["?upload=1", `${base}/v2/a/b/blobs/uploads/?upload=1`],
      [`${base}/upload/1`, `${base}/upload/1`],
      ["//storage.example.com/1", "https://storage.example.com/1"],
      ["https://storage.example.com:8443/1?sig=a%2Bb", "https://storage.example.com:8443/1?sig=a%2Bb"],
    ] as const) {
      assert.equal(located(location, base), expected);
    }
  });

  it("parseLocation asks the registry itself by TLS where it calls itself plain, behind a proxy", () => {
    for (const [location, base] of [
      ["http://registry.example.com/v2/x?y=1", "https://registry.example.com"],
      ["http://registry.example.com/v2/x?y=1", "https://registry.example.com:8443"],
      ["http://Registry.Example.com:8443/v2/x?y=1", "https://registry.example.com:8443"],
      ["http://registry.example.com:80/v2/x?y=1", "https://registry.example.com"],
    ] as const) {
      assert.equal(located(location, base), `${base}/v2/x?y=1`);
    }
    const base = "https://registry.example.com";
    for (const path of ["//storage.example.com/x", "//localhost:5000/x", "//u:p@h/x?y=/z"])
      assert.equal(located(`http://registry.example.com${path}`, base), `${base}${path}`);
    for (const location of [
      "http://registry.example.com:5000/v2/x",
      "http://registry.example.com.evil.example/v2/x",
      "http://storage.example.com/v2/x",
      "http://user:pw@registry.example.com/v2/x",
      "http://localhost/v2/x",
    ]) {
      assert.throws(() => located(location, "https://registry.example.com"), failsAs("CONTENT_INVALID", /points to/));
    }
  });
});

describe("nextPage", () => {
  const path = "/v2/a/b/tags/list";
  const next = (link: string | readonly string[], base = "https://registry.example.com") =>
    nextPage({ url: new URL(`${base}${path}?n=2`), headers: () => [link].flat() }, path, "Tags")?.href;

  it("nextPage takes whole and relative addresses, of several links the one that is next", () => {
    const base = "https://registry.example.com";
    for (const link of [
      `<${base}${path}?last=b&n=2>; rel="next"`,
      `<${path}?last=b&n=2>; rel="next"`,
      `<list?last=b&n=2>;rel=next`,
      `<?last=b&n=2>; rel="next"`,
      `<//registry.example.com${path}?last=b&n=2>; REL="Next"`,
      `<http://registry.example.com${path}?last=b&n=2>; rel="next"`,
      `</first>; rel="first", <${path}?last=b&n=2>; title="x, y"; rel="prefetch next"`,
    ]) {
      assert.equal(next(link), `${base}${path}?last=b&n=2`, link);
    }
    assert.equal(next(["</x>; rel=last", `<${path}?n=1>; rel=next`]), `${base}${path}?n=1`);
    assert.equal(next("</x>; rel=last"), undefined);
    assert.equal(next([]), undefined);
  });

  it("nextPage goes to no other host, path, port or scheme", () => {
    for (const target of [
      `http://registry.example.com:5000${path}`,
      `https://registry.example.com:5000${path}`,
      `http://other.example.com${path}`,
      `https://u@registry.example.com${path}`,
      "/v2/c/tags/list",
    ]) {
      assert.throws(() => next(`<${target}>; rel="next"`), failsAs("CONTENT_INVALID", /allowed: /));
    }
  });
});
