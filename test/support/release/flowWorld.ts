import { defined } from "../../../src/base/defined";
import { judgeStep } from "../../../src/domain/flow/judgeStep";
import { type Step, stepBefore } from "../../../src/domain/flow/step";
import type { SignOffRequest, StepFacts } from "../../../src/domain/flow/stepFacts";
import { releaseName } from "../../../src/domain/image/version";
import type { Stage, Stages } from "../../../src/domain/stage";
import { rolesOf, step } from "./stepFacts";
import { schemeOf } from "../scheme";

/** The tag of a stage, for the one version of this world. */
export const tagOf = (stage: Stage, stages: Stages): string => releaseName("v0.0.1", stage, { stages });

/** One thing that somebody tries; what is not legal does not happen. */
export type Act =
  | { act: "push"; by: string }
  | { act: "request"; stage: Stage; by: string; image: number; past?: boolean }
  | { act: "approve"; request: number; role: string; by: string }
  | { act: "tag"; stage: Stage };

/** What really happened, told apart from what the judge is shown. */
export interface Logged {
  stage: Stage;
  commit: string;
  at: number;
}

/** A release branch, its requests and its tags; every placement of a tag goes through the judge. */
export class FlowWorld {
  readonly requests: { made: SignOffRequest; at: number; commit: string }[] = [];
  readonly placed = new Map<Stage, Logged>();
  readonly pushes: { at: number; by: string; commit: string }[] = [];
  private clock = 0;

  constructor(private readonly stages: Stages) {
    this.perform({ act: "push", by: "developer" });
  }

  get head(): string {
    return this.pushes.at(-1)?.commit ?? "";
  }

  perform(act: Act): void {
    const now = ++this.clock;
    if (act.act === "push") {
      this.pushes.push({ at: now, by: act.by, commit: now.toString(16).padStart(40, "0") });
    } else if (act.act === "request") this.ask(act, now);
    else if (act.act === "approve") {
      const { made } = this.requests[act.request % Math.max(1, this.requests.length)] ?? {};
      const approvals = [...(made?.approvals ?? []), { role: act.role, by: act.by, at: timeOf(now), entitled: true }];
      if (made) Object.assign(made, { approvals });
    } else {
      const facts = this.facts(step(tagOf(act.stage, this.stages), this.stages));
      const { legal, request } = judgeStep(facts);
      if (this.placed.has(act.stage) || !legal) return;
      this.placed.set(act.stage, { stage: act.stage, commit: facts.commit, at: now });
      const approved = this.requests.find(({ made }) => made.run === request?.run)?.made;
      if (approved) approved.takenAt = timeOf(now);
    }
  }

  private ask({ stage, by, image, past = false }: Act & { act: "request" }, now: number): void {
    const { tag, version, from, to, entry } = step(tagOf(stage, this.stages), this.stages);
    const commit = this.head;
    const images = entry ? [] : [{ repository: "orders/api", digest: `sha256:${String(image).repeat(64)}` }];
    const about = { repository: "company/orders", tag, version, ...defined({ from }), to, commit, branch: "release/1" };
    // The automation starts the run for whoever asks; they stand in the candidate.
    const asked = { ...about, images, askedBy: by.endsWith("[bot]") ? "releaser" : by };
    const breakGlass = { reason: "It cannot wait for the stages before", source: this.stages[0] };
    const candidate = past && !entry ? { ...asked, breakGlass } : asked;
    const made = { run: now, candidate, askedBy: [by], approvals: [], rejections: [] };
    this.requests.push({ made, at: now, commit });
  }

  /** What GitHub would say of a step now. */
  private facts(of: Step): StepFacts {
    const stands = this.placed.get(of.to);
    const before = stepBefore(of, schemeOf(this.stages));
    const commit = stands?.commit ?? (before && this.placed.get(before.to)?.commit) ?? this.head;
    const authors = this.pushes.map(({ by }) => ({ login: by, how: "author" }));
    return {
      ...{
        step: of,
        commit,
        roles: rolesOf(of.to, this.stages),
        authors,
        unknownAuthors: [],
        rebuilt: [],
      },
      ...(stands && { placed: { commit: stands.commit, deployedFrom: [stands.commit], recorded: [] } }),
      branch: {
        ...{ name: "release/1", head: this.head },
        pushes: this.pushes.map((push) => ({ at: timeOf(push.at), after: push.commit })),
        ...{ changes: [], untraced: [] },
      },
      tags: [...this.placed.keys()].map((stage) => tagOf(stage, this.stages)),
      requests: this.requests.map(({ made }) => made).filter(({ candidate }) => candidate.tag === of.tag),
      ...(before && { before: this.facts(before) }),
    };
  }
}

/** An hour passes with everything, so that no clock's tolerance matters. */
export const timeOf = (tick: number): string =>
  new Date(Date.parse("2026-11-02T00:00:00Z") + tick * 3_600_000).toISOString();
