import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { StepFolder } from "./runStep";

const DIGEST = `sha256:${"a1".repeat(32)}`;

/** Needs jq and kubectl, which GitHub's machines have; without them these are skipped by name. */
describe("the steps that ask a GitOps repository and wait for it, run by bash and jq", function () {
  let folder: StepFolder;
  before(function () {
    if (spawnSync("jq", ["--version"]).status !== 0) this.skip();
  });
  beforeEach(() => (folder = new StepFolder()));
  afterEach(() => folder.end());

  const asked = {
    release: "shop",
    rows: [
      { image: "shop/api", after: { repository: "secure/shop/api", digest: DIGEST }, how: "found" },
      { image: "docker.io/library/redis", after: { repository: "library/redis", digest: DIGEST }, how: "exception" },
    ],
    delivery: { state: "opened", request: { number: 7, url: "https://github.com/contoso/deploy/pull/7" } },
  };
  const env = { STAGE: "qa", BEFORE: "dev", RELEASES: '["shop","back-office"]', TAG: "v1.0.0-qa", OUTPUTS: "out.json" };

  for (const ROLLBACK of ["", "yes"])
    it(`S3-6 S3-14 gitops.yml ${ROLLBACK ? "rolls back" : "promotes"} each release, and expects the images of the map that it asked for`, () => {
      folder.standIn("node", asked);
      folder.run("gitops.yml", "request", /^One request/, { ...env, ROLLBACK });
      const told = (release: string) =>
        ROLLBACK
          ? ["gitops", "rollback", "--release", release, "--stage", "qa", "--to", "v1.0.0-qa"]
          : ["gitops", "promote", "--release", release, "--from", "dev"];
      const rest = ["--outputs", "out.json", ...(ROLLBACK ? [] : ["--find-only"]), "--format", "json"];
      assert.deepEqual(
        folder.calls("node"),
        ["shop", "back-office"].map((release) => ["bin/dualreg.js", ...told(release), ...rest]),
      );
      assert.equal(folder.read("output"), `expected=["shop/api@${DIGEST}"]\n`);
      assert.match(folder.read("summary"), /^- shop: https:\/\/github\.com\/contoso\/deploy\/pull\/7\n/);
    });

  it("S3-6 gitops.yml ends where a release is refused, and asks for none behind it", () => {
    folder.put("programs/node", '#!/bin/sh\necho "$5" >> "${TMPDIR}/asked"\nexit 1\n');
    spawnSync("chmod", ["+x", `${folder.path}/programs/node`]);
    assert.throws(() => folder.run("gitops.yml", "request", /^One request/, { ...env, ROLLBACK: "" }), /ended with 1/);
    assert.equal(folder.read("asked"), "shop\n");
  });

  it("S2-13 gitops.yml says where no cluster is named, and neither waits nor begins a check then", () => {
    folder.run("gitops.yml", "running", /^The clusters/, { CLUSTERS: "", STAGE: "qa" });
    assert.equal(folder.read("output"), "");
  });

  it("S3-14 gitops.yml reads clusters by a token that az gives kubectl, and refuses another form of name", function () {
    if (spawnSync("kubectl", ["version", "--client"]).status !== 0) this.skip();
    const kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "aks-shop", cluster: { server: "https://aks.example.com" } }],
      users: [{ name: "clusterUser", user: { token: "one-that-must-go" } }],
      contexts: [{ name: "aks-shop", context: { cluster: "aks-shop", user: "clusterUser" } }],
    };
    folder.put("programs/az", `#!/usr/bin/env bash\nprintf '%s|' "$@" > az.calls\ncat made.json > kubeconfig\n`);
    folder.put("made.json", kubeconfig);
    spawnSync("chmod", ["+x", `${folder.path}/programs/az`]);
    folder.run("gitops.yml", "running", /^The clusters/, { CLUSTERS: "rg-shop/aks-shop", STAGE: "qa" });
    assert.match(folder.read("az.calls"), /^aks\|get-credentials\|--resource-group\|rg-shop\|--name\|aks-shop\|/);
    assert.equal(folder.read("output"), "watched=true\n");
    assert.equal(folder.read("kubeconfig"), "");
    const { users, contexts } = JSON.parse(folder.read("clusters.json")) as typeof kubeconfig;
    assert.deepEqual([users.length, contexts.length], [1, 1]);
    assert.doesNotMatch(folder.read("clusters.json"), /one-that-must-go/);
    assert.match(JSON.stringify(users), /"command":"az".*"get-access-token".*\{apiVersion: 'client\.authentication/);
    for (const CLUSTERS of ["aks-shop", "rg/aks --admin", "rg/aks;id", "../x/y"])
      assert.throws(
        () => folder.run("gitops.yml", "running", /^The clusters/, { CLUSTERS, STAGE: "qa" }),
        /not allowed/,
      );
  });

  it("S2-13 gitops.yml waits with an end for what was asked for, then begins each check once, of this very release", () => {
    folder.standIn("node");
    folder.standIn("gh");
    folder.put("clusters.json", { contexts: [{ name: "one" }, { name: "two" }] });
    const EXPECTED = JSON.stringify([`shop/api@${DIGEST}`, `shop/web@${DIGEST}`]);
    folder.run("gitops.yml", "running", /^Until/, { EXPECTED });
    const [words = []] = folder.calls("node");
    const expected = [
      "--expect",
      `shop/api@${DIGEST}`,
      `shop/web@${DIGEST}`,
      "--wait",
      "--allow-idle",
      "--timeout",
      "45m",
      "--verify",
    ];
    assert.deepEqual(words.slice(words.indexOf("--expect")), expected);
    assert.deepEqual(words.slice(words.indexOf("--context"), words.indexOf("--outputs")), ["--context", "one", "two"]);
    const [TAG, STAGE, COMMIT] = ["v1.0.0-qa", "qa", "0".repeat(40)];
    const CHECKS = JSON.stringify([
      { name: "end-to-end", workflow: "e2e.yml" },
      { name: "smoke", workflow: "e2e.yml" },
    ]);
    folder.run("gitops.yml", "checks", /^Begin/, { CHECKS, TAG, STAGE, COMMIT, GITHUB_REPOSITORY: "contoso/shop" });
    const fields = ["--raw-field", `tag=${TAG}`, "--raw-field", `stage=${STAGE}`, "--raw-field", `commit=${COMMIT}`];
    assert.deepEqual(folder.calls("gh"), [
      ["workflow", "run", "e2e.yml", "--repo", "contoso/shop", "--ref", "main", ...fields],
    ]);
  });
});
