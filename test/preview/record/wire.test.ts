import assert from "node:assert/strict";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
  decodeFields,
  SIGNATURE,
  SIGNATURES,
  stackReferenceState,
  UNKNOWN_VALUE,
} from "../../../src/preview/record/wire";

const secret = (value: JavaScriptValue): JavaScriptValue => ({ [SIGNATURE]: SIGNATURES.secret, value });

/** Through the wire's own bytes, as a child sends it. */
function sent(fields: Record<string, JavaScriptValue>): Struct {
  return Struct.deserializeBinary(Struct.fromJavaScript(fields).serializeBinary());
}

describe("wire", () => {
  it("decodeFields keeps plain values and sorts keys", () => {
    const fields = { z: 1.5, a: "text", list: [true, null, { deep: [] }] };
    assert.equal(JSON.stringify(decodeFields(sent(fields))), '{"a":"text","list":[true,null,{"deep":[]}],"z":1.5}');
  });

  it("decodeFields reads a nested secret as [secret] and keeps nothing of it", () => {
    const decoded = decodeFields(sent({ tags: { owner: secret({ name: "hidden", of: [UNKNOWN_VALUE] }) } }));
    assert.deepEqual(decoded, { tags: { owner: "[secret]" } });
  });

  it("decodeFields reads unknown values, alone and inside text, as [unknown]", () => {
    const typed = ["1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"];
    const decoded = decodeFields(sent({ a: UNKNOWN_VALUE, b: typed, c: `urn::${UNKNOWN_VALUE}` }));
    assert.deepEqual(decoded, { a: "[unknown]", b: ["[unknown]", "[unknown]"], c: "urn::[unknown]" });
  });

  it("decodeFields reads output values by what they know", () => {
    const output = (fields: Record<string, JavaScriptValue>): JavaScriptValue => ({
      [SIGNATURE]: SIGNATURES.output,
      ...fields,
    });
    const decoded = decodeFields(
      sent({
        known: output({ value: [1], dependencies: ["urn"] }),
        secret: output({ value: 1, secret: true }),
        not: output({}),
      }),
    );
    assert.deepEqual(decoded, { known: [1], not: "[unknown]", secret: "[secret]" });
  });

  it("decodeFields reads assets, archives and resources as what they stand for", () => {
    const file = { [SIGNATURE]: SIGNATURES.asset, __pulumiAsset: true, path: "./page.html" };
    const archive = { [SIGNATURE]: SIGNATURES.archive, assets: { "page.html": file } };
    const decoded = decodeFields(
      sent({ archive, resource: { [SIGNATURE]: SIGNATURES.resource, urn: "urn:x", id: "i" } }),
    );
    const asset = { "[asset]": { path: "./page.html" } };
    assert.deepEqual(decoded, { archive: { "[archive]": { assets: { "page.html": asset } } }, resource: "urn:x" });
  });

  it("decodeFields leaves out the fields it is told to, at the top only", () => {
    const decoded = decodeFields(sent({ __provider: "code", a: { __provider: "kept" } }), new Set(["__provider"]));
    assert.deepEqual(decoded, { a: { __provider: "kept" } });
  });

  it("decodeFields converts whatever depth arrived", () => {
    let nested: JavaScriptValue = "bottom";
    for (let level = 0; level < 800; level += 1) nested = level % 2 === 0 ? { down: nested } : [nested];
    const json = JSON.stringify(decodeFields(sent({ nested })));
    assert.ok(json.includes("bottom"));
    assert.equal(json.split("down").length - 1, 400);
  });

  it("stackReferenceState names outputs that hold a secret anywhere", () => {
    const outputs = sent({ plain: 1, whole: secret("s"), inside: { list: [1, secret("s")] } });
    const state = Struct.deserializeBinary(stackReferenceState("organization/sample/dev", outputs).serializeBinary());
    assert.deepEqual(decodeFields(state), {
      name: "organization/sample/dev",
      outputs: { plain: 1, whole: "[secret]", inside: { list: [1, "[secret]"] } },
      secretOutputNames: ["inside", "whole"],
    });
  });

  it("stackReferenceState of a foreign stack is unknown", () => {
    const state = decodeFields(stackReferenceState("contoso/platform/dev", undefined));
    assert.deepEqual(state, { name: "contoso/platform/dev", outputs: "[unknown]", secretOutputNames: "[unknown]" });
  });
});
