import assert from "node:assert/strict";
import { readStages } from "../../src/config";
import { decodeConfig } from "../../src/config/decode";
import { planStage } from "../../src/domain/plan/planStage";
import { readProjectFile } from "../../src/project";
import { example } from "../support/examples";
import { facts, rawConfig } from "../support/rawConfig";

const OFF = "gates: { off: { by: the board, where: ServiceNow } }";
const SIGNER = "signers: [{ issuer: https://ci.example.com, subject: build, foreign: true }]";
const AZURE = { "azure-native:subscriptionId": "00000000-0000-0000-0000-000000000001" };

const decode = (shared: string, stage = "owns: [subscription]") =>
  decodeConfig(rawConfig({ shared: facts(shared), stage: facts(stage), foreign: AZURE }));

const problems = (shared: string, stage?: string): string[] => {
  try {
    decode(shared, stage);
    return [];
  } catch (error) {
    return (error as Error).message.split("\n");
  }
};

describe("gates that are off", () => {
  const secure = `policies: { secure: { ${SIGNER} }, standard: { ${SIGNER} } }`;

  it("gates off need no repository, no owner on GitHub and no owner of its settings, and plan nothing there", () => {
    const config = decode(`${OFF}\n${secure}\nproduct: { name: orders, domain: company.com }`);
    const { gates } = planStage(config);
    assert.deepEqual([gates.environments, gates.rulesets, gates.access, gates.subjectClaims], [[], [], [], []]);
    assert.deepEqual(gates.elsewhere, { by: "the board", where: "ServiceNow" });
    assert.deepEqual(
      planStage(config).identities.identities.filter(({ purpose }) => purpose !== "pull"),
      [],
      "an identity that nobody can be",
    );
  });

  for (const [title, shared, stage, line] of [
    [
      "off without who and where",
      "gates: off",
      undefined,
      "Pulumi.yaml: gates: off does not say who signs off, and where that is kept; allowed: { off: { by: <who signs off>, where: <the system that keeps it> } }",
    ],
    [
      "a stage that owns the repository",
      `${OFF}\n${secure}`,
      "owns: [repository, subscription]",
      "Pulumi.qa.yaml: owns: repository is owned while gates are off; leave it out",
    ],
    [
      "a scan that is off",
      `${OFF}\npolicies: { secure: { ${SIGNER} }, standard: { scan: off, ${SIGNER} } }`,
      undefined,
      'Pulumi.yaml: policies.standard.scan: "off" is not allowed; allowed: { critical: 0, high: 0, maxAgeHours: 72 }, or leave it out; behind the first stage every image is scanned, and in the first it need not be',
    ],
    [
      "a signature that is off",
      `${OFF}\npolicies: { secure: { signature: false, ${SIGNER} }, standard: { ${SIGNER} } }`,
      undefined,
      "Pulumi.yaml: policies.secure.signature: false is not allowed; allowed: true, or leave it out; behind the first stage every image is signed, and in the first it need not be",
    ],
    [
      "nobody who signs",
      `${OFF}\npolicies: { standard: { ${SIGNER} } }`,
      undefined,
      "Pulumi.yaml: policies.secure.signers: nobody is trusted to sign while gates are off; name who builds: a key, or issuer and subject",
    ],
    [
      "a subject that is one of several stages and classes",
      `${OFF}\n${secure}\nidentities: { logins: { issuer: https://ci.example.com, subjects: { publish: "sc://a/b" } } }`,
      undefined,
      'Pulumi.yaml: identities.logins.subjects.publish: "sc://a/b" would log in as several identities; allowed: with {stage} and {class} in it',
    ],
    [
      "one subject of two purposes, once stage and class are filled in",
      `${OFF}\n${secure}\nidentities: { logins: { issuer: https://ci.example.com, subjects: { publish: "p-{stage}-{class}", sweep: "p-{stage}-secure" } } }`,
      undefined,
      'Pulumi.yaml: identities.logins.subjects.sweep: "p-{stage}-secure" is also that of publish in dev secure, as "p-dev-secure"; allowed: a subject of its own',
    ],
    [
      "a placeholder that there is not",
      `${OFF}\n${secure}\nidentities: { logins: { issuer: https://ci.example.com, subjects: { sweep: "s-{stage}-{class}" } } }`,
      undefined,
      'Pulumi.yaml: identities.logins.subjects.sweep: "s-{stage}-{class}" has "{class}" in it; allowed: {stage}',
    ],
    [
      "standard images that nobody signs",
      `${OFF}\npolicies: { secure: { ${SIGNER} } }`,
      undefined,
      "Pulumi.yaml: policies.standard.signers: nobody is trusted to sign while gates are off; name who builds: a key, or issuer and subject",
    ],
    [
      "a signer that is none, and not also that there is none",
      `${OFF}\npolicies: { secure: { signers: [{ key: nope }] }, standard: { ${SIGNER} } }`,
      undefined,
      "Pulumi.yaml: policies.secure.signers[0].key: the key is not allowed; allowed: a public key in PEM, from BEGIN PUBLIC KEY to END PUBLIC KEY",
    ],
    [
      "off that is a word",
      `gates: { off: true }`,
      undefined,
      "Pulumi.yaml: gates.off: true does not say who signs off, and where that is kept; allowed: { off: { by: <who signs off>, where: <the system that keeps it> } }",
    ],
    [
      "one subject for two purposes",
      `${OFF}\n${secure}\nidentities: { logins: { issuer: https://ci.example.com, subjects: { sweep: "a-{stage}", rotate: "a-{stage}" } } }`,
      undefined,
      'Pulumi.yaml: identities.logins.subjects.rotate: "a-{stage}" is also that of sweep in dev, as "a-dev"; allowed: a subject of its own',
    ],
  ] as const) {
    it(`decodeConfig tells of ${title}, in one line`, () => {
      const found = problems(shared, stage);
      assert.ok(found.includes(line), found.join("\n"));
      assert.equal(found.length, 1, found.join("\n"));
    });
  }

  it("the example without GitHub gives each purpose a subject of its own, for each stage and class", () => {
    const subjects = readStages(readProjectFile(example("without-github")), undefined).flatMap(({ config }) => {
      assert.ok(config);
      return planStage(config).identities.identities.flatMap(({ credentials }) =>
        credentials.map((one) => one.subject),
      );
    });
    assert.equal(new Set(subjects).size, subjects.length);
    assert.ok(subjects.includes("sc://contoso/ledger/promote-prod-secure"), subjects.join("\n"));
    // Nothing is promoted to the first stage.
    assert.ok(!subjects.includes("sc://contoso/ledger/promote-dev-secure"));
  });
});
