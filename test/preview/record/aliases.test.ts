import assert from "node:assert/strict";
import { Alias } from "@pulumi/pulumi/proto/alias_pb";
import { userAliases } from "../../../src/preview/record/requestOptions";

const TYPE = "azure-native:monitor:DiagnosticSetting";
const PARENT = "urn:pulumi:dev::sample::sample:index:Pair::a";

/** An alias as the SDK sends it: with the resource's own parent unless the user gave another. */
function alias(set: (spec: Alias.Spec) => void, parent = PARENT): Alias {
  const spec = new Alias.Spec().setParenturn(parent);
  set(spec);
  return new Alias().setSpec(spec);
}

const typed = (type: string): Alias => alias((spec) => spec.setType(type));

describe("aliases", () => {
  it("userAliases leaves out a provider's aliases of its own API versions and module names", () => {
    const own = [
      "insights/v20210501preview:DiagnosticSetting",
      "insights:DiagnosticSetting",
      "monitor/v2017:DiagnosticSetting",
    ];
    assert.deepEqual(
      userAliases(
        own.map((type) => typed(`azure-native:${type}`)),
        TYPE,
        PARENT,
      ),
      [],
    );
  });

  it("userAliases leaves out names that a type had in some API version", () => {
    const own = ["azure-native:alertsmanagement/v20210808:ByName", "azure-native:alertsmanagement:ByName"].map(typed);
    assert.deepEqual(userAliases(own, "azure-native:alertsmanagement:ActionRule", PARENT), []);
  });

  it("userAliases keeps what a user gives", () => {
    const given = [
      alias((spec) => spec.setName("old")),
      alias((spec) => spec.setName("other").setType(TYPE), "urn:other"),
      typed("azure-classic:monitoring:DiagnosticSetting"),
      typed("azure-native:monitor:LogProfile"),
      new Alias().setSpec(new Alias.Spec().setNoparent(true)),
      new Alias().setUrn("urn:pulumi:dev::sample::a:b:C::old"),
    ];
    assert.deepEqual(userAliases(given, TYPE, PARENT), [
      { name: "old" },
      { name: "other", type: TYPE, parent: "urn:other" },
      { type: "azure-classic:monitoring:DiagnosticSetting" },
      { type: "azure-native:monitor:LogProfile" },
      { noParent: true },
      "urn:pulumi:dev::sample::a:b:C::old",
    ]);
  });
});
