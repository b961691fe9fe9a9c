import { gatesReview, type GatesReviewOptions } from "../../../src/cli/gates";
import { readStages } from "../../../src/config";
import { planStage } from "../../../src/domain/plan/planStage";
import type { GatesReview } from "../../../src/gates";
import { readProjectFile } from "../../../src/project";
import { example } from "../examples";
import { runCommand } from "../io";
import type { Ran } from "../release/dualreg";
import { type GithubStandIn, startGithub } from ".";
import { type SettingsState, settingsOf } from "./settings";
import type { Account } from "./state";

/** The permissions of an App that only reads, and those of somebody who administers the repository. */
const READER = { actions: "read", environments: "read" } as const;
const TOKENS = { reader: READER, blind: { actions: "read" }, admin: { ...READER, administration: "write" } } as const;

/** A repository that is set up as the company's files plan, and the command that compares the two. */
export class GatesGround {
  private constructor(
    readonly github: GithubStandIn,
    private readonly project: string,
  ) {}

  static async begin(project = "company"): Promise<GatesGround> {
    const github = await startGithub();
    for (const [login, permissions] of Object.entries(TOKENS)) {
      const account: Account = { login: `${login}[bot]`, type: "Bot" };
      github.state.tokens.set(`ghs_${login}`, { account, permissions });
    }
    const ground = new GatesGround(github, example(project));
    ground.reset();
    return ground;
  }

  /** Everything is as planned again. */
  reset(): void {
    const stages = readStages(readProjectFile(this.project), undefined);
    const plans = stages.flatMap(({ config }) => (config ? [planStage(config)] : []));
    this.github.state.settings = settingsOf(plans);
  }

  get settings(): SettingsState {
    const { settings } = this.github.state;
    if (settings === undefined) throw new Error("nothing is set up");
    return settings;
  }

  environment(name: string): SettingsState["environments"][number] {
    const found = this.settings.environments.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no environment ${name}`);
    return found;
  }

  ruleset(name: string): SettingsState["rulesets"][number] {
    const found = this.settings.rulesets.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no ruleset ${name}`);
    return found;
  }

  run(options: Partial<GatesReviewOptions> = {}, as: keyof typeof TOKENS = "reader"): Promise<Ran> {
    const all = { project: this.project, repo: "company/orders", format: "table", ...options } as const;
    const env = { GITHUB_TOKEN: `ghs_${as}`, GITHUB_API_URL: this.github.url };
    return runCommand((io) => gatesReview.run(all, io), env);
  }

  async review(as: keyof typeof TOKENS = "reader", options: Partial<GatesReviewOptions> = {}): Promise<GatesReview> {
    const { stdout } = await this.run({ ...options, format: "json" }, as);
    return JSON.parse(stdout) as GatesReview;
  }
}
