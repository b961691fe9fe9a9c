import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import type { SignOffs } from "../../src/domain/flow/signOffs";
import { describeWith } from "../support/registries";
import { type Built, Commands, type Promoting } from "../support/release/commands";
import { COMMIT, World } from "../support/release/world";

const VERSION = "v1.2.3-rc1";
const ELSEWHERE = `sha256:${"e".repeat(64)}` as const;

/** Sign-offs with one approval changed. */
function changed(whole: SignOffs, role: string, different: Partial<SignOffs["approvals"][number]>): Partial<SignOffs> {
  const approvals = whole.approvals.map((one) => (one.role === role ? { ...one, ...different } : one));
  return { approvals };
}

/** Sign-offs that do not hold, and what must be said of them. */
const SIGN_OFFS: readonly { criterion: string; said: (whole: SignOffs) => Partial<SignOffs>; says: RegExp }[] = [
  {
    criterion: "a role that has not approved",
    said: ({ approvals }) => ({ approvals: approvals.slice(0, 1) }),
    says: /role "uat" has not approved v1\.2\.3-rc1; wanted: an approval of each of qa, uat/,
  },
  {
    criterion: "one person in two roles",
    said: (whole) => changed(whole, "uat", { by: "QA-Manager" }),
    says: /"QA-Manager" approved for "qa" and for "uat"; allowed: distinct people/,
  },
  {
    criterion: "an author who approves",
    said: (whole) => changed(whole, "qa", { by: "author" }),
    says: /"author" for role "qa" approved and is an author of the release/,
  },
  {
    criterion: "an approval of another digest",
    said: (whole) => changed(whole, "qa", { digest: ELSEWHERE }),
    says: /approved digest sha256:e+; wanted: sha256:/,
  },
  {
    criterion: "an approval of another commit",
    said: (whole) => changed(whole, "qa", { commit: "f".repeat(40) }),
    says: new RegExp(`approved commit f+; wanted: ${COMMIT}`),
  },
  {
    criterion: "a release of another commit than the labels say",
    said: ({ approvals }) => ({
      commit: "f".repeat(40),
      approvals: approvals.map((one) => ({ ...one, commit: "f".repeat(40) })),
    }),
    says: new RegExp(`are for commit f{12}; wanted: ${COMMIT.slice(0, 12)};`),
  },
  {
    criterion: "a role that approved before the one ahead of it (S0-19)",
    said: (whole) => changed(whole, "uat", { at: "2026-11-02T07:00:00Z" }),
    says: /role "uat" approved at .*, before role "qa"/,
  },
  {
    criterion: "sign-offs of another version",
    said: () => ({ version: "v9.9.9" }),
    says: /version "v9\.9\.9"; wanted/,
  },
  {
    criterion: "sign-offs of another edge (S0-19)",
    said: () => ({ to: "prod" }),
    says: /for to "prod"; wanted: "uat"/,
  },
  { criterion: "an edge from another stage (S0-19)", said: () => ({ from: "dev" }), says: /from "dev"; wanted: "qa"/ },
  {
    criterion: "sign-offs of another image",
    said: ({ approvals }) => ({
      digest: ELSEWHERE,
      approvals: approvals.map((one) => ({ ...one, digest: ELSEWHERE })),
    }),
    says: /is not about sha256:/,
  },
];

describeWith(["docker-registry"], "promote, its sign-offs", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    built = await world.build(VERSION);
    const { code, stderr } = await commands.publish(built, VERSION);
    assert.equal(code, 0, stderr);
  });
  after(() => world.end());

  /** Refused, with these words, and the target's registry has not so much as begun a repository. */
  async function refuses(different: Promoting, ...says: readonly RegExp[]): Promise<void> {
    const { code, stdout } = await commands.promote(built, VERSION, different);
    assert.equal(code, 1, stdout);
    assert.match(stdout, /^REFUSED /);
    for (const words of says) assert.match(stdout, words);
    assert.deepEqual(readdirSync(world.uat.storageDir), []);
  }

  for (const { criterion, said, says } of SIGN_OFFS) {
    it(`promote refuses ${criterion}`, () =>
      refuses({ said: said(world.signOffs(built.descriptor.digest, VERSION)) }, /^ {2}Sign-offs: /m, says));
  }

  it("promote refuses sign-offs as bare JSON, whatever they say", async () => {
    const file = commands.file("bare", world.signOffs(built.descriptor.digest, VERSION));
    await refuses({ options: { signOffs: [file] } }, /bare JSON, which anybody could have written/);
  });

  it("promote refuses sign-offs that a stranger's key signed", () =>
    refuses({ signer: world.stranger }, /^ {2}Sign-offs: .*sign/m));

  it("promote takes sign-offs with an approval that nobody asked for, and notes it", async () => {
    const whole = world.signOffs(built.descriptor.digest, VERSION);
    const extra = { role: "legal", by: "lawyer", at: "2026-11-02T09:00:00Z", commit: COMMIT, digest: whole.digest };
    const { code, stdout, stderr } = await commands.promote(built, VERSION, {
      said: { approvals: [...whole.approvals, extra] },
    });
    assert.equal(code, 0, stdout);
    assert.match(stderr, /gates: "lawyer" approved for role "legal", which uat does not ask for/);
  });
});
