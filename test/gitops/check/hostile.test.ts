import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { digestOf } from "../../../src/base/digest";
import { renderChart } from "../../../src/gitops/check/helm";
import { chartFiles, CheckGround, deployment } from "../../support/gitops/checkGround";
import { describeWith, findTool, REFERRERS_TOOL } from "../../support/registries";

const chartRelease = (chart: object, values: object = {}): string =>
  [
    "apiVersion: helm.toolkit.fluxcd.io/v2",
    "kind: HelmRelease",
    "metadata: { name: inventory, namespace: shop }",
    `spec: ${JSON.stringify({ ...chart, values })}`,
    "",
  ].join("\n");

/** Nine anchors of nine aliases each, one in the other: a thousand million values for who follows them. */
const bomb = (key: string): string => {
  const levels = Array.from({ length: 9 }, (_, at) => {
    const inner = at === 0 ? "x" : `*b${at - 1}`;
    return `  b${at}: &b${at} [${Array(9).fill(inner).join(", ")}]`;
  });
  return [`${key}:`, ...levels, ""].join("\n");
};

describeWith([REFERRERS_TOOL, "helm"], "gitops check of what means harm", () => {
  let ground: CheckGround;
  before(async () => {
    ground = await CheckGround.begin();
  });
  after(() => ground.end());

  it("gitops check finds YAML bombs, endless aliases and types of their own, and goes on", async () => {
    const kind = "apiVersion: v1\nkind: Pod\nmetadata: { name: x }\n";
    ground.write({
      "bomb.yaml": `${kind}${bomb("spec")}image: a:1\n`,
      "circle.yaml": `${kind}spec: &a { image: *a }\n`,
      "types.yaml": `${kind}spec: { image: !!js/function "x" }\n`,
      "deep.yaml": `${kind}image: ${"[".repeat(5000)}${"]".repeat(5000)}\n`,
      "broken.yaml": `${kind}image: "unfinished\n`,
      "values.yaml": `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: x }\nspec:\n  chart: {}\n${bomb("values").replace(/^/gm, "  ")}\n`,
      "well.yaml": deployment("well", "redis:7"),
    });
    const { code, found } = await ground.check();
    assert.equal(code, 1);
    for (const file of ["bomb", "circle", "types", "deep", "broken"]) {
      assert.ok(found.includes(`manifest-unreadable ${file}.yaml:1`), `${file}: ${found.join(", ")}`);
    }
    assert.ok(found.includes("registry-unknown well.yaml:8"));
    assert.ok(found.some((line) => /^(?:manifest-unreadable|chart-not-rendered) values\.yaml/.test(line)));
  });

  it("gitops check reads nothing behind a link, and finds one that leads out", async () => {
    ground.write({ "in/api.yaml": deployment("api", "redis:7") });
    symlinkSync("in/api.yaml", join(ground.repository, "same.yaml"));
    symlinkSync("/etc", join(ground.repository, "etc"));
    symlinkSync(join(ground.dir, "outputs.json"), join(ground.repository, "out.yaml"));
    assert.deepEqual((await ground.check()).found, [
      "link-out etc:1",
      "registry-unknown in/api.yaml:8",
      "link-out out.yaml:1",
    ]);
    // A chart behind such a link is none of this repository.
    const spec = {
      chart: { spec: { chart: "./etc/chart", sourceRef: { kind: "GitRepository", name: "flux-system" } } },
    };
    ground.add({ "release.yaml": chartRelease(spec) });
    assert.deepEqual((await ground.check(["release.yaml"])).found, ["chart-not-rendered release.yaml:4"]);
  });

  it("gitops check renders no chart with a link in it, and shows a template nothing of .git", async () => {
    const secret = ground.file("secret.txt", "TOPSECRET-outside !");
    const spec = (chart: string, valuesFiles: string[] = []) => ({
      chart: { spec: { chart, sourceRef: { kind: "GitRepository", name: "flux-system" }, valuesFiles } },
    });
    const template = 'kind: Pod\nspec: { containers: [{ image: "{{ .Files.Get "s.txt" }}{{ .Values.s }}!" }] }\n';
    const chart = (folder: string, text = template) =>
      Object.fromEntries(
        Object.entries({ ...chartFiles("s: ''\n"), "templates/deployment.yaml": text }).map(([name, inner]) => [
          join(folder, name),
          inner,
        ]),
      );
    const look = async (files: string[] = []) => {
      const { stdout, stderr, report } = await ground.check(files);
      assert.ok(!`${stdout}${stderr}`.includes("TOPSECRET"), stdout);
      return report.findings.filter(({ rule }) => rule !== "link-out").map(({ rule, text }) => `${rule} ${text}`);
    };
    const linked = /^chart-not-rendered "charts\/a\/(?:s\.txt|l\.yaml|sub)" in the chart is a link or no plain file/;
    for (const [name, target] of [
      ["s.txt", secret],
      ["l.yaml", ground.file("l.yaml", "s: TOPSECRET")],
      ["sub", ground.dir],
    ] as const) {
      const valuesFiles = name === "l.yaml" ? ["charts/a/l.yaml"] : [];
      ground.write({ ...chart("charts/a"), "r.yaml": chartRelease(spec("./charts/a", valuesFiles)) });
      symlinkSync(target, join(ground.repository, "charts/a", name));
      for (const files of [[], ["r.yaml"]]) assert.match((await look(files)).join("\n"), linked, name);
    }
    const ofGit = template.replace("s.txt", ".git/config");
    ground.write({ ...chart("charts/a", ofGit), "r.yaml": chartRelease(spec("./charts/a")) });
    ground.add({ "charts/a/.git/config": "TOPSECRET" });
    assert.match((await look()).join("\n"), /^image-unreadable "!"/);
  });

  it("gitops check takes a repository of 100,000 files, and reads those that are manifests", async () => {
    ground.write({ "apps/api.yaml": deployment("api", "redis:7") });
    for (let folder = 0; folder < 100; folder += 1) {
      const path = join(ground.repository, `data-${folder}`);
      mkdirSync(path);
      for (let file = 0; file < 1000; file += 1) writeFileSync(join(path, `${file}.txt`), "");
    }
    const { report, found } = await ground.check();
    assert.deepEqual(found, ["registry-unknown apps/api.yaml:8"]);
    assert.equal(report.counts.files, 1);
  });

  const templates = async (template: string, limits = {}) => {
    const chart = join(ground.dir, `hostile-${Math.random().toString(36).slice(2)}`);
    for (const [name, text] of Object.entries({ ...chartFiles(""), "templates/deployment.yaml": template })) {
      mkdirSync(join(chart, name, ".."), { recursive: true });
      writeFileSync(join(chart, name), text);
    }
    const temp = join(ground.dir, "render");
    const command = findTool("helm") ?? "helm";
    const path = process.env["PATH"] ?? "";
    const rendering = { chart, values: {}, upgrade: false, name: "x", namespace: "x" };
    const rendered = await renderChart(rendering, {
      command,
      path,
      temp,
      kubeVersion: "1.34.0",
      apiVersions: [],
      limits,
    });
    return typeof rendered === "string" ? rendered : rendered.text;
  };

  it("renderChart ends templates that never end, that want all memory, and that print without measure", async () => {
    const endless = "{{ range $i := until 100000 }}{{ range $j := until 100000 }}{{ end }}{{ end }}";
    assert.match(await templates(endless, { timeout: 2_000 }), /it takes longer than 2 s/);
    const memory = "{{ $x := until 900000000 }}";
    assert.match(await templates(memory), /it takes more memory than allowed/);
    const huge = '{{ range until 20000 }}# {{ repeat 1000 "x" }}\n{{ end }}';
    assert.match(await templates(huge), /it renders more than 8388608 bytes/);
    const recursive = '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}';
    assert.match(await templates(recursive), /rendering template has a nested reference name|stack|recursion/i);
  });

  it("renderChart gives a chart no variable, file, cluster or network", async () => {
    process.env["GITOPS_TEST_SECRET"] = "topsecret";
    const template = [
      'kind: "{{ env "GITOPS_TEST_SECRET" }}"',
      'kind: "{{ lookup "v1" "Secret" "x" "y" }}|{{ getHostByName "localhost" }}|{{ .Files.Get "/etc/hostname" }}"',
    ];
    assert.match(await templates(template[0] ?? ""), /function \\?"env\\?" not defined/);
    assert.match(await templates(template[1] ?? ""), /kind: "map\[\]\|\|"/);
    delete process.env["GITOPS_TEST_SECRET"];
  });

  it("gitops check renders no packed chart that leads out, unpacks without end, or is another than its digest", async () => {
    const ref = (url: string, digest: string) => ({
      chart: { kind: "OCIRepository", spec: { url: `oci://${ground.host}/${url}`, ref: { digest } } },
    });
    const big = ground.pack({ ...chartFiles(""), "files/zero.txt": "0".repeat(120 * 1024 * 1024) });
    const odd = Buffer.from("no archive at all");
    for (const [name, tgz] of Object.entries({ big, odd })) {
      const digest = await ground.pushChart(`charts/${name}`, "1.0.0", tgz);
      ground.write({ "release.yaml": chartRelease(ref(`charts/${name}`, digest)) });
      assert.deepEqual((await ground.check()).found, ["chart-not-rendered release.yaml:4"], name);
    }
    ground.write({ "release.yaml": chartRelease(ref("charts/big", `sha256:${"0".repeat(64)}`)) });
    assert.deepEqual((await ground.check()).found, ["chart-not-rendered release.yaml:4"]);
  });
});

describeWith([REFERRERS_TOOL, "helm"], "gitops check of charts in an index", () => {
  let ground: CheckGround;
  let server: Server;
  let answers: Record<string, { status?: number; body?: Buffer | string; location?: string }> = {};
  const asked: string[] = [];
  before(async () => {
    ground = await CheckGround.begin();
    server = createServer((request, response) => {
      asked.push(`${request.url ?? ""} ${request.headers.authorization ?? "-"}`);
      const { status = 200, body = "", location } = answers[request.url ?? ""] ?? { status: 404 };
      response.writeHead(status, location === undefined ? {} : { location }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  after(async () => {
    server.close();
    await ground.end();
  });

  it("S4-12 gitops check renders a chart of a HelmRepository by its index, and none that is not what the index says", async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const tgz = ground.pack(chartFiles("image: { repository: redis, tag: 7 }\nwait: { image: busybox:1 }\n"));
    const digest = digestOf(tgz).replace("sha256:", "");
    // Source: helm.sh, "The Chart Repository Guide", "The index file".
    const index = (entry: object) =>
      JSON.stringify({ apiVersion: "v1", entries: { inventory: [{ name: "inventory", version: "1.2.3", ...entry }] } });
    const repository = (address: string) =>
      `apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: { name: charts }\nspec: { url: "${address}" }\n`;
    const chart = (version: string) => ({
      chart: { spec: { chart: "inventory", version, sourceRef: { kind: "HelmRepository", name: "charts" } } },
    });
    const look = async (version = "1.2.3", address = url) => {
      ground.write({ "release.yaml": chartRelease(chart(version)), "charts.yaml": repository(address) });
      const { report, code, stderr, stdout } = await ground.check();
      assert.equal(code, 1, stderr);
      assert.ok(!stdout.includes("topsecret"));
      return report.findings.map(({ rule, text, image }) => `${rule} ${image ?? text}`).sort();
    };
    answers = {
      "/index.yaml": { body: index({ urls: ["packed/inventory.tgz"], digest }) },
      "/packed/inventory.tgz": { status: 302, location: "/there.tgz" },
      "/there.tgz": { body: tgz },
    };
    const rendered = ["registry-unknown docker.io/busybox:1", "registry-unknown docker.io/redis:7"];
    const [loose, ...images] = await look();
    assert.match(loose ?? "", /^chart-not-pinned chart "inventory" 1\.2\.3 of /);
    assert.deepEqual(images, rendered);
    assert.ok(asked.every((line) => line.endsWith(" -")));
    answers["/index.yaml"] = { body: index({ urls: ["packed/inventory.tgz"], digest: "0".repeat(64) }) };
    assert.match((await look()).join(), /^chart-not-rendered .*are not those that the index names by their digest/);
    answers["/index.yaml"] = { body: index({ urls: ["http://user:topsecret@127.0.0.1/x.tgz"] }) };
    assert.match((await look()).join(), /^chart-not-rendered .*no https address without user and password/);
    answers["/index.yaml"] = { body: index({ urls: ["http://registry.example.com/x.tgz"] }) };
    assert.match((await look()).join(), /^chart-not-rendered .*refused; allowed: https/);
    answers["/index.yaml"] = { body: "entries: [" };
    assert.match((await look()).join(), /^chart-not-rendered .*index of a HelmRepository cannot be read/);
    answers["/index.yaml"] = { status: 302, location: "/index.yaml" };
    assert.match((await look()).join(), /^chart-not-rendered .*more than 3 redirects/);
    assert.match((await look("9.9.9")).join(), /^chart-not-rendered /);
    assert.match((await look("1.x")).join(), /^chart-not-rendered "1\.x" is a range of versions/);
    assert.match(
      (await look("1.2.3", "https://user:topsecret@example.com")).join(),
      /^chart-not-rendered the address of/,
    );
  });
});
