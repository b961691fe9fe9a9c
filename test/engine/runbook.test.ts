import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readOutputs } from "../../src/outputs";
import { failure } from "../support/azure/standIn";
import { PulumiLine } from "../support/docs/pulumiLine";
import { argumentsOf, commandsOf } from "../support/docs/shellBlocks";
import { describeEngine } from "../support/engine/describeEngine";
import { StageBench } from "../support/engine/stageBench";
import { adoptGates, openWithGates } from "../support/engine/standingGates";

const RUNBOOK = readFileSync(resolve(__dirname, "../../docs/runbook.md"), "utf8");
const said = commandsOf(RUNBOOK).filter((command) => argumentsOf(command, "pulumi") !== undefined);
const SECRET = "orders-qa-shop-pull-secure";
const REGISTRY = "orders-secure-registry";
const TOKEN = "orders-secure-token-shop-pull";
/** How a preview marks what is replaced or deleted. */
const HARM = /: \((?:create-|delete-)?(?:replace|replacement|delete)\)/;
const walked = new Set<string>();

/**
 * Runs a part's commands in their order.
 *
 * @param before prepares one of them, counted from 0
 * @param stage takes the place of qa, which the runbook names
 */
async function walk(
  pulumi: PulumiLine,
  section: string,
  before: Readonly<Record<number, () => unknown>> = {},
  stage = "qa",
) {
  const commands = said.filter((command) => command.section === section);
  assert.ok(commands.length > 0, `no pulumi command in "${section}"`);
  const told: string[] = [];
  for (const [at, command] of commands.entries()) {
    await before[at]?.();
    const pipe = command.pipe.map((words) => words.map((word) => (word === "qa" ? stage : word)));
    const { code, stdout, stderr } = await pulumi.line({ ...command, pipe });
    assert.equal(code, 0, `line ${command.line}: ${command.pipe.join(" ")}\n${stdout}${stderr}`);
    told.push(stdout);
  }
  walked.add(section);
  return told;
}

describeEngine(
  "docs/runbook.md under the engine",
  () => {
    let bench: StageBench;
    let pulumi: PulumiLine;
    const shops = (...names: string[]) => {
      bench.project.set(["consumers"], { value: names.map((name) => ({ name, pull: ["orders/api"] })) });
    };
    const outputs = () => readOutputs(join(bench.project.dir, "qa.json"));
    const change = (name: string, properties: object) => {
      const id = pulumi.idOf("qa", name);
      bench.providers.cloud.set(id, { ...bench.providers.cloud.get(id)?.inputs, ...properties });
    };
    const inputsOf = (name: string) => bench.providers.cloud.get(pulumi.idOf("qa", name))?.inputs ?? {};

    before(async () => {
      bench = await StageBench.open("minimal");
      pulumi = new PulumiLine(bench);
      shops("shop");
      bench.project.set(["dual-registry:registries"], { secure: {}, standard: { sku: "Standard" } }, "qa");
      bench.project.set(["dual-registry:budget"], { amount: 250, start: "2026-01-01" }, "qa");
      bench.project.set(["dual-registry:alerts"], { emails: ["registries@company.com"] }, "qa");
      for (const words of [
        ["stack", "init", "qa", "--secrets-provider", "passphrase"],
        ["up", "--stack", "qa"],
      ]) {
        const { code, stdout, stderr } = await pulumi.run(...words);
        assert.equal(code, 0, stdout + stderr);
      }
      await walk(pulumi, "");
    });

    after(() => bench.close());

    it("runbook: an interrupted rotation is ended by the next update (S0-4, S1-28)", async () => {
      bench.project.set(["dual-registry:passwords"], { rotate: "2027-01-15" }, "qa");
      const writes = ({ method, path }: { method: string; path: string }) => method === "PUT" && path.includes(SECRET);
      bench.azure.azure.answerNext(writes, failure(400, "BadParameter", "not now"));
      assert.notEqual((await pulumi.run("up", "--stack", "qa")).code, 0);
      await walk(pulumi, "An interrupted rotation");
    });

    it("runbook: a later date rotates, and the outputs name it (S0-4, S1-28)", async () => {
      const old = bench.azure.vault.latest(SECRET);
      await walk(pulumi, "Rotate the passwords");
      assert.equal(outputs().passwords?.rotate, "2027-01-31");
      assert.notEqual(bench.azure.vault.latest(SECRET)?.value, old?.value);
      const kept = bench.azure.vault.versions(SECRET).find(({ version }) => version === old?.version);
      assert.equal(kept?.enabled, true, "valid until the next rotation");
    });

    it("runbook: a leak ends the passwords of one consumer, and the token works again (S0-4, S1-28)", async () => {
      const others = () => new Set(bench.azure.passwords).size - bench.azure.vault.versions(SECRET).length;
      const [before, leaked] = [others(), bench.azure.vault.versions(SECRET).length];
      change(TOKEN, { status: "disabled" });
      await walk(pulumi, "A password leaked");
      const versions = bench.azure.vault.versions(SECRET);
      assert.equal(versions.length, leaked + 1);
      assert.deepEqual(
        versions.filter(({ enabled }) => enabled),
        versions.slice(-1),
      );
      assert.equal(others(), before, "no other token has a new password");
      assert.equal(inputsOf(TOKEN)["status"], "enabled");
    });

    it("runbook: a deployment that failed goes on, also past the lock of a dead run (S1-28)", async () => {
      shops("shop", "late");
      const type = "azure-native:containerregistry:Token";
      bench.providers.faults.push({ type, operation: "create", message: "the cloud is out", times: 1 });
      assert.notEqual((await pulumi.run("up", "--stack", "qa")).code, 0);
      const lock = async () => {
        pulumi.lockAsTheDead("qa");
        assert.match((await pulumi.run("up", "--stack", "qa")).stderr, /currently locked/);
      };
      await walk(pulumi, "A deployment failed", { 1: lock });
    });

    it("runbook: drift is seen and put back (S1-28)", async () => {
      change(REGISTRY, { adminUserEnabled: true });
      const [seen = ""] = await walk(pulumi, "The drift issue");
      assert.match(seen, /adminUserEnabled/);
      assert.equal(inputsOf(REGISTRY)["adminUserEnabled"], false);
    });

    it("runbook: a setting that the access review finds is put back (S1-23, S1-28)", async () => {
      change(REGISTRY, { anonymousPullEnabled: true });
      await walk(pulumi, "The access review differs");
      assert.equal(inputsOf(REGISTRY)["anonymousPullEnabled"], false);
    });

    it("runbook: the higher tier is an update that replaces nothing (S1-27, S1-28)", async () => {
      const id = pulumi.idOf("qa", "orders-standard-registry");
      const [, preview = ""] = await walk(pulumi, "The registry is full");
      assert.doesNotMatch(preview, HARM);
      assert.equal(pulumi.idOf("qa", "orders-standard-registry"), id);
      assert.deepEqual(inputsOf("orders-standard-registry")["sku"], { name: "Premium" });
    });

    it("runbook: the budget gets its new amount (S1-21, S1-28)", async () => {
      const told = await walk(pulumi, "The budget's alarm");
      assert.equal((JSON.parse(told.at(-1) ?? "") as { budget: { amount: number } }).budget.amount, 300);
    });

    it("runbook: a registry that is gone is made again with all that was in it (S1-27, S1-28)", async () => {
      const id = pulumi.idOf("qa", REGISTRY);
      const lost = bench.standing.filter((one) => one.toLowerCase().startsWith(id.toLowerCase()));
      for (const one of lost) bench.providers.cloud.delete(one);
      await walk(pulumi, "A registry is gone");
      for (const one of lost) assert.ok(bench.standing.includes(one), one);
    });

    it("runbook: a consumer that is taken out has no token and no secret left (S0-4, S1-28)", async () => {
      const token = pulumi.idOf("qa", TOKEN);
      shops();
      bench.project.set(["dual-registry:passwords", "leaked"], undefined, "qa");
      await walk(pulumi, "Revoke a consumer");
      assert.equal(bench.azure.vault.isDeleted(SECRET), true);
      assert.ok(!bench.standing.includes(token));
      assert.ok(!outputs().access?.some(({ who }) => who === "shop-pull"));
    });
  },
  600,
);

describeEngine(
  "docs/runbook.md under the engine, gates that exist",
  () => {
    let bench: StageBench;

    before(async () => {
      bench = await openWithGates();
    });

    after(() => bench.close());

    it("runbook: gates that GitHub has already are imported after the run that ended at them (S1-28)", async () => {
      const pulumi = new PulumiLine(bench);
      assert.equal((await pulumi.run("stack", "init", "dev", "--secrets-provider", "passphrase")).code, 0);
      const first = await pulumi.run("up", "--stack", "dev");
      assert.notEqual(first.code, 0);
      assert.match(first.stdout, /303: cannot store|409: cannot create/);
      const file = (name: string) => join(bench.project.dir, name);
      const adopt = async () => {
        const state = JSON.parse(readFileSync(file("state.json"), "utf8")) as {
          deployment: { resources: { urn: string }[] };
        };
        const held = new Set(state.deployment.resources.map(({ urn }) => urn));
        writeFileSync(file("import.json"), (await adoptGates(bench, held)).file);
      };
      await walk(pulumi, "GitHub says that something exists already", { 1: adopt }, "dev");
      assert.notEqual(pulumi.idOf("dev", "orders-gates-dev-SECURE_REGISTRY_HOST"), "");
    });
  },
  600,
);

describeEngine(
  "docs/runbook.md under the engine, a registry that exists",
  () => {
    let bench: StageBench;

    before(async () => {
      bench = await StageBench.open("minimal");
    });

    after(() => bench.close());

    it("runbook: adopting imports it, and replaces and deletes nothing (S0-5, S1-28)", async () => {
      const pulumi = new PulumiLine(bench);
      const type = "azure-native:containerregistry:Registry";
      const found = { registryName: "companylegacy", resourceGroupName: "rg-legacy", location: "westeurope" };
      const id = bench.providers.cloud.seed(type, { ...found, sku: { name: "Standard" }, adminUserEnabled: false });
      const facts = { secure: {}, standard: { mode: "adopt", id, sku: "Standard" } };
      bench.project.set(["dual-registry:registries"], facts, "qa");
      assert.equal((await pulumi.run("stack", "init", "qa", "--secrets-provider", "passphrase")).code, 0);
      const [preview = ""] = await walk(pulumi, "Adopt a registry that exists");
      assert.match(preview, /Registry: \(import\)/);
      assert.doesNotMatch(preview, HARM);
      assert.equal(pulumi.idOf("qa", "orders-standard-registry"), id);
    });

    it("runbook: every part with a pulumi command was walked through (S1-28)", () => {
      assert.deepEqual([...walked].sort(), [...new Set(said.map(({ section }) => section))].sort());
    });
  },
  600,
);
