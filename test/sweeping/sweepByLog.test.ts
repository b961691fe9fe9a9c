import assert from "node:assert/strict";
import { digestOf } from "../../src/base/digest";
import type { SweepOptions, SweepResult } from "../../src/cli/image/sweep";
import type { LogEvent } from "../support/azure/logAnalytics";
import { failure } from "../support/azure/standIn";
import { describeWith } from "../support/registries";
import { ago, SweepGround } from "../support/release/sweepGround";

describeWith(["docker-registry"], "sweep by the audit log", () => {
  let ground: SweepGround;
  before(async () => {
    ground = await SweepGround.begin();
  });
  after(() => ground.end());
  beforeEach(() => {
    ground.wholeLog();
  });

  it("S1-15 S1-16 sweep tells by the log what nobody pulled for 90 days, and keeps it 30 days longer than dev does", async () => {
    const [old, pulled] = [await ground.push("v1.0.0-rc1", 200), await ground.push("v1.1.0-rc1", 200)];
    ground.event({ at: ago(45), operation: "Pull", digest: pulled });
    const uat = await ground.sweep();
    assert.equal(uat.code, 0, uat.stderr);
    assert.match(uat.why(old), /^delete: no push or pull for 90 days \(not pulled since 20.*Z\)/);
    assert.match(uat.why(pulled), /^keep: pulled 45 days ago/);
    const dev = await ground.sweep({}, 30);
    assert.match(dev.why(pulled), /^delete: no push or pull for 30 days \(not pulled since/);
    assert.equal(uat.result?.done, undefined);
  });

  it("S1-15 sweep takes pulls of Defender, of its own and of who is named, and failed ones, for none", async () => {
    const image = await ground.push("v1.2.0-rc1", 200);
    const looked = async (over: Partial<LogEvent>, options: Partial<SweepOptions> = {}) => {
      ground.event({ operation: "Pull", digest: image, ...over });
      const { why } = await ground.sweep(options);
      ground.workspace.events.pop();
      return why(image);
    };
    assert.match(await looked({ userAgent: "dual-registry" }), /^delete/);
    assert.match(await looked({ userAgent: "Microsoft Defender for Cloud/1.0" }), /^delete/);
    assert.match(await looked({ identity: "Scanner" }, { ignoreIdentity: ["scanner"] }), /^delete/);
    assert.match(await looked({ result: "404" }), /^delete/);
    assert.match(await looked({ userAgent: "containerd/1.7", identity: "shop-pull" }), /^keep: pulled 1 days ago/);
    assert.match(await looked({ userAgent: "containerd/1.7", operation: "PullWithToken" }), /^keep: pulled/);
  });

  it("S1-15 sweep takes pulls of the stage's scanners, as its outputs name them, for none", async () => {
    const image = await ground.push("v1.2.1-rc1", 200);
    ground.event({ operation: "Pull", digest: image, identity: "B21CB118-5a59-4628-bab0-3c3f0e434c16" });
    const { logging, ...rest } = ground.outputs(90);
    const sweep = (scanners?: readonly string[]) => {
      const outputs = { ...rest, logging: { ...logging, ...(scanners === undefined ? {} : { scanners }) } };
      return ground.sweep({ outputs: ground.commands.outputs(outputs) });
    };
    assert.match((await sweep(["b21cb118-5a59-4628-bab0-3c3f0e434c16"])).why(image), /^delete: no push or pull/);
    assert.match((await sweep(["somebody-else"])).why(image), /^keep: pulled 1 days ago/);
    assert.match((await sweep()).why(image), /^keep: pulled 1 days ago/);
  });

  it("S1-15 sweep counts a pull that names no digest for every image", async () => {
    const image = await ground.push("v1.3.0-rc1", 200);
    ground.event({ operation: "Pull", at: ago(10) });
    assert.match((await ground.sweep()).why(image), /^keep: pulled 10 days ago/);
  });

  it("S1-18 sweep --apply spares an index's children, what is locked and what runs, and deletes the rest", async () => {
    const [gone, runs, locked] = [
      await ground.push("v2.0.0-rc1", 200),
      await ground.push("v2.1.0-rc1", 200),
      await ground.push("v2.2.0-rc1", 200),
    ];
    const child = await ground.push(undefined, 200);
    const parent = await ground.index("v2.3.0-rc1", [child], 200);
    ground.event({ operation: "Pull", at: ago(3), digest: child });
    ground.world.acr?.change(`orders/api@${locked}`, { deleteEnabled: false });
    const list = ground.commands.file("deployed", `${runs}\n`);
    const { code, stderr, why } = await ground.sweep({ apply: true, deployed: [list] });
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      [runs, locked, child, parent].map((digest) => why(digest).replace(/ sha256:.*/, "")),
      [
        "keep: deployed",
        "keep: locked",
        "keep: belongs to index",
        "keep: pulled 3 days ago; kept until 90 days without a push or pull",
      ],
    );
    assert.match(why(gone), /^delete: no push or pull/);
    assert.equal(await ground.isThere(gone), false);
    for (const digest of [runs, locked, child, parent]) assert.ok(await ground.isThere(digest), digest);
  });

  for (const [criterion, hurt, says, code] of [
    ["that is shorter than the window", () => ground.keepEvents((at) => at > ago(60)), /first push or pull is of/, 1],
    ["with a hole", () => ground.keepEvents((at) => at < ago(50) || at > ago(20)), /it is silent from/, 1],
    ["that ended weeks ago", () => ground.keepEvents((at) => at < ago(20)), /it is silent from/, 1],
    ["that is empty", () => ground.keepEvents(() => false), /holds no event of the registry/, 1],
    ["whose clock is another", () => (ground.workspace.clock = () => ago(1)), /minutes apart/, 1],
  ] as const) {
    it(`S1-15 sweep --apply deletes nothing by a log ${criterion}, and says so of each image`, async () => {
      const image = await ground.push("v3.0.0-rc1", 200);
      hurt();
      const ran = await ground.sweep({ apply: true, nothingDeployed: true });
      assert.equal(ran.code, code);
      assert.match(ran.stderr, /^Nothing is deleted: the audit log has a hole/);
      assert.match(ran.why(image), says);
      assert.deepEqual(ran.result?.plan.deletions, []);
      assert.ok(ran.result.plan.decisions.every(({ action }) => action === "keep"));
      assert.deepEqual(ran.result.done, []);
    });
  }

  for (const [criterion, hurt, says] of [
    ["in part", () => (ground.workspace.partial = "too large"), /REGISTRY_REFUSED .*a partial answer/],
    [
      "with rows cut off",
      () => {
        ground.workspace.mostRows = 1;
        for (const name of ["a", "b"]) ground.event({ operation: "Pull", digest: digestOf(Buffer.from(name)) });
      },
      /REGISTRY_REFUSED Pulls of orders\/api: Log Analytics gave 1 of 2 digests/,
    ],
    [
      "with 403",
      () => ground.standIn.answerNext(() => true, failure(403, "Denied", "no")),
      /REGISTRY_AUTH .*Log Analytics Reader/,
    ],
    [
      "with 500 again and again",
      () => ground.standIn.answerNext(() => true, ...Array.from({ length: 4 }, () => failure(500, "Oops", "broken"))),
      /REGISTRY_UNAVAILABLE .*try again later/,
    ],
  ] as const) {
    it(`S1-15 sweep --apply deletes nothing where the log answers ${criterion}`, async () => {
      const image = await ground.push("v3.1.0-rc1", 200);
      hurt();
      const { code, stderr } = await ground.sweep({ apply: true, nothingDeployed: true });
      assert.notEqual(code, 0);
      assert.match(stderr, says);
      assert.ok(await ground.isThere(image));
    });
  }

  it("sweep refuses outputs of another stage, and a log that the outputs do not name", async () => {
    assert.match(
      (await ground.sweep({ stage: "prod" })).stderr,
      /CONFIG_INVALID --stage "prod": the outputs are those of uat/,
    );
    const { logging, ...rest } = ground.outputs(90);
    const file = ground.commands.outputs({ ...rest, logging: { categories: logging.categories } });
    assert.match((await ground.sweep({ outputs: file })).stderr, /CONFIG_INVALID .*names no workspace.*--pulls/);
  });

  it("S1-17 sweep asks no log where prod's rule needs none", async () => {
    const seen = ground.standIn.seen.length;
    const forever = {
      ...ground.outputs(90),
      retention: { ...ground.outputs(90).retention, rule: { rule: "forever" as const } },
    };
    const { code, result } = await ground.sweep({ outputs: ground.commands.outputs(forever) });
    assert.equal(code, 0);
    assert.deepEqual(result?.plan.deletions, []);
    assert.equal(ground.standIn.seen.length, seen);
  });

  it("sweep without names looks at every repository whose pulls the log holds", async () => {
    const { code, stdout, stderr } = await ground.sweep({}, 90, []);
    assert.equal(code, 0, stderr);
    const names = (JSON.parse(stdout) as SweepResult[]).map(({ repository }) => repository.replace(/^[^/]+\//, ""));
    assert.deepEqual(names, ["orders/api", "orders/console"]);
  });
});
