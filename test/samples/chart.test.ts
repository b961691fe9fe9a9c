import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { load, loadAll } from "js-yaml";
import { z } from "zod";
import { dualreg } from "../../src/cli/program";
import { NO_DIGEST } from "../../src/domain/cluster/chartValues";
import { captureIo } from "../support/io";
import { findTool } from "../support/registries";

const PRODUCT = resolve(__dirname, "../../samples/product");
const CHART = join(PRODUCT, "deploy");
const AMAZON = "dkr.ecr.eu-west-1.amazonaws.com";
const GOOGLE = "europe-west1-docker.pkg.dev/example-product";

/** What each environment is, and where its images are: builder, metrics-pusher, sidecar, web. */
const ENVIRONMENTS = {
  local: { args: ["--environment", "local"], secure: "ghcr.io/example-secure", standard: "ghcr.io/example" },
  dev: { args: ["--environment", "dev"], secure: "ghcr.io/example-secure", standard: "ghcr.io/example" },
  qa: { args: ["--environment", "qa"], secure: `222222222201.${AMAZON}/secure`, standard: `222222222201.${AMAZON}` },
  uat: { args: ["--environment", "uat"], secure: `222222222202.${AMAZON}/secure`, standard: `222222222202.${AMAZON}` },
  prod: {
    args: ["--environment", "prod"],
    secure: `222222222203.${AMAZON}/secure`,
    standard: `222222222203.${AMAZON}`,
  },
  gcp: {
    ...{ args: ["--environment", "prod", "--type", "gcr"] },
    ...{ secure: `${GOOGLE}/secure`, standard: `${GOOGLE}/standard` },
  },
} as const;
type Environment = keyof typeof ENVIRONMENTS;
const NAMES = Object.keys(ENVIRONMENTS) as Environment[];
const fileOf = (name: Environment) => join(CHART, "values", `${name}.yaml`);
const isDevelopment = (name: Environment) => name === "local" || name === "dev";

async function values(...args: string[]) {
  const { io, printed } = captureIo();
  const code = await dualreg(["gitops", "values", "--project", join(PRODUCT, "stages"), ...args], io);
  return { code, ...printed };
}

const container = z.object({
  name: z.string(),
  image: z.string(),
  imagePullPolicy: z.string(),
  securityContext: z.object({
    readOnlyRootFilesystem: z.literal(true),
    allowPrivilegeEscalation: z.literal(false),
    capabilities: z.object({ drop: z.tuple([z.literal("ALL")]) }),
  }),
  resources: z.object({ requests: z.looseObject({}), limits: z.looseObject({}) }),
});
const pod = z.object({
  serviceAccountName: z.literal("shop"),
  automountServiceAccountToken: z.literal(false),
  imagePullSecrets: z.array(z.object({ name: z.string() })).optional(),
  securityContext: z.object({
    runAsNonRoot: z.literal(true),
    seccompProfile: z.object({ type: z.literal("RuntimeDefault") }),
  }),
  containers: z.array(container),
});
const deployment = z.object({ kind: z.literal("Deployment"), spec: z.object({ template: z.object({ spec: pod }) }) });

describe("the chart of the sample product", function () {
  this.timeout(60_000);
  const tool = findTool("helm");

  for (const name of NAMES) {
    it(`S4-4 gitops values prints values/${name}.yaml: host, repositories, pull secret and a place for each digest`, async () => {
      const { code, stdout, stderr } = await values(...ENVIRONMENTS[name].args);
      assert.equal(`${stderr}${code}`, "0");
      const renew = `dualreg gitops values --project samples/product/stages ${ENVIRONMENTS[name].args.join(" ")}`;
      assert.equal(readFileSync(fileOf(name), "utf8"), stdout, `written by: ${renew} > ${fileOf(name)}`);
    });
  }

  it("S4-6 gitops values: local and dev pull from GHCR, prd from ECR, and gcp from Google's registry", async () => {
    const hosts = NAMES.map((name) => [name, new Set(readFileSync(fileOf(name), "utf8").match(/(?<=registry: ).+/g))]);
    assert.deepEqual(Object.fromEntries(hosts), {
      ...{ local: new Set(["ghcr.io"]), dev: new Set(["ghcr.io"]) },
      ...{ qa: new Set([`222222222201.${AMAZON}`]), uat: new Set([`222222222202.${AMAZON}`]) },
      ...{ prod: new Set([`222222222203.${AMAZON}`]), gcp: new Set(["europe-west1-docker.pkg.dev"]) },
    });
    assert.match((await values("--environment", "prd")).stdout, /registry: 222222222203\.dkr\.ecr/);
    const { code, stderr } = await values("--environment", "qa", "--type", "gcr");
    assert.equal(code, 1);
    assert.match(stderr, /there is no registry of kind gar, which --type names; allowed: ecr/);
  });

  describe("rendered by helm", function () {
    before(function () {
      if (tool === undefined) this.skip();
    });
    /** @param set as helm's --set takes them */
    const helm = (command: readonly string[], name: Environment | undefined, set: readonly string[] = []) => {
      const files = name === undefined ? [] : ["--values", fileOf(name)];
      const args = [...command, CHART, ...files, ...set.flatMap((one) => ["--set", one])];
      const { status, stdout, stderr } = spawnSync(tool ?? "helm", args, { encoding: "utf8" });
      return { status, stdout, text: `${stdout}${stderr}` };
    };
    const podsOf = (name: Environment, ...set: string[]) => {
      const { status, stdout, text } = helm(["template", "shop"], name, set);
      assert.equal(status, 0, text);
      const objects = loadAll(stdout).filter(
        (one) => deployment.partial().loose().safeParse(one).data?.kind === "Deployment",
      );
      return objects.map((one) => deployment.parse(one).spec.template.spec);
    };

    for (const name of NAMES) {
      it(`S4-12 S4-5 helm lints and renders the chart for ${name}, with the images of its registries and its pull secret`, () => {
        const linted = helm(["lint", "--strict"], name);
        assert.equal(linted.status, 0, linted.text);
        const pods = podsOf(name);
        const { secure, standard } = ENVIRONMENTS[name];
        const images = pods.flatMap(({ containers }) => containers.map(({ image }) => image));
        assert.deepEqual(
          images.sort(),
          [
            ...["builder", "metrics-pusher", "sidecar"].map((image) => `${secure}/product/${image}@${NO_DIGEST}`),
            isDevelopment(name) ? `${standard}/product/web:dev` : `${standard}/product/web@${NO_DIGEST}`,
          ].sort(),
        );
        const secrets = pods.map(({ imagePullSecrets }) => imagePullSecrets);
        const expected = isDevelopment(name) ? [{ name: "ghcr-secret" }] : undefined;
        assert.deepEqual(secrets, [expected, expected]);
      });
    }

    it("S4-12 an image is pulled by the digest that a promotion writes, its tag beside it, and once", () => {
      const digest = `sha256:${"ab".repeat(32)}`;
      const [{ image, imagePullPolicy } = { image: "", imagePullPolicy: "" }] = podsOf(
        "prod",
        ...[`images.web.digest=${digest}`, "images.web.tag=v1.2.3"],
      ).flatMap(({ containers }) => containers.filter((one) => one.name === "web"));
      assert.equal(image, `222222222203.${AMAZON}/product/web:v1.2.3@${digest}`);
      assert.equal(imagePullPolicy, "IfNotPresent");
      const [web] = podsOf("dev").flatMap(({ containers }) => containers.filter((one) => one.name === "web"));
      assert.equal(web?.imagePullPolicy, "Always");
    });

    it("S4-12 the service account carries what an identity needs, and is left alone where somebody else makes it", () => {
      const role = "serviceAccount.annotations.eks\\.amazonaws\\.com/role-arn=arn:aws:iam::222222222203:role/pull";
      const accounts = (...set: string[]) =>
        loadAll(helm(["template", "shop"], "prod", set).stdout)
          .map((one) => z.looseObject({ kind: z.string(), metadata: z.looseObject({}) }).parse(one))
          .filter(({ kind }) => kind === "ServiceAccount")
          .map(({ metadata }) => metadata["annotations"]);
      assert.deepEqual(accounts(role), [{ "eks.amazonaws.com/role-arn": "arn:aws:iam::222222222203:role/pull" }]);
      assert.deepEqual(accounts("serviceAccount.create=false", "serviceAccount.name=shop"), []);
    });

    for (const [what, set] of [
      ["a tag alone where the stage wants a digest", ["images.web.digest=", "images.web.tag=v1.2.3"]],
      ["no digest and nothing that says so", ["images.web.digest=null", "images.web.requireDigest=null"]],
      ["neither tag nor digest", ["images.web.digest=", "images.web.requireDigest=false"]],
      ["a digest cut short", ["images.web.digest=sha256:abc"]],
      ["a digest in the tag", [`images.web.tag=v1@${NO_DIGEST}`]],
      ["a host with a user", ["images.web.registry=user:pw@ghcr.io"]],
      ["a scheme in front of the host", ["images.web.registry=https://ghcr.io"]],
      ["a repository in capitals", ["images.web.repository=Product/Web"]],
      ["no registry", ["images.web.registry=null"]],
      ["an image that the product does not have", ["images.other.registry=ghcr.io"]],
      ["an image that is left out", ["images.sidecar=null"]],
      ["a misspelt key", ["imagesPullSecrets[0].name=ghcr-secret"]],
      ["a pull secret that is no name", ["imagePullSecrets[0].name=Ghcr_Secret"]],
      ["a number in place of a list", ["imagePullSecrets=1"]],
      ["half a pod", ["replicas=1.5"]],
    ] as const) {
      it(`S4-12 the schema of values refuses ${what}`, () => {
        const { status, text } = helm(["template", "shop"], "prod", set);
        assert.notEqual(status, 0, text);
        assert.match(text, /values don't meet the specifications of the schema/);
      });
    }

    it("S4-12 the chart renders nothing without the values of an environment", () => {
      const { status, text } = helm(["template", "shop"], undefined);
      assert.notEqual(status, 0);
      assert.match(text, /missing property 'images'/);
    });

    it("the values of no environment are packed into the chart", () => {
      assert.match(readFileSync(join(CHART, ".helmignore"), "utf8"), /^values\/$/m);
      const { stdout } = helm(["show", "values"], undefined);
      assert.equal(typeof load(stdout), "object");
    });
  });
});
