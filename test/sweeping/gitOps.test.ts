import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { dump } from "js-yaml";
import { type Deployed, deployedIn } from "../../src/sweeping/deployed";
import { readGitOps } from "../../src/sweeping/gitOps";
import { DIGEST, refuses } from "../support/signing/samples";

const MAP = ["orders/api", "orders/web"];

const folder = mkdtempSync(join(tmpdir(), "dualreg-gitops-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
function checkout(files: Record<string, string | Buffer>): string {
  const path = join(folder, String(count++));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(path, file, ".."), { recursive: true });
    writeFileSync(join(path, file), content);
  }
  return path;
}
const read = (files: Record<string, string | Buffer>): Deployed => readGitOps(checkout(files), MAP);
const runs = (deployed: Deployed, repository = "orders/api"): string[] => {
  const { digests, tags } = deployedIn(repository, [deployed]);
  return [...digests, ...tags].sort();
};
const stopped = (deployed: Deployed): string[] => deployed.unresolved.map(({ repository }) => repository);

/** What may stand in front of a repository. */
const PREFIXES = [
  ...["", "registry.example.com/", "localhost:5000/", "oci://registry.example.com/", "mirror.example.com/qa/"],
  ...["${REGISTRY}/", "$REGISTRY/", "$(REGISTRY)/", "${REGISTRY:-localhost:5000}/", "%REGISTRY%/", "<registry>/"],
  ...[
    "{{ .Values.global.registry }}/",
    '{{ .Values.registry | default "x" }}/',
    "{{- $registry -}}/",
    "[[ registry ]]/",
  ],
];

type Form = (prefix: string, repository: string, tag: string) => Record<string, string | Buffer>;

const json = (value: unknown) => JSON.stringify(value, null, 2);
const values = (prefix: string, repository: string, tag: string) => ({
  api: { image: { repository: `${prefix}${repository}`, tag } },
});
const application = (helm: object) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  spec: { source: { repoURL: "https://git.example.com/shop/orders", helm } },
});

/** The reference as one text. */
const WHOLE: Record<string, Form> = {
  manifest: (p, r, t) => ({ "a.yaml": dump({ spec: { containers: [{ name: "api", image: `${p}${r}:${t}` }] } }) }),
  "second document": (p, r, t) => ({ "a.yaml": `kind: Namespace\n---\n${dump({ image: `${p}${r}:${t}` })}` }),
  json: (p, r, t) => ({ "a.json": json({ image: `${p}${r}:${t}` }) }),
  "json with escapes": (p, r, t) => ({ "a.json": json({ any: `${p}${r}:${t}` }).replaceAll("/", "\\/") }),
  json5: (p, r, t) => ({ "a.json5": `// images\n{ any: '${p}${r}:${t}', }\n` }),
  env: (p, r, t) => ({ ".env": `IMAGE=${p}${r}:${t}\n` }),
  "compose command": (p, r, t) => ({ "c.yaml": dump({ command: ["run", "--image", `${p}${r}:${t}`] }) }),
  template: (p, r, t) => ({ "templates/a.yaml": `{{- if .Values.on }}\n  image: "${p}${r}:${t}"\n{{- end }}\n` }),
  helper: (p, r, t) => ({ "_helpers.tpl": `{{- define "image" -}}\n${p}${r}:${t}\n{{- end -}}\n` }),
  "argo block": (p, r, t) => ({ "a.yaml": dump(application({ values: dump({ image: `${p}${r}:${t}` }) })) }),
  "script in a block": (p, r, t) => ({
    "a.yaml": dump({ data: { "run.sh": `#!/bin/sh\ndocker run ${p}${r}:${t}\n` } }),
  }),
  "json in a block": (p, r, t) => ({ "a.yaml": dump({ data: { "x.json": json({ image: `${p}${r}:${t}` }) } }) }),
  jsonnet: (p, r, t) => ({ "a.jsonnet": `local image = '${p}${r}:${t}';\n{ image: image }\n` }),
  "file without an ending": (p, r, t) => ({ Dockerfile: `FROM ${p}${r}:${t}\n` }),
  "utf-16": (p, r, t) => ({ "a.yaml": Buffer.from(`\ufeffimage: "${p}${r}:${t}"\n`, "utf16le") }),
  "packed chart": (p, r, t) => ({ "charts/a.tgz": gzipSync(`values.yaml\0\0image: "${p}${r}:${t}"\n\0`) }),
};

/** Repository and tag in fields of their own. */
const PARTS: Record<string, Form> = {
  values: (p, r, t) => ({ "values.yaml": dump(values(p, r, t)) }),
  "values in json": (p, r, t) => ({ "values.json": json(values(p, r, t)) }),
  registry: (p, r, t) => ({ "v.yaml": dump({ image: { registry: p.replace(/\/$/, ""), repository: r, tag: t } }) }),
  imageTag: (p, r, t) => ({ "v.yaml": dump({ api: { image: `${p}${r}`, imageTag: t } }) }),
  "tag above": (p, r, t) => ({ "v.yaml": dump({ api: { image: { name: "x", repository: `${p}${r}` }, tag: t } }) }),
  kustomize: (p, r, t) => ({
    "kustomization.yaml": dump({ images: [{ name: "api", newName: `${p}${r}`, newTag: t }] }),
  }),
  "kustomize by name": (p, r, t) => ({ "k.yaml": dump({ images: [{ name: `${p}${r}`, newTag: t }] }) }),
  "kustomize in json": (p, r, t) => ({ "k.json": json({ images: [{ name: `${p}${r}`, newTag: t }] }) }),
  flux: (p, r, t) => ({ "h.yaml": dump({ kind: "HelmRelease", spec: { values: values(p, r, t) } }) }),
  "argo parameters": (p, r, t) => ({
    "a.yaml": dump(
      application({
        parameters: [
          { name: "api.image.repository", value: `${p}${r}` },
          { name: "api.image.tag", value: t },
        ],
      }),
    ),
  }),
  "argo values": (p, r, t) => ({ "a.yaml": dump(application({ values: dump(values(p, r, t)) })) }),
  "argo valuesObject": (p, r, t) => ({ "a.yaml": dump(application({ valuesObject: values(p, r, t) })) }),
  "env in two": (p, r, t) => ({ ".env": `ORDERS_IMAGE=${p}${r}\n\n\n\n\n\n\nORDERS_TAG=${t}\n` }),
  "key is the image": (p, r, t) => ({ "v.yaml": dump({ [`${p}${r}`]: t }) }),
  "key with tag below": (p, r, t) => ({ "v.yaml": dump({ images: { [`${p}${r}`]: { tag: t } } }) }),
  "set of helm": (p, r, t) => ({ "deploy.sh": `helm upgrade x --set image.repository=${p}${r},image.tag=${t}\n` }),
};

/** Forms whose own signs cannot stand in them. */
const fits = (form: string, prefix: string): boolean =>
  !(form === "key is the image" || form === "key with tag below" || form === "set of helm") || !/[{$<%[ ]/.test(prefix);

describe("readGitOps, any way to name an image", () => {
  const tags = fc.oneof(
    fc.constantFrom("v1.2.3", "v1.2.3-rc1", "latest", "2026.11.30", "main-0a1b2c3"),
    // `__TAG__` is what a script puts a tag in for: such a repository is not swept at all.
    fc.stringMatching(/^v[0-9A-Za-z_][0-9A-Za-z_.-]{0,40}[0-9a-z]$/).filter((tag) => !/__[A-Z][A-Z_]*__/.test(tag)),
  );

  for (const [title, form] of Object.entries({ ...WHOLE, ...PARTS })) {
    it(`an image that runs is kept, whatever stands in front of it: ${title} (S1-18)`, () => {
      fc.assert(
        fc.property(fc.constantFrom(...PREFIXES), fc.constantFrom(...MAP), tags, (prefix, repository, tag) => {
          fc.pre(fits(title, prefix));
          const files = form(prefix, repository, tag);
          const deployed = read(files);
          assert.ok(runs(deployed, repository).includes(tag), `${title}: ${prefix}${repository}:${tag}`);
        }),
        { numRuns: 40 },
      );
    });

    it(`a tag that something else puts in stops the sweep of its repository alone: ${title}`, () => {
      for (const tag of ["${TAG}", "{{ .Values.tag }}", "v${VERSION}", "$TAG", "%TAG%", "v__A__a"])
        for (const prefix of ["registry.example.com/", "${REGISTRY}/"]) {
          if (!fits(title, prefix)) continue;
          const deployed = read(form(prefix, "orders/api", tag));
          assert.deepEqual([...new Set(stopped(deployed))], ["orders/api"], `${title}: ${prefix} ${tag}`);
        }
    });
  }

  it("a digest counts wherever it stands, and one that is put in stops the sweep", () => {
    for (const form of Object.values(WHOLE)) {
      const files = form("${REGISTRY}/", "orders/api", `v1@${DIGEST}`);
      const deployed = read(files);
      assert.deepEqual(stopped(deployed), []);
      assert.ok(runs(deployed).includes(DIGEST));
    }
    assert.deepEqual(stopped(read({ "a.yaml": "image: x/orders/api@${DIGEST}\n" })), ["orders/api"]);
    assert.deepEqual(stopped(read({ "a.yaml": "image: x/orders/api@sha256:abc\n" })), ["orders/api"]);
  });

  for (const [title, files, line] of [
    ["no tag at all", { "values.yaml": "# api\napi:\n  image: { repository: r/orders/api }\n" }, "values.yaml:3"],
    ["an empty tag", { "v.yaml": "image: { repository: orders/api, tag: '' }\n" }, "v.yaml:1"],
    ["the tag of another", { "v.yaml": "a: { repository: orders/api }\nb: { tag: v1 }\n" }, "v.yaml:1"],
    ["the parameter of another", { "v.yaml": dump([p("a.repository", "orders/api"), p("b.tag", "v1")]) }, "v.yaml:2"],
    ["a suffix that is put in", { "a.tpl": "x\nimage: r/orders/api{{ .Values.suffix }}:v1\n" }, "a.tpl:2"],
    ["a tag that is put together", { "a.jsonnet": "\nlocal i = 'r/orders/api:' + tag;\n" }, "a.jsonnet:2"],
    ["a format", { "_h.tpl": '{{- printf "%s/orders/api:%s" .host .tag -}}\n' }, "_h.tpl:1"],
    ["a sealed tag", { "v.yaml": "image: { repository: orders/api, tag: 'ENC[AES256_GCM,data:x]' }\n" }, "v.yaml:1"],
    ["a part of its name", { "a.yaml": "image: ${REGISTRY}/api:${TAG}\n" }, "a.yaml:1"],
  ] as const) {
    it(`an image that nobody can tell is named with file and line: ${title}`, () => {
      const deployed = read(files);
      assert.deepEqual([...new Set(stopped(deployed))], ["orders/api"]);
      assert.ok(
        deployed.unresolved.every(({ why }) => why.startsWith(`"${line}": `)),
        JSON.stringify(deployed.unresolved),
      );
    });
  }

  it("what names no image stops nothing: comments, routes, addresses of Git, what is only scanned", () => {
    const deployed = read({
      "a.yaml": `# image: orders/api:\${TAG}
kind: Ingress
spec: { rules: [{ http: { paths: [{ path: /orders/api }] } }] }
---
kind: GitRepository
spec: { url: "https://git.example.com/shop/orders/api" }
---
kind: ImageRepository
spec: { image: registry.example.com/orders/api }
---
kind: Pod
metadata: { name: api, labels: { app: orders/api } }
spec: { containers: [{ name: api, image: registry.example.com/orders/web }] }
`,
      "templates/x.yaml":
        "{{- if .Values.on }}\nimage: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n{{- end }}\n",
    });
    assert.deepEqual(stopped(deployed), []);
    assert.deepEqual(runs(deployed, "orders/web"), ["latest"]);
  });

  it("what is no text, packed, linked, missing or not readable stops the sweep by name, or names nothing", async () => {
    const image = "image: orders/web:v1\n";
    assert.deepEqual(runs(read({ "a.yaml": image, "logo.png": Buffer.from([0x89, 0, 1, 2]) }), "orders/web"), ["v1"]);
    const refused = async (files: Record<string, string | Buffer>, says: RegExp, make?: (path: string) => void) => {
      const path = checkout({ "a.yaml": image, ...files });
      make?.(path);
      await refuses(() => readGitOps(path, MAP), "CONTENT_INVALID", says);
    };
    await refused({ "charts/x.zip": "PK" }, /"charts\/x\.zip" is packed/);
    await refused({ "x.tgz": Buffer.from([0x1f, 0x8b, 1]) }, /"x\.tgz" cannot be unpacked/);
    await refused({ "x.tgz": gzipSync(Buffer.alloc(80 * 1024 * 1024)) }, /"x\.tgz" cannot be unpacked/);
    await refused({ "x.yaml": "version https://git-lfs.github.com/spec/v1\n" }, /"x\.yaml" is kept by Git LFS/);
    await refused({ ".gitmodules": '[submodule "a"]\n\tpath = base/a\n' }, /names the submodule "base\/a"/);
    await refused({}, /"out" is a link out of the checkout/, (path) => symlinkSync("/etc", join(path, "out")));
    await refused({}, /"git" is a link out/, (path) => {
      mkdirSync(join(path, ".git"));
      symlinkSync(join(path, ".git"), join(path, "git"));
    });
    const linked = checkout({ "base/a.yaml": image });
    symlinkSync(join(linked, "base"), join(linked, "prod"));
    symlinkSync("nowhere", join(linked, "broken"));
    assert.deepEqual(runs(readGitOps(linked, MAP), "orders/web"), ["v1"]);
  });

  it("a file that this user may not read stops the sweep", async function () {
    if (process.getuid?.() === 0) this.skip();
    const path = checkout({ "a.yaml": "image: orders/web:v1\n", "b.yaml": "x" });
    chmodSync(join(path, "b.yaml"), 0);
    await refuses(() => readGitOps(path, MAP), "USAGE", /b\.yaml" cannot be read/);
  });

  it("a hostile file costs in proportion to its length: eight times as long, far from the square of it", function () {
    this.timeout(300_000);
    /** Milliseconds of processor time: what else runs on the machine counts for nothing. */
    const cost = (part: string, size: number): number => {
      const start = process.cpuUsage();
      read({ "a.tpl": part.repeat(size / part.length) + "\nimage: orders/web:v1\n" });
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1_000;
    };
    for (const part of [
      "{{",
      "${",
      "$(",
      "[[",
      "<",
      "a:",
      "a ",
      "a",
      "@A",
      "__A",
      "orders/api:",
      "ENC[",
      "%a",
      "- ",
      "{% ",
    ]) {
      const [short, long] = [cost(part, 250_000), cost(part, 2_000_000)];
      assert.ok(long <= 30 * Math.max(short, 10), `${part}: ${short} ms, and ${long} ms for eight times as much`);
    }
  });
});

function p(name: string, value: string) {
  return { name, value };
}
