import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Deployed, deployedIn, readDeployedList, readKubernetes } from "../../src/sweeping/deployed";
import { readGitOps } from "../../src/sweeping/gitOps";
import { DIGEST, OTHER, refuses } from "../support/signing/samples";

const folder = mkdtempSync(join(tmpdir(), "dualreg-deployed-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, content: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
};
const here = (deployed: Deployed, repository = "orders/api") => {
  const { digests, tags } = deployedIn(repository, [deployed]);
  return { digests: [...digests].sort(), tags: [...tags].sort() };
};

describe("readDeployedList", () => {
  const TEXT = `# what runs
${DIGEST}
registry.example.com/orders/api@${OTHER}   # by digest
registry.example.com:5000/orders/api:v1.2.3
registry.example.com/orders/web:v9.9.9
`;

  it("S1-18 readDeployedList reads a digest or an address a line, and tells repositories apart by path", () => {
    assert.deepEqual(here(readDeployedList(write("list.txt", TEXT))), { digests: [DIGEST, OTHER], tags: ["v1.2.3"] });
  });

  it("readDeployedList reads a JSON list", () => {
    const json = [DIGEST, `registry.example.com/orders/api:v1.2.3@${OTHER}`];
    assert.deepEqual(here(readDeployedList(write("list.json", json))), { digests: [DIGEST, OTHER], tags: ["v1.2.3"] });
  });

  for (const [title, content] of [
    ["a digest that was cut", DIGEST.slice(0, 40)],
    ["an address without tag or digest", "registry.example.com/orders/api"],
    ["a number in a list", [DIGEST, 5]],
    ["a page of HTML", "<html>"],
  ] as const) {
    it(`readDeployedList refuses ${title}, since skipping it could delete what it meant`, () =>
      refuses(() => readDeployedList(write("odd", content)), "CONTENT_INVALID", /entry \d+: .*allowed: a digest/));
  }

  it("readDeployedList refuses a list of nothing", async () => {
    for (const content of ["", "# nothing\n", "[]"]) {
      await refuses(() => readDeployedList(write("empty", content)), "CONTENT_INVALID", /names no image/);
    }
  });
});

describe("readKubernetes", () => {
  const pod = (spec: object, status: object = {}) => ({ kind: "Pod", spec, status });
  const pods = (...items: object[]) => ({ apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items });

  it("S1-18 readKubernetes reads what was asked for and what runs, of every kind of container", () => {
    const list = pods(
      pod(
        {
          containers: [{ image: "registry.example.com/orders/api:v1.2.3" }],
          initContainers: [{ image: "orders/api:v1.2.2" }],
        },
        { containerStatuses: [{ imageID: `docker-pullable://registry.example.com/orders/api@${DIGEST}` }] },
      ),
      pod({ containers: [{ image: `orders/api@${OTHER}` }] }, { containerStatuses: [{ imageID: "" }] }),
      pod({ containers: [{ image: "registry.example.com/orders/api" }] }),
    );
    assert.deepEqual(here(readKubernetes(write("pods.json", list))), {
      digests: [DIGEST, OTHER],
      tags: ["latest", "v1.2.2", "v1.2.3"],
    });
  });

  it("readKubernetes reads an image id that is a digest alone", () => {
    const list = pods(
      pod({ containers: [] }, { initContainerStatuses: [{ imageID: `docker://${DIGEST}` }, { imageID: OTHER }] }),
    );
    assert.deepEqual(here(readKubernetes(write("ids.json", list))).digests, [DIGEST, OTHER]);
  });

  const REFUSED: readonly [string, unknown, RegExp][] = [
    ["a list of something else", { kind: "DeploymentList", items: [] }, /not a list of pods/],
    ["a part of a list", { ...pods(), metadata: { continue: "next" } }, /a part of the list only/],
    ["items that are no list", { kind: "List", items: {} }, /items is not a list/],
    [
      "an image that is no address",
      pods(pod({ containers: [{ image: "no image" }] })),
      /"no image" is not an image's address/,
    ],
    ["a list of no pods", pods(), /names no image.*kubectl get pods --all-namespaces/],
  ];
  for (const [title, json, message] of REFUSED) {
    it(`readKubernetes refuses ${title}`, () =>
      refuses(() => readKubernetes(write("odd.json", json)), "CONTENT_INVALID", message));
  }
});

describe("readGitOps", () => {
  const read = (path: string) => readGitOps(path, ["orders/api", "orders/web"]);
  const checkout = (name: string, files: Record<string, string>): string => {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(join(folder, name, file, ".."), { recursive: true });
      writeFileSync(join(folder, name, file), content);
    }
    return join(folder, name);
  };
  const release = `
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
spec:
  values:
    image: { registry: registry.example.com, repository: orders/api, tag: v1.2.3 } # {"$imagepolicy": "flux-system:api"}
    sidecar:
      image:
        repository: registry.example.com/orders/api
        tag: v1.2.4
        digest: ${DIGEST}
---
kind: Deployment
spec: { template: { spec: { containers: [{ image: "registry.example.com/orders/api@${OTHER}" }] } } }
`;

  it("S1-18 readGitOps reads HelmReleases, manifests and Kustomizations, of every document", () => {
    const kustomization = "images: [{ name: orders/api, newName: registry.example.com/orders/api, newTag: v1.2.5 }]\n";
    const path = checkout("flux", { "prod/api.yaml": release, "prod/kustomization.yml": kustomization });
    assert.deepEqual(here(read(path)), { digests: [DIGEST, OTHER], tags: ["v1.2.3", "v1.2.4", "v1.2.5"] });
  });

  it("readGitOps spares a tag whose repository stands elsewhere in every repository, numbers and all", () => {
    const path = checkout("alone", { "values.yaml": "image: { tag: 1234567 }\nother: { tag: v7@" + DIGEST + " }\n" });
    assert.deepEqual(here(read(path), "tools/any"), { digests: [DIGEST], tags: ["1234567", "v7"] });
  });

  it("readGitOps reads the lines of a template, and says which file was not read whole", () => {
    const template = `{{- if .Values.on }}\n  image: registry.example.com/orders/api:v1.2.3\n  digest: "${DIGEST}"\n{{- end }}\n`;
    const deployed = read(checkout("chart", { "templates/api.yaml": template }));
    assert.deepEqual(here(deployed), { digests: [DIGEST], tags: ["v1.2.3"] });
    assert.match(deployed.notes.join(), /"templates\/api\.yaml" is not YAML/);
  });

  it("readGitOps follows no link out of the checkout, and reads nothing of .git", async () => {
    const path = checkout("links", { ".git/config.yaml": `image: orders/api@${DIGEST}\n` });
    await refuses(() => read(path), "CONTENT_INVALID", /names no image/);
    writeFileSync(join(folder, "outside.yaml"), `image: orders/api@${DIGEST}\n`);
    symlinkSync(join(folder, "outside.yaml"), join(path, "inside.yaml"));
    await refuses(() => read(path), "CONTENT_INVALID", /"inside\.yaml" is a link out of the checkout/);
  });

  it("readGitOps looks once at an anchor that is used a billion times", () => {
    const bomb = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]`).join("\n");
    const path = checkout("bomb", { "bomb.yaml": `a0: &a0 { image: "orders/api@${DIGEST}" }\n${bomb}\n` });
    assert.deepEqual(here(read(path)).digests, [DIGEST]);
  });

  it("readGitOps refuses what is no folder, a file that is too large, and a checkout without images", async () => {
    await refuses(() => read(join(folder, "none")), "USAGE", /not a folder/);
    await refuses(
      () => read(checkout("blank", { "a.yaml": "kind: Namespace\n" })),
      "CONTENT_INVALID",
      /names no image/,
    );
    const large = checkout("large", { "a.yaml": `image: ${"x".repeat(17_000_000)}\n` });
    await refuses(() => read(large), "CONTENT_INVALID", /larger than allowed/);
  });
});
