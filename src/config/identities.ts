import { z } from "zod";
import { closed, text } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import {
  DEFAULT_IDENTITIES,
  type IdentitiesConfig,
  type LoginPurpose,
  loginSubject,
} from "../domain/identity/identities";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import type { Stage, Stages } from "../domain/stage";
import { SHARED_FILE, stageFileName } from "../project";
import { githubId } from "./forms";

const workflow = (file: string) =>
  text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\.ya?ml$/, "a file of .github/workflows, such as promote.yml").default(file);

const subject = text(
  /^[\x21-\x29\x2b-\x7e]{1,600}$/,
  "a whole subject in printable characters and without *, such as sc://company/orders/{stage}-{class}",
).optional();

/** By which workflows, of which ref, whoever works for the registries logs in. */
export const identities = closed(
  {
    enabled: z.boolean().default(DEFAULT_IDENTITIES.enabled),
    publishWorkflow: workflow(DEFAULT_IDENTITIES.publishWorkflow),
    promoteWorkflow: workflow(DEFAULT_IDENTITIES.promoteWorkflow),
    lockWorkflow: workflow(DEFAULT_IDENTITIES.lockWorkflow),
    sweepWorkflow: workflow(DEFAULT_IDENTITIES.sweepWorkflow),
    reviewWorkflow: workflow(DEFAULT_IDENTITIES.reviewWorkflow),
    rotateWorkflow: workflow(DEFAULT_IDENTITIES.rotateWorkflow),
    previewWorkflow: workflow(DEFAULT_IDENTITIES.previewWorkflow),
    driftWorkflow: workflow(DEFAULT_IDENTITIES.driftWorkflow),
    gitopsWorkflow: workflow(DEFAULT_IDENTITIES.gitopsWorkflow),
    /** The ref of every run that may log in: environments take no other. */
    ref: text(/^refs\/heads\/main$/, "refs/heads/main, the one ref that environments take").default(
      DEFAULT_IDENTITIES.ref,
    ),
    /** While the repository's subjects change: the ways in of before `ref` stood in them are kept beside the new ones. */
    formerSubjects: z.boolean().optional(),
    /** How another CI logs in; with it no workflow of GitHub does. */
    logins: closed(
      {
        issuer: text(
          /^https:\/\/[a-z0-9.-]{3,200}(?:\/[A-Za-z0-9._~%/-]{0,300})?$/,
          "the https address of who issues the tokens",
        ),
        subjects: closed(
          {
            ...{ publish: subject, promote: subject, lock: subject, sweep: subject },
            ...{ review: subject, rotate: subject, preview: subject, gitops: subject },
          },
          "{ publish: sc://company/orders/publish-{stage}-{class} }",
        ),
      },
      "{ issuer: https://ci.example.com, subjects: { publish: ... } }",
    ).optional(),
    /** For repositories whose subjects carry them: gh api repos/company/orders --jq '.owner.id, .id' */
    ids: closed(
      { owner: githubId, repository: githubId },
      "{ owner: 1, repository: 2 }, the ids that GitHub gave",
    ).optional(),
  },
  "{ publishWorkflow: build-publish.yml, ref: refs/heads/main }",
) satisfies z.ZodType<IdentitiesConfig>;

const WORKFLOWS = [
  "publishWorkflow",
  "promoteWorkflow",
  "lockWorkflow",
  "sweepWorkflow",
  "reviewWorkflow",
  "rotateWorkflow",
  "previewWorkflow",
  "driftWorkflow",
  "gitopsWorkflow",
] as const;

/**
 * Each workflow logs in as one identity, so none of two names the same file: its subject would be that of both, and who
 * may publish could lock.
 */
export function checkWorkflows(config: IdentitiesConfig): Problem[] {
  const taken = new Map<string, string>();
  return WORKFLOWS.flatMap((key): Problem[] => {
    const other = taken.get(config[key]);
    taken.set(config[key], other ?? key);
    if (other === undefined) return [];
    return [
      {
        file: SHARED_FILE,
        path: `identities.${key}`,
        what: `${quotedValue(config[key])} is also identities.${other}`,
        allowed: "allowed: a workflow of its own",
        from: { paths: [`identities.${key}`, `identities.${other}`] },
      },
    ];
  });
}

/** What has an identity for each class; all else is one for the stage. */
const OF_CLASS: readonly LoginPurpose[] = ["publish", "promote", "lock"];

/**
 * No token of another CI is one of two identities: a job that publishes standard images could else publish secure ones,
 * and one of the first stage reach the last. What decides is the subject with stage and class filled in.
 */
export function checkLogins({ logins }: IdentitiesConfig, stages: Stages): Problem[] {
  const subjects = Object.entries(logins?.subjects ?? {}) as [LoginPurpose, string][];
  const seen = new Map<string, string>();
  return subjects.flatMap(([purpose, template]): Problem[] => {
    const classes = OF_CLASS.includes(purpose) ? IMAGE_CLASSES : [""];
    const places = OF_CLASS.includes(purpose) ? ["{stage}", "{class}"] : ["{stage}"];
    const say = (what: string, allowed: string): Problem[] => [
      {
        file: SHARED_FILE,
        path: `identities.logins.subjects.${purpose}`,
        what: `${quotedValue(template)} ${what}`,
        allowed,
      },
    ];
    const unknown = template.match(/\{[^}]*\}/g)?.find((one) => !places.includes(one));
    if (unknown !== undefined) return say(`has ${quotedValue(unknown)} in it`, `allowed: ${places.join(" and ")}`);
    const lacking = places.filter((one) => !template.includes(one) && (one !== "{stage}" || stages.length > 1));
    if (lacking.length > 0)
      return say("would log in as several identities", `allowed: with ${lacking.join(" and ")} in it`);
    for (const stage of stages) {
      for (const imageClass of classes) {
        const subject = loginSubject(template, stage, imageClass);
        const other = seen.get(subject);
        if (other !== undefined)
          return say(`is also that of ${other}, as ${quotedValue(subject)}`, "allowed: a subject of its own");
        seen.set(subject, [purpose, "in", stage, imageClass].filter((word) => word !== "").join(" "));
      }
    }
    return [];
  });
}

/** The owner stands in the subjects of workflows, so it must be readable; whether it is there is checked elsewhere. */
export function checkOwner(stage: Stage, foreign: ReadonlyMap<string, string | undefined>): Problem[] {
  const key = "github:owner";
  if (!foreign.has(key) || foreign.get(key) !== undefined) return [];
  const what = "is encrypted, and who may log in and who is trusted to sign are named by it";
  return [{ file: stageFileName(stage), path: key, what, allowed: "allowed: the value in plain text" }];
}
