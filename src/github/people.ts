import { samePerson } from "../domain/flow/verdict";
import type { Github } from "./client";
import type { Approver } from "./releaseRules";
import { anythingSchema, appSchema, membershipSchema } from "./schemas";

const BOT = /^(.+)\[bot\]$/;

/** Who belongs to which team, asked once each. */
export class People {
  private readonly answers = new Map<string, Promise<boolean>>();

  constructor(private readonly github: Github) {}

  /** True where somebody is one of the approvers, by name or as an active member of a team. */
  async isOneOf(login: string, approvers: readonly Approver[]): Promise<boolean> {
    for (const approver of approvers) {
      if ("user" in approver ? samePerson(approver.user, login) : await this.isMember(login, approver.team))
        return true;
    }
    return false;
  }

  /** True for the login of the App with this number. */
  async isApp(login: string, app: number | undefined): Promise<boolean> {
    const slug = BOT.exec(login)?.[1];
    if (slug === undefined || app === undefined) return false;
    return this.once(`app ${slug}`, async () => {
      const found = await this.github.find("GET /apps/{app_slug}", { app_slug: slug }, appSchema);
      return found?.id === app;
    });
  }

  private async isMember(username: string, team: string): Promise<boolean> {
    const where = { org: this.github.repository.owner, team_slug: team };
    // A token that may not see the team is told "not found" of every member; so the team itself is asked for first.
    await this.once(`team ${team}`, async () => {
      await this.github.call("GET /orgs/{org}/teams/{team_slug}", where, anythingSchema);
      return true;
    });
    const route = "GET /orgs/{org}/teams/{team_slug}/memberships/{username}";
    return this.once(`${team} ${username.toLowerCase()}`, async () => {
      const found = await this.github.find(route, { ...where, username }, membershipSchema);
      return found?.state === "active";
    });
  }

  private once(key: string, ask: () => Promise<boolean>): Promise<boolean> {
    const known = this.answers.get(key);
    if (known) return known;
    const answer = ask();
    this.answers.set(key, answer);
    return answer;
  }
}
