import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { Digest } from "../../../src/base/digest";
import { chartFiles, CheckGround, release, under } from "../../support/gitops/checkGround";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";

describeWith([REFERRERS_TOOL, "helm"], "gitops check of git repositories", () => {
  let ground: CheckGround;
  let [api, web]: Digest[] = [];
  before(async () => {
    ground = await CheckGround.begin();
    api = await ground.promote("orders/api", "v1.0.0-uat");
    web = await ground.promote("orders/web", "v1.0.0-uat");
  });
  after(() => ground.end());
  const at = (reference: string) => `${ground.host}/${reference}`;
  /** Values of which the chart makes images that were promoted. */
  const values = () => ({
    image: { repository: at("orders/api"), tag: `v1.0.0-uat@${api}` },
    wait: { image: at(`orders/web@${web}`) },
  });
  const defaults = () => `image: { repository: ${at("orders/api")}, tag: latest }\nwait: { image: busybox:1.37 }\n`;

  it("S3-14 gitops check takes charts and manifests of this very git repository alone", async () => {
    const source = (name: string, url: string) =>
      JSON.stringify({
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind: "GitRepository",
        metadata: { name },
        spec: { url },
      });
    const chart = (name: string) => ({
      spec: { chart: "./charts/inventory", sourceRef: { kind: "GitRepository", name } },
    });
    const manifests = (name: string) =>
      JSON.stringify({
        ...{ apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization", metadata: { name: "apps" } },
        spec: { path: "./", sourceRef: { kind: "GitRepository", name } },
      });
    const own = "https://github.com/company/deploy";
    const foundIn = async (name: string, url: string | undefined, address?: string) => {
      ground.write({
        ...under("charts/inventory", chartFiles(defaults())),
        "apps/inventory.yaml": release({ chart: chart(name), values: values() }),
        "apps/manifests.yaml": manifests(name),
        ...(url !== undefined && { "clusters/source.yaml": source(name, url) }),
      });
      const { report } = await ground.check([], address === undefined ? {} : { address });
      return report.findings.map(({ rule, text }) => [rule, text] as const);
    };
    const passing: readonly [name: string, url?: string, address?: string][] = [
      // Without an object it is the one that Flux stands in.
      ["flux-system"],
      ["deploy", `${own}.git`, own],
      ["deploy", "ssh://git@github.com:22/Company/deploy", own],
      ["flux-system", own, "git@github.com:company/deploy.git"],
    ];
    for (const [name, url, address] of passing) assert.deepEqual(await foundIn(name, url, address), [], url);
    const refused: readonly [name: string, url: string | undefined, address: string | undefined, why: RegExp][] = [
      ["other", "https://github.com/example/charts", own, /example\/charts", another repository than this one/],
      ["flux-system", "https://github.com/example/charts", own, /another repository/],
      ["deploy", "https://git.example.com/company/deploy", own, /another repository/],
      ["deploy", "https://github.com:8443/company/deploy", own, /another repository/],
      ["deploy", own, undefined, /which repository this checkout is of is not known; give it with --address/],
      ["deploy", "ext::sh -c id", own, /an address that is not read/],
      ["other", undefined, own, /GitRepository other is not in this repository, so nobody can tell/],
    ];
    for (const [name, url, address, why] of refused) {
      const found = await foundIn(name, url, address);
      assert.deepEqual(
        found.map(([rule]) => rule),
        ["chart-not-rendered", "manifests-elsewhere"],
        String(url),
      );
      for (const [, text] of found) assert.match(text, why);
    }
  });

  it("gitops check knows where a checkout is of by its origin, and refuses an address with a login without repeating it", async () => {
    const url = "https://github.com/company/deploy";
    const source = {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "deploy" },
      spec: { url },
    };
    ground.write({
      ...under("charts/inventory", chartFiles(defaults())),
      "apps/inventory.yaml": release({
        chart: { spec: { chart: "./charts/inventory", sourceRef: { kind: "GitRepository", name: "deploy" } } },
        values: values(),
      }),
      "source.yaml": JSON.stringify(source),
    });
    const git = (...words: string[]) => execFileSync("git", ["-C", ground.repository, ...words]);
    git("init", "--quiet");
    git("remote", "add", "origin", `${url}.git`);
    assert.deepEqual((await ground.check()).report.findings, []);
    git("remote", "set-url", "origin", "https://github.com/company/other.git");
    assert.deepEqual(
      (await ground.check()).report.findings.map(({ rule }) => rule),
      ["chart-not-rendered"],
    );
    const { code, stderr } = await ground.check([], {
      address: "https://jane:hunter2secret@github.com/company/deploy",
    });
    assert.equal(code, 2);
    assert.match(stderr, /--address .*allowed: an address of git/);
    assert.doesNotMatch(stderr, /hunter2secret/);
  });
});
