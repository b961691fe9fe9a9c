import { z } from "zod";
import { closed, dayOfEngineDate, orForm, text, whole } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import type { RetentionRule } from "../domain/image/policy";
import { OWN_TAGS } from "../domain/plan/planStage";
import type { ProtectionConfig } from "../domain/plan/protection";
import { OWNABLE } from "../domain/plan/stageConfig";
import { type Stage, stageBefore, type Stages } from "../domain/stage";
import { stageFileName } from "../project";

/** What this stage alone has the right to set. */
export const owns = z.array(z.enum(OWNABLE), orForm("a list, such as [repository, subscription]"));

/** The stack of the stage before. */
export const before = text(
  /^(?:[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+\/)?[a-z][a-z0-9]*$/,
  "the stage before, or <organization>/<project>/<stage>",
);

/** The group that the stage's own resources are in. */
export const resourceGroup = text(
  /^[-\w._()]{0,89}[-\w_()]$/,
  "1 to 90 letters, digits, hyphens, dots, underscores and brackets",
);

const RETENTION =
  "{ rule: inactive, days: 90 }, { rule: keep, days: 365 }, { rule: newest, count: 20 } or { rule: forever }";

/** How long images are kept. */
export const retention = z.discriminatedUnion(
  "rule",
  [
    closed({ rule: z.literal("inactive"), days: whole(1, 3650) }),
    closed({ rule: z.literal("keep"), days: whole(1, 36500) }),
    closed({ rule: z.literal("newest"), count: whole(1, 10_000) }),
    closed({ rule: z.literal("forever") }),
  ],
  orForm(RETENTION, "allowed: inactive, keep, newest, forever"),
) satisfies z.ZodType<RetentionRule>;

/** What keeps a stage from being lost by mistake; what is not said is a default of the stage. */
export const protection = closed(
  {
    /** Whether Azure refuses to delete the registries and their logs, whoever asks. */
    lock: z.boolean().optional(),
    /** Whether what holds data stays in Azure when the stack is destroyed. */
    retain: z.boolean().optional(),
  },
  "{ lock: true, retain: true }",
) satisfies z.ZodType<ProtectionConfig>;

/** A day that stands in YAML without quotes is one text whichever way it is read; numbers and times are not. */
const tagValue = z.preprocess(
  (value) => (typeof value === "string" ? dayOfEngineDate(value) : value),
  text(/^[\s\S]{0,256}$/, "a text of at most 256 characters"),
);

/**
 * Azure tags; its names ignore letter case, and those the program sets itself are taken.
 * Source: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources (limitations).
 */
export const tags = z.record(
  text(/^[^<>%&\\?/]{1,512}$/, "1 to 512 characters without < > % & \\ ? /"),
  tagValue,
  orForm('names with texts, such as { cost-center: "4711" }'),
);

/** The reference names the stack of the stage before: alone, or behind organisation and project. */
export function checkBefore(stage: Stage, stages: Stages, reference: string | undefined): Problem[] {
  const name = stageBefore(stage, stages);
  if (reference === undefined || reference.split("/").at(-1) === name) return [];
  const what = `${quotedValue(reference)} is not the stage before ${stage} (${stages.join(" -> ")})`;
  const allowed = name ? `allowed: ${name}` : "leave it out";
  return [{ file: stageFileName(stage), path: "before", what, allowed, from: { paths: ["stages"] } }];
}

/** Tags of one resource; characters of a tag's name on a storage account. */
const MOST_TAGS = 50;
const LONGEST_ON_STORAGE = 128;

/** Tag names are distinct whatever their letter case, which ARM ignores, and leave the program its own. */
export function checkTags(
  stage: Stage,
  tags: Readonly<Record<string, string>>,
  { archive }: { archive: boolean },
): Problem[] {
  const file = stageFileName(stage);
  const reserved: readonly string[] = OWN_TAGS;
  const seen = new Set(reserved);
  const names = Object.keys(tags);
  const most = MOST_TAGS - reserved.length;
  const many =
    names.length > most ? [{ file, path: "tags", what: `${names.length} tags`, allowed: `allowed: ${most}` }] : [];
  const named = names.flatMap((name): Problem[] => {
    const at = { file, path: "tags" };
    if (archive && name.length > LONGEST_ON_STORAGE) {
      const what = `${quotedValue(name)} is too long for the archive's storage account`;
      return [{ ...at, what, allowed: `allowed: at most ${LONGEST_ON_STORAGE} characters` }];
    }
    const key = name.toLowerCase();
    const taken = seen.has(key);
    seen.add(key);
    if (!taken) return [];
    const what = reserved.includes(key) ? "is set by the program" : "is listed twice, in different letter case";
    const allowed = `allowed: any name but ${reserved.join(", ")}, each once`;
    return [{ ...at, what: `${quotedValue(name)} ${what}`, allowed }];
  });
  return [...many, ...named];
}
