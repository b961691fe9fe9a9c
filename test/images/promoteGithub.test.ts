import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { Company, PEOPLE } from "../support/github/company";
import { FlowCommands } from "../support/github/flowCommands";
import { describeWith } from "../support/registries";
import { type Built, Commands } from "../support/release/commands";
import { COMMIT, World } from "../support/release/world";

const VERSION = "v1.2.3-rc1";
const { automation, developer, qaManager, uatManager } = PEOPLE;

/** The commands of images, in a workflow's environment. */
class InWorkflow extends Commands {
  repository = "company/orders";

  constructor(
    world: World,
    private readonly company: Company,
  ) {
    super(world);
  }

  override get env(): Record<string, string> {
    return { ...super.env, ...this.company.envOf(automation), GITHUB_REPOSITORY: this.repository };
  }
}

describeWith(["docker-registry"], "promote, with sign-offs from GitHub", () => {
  let world: World;
  let company: Company;
  let dualreg: FlowCommands;
  let commands: InWorkflow;
  let built: Built;
  before(async () => {
    world = await World.begin();
    company = await Company.begin();
    dualreg = new FlowCommands(company);
    commands = new InWorkflow(world, company);
    built = await world.build(VERSION);
    const published = await commands.publish(built, VERSION);
    assert.equal(published.code, 0, published.stderr);
    company.push("main", developer, "The release", { sha: COMMIT });
    assert.equal((await dualreg.cut(undefined, { by: qaManager.login })).code, 0);
    assert.equal((await dualreg.request(VERSION)).code, 0);
    company.approve(qaManager);
    assert.equal((await dualreg.tag(VERSION)).code, 0);
  });
  after(async () => {
    dualreg.end();
    assert.deepEqual(company.github.unknown, []);
    await Promise.all([company.stop(), world.end()]);
  });

  const promote = () => commands.promote(built, VERSION, { options: { signOffs: ["github"] } });

  it("promote refuses an image about which nobody was asked (S2-7)", async () => {
    const { code, stdout } = await promote();
    assert.equal(code, 1);
    assert.match(stdout, /no approver was asked about orders\/api@sha256:[0-9a-f]{64}; ask: dualreg release request/);
  });

  it("promote refuses while an approval is missing, and leaves the target untouched (S0-17, S2-7)", async () => {
    const image = [`orders/api@${built.descriptor.digest}`];
    const asked = await dualreg.request(VERSION, { to: "uat", image });
    assert.equal(asked.code, 0, asked.stderr);
    company.approve(qaManager);
    const { code, stdout } = await promote();
    assert.equal(code, 1);
    assert.match(stdout, /role "uat" has not approved v1\.2\.3-rc1/);
    assert.deepEqual(readdirSync(world.uat.storageDir), []);
  });

  it("promote refuses what was approved before the stage's checks have passed there (S2-13)", async () => {
    company.approve(uatManager);
    world.checksBefore = [{ name: "end-to-end", app: 424_242 }];
    const missing = await promote();
    assert.equal(missing.code, 1, missing.stdout);
    assert.match(missing.stdout, /check "end-to-end" of qa for \w{12} by App 424242 has not run/);
    company.checked(VERSION, "end-to-end", 424_242, "failure");
    assert.match(
      (await promote()).stdout,
      /check "end-to-end" of qa for \w{12} by App 424242 ended with failure; allowed: success/,
    );
    assert.deepEqual(readdirSync(world.uat.storageDir), []);
    company.checked(VERSION, "end-to-end", 424_242, "success");
  });

  it("promote takes sign-offs from GitHub's own records, without a file (S0-17, S0-20, S2-7)", async () => {
    const checked = await dualreg.check(VERSION, { to: "uat" });
    assert.equal(checked.code, 0, checked.stdout);
    const { code, stdout } = await promote();
    assert.equal(code, 0, stdout);
    assert.ok(stdout.includes(built.descriptor.digest), stdout);
  });

  it("promote refuses another repository than the gates', and github beside files", async () => {
    commands.repository = "company/other";
    const { code, stdout, stderr } = await promote();
    commands.repository = "company/orders";
    assert.equal(code, 2, stdout);
    assert.match(stderr, /GITHUB_REPOSITORY is company\/other; the gates of uat are those of orders/);
    const both = await commands.promote(built, VERSION, { options: { signOffs: ["github", "file.json"] } });
    assert.match(both.stderr, /either github or files/);
  });
});
