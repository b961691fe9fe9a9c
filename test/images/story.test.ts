import assert from "node:assert/strict";
import { Company, PEOPLE } from "../support/github/company";
import { FlowCommands } from "../support/github/flowCommands";
import type { Ran } from "../support/release/dualreg";

const { automation, developer, qaManager, uatManager, devManager } = PEOPLE;

const API = `orders/api@sha256:${"a1".repeat(32)}`;
/** The console is rebuilt for each stage, so its digest is another one in each. */
const consoleOf = (stage: string) => `orders/console@sha256:${(stage === "qa" ? "b2" : "c3").repeat(32)}`;

function goesThrough({ code, stdout, stderr }: Ran, says: RegExp): void {
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert.match(stdout, says);
}

function isRefused({ code, stdout, stderr }: Ran, ...says: readonly RegExp[]): void {
  assert.equal(code, 1, `${stdout}${stderr}`);
  for (const words of says) assert.match(`${stdout}${stderr}`, words);
}

describe("the release flow", () => {
  let company: Company;
  let dualreg: FlowCommands;
  before(async () => {
    company = await Company.begin();
    dualreg = new FlowCommands(company, "      stageChecks: { uat: [{ name: end-to-end, app: 4200002 }] }\n");
  });
  after(async () => {
    dualreg.end();
    await company.stop();
  });

  it("release takes the story from a sprint's branch to v0.0.1 in prod, and stops wherever an approval is missing (S0-11, S0-12, S0-13, S0-14, S0-17, S0-18, S0-19, S0-20)", async () => {
    // Sprint 1: the developer works on a branch of their own, and it comes to main by a reviewed pull request.
    company.push("sprint-1/feature/registry", developer, "The secure registry beside the standard one", {
      from: "main",
    });
    company.merge("sprint-1/feature/registry", developer);
    goesThrough(await dualreg.next("qa"), /^Cut release\/1 from main[^]*by: team qa-managers/);
    goesThrough(await dualreg.next("uat"), /nothing has reached qa yet/);

    // QA finds that a pull from the secure registry is not logged as one. The fix lands on main, before the cut.
    company.push("sprint-1/fix/log", developer, "Log the registry that was pulled from", { from: "main" });
    isRefused(
      await dualreg.cut("release/1", { by: "qa-manager", commit: company.at("sprint-1/fix/log") }),
      /not on main/,
    );
    const fixed = company.merge("sprint-1/fix/log", developer);

    // The QA manager cuts release/1 from main; nobody else can.
    isRefused(
      await dualreg.cut("release/1", { by: developer.login }),
      /"developer" may not cut release\/1; allowed: team qa-managers/,
    );
    isRefused(await dualreg.cut("release/2", { by: qaManager.login }), /allowed: release\/1/);
    goesThrough(await dualreg.cut("release/1", { by: qaManager.login }), /^CUT release\/1/);
    assert.equal(company.at("release/1"), fixed);

    // Automation asks for v0.0.1-qa: ${VERSION}-${TARGET_ENV}. Without the QA manager there is no tag.
    isRefused(await dualreg.tag("v0.0.1-qa"), /not-asked/);
    goesThrough(await dualreg.request("v0.0.1-qa"), /^Asked for: Sign off v0\.0\.1-qa for qa: sha256:/);
    isRefused(await dualreg.tag("v0.0.1-qa"), /role "qa" has not approved v0\.0\.1-qa/);
    isRefused(
      await dualreg.request("v0.0.1-uat", { image: [API] }),
      /needs v0\.0\.1-qa first, and there is no such tag/,
    );
    company.approve(qaManager);
    goesThrough(await dualreg.tag("v0.0.1-qa"), /^TAGGED v0\.0\.1-qa/);

    // CI builds for qa. QA signs off what stands there, and v0.0.1-uat needs the QA and the UAT manager.
    company.deploy("v0.0.1-qa", "qa");
    const inQa = [API, consoleOf("qa")];
    goesThrough(
      await dualreg.next("uat"),
      /^Tag v0\.0\.1-uat[^]*qa \(team qa-managers\), then uat \(team uat-managers\)/,
    );
    goesThrough(await dualreg.request("v0.0.1-uat", { image: inQa }), /Sign off v0\.0\.1-uat for uat/);
    isRefused(await dualreg.tag("v0.0.1-uat"), /role "qa" has not approved/, /role "uat" has not approved/);
    company.approve(qaManager);
    isRefused(await dualreg.tag("v0.0.1-uat"), /role "uat" has not approved/);
    isRefused(await dualreg.request("v0.0.1", { image: inQa }), /needs v0\.0\.1-uat first/);
    company.approve(uatManager);
    goesThrough(await dualreg.check("v0.0.1-uat", { image: inQa }), /^MAY BE TAGGED/);
    goesThrough(await dualreg.tag("v0.0.1-uat"), /^TAGGED v0\.0\.1-uat/);

    // UAT validates. v0.0.1 needs the QA, the UAT and the Dev manager.
    company.deploy("v0.0.1-uat", "uat");
    const inUat = [API, consoleOf("uat")];
    isRefused(
      await dualreg.request("v0.0.1", { image: inUat }),
      /check "end-to-end" of uat .* by App 4200002 has not run/,
    );
    company.checked("v0.0.1-uat", "end-to-end", 4_200_002, "success");
    goesThrough(await dualreg.request("v0.0.1", { image: inUat }), /Sign off v0\.0\.1 for prod/);
    const managers = [qaManager, uatManager, devManager];
    for (const [index, role] of ["qa", "uat", "dev"].entries()) {
      isRefused(await dualreg.tag("v0.0.1"), new RegExp(`role "${role}" has not approved v0\\.0\\.1`));
      company.approve(managers[index] ?? qaManager);
    }
    goesThrough(await dualreg.tag("v0.0.1"), /^TAGGED v0\.0\.1 /);
    company.deploy("v0.0.1", "prod");
    goesThrough(await dualreg.next("prod"), /v0\.0\.1 is released/);

    // Every tag is the commit that qa tested, lies on release/1, and can be checked for ever.
    for (const tag of ["v0.0.1-qa", "v0.0.1-uat", "v0.0.1"]) {
      assert.equal(company.at(tag), fixed);
      goesThrough(await dualreg.check(tag), new RegExp(`^OK ${tag} at ${fixed.slice(0, 12)} on release/1`));
    }
    assert.ok(
      company.github.state.activity.every(({ actor, ref }) => ref !== "refs/heads/release/1" || actor === automation),
    );

    // Each sign-off says who, when, for which commit and which digest.
    const { stdout } = await dualreg.signOffs("v0.0.1", { format: "json" });
    const { signOffs } = JSON.parse(stdout) as {
      signOffs: { repository: string; approvals: Record<string, string>[] }[];
    };
    assert.deepEqual(
      signOffs.map(({ repository, approvals }) => [
        repository,
        approvals.map(({ role, by, commit, digest }) => [role, by, commit, digest]),
      ]),
      inUat.map((image) => {
        const [repository = "", digest = ""] = image.split("@");
        return [
          repository,
          [
            ["qa", "qa-manager"],
            ["uat", "uat-manager"],
            ["dev", "dev-manager"],
          ].map((who) => [...who, fixed, digest]),
        ];
      }),
    );
    for (const { approvals } of signOffs)
      for (const { at } of approvals) assert.match(at ?? "", /^2026-11-02T\d\d:\d\d:\d\d\.000Z$/);
    assert.deepEqual(company.github.unknown, []);
  });
});
