import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signOffsFromFile } from "../../src/images/gates/signOffFile";
import { judgeApprovals } from "../../src/domain/flow/judgeApprovals";
import { approvalFactsOf, type SignOffs } from "../../src/domain/flow/signOffs";
import { generateKeyPair } from "../../src/signing/privateKey";
import { makeVerifier } from "../../src/signing/verifier";
import { type Company, PEOPLE } from "../support/github/company";
import type { FlowCommands } from "../support/github/flowCommands";
import { DIGEST, IMAGE, takeTo, withReleaseBranch } from "../support/github/released";

const { qaManager, uatManager } = PEOPLE;

describe("dualreg release sign-offs", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-signoffs-"));
  let company: Company;
  let dualreg: FlowCommands;
  let end: () => Promise<void>;
  before(async () => {
    ({ company, dualreg, end } = await withReleaseBranch());
    await takeTo("qa", company, dualreg);
    const asked = await dualreg.request("v0.0.1-uat", { image: [IMAGE], askedBy: "developer" });
    assert.equal(asked.code, 0, asked.stderr);
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await end();
  });

  it("sign-offs signs nothing before all have approved (S0-20)", async () => {
    company.approve(qaManager);
    const { code, stdout } = await dualreg.signOffs("v0.0.1-uat", { format: "markdown", out: join(folder, "early") });
    assert.equal(code, 1);
    assert.match(stdout, /\*\*Not signed off:\*\*\n\n- role "uat" has not approved/);
    company.approve(uatManager);
  });

  it("request --confirm says whether what was asked is what is there (S0-20)", async () => {
    const { stdout } = await dualreg.signOffs("v0.0.1-uat", { format: "json" });
    const { digest } = (JSON.parse(stdout) as { request: { digest: string } }).request;
    const same = await dualreg.request("v0.0.1-uat", { image: [IMAGE], confirm: digest });
    assert.match(same.stdout, new RegExp(`^Confirmed: Sign off v0\\.0\\.1-uat for uat: ${digest}`));
    const other = await dualreg.request("v0.0.1-uat", { image: [`orders/web@${DIGEST}`], confirm: digest });
    assert.deepEqual(
      [other.code, /is not what stands in qa as v0\.0\.1-qa now/.test(other.stderr)],
      [1, true],
      other.stderr,
    );
    const none = await dualreg.request("v0.0.1-uat", { image: [IMAGE], confirm: DIGEST });
    assert.match(none.stderr, /^NOT_FOUND/);
  });

  it("sign-offs prints who, when, for which commit and digest, as a page of a release shows it (S0-20)", async () => {
    const { code, stdout } = await dualreg.signOffs("v0.0.1-uat", { format: "markdown" });
    assert.equal(code, 0);
    const commit = company.at("release/1");
    for (const who of ["qa", "uat"]) {
      assert.match(
        stdout,
        new RegExp(`^\\| ${who} \\| ${who}-manager \\| 2026-11-02T[\\d:.]+Z \\| \`${commit}\` \\|$`, "m"),
      );
    }
    assert.ok(stdout.includes(`| orders/api | \`${DIGEST}\` |`), stdout);
  });

  it("sign-offs are signed into files that promotions read, and that their gate finds in order (S2-7, S0-17, S0-20)", async () => {
    const pair = await generateKeyPair("a password of a test");
    const key = join(folder, "cosign.key");
    writeFileSync(key, pair.privateKey);
    const out = join(folder, "signed");
    const signed = await dualreg.signOffs("v0.0.1-uat", { out, key }, { COSIGN_PASSWORD: "a password of a test" });
    assert.equal(signed.code, 0, signed.stderr);
    const verifier = makeVerifier({ trustedRoot: Buffer.from("never read: keys need no root") });
    const reader = signOffsFromFile(join(out, "orders-api.json"), [{ key: pair.publicKey }], verifier);
    const read: SignOffs = await reader({ repository: "orders/api", digest: DIGEST, to: "uat" });
    assert.deepEqual([...read.authors].sort(), ["developer", "release-automation[bot]"]);
    const commit = company.at("release/1");
    const facts = { roles: ["qa", "uat"], repository: "orders/api", digest: DIGEST, from: "qa", to: "uat" } as const;
    const now = new Date("2026-12-01T00:00:00Z");
    const release = { ...facts, version: "v0.0.1-qa", commit, now };
    assert.deepEqual(judgeApprovals(approvalFactsOf(read, release)).reasons, []);
  });

  it("sign-offs says that a signer is needed for files", async () => {
    const { code, stderr } = await dualreg.signOffs("v0.0.1-uat", { out: folder });
    assert.deepEqual([code, /needs a signer/.test(stderr)], [2, true], stderr);
  });
});
