import assert from "node:assert/strict";
import { DualRegistryError } from "../../src/base/errors";
import { decodeConfig } from "../../src/config";
import { type RegistryKind, REGISTRY_KINDS } from "../../src/domain/image/registryKind";
import { planStage } from "../../src/domain/plan/planStage";
import { facts, rawConfig } from "../support/rawConfig";

const SECRETS = ["stored-secret", "vault-secret"];
/** What each kind takes, and the usual name of its secret. */
const KINDS: Readonly<Record<RegistryKind, { ways: readonly string[]; secret?: string }>> = {
  acr: { ways: ["node-identity", ...SECRETS], secret: "registry-secret" },
  ecr: { ways: ["node-identity", "token-generator"] },
  gar: { ways: ["node-identity", "token-generator", ...SECRETS], secret: "registry-secret" },
  ghcr: { ways: SECRETS, secret: "ghcr-secret" },
  quay: { ways: SECRETS, secret: "quay-secret" },
  harbor: { ways: SECRETS, secret: "harbor-secret" },
  gitlab: { ways: SECRETS, secret: "gitlab-secret" },
  dockerhub: { ways: SECRETS },
  distribution: { ways: SECRETS, secret: "registry-secret" },
};

const HOSTS: Readonly<Record<string, string>> = {
  ecr: "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
  gar: "europe-west1-docker.pkg.dev",
  acr: "company.azurecr.io",
  ghcr: "ghcr.io",
  dockerhub: "docker.io",
};
const hostOf = (kind: string) => HOSTS[kind] ?? `${kind}.example.com`;
const named = (kind: string, path: string) =>
  `{ mode: reference, kind: ${kind}, host: ${hostOf(kind)}, namespace: company-prod/${path} }`;
const stage = (secure: string, standard: string, entry: string) =>
  `registries: { secure: ${named(secure, "secure")}, standard: ${named(standard, "orders")} }\npullAccess: [{ consumer: orders, namespace: shop, ${entry} }]`;
const decode = (yaml: string) => decodeConfig(rawConfig({ stage: facts(yaml) }));
const pulled = (secure: string, standard: string, entry: string) =>
  planStage(decode(stage(secure, standard, entry))).registryPull;

function problems(yaml: string): string[] {
  try {
    decode(yaml);
  } catch (error) {
    assert.ok(error instanceof DualRegistryError, String(error));
    return error.message.split("\n");
  }
  return [];
}

const ENTRY: Readonly<Record<string, (kind: string) => string>> = {
  "node-identity": () => "how: node-identity",
  "stored-secret": () => "how: stored-secret",
  "vault-secret": (kind) =>
    `how: vault-secret, store: { name: company-vault }, logins: { "${hostOf(kind)}": { username: robot, key: pull } }`,
  "token-generator": (kind) =>
    kind === "ecr"
      ? "how: token-generator, identity: arn:aws:iam::123456789012:role/pull"
      : "how: token-generator, identity: puller@company-prod.iam.gserviceaccount.com, cluster: { project: company-prod, location: europe-west1, name: prod }",
};

describe("decodeConfig of pull access to registries that are only named", () => {
  for (const kind of REGISTRY_KINDS) {
    it(`S4-5 decodeConfig takes for ${kind} the ways that fit it, and refuses each other with those that do`, () => {
      for (const [way, entry] of Object.entries(ENTRY)) {
        // Where images stand in Docker Hub is another matter: two names and no more.
        const lines = problems(stage(kind, kind, entry(kind))).filter((line) => line.includes("pullAccess"));
        const fits = KINDS[kind].ways.includes(way);
        if (fits) assert.deepEqual(lines, [], way);
        else
          assert.match(
            lines.join("\n"),
            new RegExp(`pullAccess\\[0\\]\\.how: "${way}" fits none of .*allowed: ${KINDS[kind].ways.join(", ")}`),
          );
      }
    });
  }

  it("S4-5 planStage names the pull secret that is usual for the kind, ghcr-secret for GHCR, and another where it is said", () => {
    for (const [kind, { secret }] of Object.entries(KINDS)) {
      if (secret === undefined) continue;
      const [plan] = pulled(kind, kind, "how: stored-secret");
      assert.ok(plan?.how === "stored-secret");
      assert.equal(plan.secret, secret, kind);
    }
    const [own] = pulled("ghcr", "ghcr", "how: stored-secret, secret: our-secret");
    assert.ok(own?.how === "stored-secret");
    assert.equal(own.secret, "our-secret");
  });

  it("S4-5 S4-11 planStage says of ECR the region and of Artifact Registry the project that a token is made for", () => {
    const [ecr] = pulled("ecr", "ecr", ENTRY["token-generator"]?.("ecr") ?? "");
    assert.ok(ecr?.how === "token-generator");
    assert.deepEqual(ecr.registries, [{ kind: "ecr", host: hostOf("ecr"), region: "eu-west-1" }]);
    const [gar] = pulled("gar", "gar", ENTRY["token-generator"]?.("gar") ?? "");
    assert.ok(gar?.how === "token-generator");
    const cluster = { project: "company-prod", location: "europe-west1", name: "prod" };
    assert.deepEqual(gar.registries, [{ kind: "gar", host: hostOf("gar"), project: "company-prod", cluster }]);
  });

  it("S4-5 decodeConfig takes one pull secret beside a registry that needs none, and asks for one where it is needed", () => {
    assert.deepEqual(problems(stage("ecr", "ghcr", "how: stored-secret")), []);
    const lines = problems(stage("ecr", "ghcr", "how: node-identity"));
    assert.match(
      lines.join("\n"),
      /"node-identity" gives no pull secret for ghcr\.io \(ghcr\).*allowed: stored-secret, vault-secret/,
    );
  });

  for (const [title, yaml, says] of [
    [
      "a login of another host",
      stage("ghcr", "ghcr", ENTRY["vault-secret"]?.("quay") ?? ""),
      /"quay\.example\.com" is no registry that it pulls from/,
    ],
    [
      "a host without a login",
      stage("ghcr", "quay", ENTRY["vault-secret"]?.("ghcr") ?? ""),
      /quay\.example\.com is missing/,
    ],
    [
      "a role that is no role",
      stage("ecr", "ecr", "how: token-generator, identity: shop"),
      /identity: "shop".*ARN of an IAM role/,
    ],
    [
      "Google's identity for Amazon's registry",
      stage("ecr", "ecr", ENTRY["token-generator"]?.("gar") ?? ""),
      /is no role of IAM/,
    ],
    [
      "a token of Google's without its cluster",
      stage("gar", "gar", "how: token-generator, identity: puller@company-prod.iam.gserviceaccount.com"),
      /cluster: missing/,
    ],
    [
      "an issuer where nobody logs in by it",
      stage("ghcr", "ghcr", "how: stored-secret, issuer: https://oidc.example.com/"),
      /issuer: no such key/,
    ],
    [
      "a password in the file",
      stage(
        "ghcr",
        "ghcr",
        'how: vault-secret, store: { name: v }, logins: { ghcr.io: { username: r, key: k, password: "x" } }',
      ),
      /password: no such key/,
    ],
    [
      "a way for named registries where the stage holds them",
      "pullAccess: [{ consumer: orders, namespace: shop, how: stored-secret }]",
      /"orders" reads no registry that is only named/,
    ],
  ] as const) {
    it(`decodeConfig refuses ${title}, in one line`, () => {
      const lines = problems(yaml);
      assert.match(lines[0] ?? "", says, lines.join("\n"));
    });
  }
});
