import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Digest } from "../../../src/base/digest";
import { readKustomization } from "../../../src/gitops/check/kustomization";
import { chartFiles, CheckGround, deployment } from "../../support/gitops/checkGround";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";

describeWith([REFERRERS_TOOL], "gitops check of manifests", () => {
  let ground: CheckGround;
  let api: Digest;
  before(async () => {
    ground = await CheckGround.begin();
    api = await ground.promote("orders/api", "v1.0.0-uat");
  });
  after(() => ground.end());
  const at = (reference: string) => `${ground.host}/${reference}`;

  it("S3-14 gitops check passes what was promoted to the stage and is pinned, and says why", async () => {
    ground.write({
      "apps/api.yaml": deployment("api", at(`orders/api:v1.0.0-uat@${api}`)),
      "README.md": "image: nobody/reads:this\n",
      "values.yaml": "image: nobody/deploys:this\n",
    });
    const { code, report } = await ground.check();
    assert.equal(code, 0);
    const [{ evidence = "", ...image } = assert.fail(), ...others] = report.images;
    assert.match(evidence, /^promoted from qa at 2026-11-03T00:00:00Z, signed by key [0-9a-f]+$/);
    assert.deepEqual(
      [image, ...others],
      [
        {
          ...{ image: at(`orders/api:v1.0.0-uat@${api}`), class: "secure", digest: api, uses: 1, state: "ok" },
        },
      ],
    );
    assert.deepEqual(report.counts, { files: 2, releases: 0, images: 1, errors: 0, warnings: 0 });
  });

  it("S3-14 gitops check finds each way in which an image is not what was promoted", async () => {
    const [pushed, dev] = [
      await ground.push("orders/api", "pushed"),
      await ground.promote("orders/api", "dev", { edge: { from: "dev", to: "qa" } }),
    ];
    const none = `sha256:${"0".repeat(64)}`;
    const cases = {
      "no-record.yaml": ["evidence-missing", at(`orders/api@${pushed}`)],
      "of-another-stage.yaml": ["evidence-missing", at(`orders/api@${dev}`)],
      "tag.yaml": ["digest-missing", at("orders/api:v1.0.0-uat")],
      "gone.yaml": ["image-missing", at(`orders/api@${none}`)],
      "stage-before.yaml": ["registry-of-another-stage", `qa.example.com/orders/api@${api}`],
      "hub.yaml": ["registry-unknown", "redis:7"],
      "elsewhere.yaml": ["registry-unknown", `ghcr.io/company/orders/api@${api}`],
      "unmapped.yaml": ["repository-unmapped", at(`orders/unknown@${api}`)],
      "substituted.yaml": ["image-elsewhere", at("orders/api:${TAG}")],
      "secret.yaml": ["image-unreadable", `https://user:topsecret@${at("orders/api:v1")}`],
    };
    ground.write(
      Object.fromEntries(Object.entries(cases).map(([file, [, image]]) => [file, deployment("x", image ?? "")])),
    );
    const { code, stdout, found } = await ground.check();
    assert.equal(code, 1);
    assert.ok(stdout.includes(`is named by its digest: ${at("orders/api:v1.0.0-uat")}@${api}`), stdout);
    const expected = Object.entries(cases).map(([file, [rule]]) => `${rule} ${file}:8`);
    assert.deepEqual([...found].sort(), expected.sort());
    assert.ok(!stdout.includes("topsecret"));
  });

  it("S3-14 gitops check takes an image by the registry of its class alone", async () => {
    const web = await ground.promote("orders/web", "v1.0.0-uat");
    const { secure, standard } = ground.outputs.registries;
    const registries = {
      secure: { ...secure, namespace: "secure" },
      standard: { ...standard, namespace: "standard" },
    };
    ground.write({ "web.yaml": deployment("web", at(`secure/orders/web@${web}`)) });
    const { found } = await ground.check([], { outputs: { ...ground.outputs, registries } as never });
    assert.deepEqual(found, ["class-wrong web.yaml:8"]);
    ground.write({ "web.yaml": deployment("web", at(`orders/web@${web}`)) });
    assert.equal((await ground.check()).code, 0);
  });

  it("S3-14 gitops check reads every container, what a custom resource calls an image, and lists of objects", async () => {
    const image = at(`orders/api@${api}`);
    ground.write({
      "all.yaml": [
        "apiVersion: v1",
        "kind: Pod",
        "metadata: { name: all }",
        "spec:",
        "  initContainers: [{ name: a, image: one:1 }]",
        "  containers: [{ name: b, image: two:2 }]",
        "  ephemeralContainers: [{ name: c, image: three:3 }]",
        "---",
        "apiVersion: example.com/v1",
        "kind: Cluster",
        "metadata: { name: custom }",
        "spec: { image: four:4, exporter: { sidecarImage: five:5 } }",
        "---",
        "apiVersion: v1",
        "kind: List",
        `items: [{ apiVersion: v1, kind: Pod, metadata: { name: x }, spec: { containers: [{ name: a, image: "${image}" }, { name: b, image: six:6 }] } }]`,
        "",
      ].join("\n"),
    });
    const { report } = await ground.check();
    const named = report.findings.map(({ rule, image: of }) => `${rule} ${of}`);
    const expected = ["one:1", "two:2", "three:3", "four:4", "five:5", "six:6"].map(
      (each) => `registry-unknown docker.io/${each}`,
    );
    assert.deepEqual(named.sort(), expected.sort());
    assert.equal(report.images.find((each) => each.image === image)?.state, "ok");
  });

  it("S3-14 gitops check reads a manifest however it is written, and no text that is no UTF-8", async () => {
    const pod =
      '"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[{"name":"a","image":"evil:1"}]}';
    const block = deployment("x", "evil:1");
    const cases: Record<string, string> = {
      "line.json": `{${pod}}`,
      "flow.yaml": "{ apiVersion: v1, kind: Pod, metadata: { name: x }, spec: { containers: [{ image: evil:1 }] } }\n",
      "anchor.yaml": block.replace("kind: Deployment", "kind: &k Deployment"),
      "tag.yaml": block.replace("kind: Deployment", "!!str kind: Deployment"),
      "explicit.yaml": block.replace("kind: Deployment", "? kind\n: Deployment"),
      "escaped-key.yaml": block.replace("image:", '"im\\u0061ge":'),
      "escaped-kind.yaml": block.replace("kind:", '"k\\x69nd":'),
      "folded.yaml": block.replace("kind:", '"ki\\\n  nd":').replace("image:", '"im\\x61ge":'),
      "list.json": `{"apiVersion":"v1","kind":"PodList","items":[{${pod.replace('"kind":"Pod",', "")}}]}`,
    };
    for (const [file, text] of Object.entries(cases)) {
      ground.write({ [file]: text });
      const { found } = await ground.check();
      assert.ok(/^(?:registry-unknown|manifest-unreadable) /.test(found.join()), `${file}: ${found.join()}`);
    }
    ground.write({ "x.yaml": "" });
    for (const text of [Buffer.from(`\ufeff${block}`, "utf16le"), Buffer.from(`${block}# \xe4`, "latin1")]) {
      writeFileSync(join(ground.repository, "x.yaml"), text);
      assert.deepEqual((await ground.check()).found, ["manifest-unreadable x.yaml:1"]);
    }
    // A document without a kind deploys nothing, also beside one that does, and a template with no kind is no manifest.
    const own = deployment("api", at(`orders/api@${api}`));
    ground.write({ "both.yaml": `image: evil:1\n---\n${own}`, "part.yaml": "image: {{ .image }}\n" });
    assert.deepEqual((await ground.check()).found, []);
  });

  it("gitops check takes no longer than a file is long", () => {
    const text = `image: x\n${"\n".repeat(400_000)}path: /x\nop: add\n`;
    assert.deepEqual(readKustomization("kustomization.yaml", text, () => undefined).decides, []);
  });

  it("gitops check checks the files and folders that are named, and refuses others", async () => {
    ground.write({
      "uat/api.yaml": deployment("api", at(`orders/api@${api}`)),
      "uat-old/api.yaml": deployment("api", "redis:7"),
    });
    assert.deepEqual((await ground.check(["uat"])).found, []);
    assert.deepEqual((await ground.check(["uat", "uat-old/api.yaml"])).found, ["registry-unknown uat-old/api.yaml:8"]);
    for (const wrong of ["prod", "../", "/etc", "uat/../../x"]) {
      const { code, stderr } = await ground.check([wrong]);
      assert.equal(code, 2, wrong);
      assert.match(stderr, /^USAGE .*not in the repository/);
    }
  });

  it("gitops check asks a registry three times at most of an image, for nothing twice, and reads each record once", async () => {
    const images = await Promise.all(
      Array.from({ length: 5 }, (_, at) =>
        ground.promote(at % 2 === 0 ? "orders/api" : "orders/web", `v2.0.${at}-uat`),
      ),
    );
    const name = (nth: number) => (nth % 2 === 0 ? "orders/api" : "orders/web");
    const names = images.flatMap((digest, nth) => [
      at(`${name(nth)}@${digest}`),
      // The same by another name.
      at(`${name(nth)}:v2.0.${nth}-uat@${digest}`),
    ]);
    ground.write(
      Object.fromEntries(
        Array.from({ length: 40 }, (_, nth) => [`app-${nth}.yaml`, deployment("x", names[nth % 10] ?? "")]),
      ),
    );
    const before = ground.proxy.requests.length;
    const { code, report } = await ground.check();
    assert.equal(code, 0);
    assert.deepEqual(
      report.images.map(({ uses }) => uses),
      Array<number>(10).fill(4),
    );
    const asked = ground.proxy.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
    assert.equal(new Set(asked).size, asked.length, "something was asked for twice");
    for (const digest of images) {
      const own = asked.filter((line) => line.includes(digest));
      assert.ok(own.length <= 3 && own.length >= 2, own.join("\n"));
    }
    // The manifest and the one blob of each record.
    assert.ok(asked.length <= 5 * (2 + 2), asked.join("\n"));
  });

  it("gitops check prints a table and SARIF that show what was found", async () => {
    ground.write({ "a b/api.yaml": deployment("api", "redis:7") });
    const table = await ground.check([], { format: "table" });
    assert.match(table.stdout, /^error {2}- {2}docker\.io\/redis:7 {2}-$/m);
    assert.match(
      table.stdout,
      /^error {2}registry-unknown {2}a b\/api\.yaml:8 {2}Deployment api: docker\.io\/redis:7\n {2}docker\.io is no registry of uat/m,
    );
    assert.match(table.stdout, /^uat: 1 image in 1 file and 0 releases; 1 error, 0 warnings$/m);
    const sarif = await ground.check([], { format: "sarif" });
    const log = JSON.parse(sarif.stdout) as { runs: [{ results: [{ ruleId: string; locations: [object] }] }] };
    const [result] = log.runs[0].results;
    assert.equal(result.ruleId, "registry-unknown");
    assert.deepEqual(result.locations[0], {
      physicalLocation: {
        artifactLocation: { uri: "a%20b/api.yaml", uriBaseId: "%SRCROOT%" },
        region: { startLine: 8 },
      },
    });
    assert.equal(sarif.stderr, "uat: 1 image in 1 file and 0 releases; 1 error, 0 warnings\n");
  });

  it("gitops check takes another name of the stage, and no other stage", async () => {
    ground.write({ "values.yaml": "" });
    assert.equal((await ground.check([], { stage: "staging" })).code, 0);
    const { code, stderr } = await ground.check([], { stage: "prod" });
    assert.equal(code, 2);
    assert.match(stderr, /--stage "prod": the outputs are those of uat/);
  });

  it("gitops check refuses to check nothing", async () => {
    ground.write({ "README.md": "", "docs/x.md": "", "apps/api.yaml": deployment("api", at(`orders/api@${api}`)) });
    const named = await ground.check(["docs", "README.md"]);
    assert.equal(named.code, 2);
    assert.match(named.stderr, /^USAGE "docs", "README\.md": no manifest in it, so nothing is checked/);
    // A chart at the top takes all for its own.
    ground.write({ "Chart.yaml": "name: x\n", "apps/api.yaml": deployment("api", "evil:1") });
    assert.equal((await ground.check()).code, 2);
    ground.write({});
    assert.equal((await ground.check()).code, 2);
  });

  it("gitops check sets a commit status that a promoter can ask for, and nothing without a token", async () => {
    const posts: unknown[] = [];
    // Source: GitHub documentation, REST API, "Create a commit status".
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        posts.push([`${request.method ?? ""} ${request.url ?? ""}`, JSON.parse(body)]);
        response.writeHead(201, { "content-type": "application/json" }).end('{"id":1}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const variables = { GITHUB_TOKEN: "a-token", GITHUB_API_URL: url };
      const commit = "0123456789abcdef0123456789abcdef01234567";
      const asked = { status: "company/deploy", commit };
      ground.write({ "api.yaml": deployment("api", at(`orders/api@${api}`)) });
      assert.equal((await ground.check([], asked, variables)).code, 0);
      ground.write({ "api.yaml": deployment("api", "redis:7") });
      assert.equal((await ground.check([], asked, variables)).code, 1);
      const status = (state: string, description: string) => [
        `POST /repos/company/deploy/statuses/${commit}`,
        { context: "dualreg/gitops-check/uat", state, description },
      ];
      assert.deepEqual(posts, [
        status("pending", "uat: the check runs"),
        status("success", "uat: 1 image in 1 file and 0 releases; 0 errors, 0 warnings"),
        status("pending", "uat: the check runs"),
        status("failure", "uat: 1 image in 1 file and 0 releases; 1 error, 0 warnings"),
      ]);
      ground.write({
        "r.yaml":
          "kind: HelmRelease\nmetadata: { name: x }\nspec: { chart: { spec: { chart: ./c, sourceRef: { kind: GitRepository, name: flux-system } } } }\n",
        ...Object.fromEntries(Object.entries(chartFiles("")).map(([name, text]) => [`c/${name}`, text])),
      });
      assert.equal((await ground.check([], { ...asked, helm: "no-such-helm" }, variables)).code, 2);
      assert.deepEqual(posts.slice(4), [
        status("pending", "uat: the check runs"),
        status("error", "uat: the check did not end"),
      ]);
      const refused = await Promise.all([
        ground.check([], asked),
        ground.check([], { status: "company/deploy" }, variables),
        ground.check([], { ...asked, commit: "main" }, variables),
        ground.check([], { ...asked, status: "deploy" }, variables),
      ]);
      for (const { code, stdout } of refused) assert.deepEqual([code, stdout], [2, ""]);
      assert.equal(posts.length, 6);
    } finally {
      server.close();
    }
  });
});
