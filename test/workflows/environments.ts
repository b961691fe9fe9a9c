import { planStage } from "../../src/domain/plan/planStage";
import { IMAGE_CLASSES } from "../../src/domain/image/imageClass";
import { DEFAULT_STAGES, gatedStages } from "../../src/domain/stage";
import { companyConfig } from "../support/companyConfig";
import { reachOf } from "./reach";
import { WORKFLOWS } from "./read";

const ROLE = /\$\{\{ fromJSON\(needs\.candidate\.outputs\.roles\)\[(\d)\] \}\}/;

/** What the expressions in names of environments stand for, for the example company. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "needs.step.outputs.stage": DEFAULT_STAGES,
  "needs.candidate.outputs.to": gatedStages(DEFAULT_STAGES),
  "matrix.stage": DEFAULT_STAGES,
  "matrix.class": IMAGE_CLASSES,
  "matrix.image.class": IMAGE_CLASSES,
  "matrix.image.source": DEFAULT_STAGES,
};

/** All names that a name with expressions can become. */
function expand(name: string): string[] {
  const found = /\$\{\{ ([^}]*) \}\}/.exec(name);
  if (!found) return [name];
  const [whole, expression = ""] = found;
  const values = VALUES[expression];
  if (values === undefined) throw new Error(`nothing is known of ${expression}`);
  return values.flatMap((value) => expand(name.replace(whole, () => value)));
}

/** A job of one role, for each stage that has so many. */
function ofRole(name: string, at: number): string[] {
  return gatedStages(DEFAULT_STAGES).flatMap((stage) => {
    const role = planStage(companyConfig(stage)).gates.signOffRoles[at];
    return role === undefined ? [] : [name.replace(ROLE, role).replace("${{ needs.candidate.outputs.to }}", stage)];
  });
}

/** Whoever signs a stage off last. */
const LAST = "${{ needs.step.outputs.approver }}";

/** A job of the last role of each stage. */
function ofLast(name: string): string[] {
  return gatedStages(DEFAULT_STAGES).flatMap((stage) => {
    const role = planStage(companyConfig(stage)).gates.signOffRoles.at(-1);
    return role === undefined ? [] : [name.replace(LAST, role).replace("${{ needs.step.outputs.stage }}", stage)];
  });
}

/** The environments that jobs name, with who names them. */
export function environmentsNamed(): Map<string, string[]> {
  const named = new Map<string, string[]>();
  for (const { environment, name } of reachOf(WORKFLOWS, []).jobs) {
    if (environment === undefined) continue;
    const at = ROLE.exec(environment)?.[1];
    const whole = () => (environment.includes(LAST) ? ofLast(environment) : expand(environment));
    const environments = at === undefined ? whole() : ofRole(environment, Number(at));
    for (const each of environments) named.set(each, [...(named.get(each) ?? []), name]);
  }
  return named;
}
