import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../src/base/digest";
import { runSweep, type SweepOptions } from "../../src/cli/image/sweep";
import type { RetentionRule } from "../../src/domain/image/policy";
import type { SweepPlan } from "../../src/domain/sweep/planSweep";
import type { Swept } from "../../src/sweeping/executeSweep";
import { describeWith, REFERRERS_TOOL, startReferrers, type TestRegistry } from "../support/registries";
import { type Built, Commands, quick } from "../support/release/commands";
import { World } from "../support/release/world";

interface Result {
  repository: string;
  plan: SweepPlan;
  done?: readonly Swept[];
}

const [OLD, RUNS, NEW] = ["v1.0.0-rc1", "v1.1.0-rc1", "v1.2.0-rc1"];

/** The same with a registry that lists referrers by fallback tags, and with one that has the API. */
for (const [title, tools] of [
  ["by fallback tags", ["docker-registry"]],
  ["by the referrers API", ["docker-registry", REFERRERS_TOOL]],
] as const) {
  describeWith(tools, `sweep of a registry that lists referrers ${title}`, () => {
    let world: World;
    let commands: Commands;
    let other: TestRegistry | undefined;
    const images = new Map<string, Built>();
    before(async () => {
      world = await World.begin();
      other = tools.length > 1 ? await startReferrers() : undefined;
      commands = new Commands(world);
      for (const version of [OLD, RUNS, NEW]) {
        const built = await world.build(version);
        images.set(version, built);
        const { code, stderr } = await commands.publish(built, version, { outputs: outputs() });
        assert.equal(code, 0, stderr);
      }
    });
    after(async () => {
      await other?.stop();
      await world.end();
    });

    const host = () => other?.host ?? world.qa.host;
    const digestOf = (version: string): Digest => {
      const built = images.get(version);
      assert.ok(built);
      return built.descriptor.digest;
    };
    function outputs(days = 90, rule: RetentionRule = { rule: "inactive", days }) {
      const qa = quick(world.outputs.qa);
      const there = { ...qa.registries.secure, loginServer: host() };
      const retention = { ...qa.retention, rule };
      return { ...qa, retention, registries: { ...qa.registries, secure: there } };
    }
    const sweep = async (options: Partial<SweepOptions>, days = 0, rule?: RetentionRule) => {
      const ran = await commands.run((io) =>
        runSweep(
          ["orders/api"],
          { outputs: commands.outputs(outputs(days, rule)), maxGap: 7, format: "json", ...options },
          io,
        ),
      );
      const results = ran.stdout === "" ? [] : (JSON.parse(ran.stdout) as Result[]);
      const decisions = results[0]?.plan.decisions ?? [];
      const of = (version: string) => decisions.find(({ digest }) => digest === digestOf(version));
      return { ...ran, result: results[0], of };
    };
    /** Pulls of all images but one, which nobody pulled since. */
    const pulls = (...never: string[]) =>
      commands.file(
        "pulls",
        [OLD, RUNS, NEW].map((version) => ({
          ...{ repository: "orders/api", digest: digestOf(version) },
          lastPulledAt: never.includes(version) ? "never" : new Date(Date.now() + 60_000).toISOString(),
        })),
      );
    const there = (version: string) =>
      world.registries(async (registries) => {
        const repository = registries.session(host()).repository("orders/api");
        const referrers = await repository.referrers(digestOf(version));
        return { tag: (await repository.resolve(version))?.digest, referrers: referrers.length };
      });

    it("sweep changes nothing without --apply, and says of each manifest why (S1-15)", async () => {
      const { code, result, of, stderr } = await sweep({ pulls: pulls(OLD) });
      assert.equal(code, 0, stderr);
      assert.equal(of(OLD)?.action, "delete");
      assert.match(of(OLD)?.why ?? "", /no push or pull for 0 days \(never pulled\)/);
      assert.equal(of(NEW)?.action, "keep");
      assert.ok(result);
      assert.ok(result.plan.decisions.every(({ why }) => why !== ""));
      assert.equal(result.done, undefined);
      assert.deepEqual(await there(OLD), { tag: digestOf(OLD), referrers: 4 });
    });

    it("sweep keeps what was pushed within the days of the rule, and what no list of pulls speaks of (S1-16)", async () => {
      const recent = await sweep({ pulls: pulls(OLD) }, 90);
      assert.match(recent.of(OLD)?.why ?? "", /pushed 0 days ago; kept for 90/);
      const unknown = await sweep({});
      assert.match(unknown.of(OLD)?.why ?? "", /when it was last pulled is not known/);
      assert.deepEqual(recent.result?.plan.deletions, []);
      assert.deepEqual(unknown.result?.plan.deletions, []);
    });

    it("sweep keeps the newest of a repository with what refers to them, and what runs, and says which place each has (S1-16, S1-18)", async () => {
      const list = commands.file("deployed", `${digestOf(OLD)}\n`);
      const { code, of, result, stderr } = await sweep({ deployed: [list] }, 0, { rule: "newest", count: 1 });
      assert.equal(code, 0, stderr);
      assert.deepEqual(
        [OLD, RUNS, NEW].map((version) => `${of(version)?.action ?? ""}: ${of(version)?.why ?? ""}`),
        ["keep: deployed", "delete: older than the newest 1", "keep: number 1 of the newest 1, which are kept"],
      );
      assert.ok(result?.plan.deletions.every(({ digest, why }) => digest === digestOf(RUNS) || /belongs/.test(why)));
      assert.deepEqual((await sweep({}, 0, { rule: "newest", count: 3 })).result?.plan.deletions, []);
    });

    it("sweep --apply refuses to go without knowing what runs", async () => {
      const { code, stderr } = await sweep({ apply: true, pulls: pulls(OLD) });
      assert.equal(code, 2);
      assert.match(stderr, /^USAGE --apply needs to know what runs: give --deployed, --pods or --gitops/m);
      assert.equal((await there(OLD)).tag, digestOf(OLD));
    });

    it("sweep spares what a list, a cluster or a GitOps folder says is deployed, with its referrers (S1-17)", async () => {
      const list = commands.file("deployed", `${digestOf(OLD)}\n`);
      const image = `${host()}/orders/api@${digestOf(RUNS)}`;
      const pods = commands.file("pods", {
        ...{ kind: "List", metadata: {} },
        items: [{ spec: { containers: [{ image }] }, status: { containerStatuses: [{ imageID: image }] } }],
      });
      const gitops = join(world.dir, "gitops");
      mkdirSync(gitops, { recursive: true });
      writeFileSync(join(gitops, "release.yaml"), `spec:\n  values:\n    image:\n      digest: ${digestOf(NEW)}\n`);
      const { result, of, stderr } = await sweep({
        ...{ pulls: pulls(OLD, RUNS, NEW), deployed: [list], pods: [pods], gitops: [gitops] },
      });
      for (const version of [OLD, RUNS, NEW]) assert.equal(of(version)?.why, "deployed", stderr);
      assert.deepEqual(result?.plan.deletions, []);
      const less = await sweep({ pulls: pulls(OLD, RUNS, NEW), deployed: [list] });
      assert.deepEqual([less.of(OLD)?.action, less.of(RUNS)?.action], ["keep", "delete"]);
      const referrers = less.result?.plan.decisions.filter(({ why }) => why.startsWith(`refers to ${digestOf(OLD)}`));
      assert.equal(referrers?.length, 5);
    });

    it("sweep --apply keeps what a checkout names by variables, templates and parameters; where it cannot tell, all (S1-18)", async () => {
      const folder = join(world.dir, "checkout");
      const apply = async (file: string, text: string) => {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
        writeFileSync(join(folder, file), text);
        return sweep({ pulls: pulls(OLD, RUNS, NEW), gitops: [folder], apply: true });
      };
      const parameters = `[{ name: image.repository, value: orders/api }, { name: image.tag, value: ${OLD} }]`;
      const named = [RUNS, NEW].map((version) => `\${REGISTRY}/orders/api:${version}`);
      const kept = await apply("app.yaml", `args: ${JSON.stringify(named)}\nparameters: ${parameters}\n`);
      assert.deepEqual([kept.code, kept.result?.done], [0, []], kept.stderr);
      for (const version of [OLD, RUNS, NEW]) assert.equal(kept.of(version)?.why, "deployed");
      const open = await apply("api.tpl", 'x\nimage: "{{ .Values.registry }}/orders/api:{{ .Values.tag }}"\n');
      assert.deepEqual([open.code, open.result?.done], [1, []]);
      assert.match(open.stderr, /^Nothing of orders\/api is deleted: .*"api\.tpl:2": its tag or digest is put in/m);
      for (const version of [OLD, RUNS, NEW]) assert.equal((await there(version)).tag, digestOf(version));
    });

    it("sweep --apply deletes an image with its referrers, and leaves the others whole (S1-18)", async () => {
      const list = commands.file("deployed", `${digestOf(RUNS)}\n`);
      const { code, result, stderr } = await sweep({ pulls: pulls(OLD, RUNS), deployed: [list], apply: true });
      assert.equal(code, 0, stderr);
      assert.equal(result?.done?.length, 6);
      assert.deepEqual(
        result.done.filter(({ state }) => state !== "deleted"),
        [],
      );
      assert.deepEqual(await there(OLD), { tag: undefined, referrers: 0 });
      for (const version of [RUNS, NEW]) {
        assert.deepEqual(await there(version), { tag: digestOf(version), referrers: 4 });
      }
    });

    it("sweep --apply run again finds nothing more to delete", async () => {
      const { code, result } = await sweep({ pulls: pulls(OLD), nothingDeployed: true, apply: true });
      assert.deepEqual([code, result?.done], [0, []]);
    });
  });
}
