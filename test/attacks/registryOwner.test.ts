import assert from "node:assert/strict";
import type { BuildSignOffs, SignOffs } from "../../src/domain/flow/signOffs";
import { DAY_MS } from "../../src/base/time";
import { entryStage, lastStage, type Stage, type Stages } from "../../src/domain/stage";
import { verify } from "../../src/cli/image/verify";
import type { VerifyReport } from "../../src/images/verifyReport";
import type { StageOutputs } from "../../src/outputs";
import { describeWith } from "../support/registries";
import { type Built, Commands, type Publishing, quick } from "../support/release/commands";
import { outputsFor } from "../support/release/outputsFor";
import { trivyReport } from "../support/release/scans";
import { COMMIT, World } from "../support/release/world";

/** Lists of stages of any length and of any names. */
const LISTS: readonly Stages[] = [
  ["live"],
  ["lab", "live"],
  ["dev", "test", "live"],
  ["sandbox", "int", "sit", "uat", "preprod", "prod"],
];

const REASON = "The payment provider changed its certificate and orders fail";

describeWith(["docker-registry"], "whoever owns one registry or image, at the doors", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    built = await world.build("v1.0.0");
  });
  after(() => world.end());

  let spaces = 0;
  /** A stage of a list that asks for these roles, in a namespace that nobody has used yet. */
  function stageOf(stages: Stages, stage: Stage, roles: readonly string[] = ["qa", "uat"]): StageOutputs {
    const { policy, qa } = world;
    const namespace = `space-${++spaces}`;
    const outputs = quick(
      outputsFor({ stage, stages, host: qa.host, kind: "distribution", policy, roles, signOffSigners: policy.signers }),
    );
    const { secure, standard } = outputs.registries;
    return { ...outputs, registries: { secure: { ...secure, namespace }, standard: { ...standard, namespace } } };
  }
  /** The tag that v1.0.0 has in a stage, and the version it has before. */
  const names = (stages: Stages, stage: Stage) => {
    const at = (one: Stage | undefined) => (one === lastStage(stages) ? "v1.0.0" : `v1.0.0-${one ?? ""}`);
    const index = stages.indexOf(stage);
    return { tag: at(stage), version: stage === entryStage(stages) ? "v1.0.0" : at(stages[index - 1]) };
  };
  const buildSignOffs = (stages: Stages, stage: Stage, over: Partial<BuildSignOffs> = {}): BuildSignOffs => {
    const from = stages[stages.indexOf(stage) - 1];
    const approval = (role: string, by: string, minute: number) => ({
      ...{ role, by, commit: COMMIT, at: `2026-11-02T08:0${minute}:00Z` },
    });
    return {
      ...{ ...names(stages, stage), ...(from !== undefined && { from }), to: stage, commit: COMMIT },
      ...{ authors: ["author"], approvals: [approval("qa", "qa-manager", 1), approval("uat", "uat-manager", 2)] },
      expires: new Date(Date.now() + 7 * DAY_MS).toISOString(),
      ...over,
    };
  };
  const imageSignOffs = (stages: Stages, stage: Stage, over: Partial<SignOffs> = {}): SignOffs => {
    const { digest } = built.descriptor;
    const { approvals, to, commit, authors, expires } = buildSignOffs(stages, stage);
    const from = stages[stages.indexOf(stage) - 1];
    return {
      ...{ ...(from !== undefined && { from }), to, commit, authors, expires, repository: "orders/api", digest },
      ...{ version: names(stages, stage).version, breakGlass: REASON },
      approvals: approvals.map((one) => ({ ...one, digest })),
      ...over,
    };
  };
  const publish = (outputs: StageOutputs, options: Publishing["options"] = {}) =>
    commands.publish(built, "v1.0.0", { outputs, options });
  async function verdict(outputs: StageOutputs, tag: string, days = 0): Promise<{ code: number; why: string }> {
    const options = { outputs: commands.outputs(outputs), format: "json" as const };
    const now = () => new Date(Date.now() + days * 24 * 60 * 60 * 1000);
    const { code, stdout } = await commands.run((io) => verify.run(`orders/api:${tag}`, options, { ...io, now }));
    const { checks } = JSON.parse(stdout) as VerifyReport;
    return { code, why: checks.find(({ check }) => check === "record")?.why ?? "" };
  }

  for (const stages of LISTS) {
    describe(`of ${stages.join(", ")}`, () => {
      for (const stage of stages.slice(2)) {
        it(`image publish brings a portable image to ${stage} by no way but promotion`, async () => {
          const outputs = stageOf(stages, stage);
          const signOffs = [await world.buildSignOffFile(buildSignOffs(stages, stage))];
          for (const more of [{}, { signOffs }]) {
            const { code, stderr } = await publish(outputs, { tag: [names(stages, stage).tag], ...more });
            assert.equal(code, 1);
            assert.match(stderr, new RegExp(`a portable image comes to ${stage} by promotion alone; publish it to`));
            assert.ok(stderr.includes(`publish it to ${entryStage(stages)}`), stderr);
          }
        });

        it(`image verify finds a publish record alone in ${stage}, and says how the name is set free`, async () => {
          // As an older program published it: to a stage that was the entry stage of its list.
          const outputs = stageOf(stages, stage, []);
          const older = { ...outputs, stages: ["begin", stage, ...stages.slice(stages.indexOf(stage) + 1)] };
          const { tag } = names(stages, stage);
          const published = await publish({ ...older, stages: older.stages as unknown as Stages }, { tag: [tag] });
          assert.equal(published.code, 0, published.stderr);
          const found = await verdict(outputs, tag);
          assert.equal(found.code, 1);
          assert.match(found.why, /^published at .*comes to \w+ by promotion alone; take away .*dualreg image unlock/);
        });

        it(`image publish --break-glass to ${stage} wants a sentence and the stage's sign-offs, and is recorded`, async () => {
          const outputs = stageOf(stages, stage);
          const { tag } = names(stages, stage);
          const refused = async (options: Publishing["options"], ...says: RegExp[]) => {
            const { code, stderr } = await publish(outputs, { tag: [tag], ...options });
            assert.notEqual(code, 0);
            for (const words of says) assert.match(stderr, words);
          };
          const signed = async (over?: Partial<SignOffs>) => [
            await world.signOffFile(imageSignOffs(stages, stage, over)),
          ];
          const breakGlass = REASON;
          await refused({ breakGlass: "urgent", signOffs: await signed() }, /reason is too short/);
          await refused({ breakGlass }, /No file of sign-offs was named/);
          const other = "Somebody wants to see it in production today";
          await refused({ breakGlass: other, signOffs: await signed() }, /they are for another reason, "The payment/);
          await refused({ breakGlass: `${REASON}\n::set-output`, signOffs: await signed() }, /is not one plain line/);
          const usual = imageSignOffs(stages, stage);
          delete usual.breakGlass;
          await refused({ breakGlass, signOffs: [await world.signOffFile(usual)] }, /they are not of a break-glass/);
          const elsewhere = { digest: `sha256:${"b2".repeat(32)}` } as const;
          await refused(
            { breakGlass, signOffs: await signed(elsewhere) },
            /signed for digest "sha256:b2b2|is not about/,
          );
          const approvals = imageSignOffs(stages, stage).approvals.slice(0, 1);
          await refused({ breakGlass, signOffs: await signed({ approvals }) }, /role "uat" has not approved/);
          await refused({ breakGlass, signOffs: await signed({ to: "elsewhere" }) }, /signed for to "elsewhere"/);
          await refused({ breakGlass, signOffs: await signed({ version: "v9.9.9" }) }, /approve is called .*, and not/);
          const ofBuild = [await world.buildSignOffFile(buildSignOffs(stages, stage))];
          await refused({ breakGlass, signOffs: ofBuild }, /a statement of type .*build-sign-offs/);
          const { code, stdout, stderr } = await publish(outputs, { tag: [tag], breakGlass, signOffs: await signed() });
          assert.equal(code, 0, stderr);
          assert.match(stdout, /^BREAK-GLASS past the stages before \w+, approved by "qa-manager" \(qa\)/m);
          const found = await verdict(outputs, tag);
          assert.deepEqual([found.code, found.why.startsWith("BREAK-GLASS past")], [0, true], found.why);
          assert.ok(found.why.includes(REASON));
          assert.equal(
            (await verdict(outputs, tag, 400)).code,
            0,
            "its list of sign-offs had to hold when it was used",
          );
          const more = await verdict({ ...outputs, gates: stageOf(stages, stage, ["qa", "uat", "dev"]).gates }, tag);
          assert.match(more.why, /role "dev" has not approved/);
          assert.equal(more.code, 1);
        });
      }

      it(`image publish to ${entryStage(stages)} wants the sign-offs of the build, under the tag that they name`, async () => {
        const stage = entryStage(stages);
        const outputs = stageOf(stages, stage);
        const { tag } = names(stages, stage);
        const bare = await publish(outputs, { tag: [tag] });
        assert.equal(bare.code, 1);
        assert.match(bare.stderr, /Sign-offs: \w+ asks for qa, uat; give the signed list with --sign-offs/);
        const attempt = async (over: Partial<BuildSignOffs>, says: RegExp, signer = world.signer) => {
          const signOffs = [await world.buildSignOffFile(buildSignOffs(stages, stage, over), signer)];
          const { code, stderr } = await publish(outputs, { tag: [tag], signOffs });
          assert.equal(code, 1);
          assert.match(stderr, says);
        };
        const { approvals } = buildSignOffs(stages, stage);
        await attempt({ approvals: approvals.slice(0, 1) }, /role "uat" has not approved/);
        await attempt({ expires: "2026-11-03T08:00:00Z" }, /ended at 2026-11-03T08:00:00\.000Z; sign a new list/);
        await attempt({ authors: ["qa-manager"] }, /approved and is an author/);
        await attempt({ commit: "f".repeat(40) }, /is not about commit 0123/);
        await attempt({ to: "elsewhere" }, /signed for to "elsewhere"/);
        await attempt({ tag: "v1.0.0-rc9" }, /they are of v1\.0\.0-rc9, and not of/);
        await attempt({}, /signed by key/, world.stranger);
        const glass = await publish(outputs, { tag: [tag], breakGlass: REASON });
        assert.match(glass.stderr, /--break-glass is for stages that take promotions alone/);
        const signOffs = [await world.buildSignOffFile(buildSignOffs(stages, stage))];
        const { code, stderr } = await publish(outputs, { tag: [tag], signOffs });
        assert.equal(code, 0, stderr);
        assert.equal((await verdict(outputs, tag)).code, 0);
      });
    });
  }

  it("image publish to the first stage of several asks for no sign-off", async () => {
    const outputs = stageOf(["lab", "live"], "lab");
    const { code, stderr } = await publish(outputs);
    assert.equal(code, 0, stderr);
  });

  it("image verify says in the next stage as well that an image came past the stages before (S0-20)", async () => {
    const stages: Stages = ["dev", "qa", "uat", "prod"];
    const at = { stage: "uat", host: world.qa.host, kind: "distribution", policy: world.policy } as const;
    const uat = outputsFor({ ...at, roles: ["qa", "uat"], signOffSigners: world.policy.signers });
    const signOffs = [await world.signOffFile(imageSignOffs(stages, "uat"))];
    const published = await publish(quick(uat), { tag: ["v1.0.0-uat"], breakGlass: REASON, signOffs });
    assert.equal(published.code, 0, published.stderr);
    const before = { stage: "uat", host: world.qa.host, kind: "distribution" } as const;
    const { policy } = world;
    const prod = quick(outputsFor({ stage: "prod", host: world.uat.host, kind: "distribution", policy, before }));
    const promoted = await commands.promote(built, "v1.0.0-uat", { outputs: prod, options: { signOffs: [] } });
    assert.equal(promoted.code, 0, promoted.stdout);
    const { code, why } = await verdict(prod, "v1.0.0");
    assert.equal(code, 0, why);
    assert.match(why, /^promoted from uat at .*BREAK-GLASS past the stages before uat, approved by "qa-manager"/);
  });

  it("image promote takes no image from a stage where only a publish record stands", async () => {
    const version = "v1.2.3-uat";
    const image = await world.build(version, { seed: "past uat" });
    const uat = { stage: "uat", host: world.qa.host, kind: "distribution" } as const;
    const { policy } = world;
    // An older program, to which uat was the entry stage.
    const older = outputsFor({ ...uat, policy, stages: ["qa", "uat", "prod"] });
    const published = await commands.publish(image, version, { outputs: quick(older) });
    assert.equal(published.code, 0, published.stderr);
    const prod = { stage: "prod", host: world.uat.host, kind: "distribution", policy, before: uat } as const;
    const options = { scan: [commands.file("scan", trivyReport(image.config.digest))] };
    const { code, stdout } = await commands.promote(image, version, { outputs: quick(outputsFor(prod)), options });
    assert.equal(code, 1);
    assert.match(stdout, /Origin: it was published to uat, and a portable image comes there by promotion alone/);
  });
});
