import assert from "node:assert/strict";
import { DualRegistryError } from "../../src/base/errors";
import { decodeConfig } from "../../src/config";
import { facts, PROVIDERS, rawConfig } from "../support/rawConfig";
import { BROKEN_FORMS } from "./brokenForms";
import { BROKEN_GITOPS } from "./brokenGitOps";
import { BROKEN } from "./brokenKeys";
import { BROKEN_POLICIES } from "./brokenPolicies";
import { BROKEN_REGISTRIES } from "./brokenRegistries";
import { DISAGREEING } from "./disagreeingKeys";

type Parts = Parameters<typeof rawConfig>[0];

const PRIVATE_KEY = "-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n";

function problems(parts: Parts): string[] {
  try {
    decodeConfig(rawConfig(parts));
  } catch (error) {
    assert.ok(error instanceof DualRegistryError, String(error));
    assert.equal(error.code, "CONFIG_INVALID");
    return error.message.split("\n");
  }
  return [];
}

describe("decodeConfig", () => {
  it("decodeConfig takes the smallest stage, with the defaults of its classes", () => {
    const config = decodeConfig(rawConfig({}));
    const { secure, standard } = config.registries;
    assert.ok(secure.mode === "create" && standard.mode === "create");
    assert.equal(secure.sku, "Premium");
    assert.equal(standard.sku, "Standard");
    assert.deepEqual(config.retention, { rule: "inactive", days: 90 });
    assert.ok(secure.protect && standard.protect);
  });

  for (const { title, parts, says } of [
    ...BROKEN,
    ...BROKEN_FORMS,
    ...BROKEN_GITOPS,
    ...BROKEN_POLICIES,
    ...BROKEN_REGISTRIES,
    ...DISAGREEING,
  ]) {
    it(`decodeConfig refuses ${title}, in one line`, () => {
      const lines = problems(parts);
      assert.equal(lines.length, 1, lines.join("\n"));
      for (const text of says) assert.ok(lines[0]?.includes(text), `${lines[0] ?? ""}\nlacks ${text}`);
    });
  }

  it("S4-14 decodeConfig reports facts broken in ten ways in ten lines", () => {
    const lines = problems({
      shared: facts(`
        images: [{ repository: orders/api, class: secur }, { repository: orders/web, class: standard },
                 { repository: orders/web, class: secure }]
        consumers: [{ name: shop, pull: [orders/web], tokenDays: 400 }, { name: shop, pull: [orders/none] }]`),
      stage: facts(`
        location: West-Europe
        tags: { "a<b": c }
        registries: { secure: { sku: Basic, untaggedRetentionDays: 400 }, standard: { dataEndpoint: true }, third: {} }`),
    });
    assert.equal(lines.length, 10, lines.join("\n"));
    assert.equal(new Set(lines).size, 10);
  });

  it("decodeConfig tells a stage that is listed twice beside a name that is none, in one run", () => {
    const lines = problems({ shared: facts("stages: [dev, QA, dev]") });
    assert.equal(lines.length, 2, lines.join("\n"));
    assert.match(lines[0] ?? "", /stages\[1\]: "QA" is not allowed/);
    assert.match(lines[1] ?? "", /stages\[2\]: "dev" is not allowed; allowed: each stage once/);
  });

  it("decodeConfig counts lists in lists as the file has them, behind elements that are wrong themselves", () => {
    const stranger = "https://github.com/contoso/orders/.github/workflows/build.yml@refs/heads/main";
    const lines = problems({
      shared: facts(`policies:
        secure:
          signers:
            - { issuer: "https://accounts.example.com" }
            - nobody
            - { issuer: "https://token.actions.githubusercontent.com", subject: "${stranger}" }`),
    });
    const at = lines.map((line) => /policies\.secure\.signers\[\d\][.\w]*/.exec(line)?.[0]);
    const signers = "policies.secure.signers";
    assert.deepEqual(at, [`${signers}[0].subject`, `${signers}[1]`, `${signers}[2]`], lines.join("\n"));
    assert.ok(lines[2]?.includes(`"${stranger}"`));
  });

  it("decodeConfig cuts long values, and tells an unknown key of the stage at hand alone", () => {
    const [line = ""] = problems({ stage: { location: "x".repeat(500) }, others: { prod: { regoin: "y" } } });
    assert.ok(line.length < 200 && line.includes("…"), line);
    assert.deepEqual(problems({ others: { prod: { regoin: "y" } } }), []);
  });

  it("decodeConfig escapes what could act in keys and values, in one line each", () => {
    const [key, ...none] = problems({ stage: { ["ev\nil\u001b[2J"]: "x" } });
    assert.deepEqual(none, []);
    assert.ok(key?.startsWith("Pulumi.qa.yaml: ev\\u000ail\\u001b[2J: no such key"), key);
    const [value] = problems({ stage: { location: "west\u2066europe" } });
    assert.ok(value?.startsWith('Pulumi.qa.yaml: location: "west\\u2066europe" is not allowed'), value);
  });

  it("decodeConfig never shows a value that is encrypted", () => {
    const planted = "hunter2-planted-secret";
    const lines = problems({
      stage: { tags: { owner: planted }, webhookAuthorization: planted, location: 5 },
      secretKeys: ["tags", "webhookAuthorization"],
    });
    assert.ok(lines.length >= 3);
    assert.ok(!lines.join("\n").includes(planted));
  });

  for (const signers of [
    [{ key: PRIVATE_KEY }],
    [PRIVATE_KEY],
    PRIVATE_KEY,
    { key: PRIVATE_KEY },
    [{ issuer: PRIVATE_KEY, subject: PRIVATE_KEY }],
  ]) {
    it(`decodeConfig never shows a private key that stands for a signer: ${JSON.stringify(signers).slice(0, 16)}`, () => {
      const lines = problems({ shared: { policies: { secure: { signers } } } });
      assert.ok(lines.length > 0);
      assert.doesNotMatch(lines.join("\n"), /BEGIN EC PRIVATE|c2VjcmV0/);
    });
  }

  it("decodeConfig says of a private key that it must go", () => {
    const [line = "", ...more] = problems({ shared: { policies: { secure: { signers: [{ key: PRIVATE_KEY }] } } } });
    assert.deepEqual(more, []);
    assert.match(
      line,
      /policies\.secure\.signers\[0\]\.key: the key is not allowed; this is a private key: take it out/,
    );
  });

  const own = (file: string, ref = "refs/heads/main") => ({
    issuer: "https://token.actions.githubusercontent.com",
    subject: `https://github.com/company/orders/.github/workflows/${file}@${ref}`,
  });
  /** The same, with all that its certificate must say. */
  const whole = (file: string) => ({
    ...own(file),
    sourceRepository: "https://github.com/company/orders",
    sourceRef: "refs/heads/main",
    events: ["push", "schedule", "workflow_dispatch"],
  });

  it("decodeConfig trusts the repository's own workflows where no signers are named (S2-12)", () => {
    const images = { signers: [whole("build-publish.yml"), whole("promote.yml")] };
    const signOffs = { signers: [whole("sign-offs.yml")] };
    assert.deepEqual(decodeConfig(rawConfig({})).policies, { secure: images, standard: images, signOffs });
    const shared = facts(`
      identities: { publishWorkflow: build.yml, promoteWorkflow: move.yaml, ref: refs/heads/main, formerSubjects: true }
      policies: { secure: { signature: true }, standard: {}, signOffs: {} }`);
    const foreign = { ...PROVIDERS, "github:owner": "contoso" };
    const { policies } = decodeConfig(rawConfig({ shared, foreign }));
    const subjects = policies.secure.signers.map((signer) => ("subject" in signer ? signer.subject : ""));
    assert.deepEqual(subjects, [
      "https://github.com/contoso/orders/.github/workflows/build.yml@refs/heads/main",
      "https://github.com/contoso/orders/.github/workflows/move.yaml@refs/heads/main",
    ]);
  });

  it("decodeConfig takes named signers in place of the own, and what is marked as somebody else's", () => {
    const key = "-----BEGIN PUBLIC KEY-----\nTUlJQg==\n-----END PUBLIC KEY-----\n";
    const signers = [
      own("other.yml"),
      { ...whole("other.yml"), sourceRef: "refs/tags/v1", sourceRepositoryId: "4711" },
      { ...own("other.yml"), sourceRepository: "https://github.com/company/other", foreign: true },
      { issuer: "https://accounts.example.com", subject: "a@b", foreign: true },
      { key },
    ];
    const { policies } = decodeConfig(rawConfig({ shared: { policies: { secure: { signers } } } }));
    assert.deepEqual(policies.secure.signers, signers);
  });

  for (const [said, scan] of [
    ["{}", { critical: 0, high: 0, maxAgeHours: 72 }],
    ["{ high: 3 }", { critical: 0, high: 3, maxAgeHours: 72 }],
  ] as const) {
    it(`decodeConfig reads scan: ${said}`, () => {
      const shared = facts(`policies: { standard: { scan: ${said} } }`);
      assert.deepEqual(decodeConfig(rawConfig({ shared })).policies.standard.scan, scan);
    });
  }

  it("decodeConfig names the stage where a stack has an alias", () => {
    const [line] = problems({ stack: "staging" });
    assert.match(line ?? "", /Stack "staging" is not a stage; it is an alias of stage uat/);
  });

  it("decodeConfig keeps control characters of hostile values out of its report", () => {
    const lines = problems({ stage: { location: "a\u001b[31m\nPulumi.qa.yaml: all is well\u202e" } });
    assert.equal(lines.length, 1);
    assert.doesNotMatch(lines[0] ?? "", /[\u0000-\u001f\u202e]/);
  });

  it("decodeConfig checks a thousand consumers and five thousand images without a problem", () => {
    const images = Array.from({ length: 5000 }, (_, at) => ({
      repository: `team${at % 100}/image${at}`,
      class: at % 2 ? "secure" : "standard",
    }));
    const consumers = Array.from({ length: 1000 }, (_, at) => ({ name: `consumer${at}`, pull: [`team${at % 100}/*`] }));
    const pull = Array.from({ length: 100 }, (_, at) => `team${at}/*`);
    const product = { name: "orders", domain: "company.com", repository: "orders", pull };
    const premium = { sku: "Premium" };
    const stage = { registries: { secure: premium, standard: premium } };
    assert.deepEqual(problems({ shared: { product, images, consumers }, stage }), []);
  });
});
