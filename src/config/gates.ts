import { z } from "zod";
import { closed, orForm, text, whole } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import { type GatesConfig, MAX_REVIEWERS, MAX_SIGN_OFFS, type Reviewer } from "../domain/identity/environments";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import type { PoliciesConfig } from "../domain/image/policy";
import { ENFORCEMENTS } from "../domain/identity/rulesets";
import {
  entryStage,
  gatedStages,
  isStageName,
  lastStage,
  type Stage,
  STAGE_NAME_FORM,
  type Stages,
} from "../domain/stage";
import { SHARED_FILE, stageFileName } from "../project";
import { githubId } from "./forms";
import type { KeyReader } from "./keyReader";

const slug = text(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, "a GitHub team's slug or user's login");
const REVIEWER = "{ team: <slug>, id: <number> } or { user: <login>, id: <number> }";
const reviewer = z.union([closed({ team: slug, id: githubId }), closed({ user: slug, id: githubId })], {
  error: `allowed: ${REVIEWER}`,
});
const reviewers = z
  .array(reviewer, orForm(`a list of ${REVIEWER}`))
  .min(1)
  .max(MAX_REVIEWERS);

const role = text(/^[a-z][a-z0-9-]{0,38}$/, "a role's name: lower-case letters, digits and hyphens, a letter first");
/** The workflow of sign-offs has a job for each role of a stage, and six of them. */
const chain = z.array(role, orForm("a list, such as [qa]")).max(MAX_SIGN_OFFS).optional();

const checkName = text(/^[^\s](?:.{0,98}[^\s])?$/, "the name of a status check, 1 to 100 characters");
/** GitHub's own App, as which every workflow of every branch reports. */
const ACTIONS_APP = 15_368;

const STAGE_CHECK = "{ name: end-to-end, workflow: e2e.yml } or { name: security-scan, app: 12345 }";
const workflowFile = text(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\.ya?ml$/, "a file of .github/workflows, such as e2e.yml");
const reportingApp = githubId.refine(
  (app) => app !== ACTIONS_APP,
  `allowed: another App than GitHub Actions, as which any workflow of any branch reports; name the workflow`,
);
const stageCheck = z.union(
  [closed({ name: checkName, workflow: workflowFile }), closed({ name: checkName, app: reportingApp })],
  {
    error: ({ input }) =>
      typeof input === "string"
        ? `anybody who may push can report a check by that name, so say who may: ${STAGE_CHECK}`
        : `allowed: ${STAGE_CHECK}`,
  },
);
const stageChecks = z
  .array(stageCheck, orForm(`a list of ${STAGE_CHECK}`))
  .max(20)
  .optional();

const stageName = z.string().refine(isStageName, `allowed: ${STAGE_NAME_FORM}`);

const GATES_EXAMPLE =
  "{ roles: { qa: [{ team: qa-managers, id: 4100101 }] }, signOffs: { qa: [qa] }, automation: { app: 4200001 } }";

/** Who signs off, and what guards the repository. */
export const gates = closed(
  {
    roles: z.record(role, reviewers, orForm("{ qa: [{ team: qa-managers, id: 4100101 }] }, a list for each role")),
    signOffs: z.record(stageName, chain, orForm("{ qa: [qa] }, the roles for each stage")),
    automation: closed({ app: githubId }, "{ app: 4200001 }").optional(),
    enforcement: z.enum(ENFORCEMENTS).optional(),
    checks: z.array(checkName, orForm("a list, such as [end-to-end]")).optional(),
    stageChecks: z
      .record(
        stageName,
        stageChecks,
        orForm("{ qa: [{ name: end-to-end, workflow: e2e.yml }] }, the checks for each stage"),
      )
      .optional(),
    approvals: whole(1, 10).optional(),
  },
  GATES_EXAMPLE,
) satisfies z.ZodType<GatesConfig>;

const words = text(
  /^[^\p{Cc}\p{Cf}\s](?:[^\p{Cc}\p{Cf}]{0,198}[^\p{Cc}\p{Cf}\s])?$/u,
  "1 to 200 characters on one line",
);

const gatesOff = closed({ off: closed({ by: words, where: words }) });

const OFF_FORM = "{ off: { by: <who signs off>, where: <the system that keeps it> } }";

/**
 * Reads the gates, or who signs off elsewhere where they are off; neither is demanded of a project. Gates that were meant
 * to be off are off, whatever is wrong with how that is said: nothing on GitHub is then asked for.
 */
export function readGates(reader: KeyReader): GatesConfig {
  const raw = reader.structure("gates");
  if (raw === undefined) return NO_GATES;
  if (typeof raw === "string") {
    const off = ["off", "false", "no", "none"].includes(raw);
    const what = off
      ? `${raw} does not say who signs off, and where that is kept`
      : `${quotedValue(raw)} is not allowed`;
    reader.complain("gates", what, `allowed: ${off ? OFF_FORM : `${GATES_EXAMPLE}, or ${OFF_FORM}`}`);
    return OFF_UNSAID;
  }
  if (typeof raw !== "object" || raw === null || !("off" in raw)) return reader.optional("gates", gates) ?? NO_GATES;
  const said: unknown = raw.off;
  if (typeof said !== "object" || said === null) {
    reader.complain(
      "gates.off",
      `${quotedValue(said)} does not say who signs off, and where that is kept`,
      `allowed: ${OFF_FORM}`,
    );
    return OFF_UNSAID;
  }
  const read = reader.decode("gates", raw, gatesOff);
  return read ? { ...NO_GATES, elsewhere: read.off } : OFF_UNSAID;
}

const NO_GATES: GatesConfig = { roles: {}, signOffs: {} };

/** Gates that are off, with a problem that is told already. */
const OFF_UNSAID: GatesConfig = { ...NO_GATES, elsewhere: { by: "", where: "" } };

/** What is not to be had without gates on GitHub: who owns a repository; and what must hold all the more. */
export function checkGatesOff(
  stage: Stage,
  { elsewhere }: GatesConfig,
  { owns, policies }: { owns: readonly string[]; policies: PoliciesConfig },
): Problem[] {
  if (elsewhere === undefined || elsewhere.by === "") return [];
  const why = "while gates are off";
  const owned: Problem[] = owns.includes("repository")
    ? [{ file: stageFileName(stage), path: "owns", what: `repository is owned ${why}`, allowed: "leave it out" }]
    : [];
  const unsigned = IMAGE_CLASSES.flatMap((imageClass): Problem[] => {
    if (policies[imageClass].signers.length > 0) return [];
    const path = `policies.${imageClass}`;
    const allowed = "name who builds: a key, or issuer and subject";
    const what = `nobody is trusted to sign ${why}`;
    return [{ file: SHARED_FILE, path: `${path}.signers`, what, allowed, from: { paths: [path] } }];
  });
  return [...owned, ...unsigned];
}

const nameOf = (reviewer: Reviewer) => ("team" in reviewer ? `team ${reviewer.team}` : `user ${reviewer.user}`);

/** Who it is to GitHub: the id, whatever name stands beside it. */
const keyOf = (reviewer: Reviewer) => `${"team" in reviewer ? "team" : "user"} ${reviewer.id}`;

/** A name has one id and an id one name; GitHub takes no notice of a name's letter case. */
function checkIdentities(gates: GatesConfig): Problem[] {
  const ids = new Map<string, string>();
  const names = new Map<string, string>();
  return Object.entries(gates.roles).flatMap(([role, reviewers]) =>
    reviewers.flatMap((reviewer): Problem[] => {
      const [key, name] = [keyOf(reviewer), nameOf(reviewer).toLowerCase()];
      const [id, known] = [ids.get(name) ?? key, names.get(key) ?? name];
      ids.set(name, id);
      names.set(key, known);
      if (id === key && known === name) return [];
      const what = id === key ? `id ${reviewer.id} is also that of ${known}` : `${name} has another id elsewhere`;
      return [{ file: SHARED_FILE, path: `gates.roles.${role}`, what, allowed: "allowed: one id for each name" }];
    }),
  );
}

function checkChain(gates: GatesConfig, stage: Stage): Problem[] {
  const problems: Problem[] = [];
  const path = `gates.signOffs.${stage}`;
  const seen = new Map<string, string>();
  const roles = new Set<string>();
  for (const role of gates.signOffs[stage] ?? []) {
    const reviewers = Object.hasOwn(gates.roles, role) ? gates.roles[role] : undefined;
    if (!reviewers) {
      const known = Object.keys(gates.roles).sort().join(", ");
      problems.push({
        file: SHARED_FILE,
        path,
        what: `${quotedValue(role)} is not a role`,
        allowed: `allowed: ${known || "a role of gates.roles"}`,
        from: { paths: ["gates.roles"], name: role },
      });
      continue;
    }
    if (roles.has(role)) {
      problems.push({
        file: SHARED_FILE,
        path,
        what: `${quotedValue(role)} is listed twice`,
        allowed: "allowed: each role once",
      });
      continue;
    }
    roles.add(role);
    for (const [key, name] of new Map(reviewers.map((reviewer) => [keyOf(reviewer), nameOf(reviewer)]))) {
      const other = seen.get(key);
      seen.set(key, other ?? role);
      if (other === undefined) continue;
      problems.push({
        file: SHARED_FILE,
        path,
        what: `${name} reviews for ${other} and for ${role}, and could sign off twice`,
        allowed: "allowed: distinct reviewers in one chain",
      });
    }
  }
  return problems;
}

/** Every role of a chain exists and stands once, and nobody reviews in two roles of one chain, whatever the name. */
export function checkGates(gates: GatesConfig, stages: Stages): Problem[] {
  const identities = checkIdentities(gates);
  const chains = identities.length > 0 ? identities : stages.flatMap((stage) => checkChain(gates, stage));
  return [...checkAutomation(gates), ...checkStageKeys(gates, stages), ...chains];
}

/** Without an App nobody can be told from those who may place tags and cut branches, so approvals would bind nothing. */
function checkAutomation({ signOffs, automation }: GatesConfig): Problem[] {
  const stage = Object.keys(signOffs).find((name) => (signOffs[name] ?? []).length > 0);
  if (stage === undefined || automation !== undefined) return [];
  return [
    {
      file: SHARED_FILE,
      path: "gates.automation",
      what: `missing, so whoever may push could place the tags that ${stage} signs off`,
      allowed: "name the App that alone cuts releases and places tags, by its number: { app: 4200001 }",
    },
  ];
}

/** Sign-offs are of stages with gates, checks of stages that a release leaves. */
function checkStageKeys({ signOffs, stageChecks = {} }: GatesConfig, stages: Stages): Problem[] {
  const left = stages.slice(0, -1);
  const check = (path: string, named: object, allowed: readonly Stage[], why: (stage: Stage) => string) =>
    Object.keys(named)
      .filter((stage) => !allowed.includes(stage))
      .map((stage): Problem => {
        const what = stages.includes(stage) ? why(stage) : `${quotedValue(stage)} is not a stage`;
        const remedy = allowed.length === 0 ? "leave it out" : `allowed: ${allowed.join(", ")}`;
        const from = { paths: ["stages"] };
        return { file: SHARED_FILE, path: `${path}.${stage}`, what, allowed: remedy, from };
      });
  return [
    ...check(
      "gates.signOffs",
      signOffs,
      gatedStages(stages),
      (stage) => `nothing is signed off for ${stage}, the first stage: gates begin at ${entryStage(stages)}`,
    ),
    ...check("gates.stageChecks", stageChecks, left, () => `no release leaves ${lastStage(stages)}, the last stage`),
  ];
}
