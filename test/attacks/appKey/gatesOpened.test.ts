import assert from "node:assert/strict";
import { GatesGround } from "../../support/github/gatesGround";

/** What somebody does who may administer the repository, and what the review says of it. */
const ATTACKS: readonly (readonly [
  title: string,
  attack: (ground: GatesGround) => void,
  where: string,
  property: string,
  as?: "admin",
])[] = [
  [
    "takes all reviewers off a sign-off, which no refresh sees",
    (g) => (g.environment("qa-signoff-qa").protection_rules = [{ type: "branch_policy" }]),
    "environment qa-signoff-qa",
    "reviewers",
  ],
  [
    "lets a friend review",
    (g) => {
      const [rule = {}] = g.environment("qa-signoff-qa").protection_rules;
      rule["reviewers"] = [{ type: "User", reviewer: { id: 666, login: "friend" } }];
    },
    "environment qa-signoff-qa",
    "reviewers",
  ],
  [
    "gives a known name to another number",
    (g) => {
      const [rule = {}] = g.environment("qa-signoff-qa").protection_rules;
      rule["reviewers"] = [{ type: "Team", reviewer: { id: 666, slug: "qa-managers" } }];
    },
    "environment qa-signoff-qa",
    "reviewers",
  ],
  [
    "lets people approve what they started",
    (g) => ((g.environment("qa-signoff-qa").protection_rules[0] ?? {})["prevent_self_review"] = false),
    "environment qa-signoff-qa",
    "prevent_self_review",
  ],
  [
    "lets administrators pass an environment",
    (g) => (g.environment("qa-publish-secure").can_admins_bypass = true),
    "environment qa-publish-secure",
    "can_admins_bypass",
  ],
  [
    "adds the branch policy *, which no refresh sees",
    (g) => g.environment("prod-publish-secure").policies.push({ id: 9_000, name: "*", type: "branch" }),
    "environment prod-publish-secure",
    "deployment branch policies",
  ],
  [
    "adds the tag policy v*",
    (g) => g.environment("prod-publish-secure").policies.push({ id: 9_000, name: "v*", type: "tag" }),
    "environment prod-publish-secure",
    "deployment branch policies",
  ],
  [
    "hides a policy behind a hundred others",
    (g) => {
      const { policies } = g.environment("qa");
      for (let at = 0; at < 120; at++) policies.push({ id: 8_000 + at, name: policies[0]?.name ?? "" });
      policies.push({ id: 9_000, name: "*", type: "branch" });
    },
    "environment qa",
    "deployment branch policies",
  ],
  [
    "opens an environment to every branch",
    (g) => (g.environment("qa").deployment_branch_policy = null),
    "environment qa",
    "deployment branch policies",
  ],
  [
    "deletes an environment, which the next job would make again without a gate",
    (g) => (g.settings.environments = g.settings.environments.filter(({ name }) => name !== "uat-signoff-uat")),
    "environment uat-signoff-uat",
    "environment",
  ],
  [
    "makes an environment of its own that logs in to Azure",
    (g) => {
      const like = g.environment("qa");
      g.settings.environments.push({ ...like, name: "mine", variables: new Map([["AZURE_CLIENT_ID", "of-prod"]]) });
    },
    "environment mine",
    "environment",
  ],
  [
    "gives a sign-off's neighbour another identity to log in as",
    (g) => g.environment("qa-publish-secure").variables.set("AZURE_BACKDOOR_CLIENT_ID", "x"),
    "environment qa-publish-secure",
    "variable AZURE_BACKDOOR_CLIENT_ID",
  ],
  [
    "only notes what breaks a ruleset",
    (g) => (g.ruleset("main").enforcement = "evaluate"),
    "ruleset main",
    "enforcement",
  ],
  ["switches a ruleset off", (g) => (g.ruleset("main").enforcement = "disabled"), "ruleset main", "enforcement"],
  [
    "takes a branch out of a ruleset",
    (g) => g.ruleset("main").conditions.ref_name.exclude.push("refs/heads/main"),
    "ruleset main",
    "excluded refs",
  ],
  [
    "takes a rule out of a ruleset",
    (g) => (g.ruleset("version tags: update and deletion").rules = [{ type: "deletion" }]),
    "ruleset version tags: update and deletion",
    "rules",
  ],
  [
    "asks for no review on main",
    (g) => {
      const rule = g.ruleset("main").rules.find(({ type }) => type === "pull_request");
      if (rule?.parameters) rule.parameters["required_approving_review_count"] = 0;
    },
    "ruleset main",
    "pull_request.required_approving_review_count",
  ],
  [
    "deletes a ruleset",
    (g) => (g.settings.rulesets = g.settings.rulesets.filter(({ name }) => name !== "main")),
    "ruleset main",
    "ruleset",
  ],
  [
    "lets an App of its own pass a ruleset",
    (g) =>
      g.ruleset("main").bypass_actors.push({ actor_id: 666, actor_type: "Integration", bypass_mode: "pull_request" }),
    "ruleset main",
    "bypass actors",
    "admin",
  ],
  [
    "lets every administrator pass a ruleset",
    (g) =>
      g.ruleset("main").bypass_actors.push({ actor_id: null, actor_type: "OrganizationAdmin", bypass_mode: "always" }),
    "ruleset main",
    "bypass actors",
    "admin",
  ],
  [
    "takes the workflow out of the subject of tokens",
    (g) => (g.settings.subject = { use_default: false, include_claim_keys: ["repo", "context"] }),
    "repository",
    "claims in the subject of tokens",
  ],
  [
    "brings GitHub's default subject back",
    (g) => (g.settings.subject = { use_default: true }),
    "repository",
    "claims in the subject of tokens",
  ],
  [
    "makes another branch the default, which main's ruleset follows",
    (g) => (g.settings.defaultBranch = "mine"),
    "repository",
    "default branch",
  ],
];

describe("whoever administers the repository opens a gate, and gates review finds it", () => {
  let ground: GatesGround;
  before(async () => {
    ground = await GatesGround.begin();
  });
  beforeEach(() => ground.reset());
  after(() => ground.github.stop());

  for (const [title, attack, where, property, as] of ATTACKS) {
    it(title, async () => {
      attack(ground);
      const { findings, differences } = await ground.review(as);
      const found = findings.filter((one) => one.kind !== "unknown");
      assert.deepEqual(
        found.map((one) => [one.where, one.property]),
        [[where, property]],
      );
      assert.equal(differences, 1);
      assert.equal((await ground.run({}, as)).code, 1);
    });
  }
});
