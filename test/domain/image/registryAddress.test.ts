import assert from "node:assert/strict";
import {
  hostProblem,
  kindOfHost,
  pathProblem,
  placeOfRegistry,
  registryParts,
} from "../../../src/domain/image/registryAddress";
import { REGISTRY_KINDS, registryKindOf } from "../../../src/domain/image/registryKind";
import { RULES, supportOf } from "../../../src/domain/image/ruleSupport";

const AMAZON = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

describe("registryKindOf", () => {
  it("S4-1 registryKindOf takes every kind by its name, gcr for Google's, and nothing else", () => {
    for (const kind of REGISTRY_KINDS) assert.equal(registryKindOf(kind), kind);
    assert.equal(registryKindOf("gcr"), "gar");
    for (const word of ["", "GHCR", "constructor", "__proto__", "docker", "ecr "]) {
      assert.equal(registryKindOf(word), undefined, word);
    }
  });
});

describe("kindOfHost", () => {
  for (const [host, kind] of [
    ["ordersqa.azurecr.io", "acr"],
    ["ghcr.io", "ghcr"],
    [AMAZON, "ecr"],
    ["123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "ecr"],
    ["123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "ecr"],
    ["123456789012.dkr-ecr.eu-west-1.on.aws", "ecr"],
    ["123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", "ecr"],
    ["123456789012.dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu", "ecr"],
    ["123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov", "ecr"],
    ["europe-west1-docker.pkg.dev", "gar"],
    ["gcr.io", "gar"],
    ["eu.gcr.io", "gar"],
    ["quay.io", "quay"],
    ["registry.gitlab.com", "gitlab"],
    ["docker.io", "dockerhub"],
    ["registry-1.docker.io", "dockerhub"],
  ] as const) {
    it(`S4-14 kindOfHost knows ${host} as ${kind}, which every other kind refuses`, () => {
      assert.equal(kindOfHost(host), kind);
      for (const other of REGISTRY_KINDS) {
        const problem = hostProblem(other, host);
        assert.equal(problem === undefined, other === kind, other);
        if (problem) assert.match(problem.what, new RegExp(`is a registry of kind ${kind}, not ${other}`));
      }
    });
  }

  it("S4-14 hostProblem lets a kind that may run anywhere run anywhere, and no platform's kind", () => {
    for (const host of ["registry.example.com", "localhost:5000", "harbor.company.com:8443"]) {
      assert.equal(kindOfHost(host), undefined);
      const allowed = REGISTRY_KINDS.filter((kind) => hostProblem(kind, host) === undefined);
      assert.deepEqual(allowed, ["quay", "harbor", "gitlab", "distribution"]);
    }
  });

  for (const host of [
    "ghcr.io.example.com",
    "ghcr.io:5000",
    "12345.dkr.ecr.eu-west-1.amazonaws.com",
    `${AMAZON}.example.com`,
    "123456789012.dkr.ecr.eu-west-1.example.com",
    "evil-docker.pkg.dev.example.com",
    "example.com-docker.pkg.dev",
    "orders.westeurope.data.azurecr.io",
    "123456789012.dkr.ecr.eu-west-1.c2s.ic.gov.example.com",
    "123456789012.dkr.ecr.eu-west-1.c2sxic.gov",
  ]) {
    it(`S4-14 kindOfHost takes ${host} for no platform's registry`, () => {
      assert.equal(kindOfHost(host), undefined);
    });
  }
});

describe("hostProblem", () => {
  it("S4-14 hostProblem refuses a port behind a host that is a platform's own, whatever the kind", () => {
    for (const kind of ["distribution", "ghcr", "harbor"] as const) {
      assert.match(hostProblem(kind, "ghcr.io:443")?.what ?? "", /has a port, and ghcr\.io is on its usual one alone/);
    }
    assert.equal(hostProblem("harbor", "registry.example.com:443"), undefined);
  });

  it("S4-14 hostProblem takes the registries of GitHub Enterprise for GHCR, and nothing that only begins like one", () => {
    for (const host of ["containers.github.example.com", "containers.octocorp.ghe.com"]) {
      assert.equal(hostProblem("ghcr", host), undefined, host);
    }
    for (const host of ["containers", "github.example.com", "xcontainers.example.com"]) {
      assert.match(hostProblem("ghcr", host)?.what ?? "", /is no host of kind ghcr/, host);
    }
  });
});

describe("placeOfRegistry", () => {
  for (const [kind, one, other, same] of [
    ["ecr", [AMAZON, "a"], ["123456789012.dkr-ecr.eu-west-1.on.aws", "a"], true],
    ["ecr", [AMAZON, "a"], ["123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com", "a"], true],
    ["ecr", [AMAZON, "a"], ["123456789012.dkr.ecr.eu-west-2.amazonaws.com", "a"], false],
    ["ecr", [AMAZON, "a"], ["123456789013.dkr.ecr.eu-west-1.amazonaws.com", "a"], false],
    ["gar", ["gcr.io", "shop"], ["us-docker.pkg.dev", "shop/gcr.io"], true],
    ["gar", ["eu.gcr.io", "shop/x"], ["europe-docker.pkg.dev", "shop/eu.gcr.io/x"], true],
    ["gar", ["gcr.io", "shop"], ["us-docker.pkg.dev", "shop/images"], false],
    ["dockerhub", ["docker.io", "a"], ["registry-1.docker.io", "a"], true],
    ["harbor", ["Registry.example.com", "a"], ["registry.example.com:443", "a"], true],
    ["harbor", ["registry.example.com", "a"], ["registry.example.com:8443", "a"], false],
    ["acr", ["contoso.azurecr.io", ""], ["contoso-d7bqgsdxf5cyebhz.azurecr.io", ""], false],
  ] as const) {
    it(`S0-2 placeOfRegistry takes ${one.join("/")} and ${other.join("/")} for ${same ? "one registry" : "two"}`, () => {
      const [a, b] = [placeOfRegistry(kind, one[0], one[1]), placeOfRegistry(kind, other[0], other[1])];
      assert.equal(JSON.stringify(a) === JSON.stringify(b), same);
    });
  }
});

describe("registryParts", () => {
  for (const [kind, host, path, parts] of [
    ["ecr", AMAZON, "orders/api", { account: "123456789012", region: "eu-west-1", image: "orders/api" }],
    [
      "gar",
      "europe-docker.pkg.dev",
      "shop/images/orders/api",
      { region: "europe", project: "shop", registry: "images", image: "orders/api" },
    ],
    ["gar", "eu.gcr.io", "shop/api", { region: "europe", project: "shop", registry: "eu.gcr.io", image: "api" }],
    [
      "gar",
      "gcr.io",
      "example.com/shop/api",
      { region: "us", project: "example.com:shop", registry: "gcr.io", image: "api" },
    ],
    ["acr", "contoso-d7bqgsdxf5cyebhz.azurecr.io", "api", { registry: "contoso", image: "api" }],
    ["acr", "ordersqa.azurecr.io", "orders/api", { registry: "ordersqa", image: "orders/api" }],
    ["ghcr", "ghcr.io", "company/orders/api", { owner: "company", image: "orders/api" }],
    ["dockerhub", "docker.io", "company/api", { owner: "company", image: "api" }],
    ["quay", "quay.io", "company/api", { owner: "company", image: "api" }],
    ["harbor", "harbor.example.com", "shop/orders/api", { project: "shop", image: "orders/api" }],
    ["gitlab", "registry.gitlab.com", "company/shop/api", { project: "company/shop", image: "api" }],
    ["distribution", "localhost:5000", "orders/api", { image: "orders/api" }],
  ] as const) {
    it(`S3-10 registryParts takes ${host}/${path} apart as ${kind} does`, () => {
      assert.equal(pathProblem(kind, host, path), undefined);
      assert.deepEqual(registryParts(kind, host, path), parts);
    });
  }

  for (const [kind, host, path, what] of [
    ["dockerhub", "docker.io", "company/orders/api", /3 names, and dockerhub takes 2$/],
    ["dockerhub", "docker.io", "api", /1 name, and dockerhub takes 2$/],
    ["ghcr", "ghcr.io", "api", /ghcr takes 2 at least/],
    ["gar", "europe-docker.pkg.dev", "shop/api", /gar takes 3 at least/],
    ["gar", "gcr.io", "example.com/shop", /gar takes 3 at least/],
    ["harbor", "harbor.example.com", "api", /harbor takes 2 at least/],
  ] as const) {
    it(`S4-14 pathProblem says that ${host}/${path} can be no image of ${kind}`, () => {
      assert.match(pathProblem(kind, host, path)?.what ?? "", what);
    });
  }
});

describe("supportOf", () => {
  it("S4-14 supportOf says of each rule and kind how it is kept, and calls no setting native that nobody read", () => {
    for (const kind of REGISTRY_KINDS) {
      const rules = supportOf(kind);
      assert.deepEqual(Object.keys(rules).sort(), [...RULES].sort());
      assert.notEqual(rules["tag-immutability"].support, "native", kind);
    }
  });
});
