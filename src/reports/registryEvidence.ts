import { z } from "zod";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import type { ReportedRegistry } from "../controls/control";
import { IMAGE_CLASSES } from "../domain/image/imageClass";
import { REGISTRY_KINDS } from "../domain/image/registryKind";
import { type Rule, RULES, type Support } from "../domain/image/ruleSupport";
import { SETTING_VERDICTS } from "../domain/settings/judgeSettings";
import { readEvidence } from "./evidenceFile";
import type { StageSource } from "./model";
import { cleanStage } from "./redact";

const text = z.string().max(10_000);

/** What `dualreg registry check --format json` writes, as far as it is evidence. */
const checkSchema = z.object({
  check: z.literal("dual-registry registries", "allowed: what `dualreg registry check --format json` wrote"),
  version: z.literal(1),
  product: text,
  stage: text,
  checkedAt: z.iso.datetime(),
  registries: z
    .array(
      z.object({
        place: text,
        class: z.enum(IMAGE_CLASSES),
        kind: z.enum(REGISTRY_KINDS),
        rules: z
          .array(z.object({ rule: z.enum(RULES), verdict: z.enum(SETTING_VERDICTS), texts: z.array(text).max(100) }))
          .max(RULES.length),
      }),
    )
    .max(100),
});

type Check = z.infer<typeof checkSchema>;

/**
 * Reads a check of a stage's registries.
 *
 * @param now the moment of the report: a check from after it, or of more than a day before, is refused
 * @throws DualRegistryError USAGE for what cannot be read, CONFIG_INVALID for what is no check, or an old one
 */
export const readRegistryCheck = (file: string, now: Date): Check =>
  readEvidence(file, checkSchema, { now, time: "checkedAt", command: "dualreg registry check --format json" });

/**
 * The stages with what was read of a setting in the place of what is expected of it. Nothing else changes: a rule that is
 * native, emulated or impossible by its kind stays so, and what was not read stays expected.
 *
 * @throws DualRegistryError CONFIG_INVALID for a check of another product or stage, or of a registry of another kind
 */
export function withRegistryChecks(stages: readonly StageSource[], checks: readonly Check[]): StageSource[] {
  for (const check of checks) {
    if (stages.some((stage) => isOf(stage, check))) continue;
    const known = stages.map(({ product, stage }) => quoted(`${product} ${stage}`)).join(", ");
    const given = quoted(`${check.product} ${check.stage}`);
    throw new DualRegistryError("CONFIG_INVALID", `--registry-check: a check of ${given}; allowed: of ${known}`);
  }
  return stages.map((stage) => {
    const own = checks.filter((check) => isOf(stage, check));
    if (own.length === 0) return stage;
    const registries = stage.registries.map((registry) => own.reduce(withCheck, registry));
    return { ...cleanStage({ ...stage, registries }), source: stage.source };
  });
}

const isOf = (stage: StageSource, check: Check): boolean =>
  stage.product === check.product && stage.stage === check.stage;

/** The registry that the outputs name first counts: what is beside it is chosen for single publications. */
function withCheck(registry: ReportedRegistry, { registries, checkedAt }: Check): ReportedRegistry {
  const checked = registries.find(({ place }) => place === `registries.${registry.class}`);
  if (checked === undefined) return registry;
  if (checked.kind !== registry.kind) {
    const what = `--registry-check: the ${registry.class} registry is of kind ${checked.kind}`;
    throw new DualRegistryError("CONFIG_INVALID", `${what}; the report is of one of kind ${registry.kind}`);
  }
  const rules = Object.entries(registry.rules).map(([rule, support]) => {
    const judged = checked.rules.find((one) => one.rule === rule);
    return [rule, judged === undefined ? support : supportRead(support, judged, checkedAt)] as const;
  });
  return { ...registry, rules: Object.fromEntries(rules) as Readonly<Record<Rule, Support>> };
}

function supportRead(support: Support, { verdict, texts }: Check["registries"][number]["rules"][number], at: string) {
  if (support.support !== "expected" || verdict === "unread") return support;
  const read = `read ${at}: ${texts.join("; ")}`.slice(0, 900);
  return verdict === "native" ? ({ support: "native", limits: read } as const) : { ...support, missing: read };
}
