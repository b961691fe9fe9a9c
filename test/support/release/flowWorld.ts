import { judgeStep } from "../../../src/domain/flow/judgeStep";
import { type ReleaseStage, type Step, stepBefore } from "../../../src/domain/flow/step";
import type { SignOffRequest, StepFacts } from "../../../src/domain/flow/stepFacts";
import { ROLES, step } from "./stepFacts";

/** The tag of each stage, for the one version of this world. */
export const TAGS: Readonly<Record<ReleaseStage, string>> = { qa: "v0.0.1-qa", uat: "v0.0.1-uat", prod: "v0.0.1" };

/** One thing that somebody tries; what is not legal does not happen. */
export type Act =
  | { act: "push"; by: string }
  | { act: "request"; stage: ReleaseStage; by: string; image: number }
  | { act: "approve"; request: number; role: string; by: string }
  | { act: "tag"; stage: ReleaseStage };

/** What really happened, told apart from what the judge is shown. */
export interface Logged {
  stage: ReleaseStage;
  commit: string;
  at: number;
}

/** A release branch, its requests and its tags; every placement of a tag goes through the judge. */
export class FlowWorld {
  readonly requests: { made: SignOffRequest; at: number; commit: string }[] = [];
  readonly placed = new Map<ReleaseStage, Logged>();
  readonly pushes: { at: number; by: string; commit: string }[] = [];
  private clock = 0;

  constructor() {
    this.perform({ act: "push", by: "developer" });
  }

  get head(): string {
    return this.pushes.at(-1)?.commit ?? "";
  }

  perform(act: Act): void {
    const now = ++this.clock;
    if (act.act === "push") {
      this.pushes.push({ at: now, by: act.by, commit: now.toString(16).padStart(40, "0") });
    } else if (act.act === "request") this.ask(act.stage, act.by, act.image, now);
    else if (act.act === "approve") {
      const { made } = this.requests[act.request % Math.max(1, this.requests.length)] ?? {};
      const approvals = [...(made?.approvals ?? []), { role: act.role, by: act.by, at: timeOf(now), entitled: true }];
      if (made) Object.assign(made, { approvals });
    } else {
      const facts = this.facts(step(TAGS[act.stage]));
      const free = !this.placed.has(act.stage);
      if (free && judgeStep(facts).legal)
        this.placed.set(act.stage, { stage: act.stage, commit: facts.commit, at: now });
    }
  }

  private ask(stage: ReleaseStage, by: string, image: number, now: number): void {
    const { tag, version, from, to } = step(TAGS[stage]);
    const commit = this.head;
    const images = to === "qa" ? [] : [{ repository: "orders/api", digest: `sha256:${String(image).repeat(64)}` }];
    const candidate = { tag, version, from, to, commit, branch: "release/1", images };
    const made = { run: now, candidate, commit, branch: "release/1", askedBy: [by], approvals: [], rejections: [] };
    this.requests.push({ made, at: now, commit });
  }

  /** What GitHub would say of a step now. */
  private facts(of: Step): StepFacts {
    const stands = this.placed.get(of.to);
    const before = stepBefore(of);
    const commit = stands?.commit ?? (before && this.placed.get(before.to)?.commit) ?? this.head;
    const authors = this.pushes.map(({ by }) => ({ login: by, how: "author" }));
    return {
      ...{
        step: of,
        commit,
        done: stands !== undefined,
        roles: ROLES[of.to],
        authors,
        unknownAuthors: [],
        rebuilt: [],
      },
      ...(stands && { placed: { commit: stands.commit, at: timeOf(stands.at), deployedFrom: [stands.commit] } }),
      branch: {
        ...{ name: "release/1", head: this.head },
        pushes: this.pushes.map((push) => ({ at: timeOf(push.at), after: push.commit })),
      },
      tags: [...this.placed.keys()].map((stage) => TAGS[stage]),
      requests: this.requests.map(({ made }) => made).filter(({ candidate }) => candidate.tag === of.tag),
      ...(before && { before: this.facts(before) }),
    };
  }
}

/** An hour passes with everything, so that no clock's tolerance matters. */
export const timeOf = (tick: number): string =>
  new Date(Date.parse("2026-11-02T00:00:00Z") + tick * 3_600_000).toISOString();
