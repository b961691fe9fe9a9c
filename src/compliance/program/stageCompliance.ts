import { getRootDirectory, type Inputs, type Output } from "@pulumi/pulumi";
import { factsOfPlan } from "../../domain/factsOfPlan";
import type { StagePlan } from "../../domain/plan";
import { told } from "../../told";
import { CONTROLS } from "../catalogue";
import { factsOfDeployed } from "../deployed";
import { evaluate } from "../evaluate";
import { refusal } from "../guard";
import { driftWatched } from "./driftWatch";
import { watchResources } from "./watch";

/**
 * Evaluates the plan and stops the run where a mandatory control fails, before anything is registered.
 *
 * @param now the date of the run, which waivers are compared with
 * @returns gives the stack output `compliance`, to be asked once everything is made: each control on its own, by what
 *   the cloud has answered, and as planned where it has not yet
 * @throws RunError with every mandatory failure and what to do about it
 */
export function beginCompliance(plan: StagePlan, now: Date): () => Inputs {
  const planned = factsOfPlan(plan, driftWatched(getRootDirectory()));
  const message = refusal(plan.stage, evaluate(planned, plan.compliance, now));
  if (message !== undefined) throw told(message);
  const resources = watchResources();
  return () => {
    const result = resources().apply((bags) => evaluate(factsOfDeployed(planned, bags), plan.compliance, now));
    const outcomes = CONTROLS.map(({ id }): [string, Output<unknown>] => [
      id,
      result.apply(({ controls }) => controls[id]),
    ]);
    return { version: 1, controls: Object.fromEntries(outcomes), waivers: result.apply(({ waivers }) => waivers) };
  };
}
