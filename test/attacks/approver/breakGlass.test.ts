import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Candidate } from "../../../src/domain/flow/stepFacts";
import { candidateDigest, payloadOf, readPayload } from "../../../src/github/candidate";
import { generateKeyPair } from "../../../src/signing/privateKey";
import { type Company, PEOPLE } from "../../support/github/company";
import type { FlowCommands } from "../../support/github/flowCommands";
import { IMAGE, takeTo, withReleaseBranch } from "../../support/github/released";

const { developer, qaManager, otherQaManager, uatManager, devManager, twoHats, automation } = PEOPLE;
const TAG = "v0.0.1";
const REASON = "The payment provider changed its certificate and orders fail";
const ALL = [qaManager, uatManager, devManager];
const PAST = { breakGlass: REASON, from: "qa", image: [IMAGE] };

describe("whoever wants to ship past the stages before", () => {
  let company: Company;
  let dualreg: FlowCommands;
  let end: () => Promise<void>;
  let inQa: () => void;
  before(async () => {
    ({ company, dualreg, end } = await withReleaseBranch());
    await takeTo("qa", company, dualreg);
    inQa = company.keep();
  });
  beforeEach(() => inQa());
  after(() => end());

  /** Asks by break-glass, and has these approve. @returns what tag then says */
  async function placed(approvers: readonly (typeof ALL)[number][], by = automation): Promise<string> {
    const asked = await dualreg.request(TAG, PAST, by);
    assert.equal(asked.code, 0, asked.stderr);
    assert.equal(company.run.inputs?.["break-glass"], "yes");
    for (const approver of approvers) company.approve(approver);
    const { code, stdout } = await dualreg.tag(TAG);
    return `${code} ${stdout}`;
  }

  it("tag places a version past the stages before with all roles of its stage, and says so", async () => {
    assert.match(await placed(ALL), /^0 TAGGED v0\.0\.1 [^]*BREAK-GLASS: v0\.0\.1 goes to prod past the stages before/);
    const check = await dualreg.check(TAG);
    assert.match(check.stdout, /^OK v0\.0\.1 [^]*from qa: "The payment provider changed/);
    const { stdout } = await dualreg.signOffs(TAG, { format: "json" });
    const { signOffs } = JSON.parse(stdout) as { signOffs: { breakGlass: string; digest: string }[] };
    assert.deepEqual(
      signOffs.map(({ breakGlass, digest }) => [breakGlass, digest]),
      [[REASON, IMAGE.split("@")[1]]],
    );
    const page = await dualreg.signOffs(TAG, { format: "markdown" });
    assert.match(page.stdout, /\*\*BREAK-GLASS\*\* past the stages before, from qa: The payment provider/);
  });

  for (const some of [[], [qaManager], [qaManager, uatManager]])
    it(`tag refuses it with ${some.length} of three roles`, async () => {
      assert.match(await placed(some), /^1 REFUSED [^]*has not approved v0\.0\.1/);
    });

  it("an approver ships nothing alone: not for two roles, not as the one who asks, not by hand (S0-18)", async () => {
    company.github.state.teams.get("dev-managers")?.add("two-hats");
    assert.match(await placed([otherQaManager, twoHats, twoHats]), /^1 [^]*allowed: distinct people/);
    inQa();
    const own = await dualreg.request(TAG, { ...PAST, askedBy: qaManager.login }, qaManager);
    assert.equal(own.code, 0, own.stderr);
    company.run.starters = [developer];
    for (const approver of ALL) company.approve(approver);
    assert.match((await dualreg.tag(TAG)).stdout, /"qa-manager" for role "qa" approved and asked for the tag/);
    inQa();
    const bot = await dualreg.request(TAG, { ...PAST, askedBy: automation.login });
    assert.match(bot.stderr, /"release-automation\[bot\]" is no person/);
    company.change("release/1", qaManager, "A fix of their own");
    assert.match(await placed(ALL), /^1 [^]*"qa-manager" for role "qa" approved and is an author/);
    company.push("release/1", qaManager, "Another one, without a review");
    const straight = await dualreg.request(TAG, PAST);
    assert.match(straight.stderr, /was pushed by "qa-manager"[^]*\[commit-pushed-straight\]/);
  });

  it("an approver of the usual way let nothing past a stage: that candidate says no reason (S0-20)", async () => {
    await takeTo("prod", company, dualreg);
    const usual = company.github.state.runs.at(-1);
    inQa();
    assert.ok(usual);
    // A reason that is written into the candidate afterwards makes it another one, which nobody approved.
    assert.equal((await dualreg.request(TAG, PAST)).code, 0);
    for (const approver of ALL) company.approve(approver);
    const kept = company.github.state.deployments.findLast(({ task }) => task === "dual-registry:candidate");
    const candidate = readPayload(kept?.payload);
    assert.ok(kept && candidate?.breakGlass);
    for (const breakGlass of [
      { ...candidate.breakGlass, reason: "Somebody wants to see it in production today" },
      { ...candidate.breakGlass, source: "dev" },
    ]) {
      kept.payload = payloadOf({ ...candidate, breakGlass });
      assert.match((await dualreg.check(TAG)).stdout, /^REFUSED [^]*not-asked/);
    }
    delete candidate.breakGlass;
    kept.payload = payloadOf(candidate);
    assert.match((await dualreg.check(TAG)).stdout, /^REFUSED [^]*stage-skipped/);
  });

  it("request for the usual way is refused as before while a break-glass waits for its approvals", async () => {
    assert.equal((await dualreg.request(TAG, PAST)).code, 0);
    company.approve(qaManager);
    const usual = await dualreg.request(TAG, { image: [IMAGE] });
    assert.match(usual.stderr, /\[stage-skipped\]/);
    const checked = (await dualreg.check(TAG)).stdout;
    for (const code of ["approval-missing", "stage-skipped"]) assert.ok(checked.includes(`[${code}]`), checked);
  });

  it("request names a digest of a mapped, portable image, in a stage before, with a plain sentence", async () => {
    for (const [more, says] of [
      [{ breakGlass: "urgent" }, /the reason is too short/],
      [{ breakGlass: `${REASON}\n::error::x` }, /is not one plain line/],
      [{ breakGlass: `${REASON} \u202e` }, /is not one plain line/],
      [{ from: "prod" }, /stand in a stage before prod, and not in "prod"/],
      [{ from: "$(id)" }, /and not in "\$\(id\)"; allowed: dev, qa, uat/],
      [{ image: [IMAGE.replace("orders/api", "orders/other")] }, /"orders\/other" is not mapped/],
      [{ image: [IMAGE.replace("orders/api", "orders/console")] }, /orders\/console is built again for each stage/],
      [{ image: ["orders/api:v0.0.1-qa"] }, /allowed: such as orders\/api@sha256/],
    ] as [object, RegExp][]) {
      const { code, stderr } = await dualreg.request(TAG, { ...PAST, ...more });
      assert.ok(code > 0, stderr);
      assert.match(stderr, says);
    }
    const unnamed = await dualreg.request(TAG, { breakGlass: REASON, from: "qa" });
    assert.match(unnamed.stderr, /No image named/);
    const half = await dualreg.request(TAG, { from: "qa", image: [IMAGE] });
    assert.match(half.stderr, /--break-glass and --from go together/);
    const entry = await dualreg.request("v0.0.2-qa", { ...PAST, from: "dev" });
    assert.match(entry.stderr, /nothing stands before qa, where gates begin/);
  });

  it("request keeps a reason that a shell would run as the text that it is", async () => {
    const breakGlass = '$(touch /tmp/owned); `id` "; rm -rf ${HOME} --help && echo <img src=x>';
    const { code, stderr } = await dualreg.request(TAG, { ...PAST, breakGlass });
    assert.equal(code, 0, stderr);
    const kept = company.github.state.deployments.findLast(({ task }) => task === "dual-registry:candidate");
    assert.equal(readPayload(kept?.payload)?.breakGlass?.reason, breakGlass);
    assert.ok(!JSON.stringify(company.run.inputs).includes("touch"), "no input of the run holds it");
  });

  it("request --confirm compares a break-glass by its digest, and takes no usual candidate for one", async () => {
    assert.equal((await dualreg.request(TAG, PAST)).code, 0);
    const confirm = company.run.title.split(": ")[1] ?? "";
    const confirmed = await dualreg.request(TAG, { confirm });
    assert.equal(confirmed.code, 0, confirmed.stderr);
    assert.match(confirmed.stdout, /^Confirmed: [^]*BREAK-GLASS from qa: The payment[^]*orders\/api@sha256/);
    inQa();
    assert.equal((await dualreg.request("v0.0.1-uat", { image: [IMAGE] })).code, 0);
    const usual = await dualreg.request("v0.0.1-uat", { confirm: company.run.title.split(": ")[1] ?? "" });
    assert.match(usual.stderr, /No image named/);
  });

  it("request --confirm takes no candidate that somebody wrote by hand and request would not have written (S0-20)", async () => {
    assert.equal((await dualreg.request(TAG, PAST)).code, 0);
    const kept = company.github.state.deployments.findLast(({ task }) => task === "dual-registry:candidate");
    const candidate = readPayload(kept?.payload);
    assert.ok(kept && candidate?.breakGlass);
    const glass = candidate.breakGlass;
    const digest = candidate.images[0]?.digest ?? "";
    for (const [change, says] of [
      [{ breakGlass: { ...glass, source: "prod" } }, /stand in a stage before prod, and not in "prod"/],
      [{ breakGlass: { ...glass, source: "nowhere" } }, /and not in "nowhere"; allowed: dev, qa, uat/],
      [{ images: [{ repository: "orders/other", digest }] }, /"orders\/other" is not mapped/],
      [{ images: [{ repository: "orders/console", digest }] }, /orders\/console is built again for each stage/],
    ] as [Partial<Candidate>, RegExp][]) {
      const written = { ...candidate, askedBy: developer.login, ...change };
      Object.assign(kept, { creator: developer, payload: payloadOf(written) });
      const { code, stderr } = await dualreg.request(TAG, { confirm: candidateDigest(written) });
      assert.equal(code > 0, true, says.source);
      assert.match(stderr, says);
    }
    Object.assign(kept, { creator: developer, payload: payloadOf({ ...candidate, askedBy: developer.login }) });
    const own = candidateDigest({ ...candidate, askedBy: developer.login });
    assert.equal((await dualreg.request(TAG, { confirm: own })).code, 0);
  });

  it("sign-offs writes no list by which anything could be built, and says the reason in the image's", async () => {
    await placed(ALL);
    const out = join(dualreg.project, "signed");
    const password = "a password of a test";
    const key = join(dualreg.project, "approvals.key");
    writeFileSync(key, (await generateKeyPair(password)).privateKey);
    const { code, stderr } = await dualreg.signOffs(TAG, { out, key }, { COSIGN_PASSWORD: password });
    assert.equal(code, 0, stderr);
    assert.throws(() => readFileSync(join(out, "_build.json")), /ENOENT/);
    const bundle = JSON.parse(readFileSync(join(out, "orders-api.json"), "utf8")) as {
      dsseEnvelope: { payload: string };
    };
    assert.ok(Buffer.from(bundle.dsseEnvelope.payload, "base64").toString().includes(REASON));
  });

  it("the stage behind takes what came by break-glass, and goes on saying so", async () => {
    const past = { ...PAST, from: "dev" };
    const asked = await dualreg.request("v0.0.1-uat", past);
    assert.equal(asked.code, 0, asked.stderr);
    for (const approver of [qaManager, uatManager]) company.approve(approver);
    assert.equal((await dualreg.tag("v0.0.1-uat")).code, 0);
    const next = await dualreg.request(TAG, { image: [IMAGE] });
    assert.equal(next.code, 0, next.stderr);
    for (const approver of ALL) company.approve(approver);
    assert.match((await dualreg.tag(TAG)).stdout, /TAGGED [^]*note +v0\.0\.1-uat: BREAK-GLASS/);
  });
});
