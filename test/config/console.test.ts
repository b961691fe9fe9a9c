import assert from "node:assert/strict";
import { appPlan, CONSOLE_DIGEST, IN_APPS, IN_CLUSTER, NAMED, planWith } from "../support/console/deployment";

const D = CONSOLE_DIGEST;
const refuses = (console: unknown, message: RegExp, stage: Record<string, unknown> = {}) =>
  assert.throws(() => planWith(console, stage), { code: "CONFIG_INVALID", message });
const imageOf = (image: string, registries?: unknown) =>
  planWith(
    { ...IN_CLUSTER, image, ...(registries ? { logins: { from: "secret", name: "logins" } } : {}) },
    {
      ...(registries ? { registries } : {}),
    },
  ).console?.image;

const account = { how: "workload-identity", issuer: "https://oidc.example.com/qa/", consumer: "orders" };

describe("console of a stage file", () => {
  it("console is off where a stage file says nothing of it, and its identity with it", () => {
    const { console, identities } = planWith(undefined);
    assert.equal(console, undefined);
    assert.ok(identities.identities.every(({ name }) => !name.endsWith("-console")));
  });

  it("S0-3 console takes an image by digest, with the host of the stage's own registry of its class or without one", () => {
    const image = { class: "secure", repository: "orders/console", digest: D };
    for (const text of [
      `orders/console@${D}`,
      `orders/console:v1.2.3@${D}`,
      `ordersqasecure.azurecr.io/orders/console@${D}`,
      `OrdersQaSecure.azurecr.io/orders/console:v1.2.3@${D}`,
      `ordersqasecure-a1b2c3d4.azurecr.io/orders/console@${D}`,
    ])
      assert.deepEqual(imageOf(text), image, text);
    assert.deepEqual(imageOf(`orders/console@${D}`, NAMED), image);
    assert.deepEqual(imageOf(`ghcr.io/company/secure/orders/console@${D}`, NAMED), image);
  });

  for (const [what, image, message] of [
    ["a tag alone", "orders/console:v1.2.3", /console\.image: .*sha256:.*a tag can move.*dualreg image verify/],
    ["nothing behind its name", "orders/console", /console\.image: .*a tag can move/],
    ["half a digest", "orders/console@sha256:c0c0", /console\.image: .*a whole digest/],
    ["two digests", `orders/console@${D}@${D}`, /console\.image: .*a whole digest/],
    ["a path in capitals", `Orders/console@${D}`, /console\.image: .*allowed: orders\/console@sha256/],
    ["another host", `docker.io/orders/console@${D}`, /"docker\.io" is not the secure registry of qa.*no host/],
    [
      "the registry of the other class",
      `ordersqastandard.azurecr.io/orders/console@${D}`,
      /"ordersqastandard\.azurecr\.io" is not the secure registry of qa; allowed: ordersqasecure\.azurecr\.io/,
    ],
    ["the registry of another stage", `ordersprodsecure.azurecr.io/orders/console@${D}`, /is not the secure registry/],
    [
      "a host that begins like its own",
      `ordersqasecure.azurecr.io.evil.example/orders/console@${D}`,
      /is not the secure/,
    ],
    ["a host with a port", `ordersqasecure.azurecr.io:444/orders/console@${D}`, /is not the secure registry/],
    ["a repository that no map has", `orders/none@${D}`, /"orders\/none" is not mapped to a class/],
    ["a portable image", `orders/api@${D}`, /"orders\/api" is portable.*binding: stage-bound/],
  ] as const) {
    it(`S0-3 console refuses an image by ${what}, and says what to do`, () =>
      refuses({ ...IN_CLUSTER, image }, message));
  }

  it("S0-3 console refuses the right path without the named registry's own, and its host in another registry's place", () => {
    const console = { ...IN_CLUSTER, logins: { from: "secret", name: "logins" } };
    const registries = { registries: NAMED };
    refuses({ ...console, image: `ghcr.io/orders/console@${D}` }, /"orders\/console" is not mapped/, registries);
    refuses(
      { ...console, image: `quay.io/company/secure/orders/console@${D}` },
      /"quay\.io" is not the secure registry of qa; allowed: ghcr\.io, or no host: orders\/console@sha256/,
      registries,
    );
  });

  for (const [what, over, message, stage] of [
    ["a kind that it does not know", { kind: "docker" }, /console\.kind: "docker".*kubernetes, container-apps/, {}],
    ["a misspelt key", { replica: 2 }, /console\.replica: .*did you mean .*replicas/, {}],
    ["no replica", { replicas: 0 }, /console\.replicas: .*from 1 to 2/, {}],
    [
      "a third replica",
      { replicas: 3 },
      /console\.replicas: 3 is not allowed; allowed: .*from 1 to 2: each reads the registries.*limit/,
      {},
    ],
    [
      "a claim of data that two replicas would write",
      { dataClaim: "console-data" },
      /console\.dataClaim: "console-data" is written by one process, and replicas is 2; allowed: replicas: 1/,
      {},
    ],
    [
      "a claim of data that is no name of Kubernetes",
      { replicas: 1, dataClaim: "Data" },
      /console\.dataClaim: "Data"/,
      {},
    ],
    ["no namespace that may connect", { from: [] }, /console\.from: .*at least 1 entry/, {}],
    ["a route without a class", { route: { by: "ingress", tls: "t" } }, /console\.route\.class/, {}],
    ["a file that leads out", { files: { "../x": "a" } }, /console\.files.*a file's name/, {}],
    ["a file with a hyphen at its end", { files: { "foo-": "a" } }, /console\.files.*a file's name.*no hyphen/, {}],
    ["a folder with a hyphen at its end", { files: { "keys-/one": "a" } }, /console\.files.*a file's name/, {}],
    [
      "one path as a file and as a folder",
      { files: { keys: "a", "keys/one": "b" } },
      /console\.files: "keys" is a file, and "keys\/one" makes a folder of it; allowed: .*keys-one/,
      {},
    ],
    [
      "a folder in place of a password that is mounted anyway",
      { files: { "secure-password/one": "b" } },
      /console\.files: "secure-password" is a file, and "secure-password\/one"/,
      {},
    ],
    [
      "an ingress class that is no name of Kubernetes",
      { route: { by: "ingress", class: "a..b", tls: "t" } },
      /console\.route\.class: "a\.\.b".*each part between dots/,
      {},
    ],
    [
      "a certificate's Secret whose part begins with a hyphen",
      { route: { by: "ingress", class: "nginx", tls: "x.-y" } },
      /console\.route\.tls/,
      {},
    ],
    [
      "a namespace that pullAccess makes as well",
      { namespace: "shop", createNamespace: true },
      /console\.createNamespace: pullAccess\[1\] makes "shop" as well; allowed: .*one of the two alone/,
      {
        pullAccess: [
          { ...account, namespace: "other", createNamespace: true },
          { ...account, namespace: "shop", createNamespace: true },
        ],
      },
    ],
    [
      "its own service account's name in the hands of pullAccess",
      { namespace: "shop" },
      /console\.namespace: "shop\/orders-console" is the service account of pullAccess\[0\] as well; allowed: another/,
      { pullAccess: [{ ...account, namespace: "shop", serviceAccount: "orders-console" }] },
    ],
    ["a login without the cluster's issuer", { issuer: undefined }, /console\.issuer: missing.*az aks show/, {}],
    [
      "a vault where there is none",
      {},
      /console\.logins: qa keeps no passwords in a vault.*from: secret/,
      { passwords: "off" },
    ],
    [
      "machine tokens where there is no vault",
      { logins: { from: "secret", name: "logins" }, machineTokens: true },
      /console\.machineTokens: qa keeps no passwords in a vault/,
      { passwords: "off" },
    ],
    [
      "files of a vault beside a Secret",
      { logins: { from: "secret", name: "logins" }, files: { "client-secret": "x" } },
      /console\.files: names secrets of a vault/,
      {},
    ],
    [
      "workload identity at a registry that is only named",
      { logins: { from: "secret", name: "logins" }, pull: { how: "workload-identity" } },
      /console\.pull\.how: "workload-identity" gives no right on the secure registry.*node-identity, stored-secret/,
      { registries: NAMED },
    ],
  ] as const) {
    it(`console refuses ${what}`, () => refuses({ ...IN_CLUSTER, ...over }, message, stage));
  }

  for (const [what, over, message, stage] of [
    [
      "a registry that is only named",
      {},
      /console\.kind: .*only names its secure registry; allowed: kubernetes/,
      { registries: NAMED },
    ],
    ["no vault", {}, /console\.kind: .*keeps no passwords in one; allowed: kubernetes/, { passwords: "off" }],
    [
      "a size that there is not",
      { resources: { cpu: 0.3, memoryMiB: 600 } },
      /console\.resources: .*2048 MiB a core/,
      {},
    ],
    ["a host without its certificate", { host: "console.company.com" }, /console\.certificate: missing/, {}],
    [
      "a certificate of another environment",
      { host: "console.company.com", certificate: `${IN_APPS.environment.replace("apps-qa", "other")}/certificates/x` },
      /console\.certificate: is of the environment "other" in the group "rg-apps".*; allowed: .*managedEnvironments\/apps-qa\//,
      {},
    ],
    ["a file with a hyphen at its end", { files: { "foo-": "a" } }, /console\.files.*a file's name/, {}],
    ["a third replica", { replicas: 3 }, /console\.replicas: 3 is not allowed; allowed: .*from 1 to 2: each/, {}],
    ["a claim of a cluster's", { replicas: 1, dataClaim: "console-data" }, /console\.dataClaim/, {}],
    [
      "another thing than an environment",
      { environment: "apps-qa" },
      /console\.environment: .*managedEnvironments/,
      {},
    ],
  ] as const) {
    it(`console refuses Container Apps with ${what}`, () => refuses({ ...IN_APPS, ...over }, message, stage));
  }

  it("console takes a certificate of its environment in any letter case, and a namespace that it shares with others", () => {
    const certificate = `${IN_APPS.environment.toUpperCase()}/certificates/x`;
    assert.equal(appPlan({ host: "console.company.com", certificate }).certificate, certificate);
    const shared = { pullAccess: [{ ...account, namespace: "shop", createNamespace: true }] };
    assert.equal(planWith({ ...IN_CLUSTER, namespace: "shop" }, shared).pullAccess.length, 1);
    const own = { pullAccess: [{ ...account, namespace: "shop", serviceAccount: "orders-console" }] };
    assert.equal(planWith({ ...IN_CLUSTER, createNamespace: true }, own).pullAccess.length, 1);
    const route = { by: "ingress", class: "nginx.internal", tls: "console-tls" };
    assert.equal(planWith({ ...IN_CLUSTER, route }).console?.kind, "kubernetes");
  });

  it("console names a container app within its 32 characters", () => {
    assert.equal(appPlan().name, "orders-qa-console");
  });
});
