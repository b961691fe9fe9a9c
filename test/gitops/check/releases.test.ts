import assert from "node:assert/strict";
import type { Digest } from "../../../src/base/digest";
import { chartFiles, CheckGround, release, under } from "../../support/gitops/checkGround";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";

const inFolder = { spec: { chart: "./charts/inventory", sourceRef: { kind: "GitRepository", name: "flux-system" } } };

describeWith([REFERRERS_TOOL, "helm"], "gitops check of releases", () => {
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
  const named = async (...args: Parameters<CheckGround["check"]>) => {
    const { report, code, stderr } = await ground.check(...args);
    assert.ok(code < 2, stderr);
    return report.findings.map(({ rule, file, line, image = "", text }) => [rule, `${file}:${line}`, image || text]);
  };

  it("S4-12 S3-14 gitops check renders the chart of a folder, so that its default images count", async () => {
    ground.write({
      ...under("charts/inventory", chartFiles(defaults())),
      "apps/inventory.yaml": release({ chart: inFolder, values: { image: values().image } }),
    });
    assert.deepEqual(await named(), [["registry-unknown", "apps/inventory.yaml:4", "docker.io/busybox:1.37"]]);
    ground.add({ "apps/inventory.yaml": release({ chart: inFolder, values: values() }) });
    const { code, report } = await ground.check();
    assert.equal(code, 0);
    assert.equal(report.counts.releases, 1);
    assert.deepEqual(
      report.images.map(({ image, state }) => [image, state]),
      [
        [at(`orders/api:v1.0.0-uat@${api}`), "ok"],
        [at(`orders/web@${web}`), "ok"],
      ],
    );
  });

  it("S4-12 gitops check renders a chart from a registry: by OCIRepository, by HelmRepository, in the release itself", async () => {
    const digest = await ground.pushChart("charts/inventory", "1.2.3", ground.pack(chartFiles(defaults())));
    const oci = (ref: object) =>
      [
        "apiVersion: source.toolkit.fluxcd.io/v1",
        "kind: OCIRepository",
        "metadata: { name: inventory, namespace: shop }",
        `spec: ${JSON.stringify({ interval: "1m", url: `oci://${at("charts/inventory")}`, ref })}`,
        "",
      ].join("\n");
    const helm = [
      "apiVersion: source.toolkit.fluxcd.io/v1",
      "kind: HelmRepository",
      "metadata: { name: charts, namespace: shop }",
      `spec: { type: oci, url: "oci://${at("charts")}" }`,
      "",
    ].join("\n");
    const chartRef = { kind: "OCIRepository", name: "inventory" };
    const busybox = ["registry-unknown", "apps/inventory.yaml:4", "docker.io/busybox:1.37"];
    const loose = (name: string) => [
      "chart-not-pinned",
      "apps/inventory.yaml:4",
      `${at("charts/inventory")}${name} may be another chart tomorrow; name it by its digest`,
    ];
    const spec = { chartRef, values: { image: values().image } };
    ground.write({ "apps/inventory.yaml": release(spec), "sources/inventory.yaml": oci({ digest }) });
    assert.deepEqual(await named(), [busybox]);
    ground.add({ "sources/inventory.yaml": oci({ tag: "1.2.3" }) });
    assert.deepEqual(await named(), [loose(":1.2.3"), busybox]);
    const sourceRef = { kind: "HelmRepository", name: "charts" };
    const chart = { spec: { chart: "inventory", version: "1.2.3", sourceRef } };
    ground.write({ "apps/inventory.yaml": release({ ...spec, chartRef: undefined, chart }), "charts.yaml": helm });
    assert.deepEqual(await named(), [loose(":1.2.3"), busybox]);
    const own = { kind: "OCIRepository", spec: { url: `oci://${at("charts/inventory")}`, ref: { digest } } };
    ground.write({ "apps/inventory.yaml": release({ ...spec, chartRef: undefined, chart: own }) });
    assert.deepEqual(await named(), [busybox]);
  });

  it("S4-12 gitops check puts values together as Flux does: references in their order, then the release's own", async () => {
    const map = (name: string, text: string) =>
      ["apiVersion: v1", "kind: ConfigMap", `metadata: { name: ${name}, namespace: shop }`, `data: ${text}`, ""].join(
        "\n",
      );
    const secret = Buffer.from(JSON.stringify({ wait: { image: at(`orders/web@${web}`) } })).toString("base64");
    ground.write({
      ...under("charts/inventory", chartFiles(defaults())),
      "apps/uat/inventory.yaml": release({
        chart: inFolder,
        valuesFrom: [
          { kind: "ConfigMap", name: "base" },
          { kind: "Secret", name: "over" },
          { kind: "ConfigMap", name: "tags", valuesKey: "tag", targetPath: "image.tag" },
        ],
        values: { image: { repository: at("orders/api") } },
      }),
      "apps/uat/base.yaml": map(
        "base",
        JSON.stringify({ "values.yaml": "image: { repository: x/y, tag: z }\nwait: { image: a:b }" }),
      ),
      "apps/uat/over.yaml": `apiVersion: v1\nkind: Secret\nmetadata: { name: over, namespace: shop }\ndata: { values.yaml: ${secret} }\n`,
      "apps/uat/tags.yaml": map("tags", JSON.stringify({ tag: `v1.0.0-uat@${api}` })),
      // Another environment has the same names; its file is further away.
      "apps/prod/tags.yaml": map("tags", JSON.stringify({ tag: "v0.9.0" })),
    });
    assert.deepEqual(await named(["apps/uat"]), []);
  });

  it("S3-14 gitops check says what decides elsewhere, and does not pass it", async () => {
    const chart = under("charts/inventory", chartFiles(defaults()));
    const file = "apps/inventory.yaml";
    const cases: [object, RegExp][] = [
      [
        { chart: inFolder, values: values(), valuesFrom: [{ kind: "Secret", name: "gone", optional: true }] },
        /^values-elsewhere .*Secret gone is not in this repository/,
      ],
      [
        { chart: inFolder, values: values(), valuesFrom: [{ kind: "Secret", name: "sealed" }] },
        /^values-elsewhere .*Secret sealed is encrypted/,
      ],
      [
        { chart: inFolder, values: values(), valuesFrom: [{ kind: "Secret", name: "plain", targetPath: "a[0]" }] },
        /^values-elsewhere .*targetPath "a\[0\]" is not read/,
      ],
      [
        { chart: inFolder, values: values(), postRenderers: [{ kustomize: { patches: [{ patch: "x" }] } }] },
        /^image-elsewhere .*patches of Kustomize/,
      ],
      [
        { chartRef: { kind: "ExternalArtifact", name: "x" }, values: values() },
        /^chart-not-rendered .*"ExternalArtifact" is not looked into/,
      ],
      [
        { chartRef: { kind: "OCIRepository", name: "x" }, values: values() },
        /^chart-not-rendered .*OCIRepository x is not in this repository/,
      ],
      [
        { chart: { spec: { ...inFolder.spec, chart: "./charts/gone" } }, values: values() },
        /^chart-not-rendered .*no chart "\.\/charts\/gone"/,
      ],
      [
        { chart: { spec: { ...inFolder.spec, chart: "../outside" } }, values: values() },
        /^chart-not-rendered .*no chart "\.\.\/outside"/,
      ],
      [{ chart: inFolder, values: { image: null } }, /^chart-not-rendered .*nil pointer/],
      [
        { chart: { spec: { url: "oci://user:topsecret@registry.example.com/x" } } },
        /^chart-not-rendered .*no oci:\/\/ address without user and password/,
      ],
      [{ chart: inFolder, values: values(), releaseName: "-x" }, /^chart-not-rendered .*"-x" is no name/],
      [{ chart: inFolder, values: "x" }, /^chart-not-rendered .*spec\.values/],
    ];
    const sops = `apiVersion: v1\nkind: Secret\nmetadata: { name: sealed }\ndata: { values.yaml: x }\nsops: { version: 3 }\n`;
    const plain = "apiVersion: v1\nkind: Secret\nmetadata: { name: plain }\nstringData: { values.yaml: x }\n";
    for (const [spec, expected] of cases) {
      ground.write({ ...chart, [file]: release(spec), "s.yaml": sops, "p.yaml": plain });
      const { code, report, stdout } = await ground.check();
      assert.equal(code, 1, stdout);
      const lines = report.findings.map(({ rule, text }) => `${rule} ${text}`);
      assert.ok(
        lines.some((line) => expected.test(line)),
        `${String(expected)}:\n${lines.join("\n")}`,
      );
      assert.ok(!stdout.includes("topsecret"));
    }
  });

  it("S3-14 gitops check judges what a post-renderer of images leaves, and manifests of an artifact are a finding", async () => {
    const images = [{ name: "busybox", newName: at("orders/web"), digest: web }];
    ground.write({
      ...under("charts/inventory", chartFiles(defaults())),
      "apps/inventory.yaml": release({
        chart: inFolder,
        values: { image: values().image },
        postRenderers: [{ kustomize: { images } }],
      }),
    });
    const { report } = await ground.check();
    assert.deepEqual(
      report.findings.map(({ rule }) => rule),
      [],
    );
    ground.write({
      "artifact.yaml":
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: apps }\nspec: { path: ./, sourceRef: { kind: OCIRepository, name: apps } }\n",
    });
    assert.deepEqual(await named(), [
      [
        "manifests-elsewhere",
        "artifact.yaml:1",
        'its manifests are not looked into: they are those of OCIRepository "apps"',
      ],
    ]);
  });

  it("S4-12 gitops check renders what Flux renders: upgrades, files of values in place of the chart's, no value of two readings", async () => {
    const files = chartFiles("hardened: true\n");
    const look = async (template: string, spec: object, added: Record<string, string> = {}) => {
      const text = `apiVersion: v1\nkind: Pod\nspec: { containers: [{ image: "${template}" }] }\n`;
      const chart = under("charts/inventory", { ...files, "templates/deployment.yaml": text });
      ground.write({ ...chart, "r.yaml": release({ chart: inFolder, ...spec }), ...added });
      const { report } = await ground.check();
      return report.findings.map(({ rule, image, text: why }) => `${rule} ${image ?? why}`);
    };
    const good = at(`orders/api@${api}`);
    const evil = ["registry-unknown docker.io/evil:1"];
    assert.deepEqual(await look(`{{ if .Release.IsUpgrade }}evil:1{{ else }}${good}{{ end }}`, {}), evil);
    assert.deepEqual(await look(`{{ if .Release.IsInstall }}evil:1{{ else }}${good}{{ end }}`, {}), evil);
    const hardened = `{{ if .Values.hardened }}${good}{{ else }}evil:1{{ end }}`;
    assert.deepEqual(await look(hardened, {}), []);
    const chart = { spec: { ...inFolder.spec, valuesFiles: ["values-prod.yaml"] } };
    assert.deepEqual(await look(hardened, { chart }, { "values-prod.yaml": "replicas: 3\n" }), evil);
    for (const value of ["off", "Yes", "0123", "1_000"]) {
      const map = `kind: ConfigMap\nmetadata: { name: v }\ndata: { values.yaml: "hardened: ${value}" }\n`;
      const twice = new RegExp(`-(?:elsewhere|rendered) .*: "${value}" has two readings`);
      assert.match((await look(hardened, { chart }, { "values-prod.yaml": `hardened: ${value}\n` })).join(), twice);
      const valuesFrom = [{ kind: "ConfigMap", name: "v" }];
      assert.match((await look(hardened, { valuesFrom }, { "v.yaml": map })).join(), twice);
      const own = release({ chart: inFolder, values: { hardened: 1 } }).replace('"hardened":1', `"hardened": ${value}`);
      assert.match((await look(hardened, {}, { "r.yaml": own })).join(), twice);
    }
  });

  it("S4-12 gitops check renders a release however its kind is written, and finds what another object makes", async () => {
    const chart = under("charts/inventory", chartFiles(defaults()));
    const text = release({ chart: inFolder, values: { image: values().image } });
    for (const kind of [
      "kind: &k HelmRelease",
      'kind: "Helm\\u0052elease"',
      "kind:\n  HelmRelease",
      "? kind\n: HelmRelease",
    ]) {
      ground.write({ ...chart, "r.yaml": text.replace("kind: HelmRelease", kind) });
      const { report } = await ground.check();
      assert.ok(
        report.findings.some(({ image }) => image === "docker.io/busybox:1.37"),
        kind,
      );
    }
    const nested = { kind: "HelmRelease", metadata: { name: "x" }, spec: { chart: inFolder } };
    const unseen: [string, string][] = [
      [text.replace("name: inventory", "name: 5"), "chart-not-rendered"],
      [
        `kind: ResourceSet\nmetadata: { name: x }\nspec: ${JSON.stringify({ resources: [nested] })}\n`,
        "manifests-elsewhere",
      ],
      ["kind: ResourceSet\nmetadata: { name: x }\nspec: { resourcesTemplate: 'kind: Pod' }\n", "manifests-elsewhere"],
    ];
    for (const [file, rule] of unseen) {
      ground.write({ ...chart, "r.yaml": file });
      const { report } = await ground.check();
      assert.ok(
        report.findings.some((finding) => finding.rule === rule),
        `${file}\n${JSON.stringify(report.findings)}`,
      );
    }
    // What a Kustomization only waits for is no release of its own.
    const healthChecks = [{ apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", name: "x", namespace: "y" }];
    const spec = JSON.stringify({ healthChecks, sourceRef: { kind: "GitRepository", name: "flux-system" } });
    ground.write({
      "k.yaml": `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: x }\nspec: ${spec}\n`,
    });
    assert.deepEqual((await ground.check()).found, []);
  });

  it("S3-14 gitops check applies a post-renderer's images as Kustomize does: in turn, by patterns, to containers, never to hooks", async () => {
    const good = { newName: at("orders/web"), digest: web };
    const chart = under("charts/inventory", chartFiles(defaults()));
    const job = (annotation: string, kind = "Job") =>
      `apiVersion: batch/v1\nkind: ${kind}\nmetadata: { name: job${annotation} }\nspec: { template: { spec: { containers: [{ name: a, image: evil }] } } }\n`;
    const resource = "apiVersion: example.com/v1\nkind: Engine\nmetadata: { name: x }\nspec: { image: evil }\n";
    const cases: [object[], Record<string, string>, string[]][] = [
      [[{ name: "busybox", ...good }], {}, []],
      [
        [
          { name: ".*", newName: "evil" },
          { name: "busybox", ...good },
        ],
        {},
        ["image-elsewhere"],
      ],
      [
        [
          { name: "busybox", ...good },
          { name: at("orders/web"), newName: "evil" },
        ],
        {},
        ["registry-unknown"],
      ],
      [
        [
          { name: "busybox", ...good },
          { name: "evil", ...good },
        ],
        { "job.yaml": job("") },
        [],
      ],
      [
        [
          { name: "busybox", ...good },
          { name: "evil", ...good },
        ],
        { "job.yaml": job(", annotations: { helm.sh/hook: pre-install }") },
        ["registry-unknown"],
      ],
      [
        [
          { name: "busybox", ...good },
          { name: "evil", ...good },
        ],
        { "engine.yaml": resource },
        ["registry-unknown"],
      ],
    ];
    for (const [images, templates, expected] of cases) {
      const spec = { chart: inFolder, values: { image: values().image }, postRenderers: [{ kustomize: { images } }] };
      ground.write({
        ...chart,
        ...under("charts/inventory/templates", templates),
        "apps/inventory.yaml": release(spec),
      });
      assert.deepEqual(
        (await named()).map(([rule]) => rule),
        expected,
        JSON.stringify([images, templates]),
      );
    }
  });

  it("S4-12 gitops check takes no values of another kustomization, of none that is checked, or of a generator", async () => {
    const map = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: v }\ndata: { values.yaml: "{}" }\n`;
    const spec = { chart: inFolder, values: values(), valuesFrom: [{ kind: "ConfigMap", name: "v" }] };
    const files = { ...under("charts/inventory", chartFiles(defaults())), "apps/uat/r.yaml": release(spec) };
    const check = async (more: Record<string, string>, scope: readonly string[]) => {
      ground.write({ ...files, ...more });
      return (await named(scope)).map(([rule, , text]) => `${rule} ${text}`);
    };
    const dev = { "apps/dev/cm.yaml": map };
    const generator = {
      "apps/uat/kustomization.yaml": "resources: [r.yaml]\nconfigMapGenerator: [{ name: v, literals: [a=b] }]",
    };
    const two = {
      "apps/uat/kustomization.yaml": "resources: [r.yaml]",
      "apps/dev/kustomization.yaml": "resources: [cm.yaml]",
    };
    assert.match(
      (await check(dev, ["apps/uat"])).join(),
      /^values-elsewhere ConfigMap v stands in apps\/dev\/cm.yaml, which is not among/,
    );
    assert.match(
      (await check({ ...dev, ...generator }, [])).join(),
      /^values-elsewhere ConfigMap v is made by a generator in apps\/uat/,
    );
    assert.match(
      (await check({ ...dev, ...two }, [])).join(),
      /^values-elsewhere .*which no kustomization deploys with/,
    );
    const same = { "apps/uat/kustomization.yaml": "resources: [r.yaml, ../base]", "apps/base/cm.yaml": map };
    assert.deepEqual(await check(same, ["apps/uat"]), []);
  });

  it("gitops check says that there is no Helm, and what to do", async () => {
    ground.write({
      ...under("charts/inventory", chartFiles(defaults())),
      "apps/inventory.yaml": release({ chart: inFolder, values: values() }),
    });
    const { code, stderr } = await ground.check([], { helm: "no-such-helm" });
    assert.equal(code, 2);
    assert.match(stderr, /^USAGE Helm "no-such-helm": not found; install Helm 3, or name it with --helm/);
  });
});
