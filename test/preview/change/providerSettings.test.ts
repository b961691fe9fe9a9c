import assert from "node:assert/strict";
import { judge } from "../../../src/preview/change/changes";
import { diffRecordings } from "../../../src/preview/change/diff";
import { providerFindings } from "../../../src/preview/change/providerSettings";
import { FACTS, GROUP, recording, REGISTRY, type Sample } from "../../support/sampleRecording";

const ENVIRONMENT = "github:index/repositoryEnvironment:RepositoryEnvironment";
const LOCAL = "azure-native_containerregistry_v20230701:containerregistry:Registry";
const BASE: Record<string, string> = {
  "azure-native:subscriptionId": "00000000-0000-0000-0000-00000000000d",
  "github:owner": "company",
};
const RESOURCES: readonly Sample[] = [
  { type: GROUP, name: "group" },
  { type: REGISTRY, name: "registry" },
  { type: LOCAL, name: "local" },
  { type: "dual-registry:index:Pair", name: "pair", custom: false },
  { type: ENVIRONMENT, name: "qa" },
];

function review(
  [before, after]: readonly [Record<string, string> | undefined, Record<string, string> | undefined],
  [was, is]: readonly [readonly Sample[], readonly Sample[]] = [RESOURCES, RESOURCES],
) {
  const [base, head] = [recording(was, before && { providers: before }), recording(is, after && { providers: after })];
  const stage = diffRecordings(base, head, FACTS);
  const found = providerFindings(base, stage.providers ?? [], stage.changes);
  const { exitCode } = judge([stage], true, found);
  return { stage, exitCode, said: found.map(({ type, name, reason }) => `${type} ${name} ${reason}`) };
}

describe("providerFindings", () => {
  for (const [key, value, stays] of [
    ["azure-native:subscriptionId", "00000000-0000-0000-0000-00000000000e", "3 resources remain"],
    ["azure-native:tenantId", "11111111-0000-0000-0000-00000000000e", "3 resources remain"],
    ["azure-native:environment", "usgovernment", "3 resources remain"],
    ["azure-native:location", "northeurope", "3 resources remain"],
    ["azure-native:useOidc", "true", "3 resources remain"],
    ["github:owner", "other-company", "1 resource remains"],
    ["github:baseUrl", "https://github.example.com/", "1 resource remains"],
    ["kubernetes:context", "other", "no resource of the base is its"],
  ] as const) {
    it(`providerFindings says of another ${key} how much stays where it is, and nothing lifts it`, () => {
      const { stage, exitCode, said } = review([BASE, { ...BASE, [key]: value }]);
      assert.equal(said.length, 1, said.join("\n"));
      assert.ok(said[0]?.includes(`configuration ${key} was `) && said[0].includes(stays), said[0]);
      assert.equal(exitCode, 1);
      assert.deepEqual(
        stage.providers?.map(({ path }) => path),
        [key],
      );
      assert.deepEqual(stage.changes, []);
    });
  }

  for (const [title, before, after] of [
    ["the default cloud", {}, { "azure-native:environment": "AzurePublicCloud" }],
    ["GitHub's own address", { "github:baseUrl": "https://api.github.com" }, {}],
    ["the former name of an owner", { "github:organization": "Company" }, { "github:owner": "company" }],
    [
      "the former name beside the owner",
      { "github:organization": "COMPANY", "github:owner": "other" },
      { "github:owner": "company" },
    ],
  ] as const) {
    it(`providerFindings finds nothing where ${title} is said or not`, () => {
      assert.deepEqual(review([{ ...before }, { ...after }]).said, []);
      assert.deepEqual(review([{ ...after }, { ...before }]).said, []);
    });
  }

  it("providerFindings finds another organization under its former name, and another cloud", () => {
    assert.match(
      review([{ "github:organization": "a" }, { "github:owner": "b" }]).said.join(),
      /owner was "a" and is "b"/,
    );
    assert.match(review([{}, { "azure-native:environment": "AzureChinaCloud" }]).said.join(), /was nothing and is/);
  });

  it("providerFindings finds a key that is told no more, and one that was left to the login", () => {
    const without = { "azure-native:subscriptionId": BASE["azure-native:subscriptionId"] ?? "" };
    assert.match(review([BASE, without]).said.join(), /github:owner was "company" and is nothing/);
    assert.match(review([undefined, BASE]).said.join("\n"), /subscriptionId was nothing and is/);
  });

  for (const [title, key, one, other] of [
    [
      "a guid's letters",
      "azure-native:subscriptionId",
      "ABCDEF00-0000-0000-0000-00000000000d",
      "abcdef00-0000-0000-0000-00000000000d",
    ],
    ["an owner's letters", "github:owner", "company", "Company"],
    ["a region's display name", "azure-native:location", "northeurope", "North Europe"],
    ["a cloud's other name", "azure-native:environment", "public", "AzurePublicCloud"],
    ["another cloud's other name", "azure-native:environment", "usgovernment", "AzureUSGovernmentCloud"],
    ["a slash behind an address", "github:baseUrl", "https://github.example.com", "https://github.example.com/"],
    ["an encrypted value", "github:token", "[secret]", "[secret]"],
    ["settings of the engine", "pulumi:disable-default-providers", "[]", '["*"]'],
  ] as const) {
    it(`providerFindings takes ${title} for the same place`, () => {
      assert.deepEqual(
        review([
          { ...BASE, [key]: one },
          { ...BASE, [key]: other },
        ]).said,
        [],
      );
    });
  }

  it("providerFindings takes a cloud that is not named for the public one, and no cloud for another", () => {
    assert.deepEqual(review([BASE, { ...BASE, "azure-native:environment": "Public" }]).said, []);
    assert.equal(review([BASE, { ...BASE, "azure-native:environment": "china" }]).said.length, 1);
  });

  it("providerFindings leaves a stage that is new, or gone, to its resources", () => {
    const stage = diffRecordings(undefined, recording(RESOURCES, { providers: BASE }), FACTS);
    assert.equal(stage.providers, undefined);
  });

  const PROVIDER = "pulumi:providers:azure-native";
  const provider = (subscriptionId: string, more = {}): Sample => {
    return { type: PROVIDER, name: "other", inputs: { subscriptionId, ...more } };
  };
  const urnOf = (name: string) => `urn:pulumi:dev::sample::${PROVIDER}::${name}`;
  const by = (name: string): Sample => ({
    type: GROUP,
    name: "group",
    options: { provider: `${urnOf(name)}::[unknown]` },
  });

  it("providerFindings finds another argument of a provider that the program makes, and counts what it made", () => {
    const { said, exitCode } = review(
      [BASE, BASE],
      [
        [provider("a"), by("other")],
        [provider("b"), by("other")],
      ],
    );
    assert.equal(said.length, 1, said.join("\n"));
    assert.match(said[0] ?? "", /other subscriptionId was "a" and is "b": 1 resource remains where "a" put them/);
    assert.equal(exitCode, 1);
  });

  it("providerFindings takes another version of a provider's plugin for the same place", () => {
    const newer = [provider("a", { version: "3.29.0" }), by("other")];
    assert.deepEqual(review([BASE, BASE], [[provider("a", { version: "3.28.0" }), by("other")], newer]).said, []);
  });

  it("providerFindings finds resources that are given another provider, together", () => {
    const was = [provider("a"), by("other")];
    const { said, exitCode } = review([BASE, BASE], [was, [provider("a"), { type: GROUP, name: "group" }]]);
    assert.match(said.join("\n"), /1 resource go(?:es)? from other to the default provider/);
    assert.equal(exitCode, 1);
  });
});
