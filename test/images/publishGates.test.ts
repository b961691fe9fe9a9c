import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { AS_ATTESTATION, attestation } from "../support/images/attestations";
import { image } from "../support/images/image";
import { indexOf } from "../support/images/indexes";
import { LayoutBuilder } from "../support/images/layoutBuilder";
import { describeWith } from "../support/registries";
import { type Built, Commands, type Publishing, quick } from "../support/release/commands";
import { trivyReport } from "../support/release/scans";
import { buildOf, labelsOf, World } from "../support/release/world";

const VERSION = "v1.2.3-rc1";
const HOUR = 60 * 60 * 1000;
const ELSEWHERE = `sha256:${"e".repeat(64)}` as const;

/** What a gate is asked, and what it must say. */
interface Refusal {
  criterion: string;
  different: (built: Built) => Publishing;
  says: readonly (string | RegExp)[];
}

const scanned = (severities: readonly string[], hoursAgo = 0) => ({
  different: ({ config }: Built) => ({
    scans: [trivyReport(config.digest, severities, new Date(Date.now() - hoursAgo * HOUR))],
  }),
});

const REFUSALS: readonly Refusal[] = [
  {
    criterion: "CRITICAL and HIGH over 0, both in one answer (S2-10, S1-5)",
    ...scanned(["CRITICAL", "HIGH", "HIGH"]),
    says: ["1 CRITICAL vulnerabilities; allowed: at most 0", "2 HIGH vulnerabilities; allowed: at most 0"],
  },
  {
    criterion: "no scan (S2-10)",
    different: () => ({ scans: [] }),
    says: ["no scan was given", "--scan"],
  },
  {
    criterion: "a scan of another digest",
    different: () => ({ scans: [trivyReport(ELSEWHERE)] }),
    says: [ELSEWHERE, "scan it by this digest"],
  },
  {
    criterion: "a scan that is too old",
    ...scanned([], 80),
    says: ["the scan is 80 h old; allowed: at most 72 h"],
  },
  { criterion: "a scan from the future", ...scanned([], -2), says: ["in the future"] },
  {
    criterion: "build metadata that contradict the labels, each named",
    different: () => ({ build: { ...buildOf(VERSION), commit: "f".repeat(40), source: "https://example.com/x" } }),
    says: ["org.opencontainers.image.revision", "org.opencontainers.image.source", "https://example.com/x"],
  },
  { criterion: "a signature that is demanded and not given", different: () => ({ key: undefined }), says: ["--key"] },
  {
    criterion: "everything at once: labels, scan and signature",
    different: ({ config }) => ({
      build: { ...buildOf(VERSION), commit: "f".repeat(40) },
      scans: [trivyReport(config.digest, ["CRITICAL"])],
      key: undefined,
    }),
    says: [/^GATE_REFUSED Labels: /m, /^Scan: /m, /^Signature: /m],
  },
];

describeWith(["docker-registry"], "publish, its gates", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    built = await world.build(VERSION);
  });
  after(() => world.end());

  /** Nothing was ever sent: the registry has not so much as begun a repository. */
  const nothingSent = () => assert.deepEqual(readdirSync(world.qa.storageDir), []);
  const refused = (stderr: string, says: readonly (string | RegExp)[]) => {
    for (const words of says) {
      assert.ok(typeof words === "string" ? stderr.includes(words) : words.test(stderr), `${String(words)}: ${stderr}`);
    }
  };

  for (const { criterion, different, says } of REFUSALS) {
    it(`publish refuses ${criterion}`, async () => {
      const { code, stdout, stderr } = await commands.publish(built, VERSION, different(built));
      assert.deepEqual([code, stdout], [1, ""], stderr);
      refused(stderr, says);
      nothingSent();
    });
  }

  it("publish refuses a scan that names a bare tag", async () => {
    const report = { ...trivyReport(built.config.digest), Metadata: { RepoTags: ["orders/api:v1"] } };
    const { code, stderr } = await commands.publish(built, VERSION, { scans: [report] });
    assert.equal(code, 1);
    assert.match(stderr, /^CONTENT_INVALID .*digest/);
    nothingSent();
  });

  it("publish refuses a repository that is not mapped, and names those that are (S0-2)", async () => {
    const { code, stderr } = await commands.publish(built, VERSION, { image: "orders/secret" });
    assert.equal(code, 2);
    refused(stderr, ["orders/secret", "orders/api", "Pulumi.yaml"]);
    nothingSent();
  });

  it("publish refuses an image without labels, each missing one named", async () => {
    const labels = Object.fromEntries(Object.keys(labelsOf(VERSION)).map((name) => [name, ""]));
    const bare = await world.build(VERSION, { seed: "bare", labels });
    const { code, stderr } = await commands.publish(bare, VERSION);
    assert.equal(code, 1);
    refused(stderr, Object.keys(labels));
    nothingSent();
  });

  it("publish refuses a stage-bound image that has another stage's host baked in, and takes the right one (S0-3)", async () => {
    const bound = (host: string) => ({
      "io.dual-registry.binding": "stage-bound",
      "io.dual-registry.registry-host": host,
    });
    const image = "orders/console";
    const wrong = await world.build(VERSION, { seed: "wrong", labels: bound("prod.secure-registry.company.com") });
    const refusal = await commands.publish(wrong, VERSION, { image });
    assert.equal(refusal.code, 1);
    refused(refusal.stderr, ["prod.secure-registry.company.com", "qa.secure-registry.company.com", world.qa.host]);
    nothingSent();
    const right = await world.build(VERSION, { seed: "right", labels: bound("qa.secure-registry.company.com") });
    const { code, stderr } = await commands.publish(right, VERSION, { image });
    assert.equal(code, 0, stderr);
  });

  it("publish takes what the class's own thresholds allow, and not one more", async () => {
    const outputs = quick(world.outputs.qa);
    const { secure } = outputs.policies;
    const lenient = { ...secure, scan: { critical: 1, high: 2, maxAgeHours: 200 } };
    const policies = { ...outputs.policies, secure: lenient };
    const publish = (severities: readonly string[], hours: number) =>
      commands.publish(built, VERSION, {
        outputs: { ...outputs, policies },
        scans: [trivyReport(built.config.digest, severities, new Date(Date.now() - hours * HOUR))],
      });
    refused((await publish(["CRITICAL", "CRITICAL", "HIGH"], 1)).stderr, ["2 CRITICAL", "at most 1"]);
    const { code, stderr } = await publish(["CRITICAL", "HIGH", "HIGH"], 100);
    assert.equal(code, 0, stderr);
  });

  it("publish asks for a scan of each platform of an index, and for none of an attestation", async () => {
    const layout = await LayoutBuilder.begin(join(world.dir, "platforms"));
    const labels = labelsOf("v1.3.0-rc1");
    const images = [await image(layout, { seed: "amd64", labels }), await image(layout, { seed: "arm64", labels })];
    const [first, second] = images;
    assert.ok(first && second);
    const listed = [
      { ...first.descriptor, platform: { os: "linux", architecture: "amd64" } },
      { ...second.descriptor, platform: { os: "linux", architecture: "arm64" } },
      { ...(await attestation(layout)), ...AS_ATTESTATION },
    ];
    const descriptor = await indexOf(layout, listed, { tag: "built" });
    const many = { layout: layout.dir, descriptor, config: first.config };
    const half = await commands.publish(many, "v1.3.0-rc1");
    assert.equal(half.code, 1);
    refused(half.stderr, [second.descriptor.digest, "one of its 2 platforms"]);
    const byIndex = await commands.publish(many, "v1.3.0-rc1", { scans: [trivyReport(descriptor.digest)] });
    refused(byIndex.stderr, [first.descriptor.digest, second.descriptor.digest]);
    const scans = images.map(({ config }) => trivyReport(config.digest));
    const { code, stderr } = await commands.publish(many, "v1.3.0-rc1", { scans });
    assert.equal(code, 0, stderr);
  });

  it("publish refuses a signature by a key that the class does not trust, before anything is sent (S2-12)", async () => {
    const stranger = await world.build("v2.0.0-rc1");
    const policy = { ...world.policy, signers: [{ key: world.stranger.publicKey }] };
    const outputs = quick({ ...world.outputs.qa, policies: { ...world.outputs.qa.policies, secure: policy } });
    const { code, stderr } = await commands.publish(stranger, "v2.0.0-rc1", { outputs });
    assert.equal(code, 1);
    refused(stderr, ["is not trusted by class secure in qa", "expected: key sha256:"]);
    await world.registries(async (registries) => {
      const repository = registries.session(world.qa.host).repository("orders/api");
      assert.equal(await repository.resolve(stranger.descriptor.digest), undefined);
    });
  });

  it("publish never prints a password or a key, whatever it refuses", () => {
    const said = commands.transcript.join("\n");
    assert.ok(!said.includes(world.password) && !said.includes("PRIVATE KEY"));
  });
});
