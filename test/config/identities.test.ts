import assert from "node:assert/strict";
import { DualRegistryError } from "../../src/base/errors";
import { decodeConfig } from "../../src/config";
import { DEFAULT_IDENTITIES } from "../../src/domain/identity/identities";
import { pullIdentity } from "../../src/domain/identity/pullAccess";
import { facts, PROVIDERS, rawConfig } from "../support/rawConfig";

type Parts = Parameters<typeof rawConfig>[0];

function problems(parts: Parts): string[] {
  try {
    decodeConfig(rawConfig(parts));
  } catch (error) {
    assert.ok(error instanceof DualRegistryError, String(error));
    return error.message.split("\n");
  }
  return [];
}

const ACCOUNT = { issuer: "https://oidc.example.com/1/", namespace: "n0", serviceAccount: "web" };

describe("decodeConfig of identities", () => {
  it("decodeConfig takes the workflows of main where nothing is said, and what is said where it is", () => {
    assert.deepEqual(decodeConfig(rawConfig({})).identities, DEFAULT_IDENTITIES);
    const said = { identities: { promoteWorkflow: "move.yaml", ids: { owner: 1, repository: 2 } } };
    assert.deepEqual(decodeConfig(rawConfig({ shared: said })).identities, {
      ...DEFAULT_IDENTITIES,
      ...said.identities,
    });
  });

  const broken: readonly { title: string; parts: Parts; says: string }[] = [
    {
      title: "a workflow with a folder",
      parts: { shared: facts("identities: { sweepWorkflow: ../other/sweep.yml }") },
      says: 'Pulumi.yaml: identities.sweepWorkflow: "../other/sweep.yml"',
    },
    {
      title: "a ref that is a pattern",
      parts: { shared: facts("identities: { ref: 'refs/heads/*' }") },
      says: 'Pulumi.yaml: identities.ref: "refs/heads/*"',
    },
    {
      title: "one workflow for two identities",
      parts: { shared: facts("identities: { lockWorkflow: build-publish.yml }") },
      says: 'identities.lockWorkflow: "build-publish.yml" is also identities.publishWorkflow',
    },
    {
      title: "a number of the owner alone",
      parts: { shared: facts("identities: { ids: { owner: 4 } }") },
      says: "identities.ids.repository",
    },
    {
      title: "an owner that is encrypted",
      parts: { foreign: { ...PROVIDERS, "github:owner": undefined } },
      says: "Pulumi.qa.yaml: github:owner: is encrypted",
    },
  ];
  for (const { title, parts, says } of broken) {
    it(`decodeConfig refuses ${title}, in one line`, () => {
      const lines = problems(parts);
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.ok(lines[0]?.includes(says), lines[0]);
    });
  }
});

describe("pullIdentity", () => {
  it("pullIdentity gives accounts of one name in two clusters credentials of two names", () => {
    const { credentials, rights } = pullIdentity({
      ...{ product: "orders", stage: "qa", consumer: "shop", classes: ["secure"] },
      accounts: [ACCOUNT, { ...ACCOUNT, issuer: "https://oidc.example.com/2/" }],
    });
    assert.equal(new Set(credentials.map(({ name }) => name)).size, 2);
    assert.deepEqual(rights, [{ role: "AcrPull", on: { at: "registry", class: "secure" } }]);
  });
});
