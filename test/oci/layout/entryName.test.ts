import assert from "node:assert/strict";
import { digestOf } from "../../../src/base/digest";
import { answersTo, entryName, IMAGE_NAME, nameAnnotations, REF_NAME } from "../../../src/oci/layout/layoutIndex";

describe("entryName", () => {
  it("entryName reads tags and whole references as the usual tools write them", () => {
    const cases: readonly [Record<string, string>, object][] = [
      [{}, {}],
      [{ [REF_NAME]: "v1" }, { tag: "v1" }],
      [{ [REF_NAME]: "docker.io/library/a:v1" }, { repository: "docker.io/library/a", tag: "v1" }],
      [
        { [REF_NAME]: "v1", [IMAGE_NAME]: "example.com:5000/a:v1" },
        { repository: "example.com:5000/a", tag: "v1" },
      ],
      [{ [IMAGE_NAME]: "example.com:5000/a" }, { repository: "example.com:5000/a" }],
      [{ [IMAGE_NAME]: `example.com/a@${digestOf(Buffer.alloc(0))}` }, { repository: "example.com/a" }],
    ];
    for (const [annotations, name] of cases) assert.deepEqual(entryName({ annotations }), name);
  });

  it("nameAnnotations writes what entryName reads", () => {
    const digest = digestOf(Buffer.alloc(0));
    for (const name of [
      {},
      { tag: "v1" },
      { repository: "example.com:5000/a" },
      { repository: "example.com/a", tag: "v1" },
    ]) {
      assert.deepEqual(entryName({ annotations: nameAnnotations(name, digest) }), name);
    }
  });

  it("answersTo takes a tag, a whole reference and Docker's short names, and no digest for a tag", () => {
    const hub = { repository: "docker.io/library/a", tag: "latest" };
    for (const wanted of ["latest", "a", "a:latest", "docker.io/library/a:latest"]) assert.ok(answersTo(hub, wanted));
    for (const wanted of ["b", "a:v1", "example.com/a", `a@${digestOf(Buffer.alloc(0))}`])
      assert.ok(!answersTo(hub, wanted));
  });
});
