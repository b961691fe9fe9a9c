import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compare } from "../../../src/cli/image/compare";
import type { ComparisonView } from "../../../src/console/model";
import type { StageOutputs } from "../../../src/outputs";
import { ConsoleGround } from "../../support/console/ground";
import { runCommand } from "../../support/io";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";
import { refusal } from "../../support/registries/quirks";
import { outputsFor } from "../../support/release/outputsFor";

describeWith(["docker-registry", REFERRERS_TOOL], "dualreg image compare", () => {
  let ground: ConsoleGround;
  let outputs: string;
  let uat: string;
  const labels = { "com.example.team": "orders", "org.opencontainers.image.version": "v1.2.3" };
  const write = (name: string, content: StageOutputs): string => {
    const file = join(ground.dir, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  };
  before(async () => {
    ground = await ConsoleGround.begin();
    const image = { seed: "same", labels };
    const digest = await ground.image("secure", "orders/api", "v1.2.3", image);
    await ground.image("standard", "orders/api", "v1.2.3", image);
    await ground.image("standard", "orders/api", "v1.3.0", { seed: "newer", labels: { "com.example.team": "sales" } });
    await ground.sign("secure", "orders/api", digest);
    outputs = write("qa.json", ground.outputs);
    // uat's secure registry is the other one, and its policy trusts nobody of qa.
    const facts = { stage: "uat", host: ground.hostOf("standard"), kind: "distribution" } as const;
    uat = write("uat.json", outputsFor({ ...facts, policy: { signature: false, signers: [] } }));
  });
  afterEach(() => ground.fronts.standard.use());
  after(() => ground.end());

  const run = async (args: readonly [string, (string | undefined)?], options: { with?: string } = {}) => {
    const ended = await runCommand((io) => compare.run(args[0], args[1], { outputs, format: "json", ...options }, io));
    return { ...ended, view: () => JSON.parse(ended.stdout) as ComparisonView };
  };

  it("compare sets one name in two stages against each other, each signature judged by its own stage", async () => {
    const { code, view, stderr } = await run(["orders/api:v1.2.3"], { with: uat });
    assert.equal(code, 1, stderr);
    const { left, right, differences } = view();
    assert.equal(left.digest, right.digest);
    assert.deepEqual([left.registry.host, right.registry.host], [ground.hostOf("secure"), ground.hostOf("standard")]);
    assert.deepEqual(
      differences.map(({ topic, right: other }) => `${topic} ${String(other)}`),
      ["signatures undefined"],
    );
  });

  it("compare names each label that two versions differ in, in a table as well", async () => {
    const { view } = await run(["orders/api:v1.2.3", "orders/api:v1.3.0"], { with: uat });
    const about = view().differences.filter(({ topic }) => topic === "labels");
    assert.deepEqual(
      about.map(({ name, left, right }) => [name, left, right]),
      [
        ["com.example.team", "orders", "sales"],
        ["org.opencontainers.image.version", "v1.2.3", undefined],
      ],
    );
    const table = await runCommand((io) =>
      compare.run("orders/api:v1.2.3", "orders/api:v1.3.0", { outputs, with: uat, format: "text" }, io),
    );
    assert.match(table.stdout, /^qa secure .* orders\/api:v1\.2\.3 sha256:.*\nuat secure .*\n/);
    assert.match(table.stdout, /\nlabels +"com\.example\.team" +"orders" +"sales"\n/);
  });

  it("compare ends with 0 for one image under two names", async () => {
    const { code, view } = await run(["orders/api:v1.2.3", "orders/api:v1.2.3"]);
    assert.equal(code, 0);
    assert.deepEqual(view().differences, []);
  });

  it("compare ends with 2 for one image alone, and for a repository that is not mapped", async () => {
    assert.match((await run(["orders/api:v1.2.3"])).stderr, /Compared with what\? Give a second image/);
    const unmapped = await run(["orders/unmapped:v1", "orders/api:v1.2.3"]);
    assert.notEqual(unmapped.code, 0);
    assert.match(unmapped.stderr, /orders\/unmapped/);
  });

  it("compare says which tag is not there, and which registry gives no answer", async () => {
    const missing = await run(["orders/api:v9.9.9", "orders/api:v1.2.3"]);
    assert.notEqual(missing.code, 0);
    assert.match(missing.stderr, /v9\.9\.9/);
    ground.fronts.standard.use(() => Promise.resolve(refusal(500, "UNKNOWN")));
    const down = await run(["orders/api:v1.2.3"], { with: uat });
    assert.deepEqual([down.code === 0, down.stdout], [false, ""]);
  });
});
