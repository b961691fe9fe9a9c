import assert from "node:assert/strict";
import { readdirSync } from "node:fs";

import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { configsOf } from "../../samples/build";
import { defined } from "../../src/base/defined";
import type { Digest } from "../../src/base/digest";
import { DAY_MS } from "../../src/base/time";
import { verify } from "../../src/cli/image/verify";
import { dualreg } from "../../src/cli/program";
import type { BuildSignOffs } from "../../src/domain/flow/signOffs";
import { openSource, readTree } from "../../src/oci";
import type { StageOutputs } from "../../src/outputs";
import { describeCluster, type Kubernetes, startKubernetes } from "../support/clusters/kubernetes";
import { pod } from "../support/clusters/objects";
import { ConsoleImages, IMAGE_TOOLS } from "../support/console/consoleImage";
import { captureIo } from "../support/io";
import { describeWith, startDistribution, type TestRegistry } from "../support/registries";
import { Commands, quick } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { trivyReport } from "../support/release/scans";
import { buildOf, COMMIT, World } from "../support/release/world";

const CONSOLE = "orders/console";
const STAGES = ["qa", "uat", "prod"] as const;
type Stage = (typeof STAGES)[number];
/** What the console is called in each stage, and who signs its build off. */
const TAGS = { qa: "v1.2.3-qa", uat: "v1.2.3-uat", prod: "v1.2.3" } as const;
const ROLES = { qa: ["qa"], uat: ["qa", "uat"], prod: ["qa", "uat", "dev"] } as const;
const BEFORE = { qa: "dev", uat: "qa", prod: "uat" } as const;

/** What one stage of a project must say. */
const OWNS = {
  "azure-native:subscriptionId": "55555555-5555-4555-8555-555555555501",
  "dual-registry:owns": ["subscription"],
};

const configSchema = z.object({ config: z.object({ Labels: z.record(z.string(), z.string()) }) });
const manifestSchema = z.object({ kind: z.string(), apiVersion: z.string(), metadata: z.object({ name: z.string() }) });
const listSchema = z.object({ items: z.array(manifestSchema.loose()) });

/** The image of a stage as it was built. */
interface BuiltConsole {
  archive: string;
  digest: Digest;
  configs: readonly Digest[];
  labels: Readonly<Record<string, string>>;
  /** Of the platforms' first layers, which hold what the console runs on. */
  runtimes: readonly (string | undefined)[];
}

describeWith([...IMAGE_TOOLS, "docker-registry"], "the console's way through the stages", function () {
  this.timeout(600_000);
  let world: World;
  let commands: Commands;
  const registries: TestRegistry[] = [];
  const outputs = {} as Record<Stage, StageOutputs>;
  const built = {} as Record<Stage, BuiltConsole>;

  before(async function () {
    world = await World.begin();
    commands = new Commands(world);
    const images = new ConsoleImages(world.dir);
    images.prepare(this);
    const access = commands.file("access", { anonymous: "read" });
    for (const stage of STAGES) {
      outputs[stage] = await stageOf(stage);
      const { source, commit, createdAt } = buildOf(TAGS[stage]);
      const flags = { BUILD_FLAGS: "--isolation chroot", VERSION: TAGS[stage] };
      const variables = { SOURCE: source, COMMIT: commit, CREATED: createdAt, ...flags };
      const file = commands.outputs(outputs[stage]);
      built[stage] = await read(images.build(stage, { outputs: file, access, variables }));
    }
  });
  after(async () => {
    await Promise.all(registries.map((registry) => registry.stop()));
    await world.end();
  });

  /** A stage between two real registries of its own. */
  async function stageOf(stage: Stage): Promise<StageOutputs> {
    const [secure, standard] = await Promise.all([startDistribution(), startDistribution()]);
    registries.push(secure, standard);
    const kind = "distribution" as const;
    const before = stage === "qa" ? undefined : { stage: BEFORE[stage], host: hostOf(BEFORE[stage]), kind };
    const { policy } = world;
    const facts = { stage, host: secure.host, kind, policy, roles: ROLES[stage], signOffSigners: policy.signers };
    const plain = outputsFor({ ...facts, ...defined({ before }) });
    const other = { ...plain.registries.standard, loginServer: standard.host };
    return quick({ ...plain, registries: { ...plain.registries, standard: other } });
  }
  const hostOf = (stage: Stage): string => outputs[stage].registries.secure.loginServer;

  async function read(archive: string): Promise<BuiltConsole> {
    const { source, reference, close } = await openSource(`oci-archive:${archive}`);
    try {
      const { root, manifests } = await readTree(source, reference);
      const platforms = manifests.flatMap(({ content: { config, layers } }) => (config ? [{ config, layers }] : []));
      const [first = assert.fail()] = platforms;
      const { Labels: labels } = configSchema.parse(await json(await source.blob(first.config))).config;
      const runtimes = platforms.map(({ layers }) => layers[0]?.digest);
      return { archive, digest: root.digest, configs: await configsOf(archive), labels, runtimes };
    } finally {
      await close();
    }
  }

  /** Publishes an image to a stage as its workflow does. @param of the stage that it was built for */
  async function publish(stage: Stage, { of = stage, isSignedOff = true } = {}) {
    const { archive, configs, digest } = built[of];
    const image = { layout: "", descriptor: { digest }, config: { digest } };
    const signOffs = isSignedOff ? [await world.buildSignOffFile(signedOff(stage))] : undefined;
    return commands.publish(image, TAGS[of], {
      ...{ source: `oci-archive:${archive}`, image: CONSOLE, outputs: outputs[stage] },
      scans: configs.map((config) => trivyReport(config)),
      options: { tag: [TAGS[stage]], ...(signOffs && { signOffs }) },
    });
  }
  const signedOff = (stage: Stage): BuildSignOffs => ({
    ...{ tag: TAGS[stage], to: stage, commit: COMMIT, authors: ["author"] },
    ...{ from: BEFORE[stage], version: stage === "qa" ? "v1.2.3-dev" : TAGS[BEFORE[stage]] },
    approvals: ROLES[stage].map((role, at) => ({
      ...{ role, by: `${role}-manager`, commit: COMMIT, at: `2026-11-02T08:0${at + 1}:00Z` },
    })),
    expires: new Date(Date.now() + 7 * DAY_MS).toISOString(),
  });

  it("S0-3 the console is built anew for each stage, with that stage's registries in it, on what is the same in all", () => {
    for (const stage of STAGES) {
      const { secure, standard } = outputs[stage].registries;
      const { labels } = built[stage];
      assert.equal(labels["io.dual-registry.console.stage"], stage);
      assert.equal(labels["io.dual-registry.registry-host"], secure.loginServer);
      assert.equal(labels["io.dual-registry.console.standard-host"], standard.loginServer);
    }
    assert.equal(new Set(STAGES.map((stage) => built[stage].digest)).size, 3);
    assert.equal(new Set(STAGES.map((stage) => built[stage].labels["io.dual-registry.console.program"])).size, 3);
    assert.equal(new Set(STAGES.map((stage) => built[stage].runtimes.join())).size, 1);
  });

  it("S0-3 S2-8 each stage takes its own console once its build is signed off and scanned, signed and pushed with both platforms", async () => {
    for (const stage of STAGES) {
      const early = await publish(stage, { isSignedOff: false });
      assert.equal(early.code, 1);
      assert.match(early.stderr, new RegExp(`Sign-offs: ${stage} asks for ${ROLES[stage].join(", ")}`));
      const { code, stdout, stderr } = await publish(stage);
      assert.equal(code, 0, `${stdout}${stderr}`);
      const verified = await commands.run((io) =>
        verify.run(`${CONSOLE}:${TAGS[stage]}`, { outputs: commands.outputs(outputs[stage]), format: "text" }, io),
      );
      assert.equal(verified.code, 0, verified.stdout);
      assert.ok(verified.stdout.includes(built[stage].digest), verified.stdout);
      const pulled = await fetch(`http://${hostOf(stage)}/v2/${CONSOLE}/manifests/${TAGS[stage]}`, {
        headers: { accept: "application/vnd.oci.image.index.v1+json" },
      });
      const { manifests } = (await pulled.json()) as { manifests: { platform: { architecture: string } }[] };
      assert.deepEqual(
        manifests.map(({ platform }) => platform.architecture),
        ["amd64", "arm64"],
      );
    }
    // The other registry of each stage was sent nothing.
    for (const registry of registries.filter((_, at) => at % 2 === 1))
      assert.deepEqual(readdirSync(registry.storageDir), []);
  });

  for (const to of ["uat", "prod"] as const)
    it(`S0-3 the console of ${BEFORE[to]} comes to ${to} by no way: neither promoted nor published there`, async () => {
      const from = BEFORE[to];
      const { digest } = built[from];
      const image = { layout: "", descriptor: { digest }, config: { digest } };
      const approvals = ROLES[to].map((role, at) => ({
        ...{ role, by: `${role}-manager`, commit: COMMIT, digest, at: `2026-11-02T08:0${at + 1}:00Z` },
      }));
      const said = { from, to, approvals };
      const promoted = await commands.promote(image, TAGS[from], { outputs: outputs[to], image: CONSOLE, said });
      assert.equal(promoted.code, 1);
      assert.match(promoted.stdout, /the image is stage-bound/);
      assert.ok(promoted.stdout.includes(`--label io.dual-registry.registry-host=${hostOf(to)}`), promoted.stdout);
      const published = await publish(to, { of: from });
      assert.equal(published.code, 1);
      assert.match(`${published.stdout}${published.stderr}`, /is baked in/);
    });

  /** The project of the stages, whose files name the registries that run here. */
  const writeProject = (): string => {
    const [signer = assert.fail()] = world.policy.signers;
    const signers = { signers: [signer] };
    const config = {
      stages: { value: ["dev", ...STAGES] },
      product: { value: { name: "orders", domain: "company.com", repository: "orders" } },
      images: { value: [{ repository: CONSOLE, class: "secure", binding: "stage-bound" }] },
      gates: { value: { off: { by: "the test", where: "its own files" } } },
      policies: { value: { secure: signers, standard: signers } },
    };
    world.write("Pulumi.yaml", { name: "dual-registry", runtime: "nodejs", config });
    for (const stage of ["dev", ...STAGES] as const) {
      // Nothing is asked of dev, whose registries are not here; it owns the rules of the subscription.
      const { secure, standard } = outputs[stage === "dev" ? "qa" : stage].registries;
      const place = (host: string) => ({ mode: "reference", kind: "distribution", host });
      world.write(`Pulumi.${stage}.yaml`, {
        config: {
          "dual-registry:location": "westeurope",
          ...(stage === "dev" && OWNS),
          "dual-registry:registries": { secure: place(secure.loginServer), standard: place(standard.loginServer) },
          "dual-registry:imagePolicies": { namespaces: [`orders-${stage}`] },
        },
      });
    }
    return world.dir;
  };
  const objectsOf = async (project: string, stage: Stage) => {
    const { io, printed } = captureIo();
    const args = ["admission", "--project", project, "--stage", stage, "--format", "json"];
    assert.equal(await dualreg(args, io), 0, printed.stderr);
    return listSchema.parse(JSON.parse(printed.stdout)).items;
  };

  it("S3-14 the policy of each stage's clusters names the stage's own console, and no other stage's", async () => {
    const project = writeProject();
    for (const stage of STAGES) {
      const text = JSON.stringify(await objectsOf(project, stage));
      for (const of of STAGES)
        assert.equal(text.includes(`${hostOf(of)}/${CONSOLE}`), of === stage, `${of} in ${stage}`);
    }
  });

  describeCluster("and its admission, by a real kube-apiserver", function () {
    this.timeout(300_000);
    let cluster: Kubernetes;
    before(async () => {
      cluster = await startKubernetes();
      for (const stage of STAGES) await post("/api/v1/namespaces", { metadata: { name: `orders-${stage}` } });
      const project = writeProject();
      for (const stage of STAGES) for (const object of await objectsOf(project, stage)) await admit(object);
    });
    after(() => cluster.stop());

    const post = async (path: string, body: object): Promise<string> => {
      const answer = await cluster.api("POST", `${path}?fieldValidation=Strict`, body);
      return [200, 201].includes(answer.status) ? "" : z.object({ message: z.string() }).parse(answer.body).message;
    };
    const admit = async (object: z.infer<typeof manifestSchema>): Promise<void> => {
      const plural = `${object.kind.toLowerCase().replace(/y$/, "ie")}s`;
      assert.equal(await post(`/apis/${object.apiVersion}/${plural}`, object), "", object.metadata.name);
    };
    let pods = 0;
    const start = (stage: Stage, of: Stage): Promise<string> => {
      const image = `${hostOf(of)}/${CONSOLE}:${TAGS[of]}@${built[of].digest}`;
      const path = `/api/v1/namespaces/orders-${stage}/pods`;
      return post(path, pod(`console-${++pods}`, { containers: [{ image }] }));
    };

    it("S3-14 each stage's cluster takes the stage's own console, and that of no other stage", async () => {
      for (const stage of STAGES) {
        const [other] = STAGES.filter((each) => each !== stage);
        for (let tries = 0; tries < 300 && (await start(stage, other ?? stage)) === ""; tries++) await sleep(100);
        for (const of of STAGES) {
          const said = await start(stage, of);
          if (of === stage) assert.equal(said, "");
          else assert.match(said, new RegExp(`denied request: ${stage} takes images of its own registries alone`));
        }
      }
    });
  });
});
