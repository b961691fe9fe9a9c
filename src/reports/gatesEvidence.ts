import { z } from "zod";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { quoted } from "../base/text/quote";
import { inlineValue } from "../base/text/value";
import type { Evidence, Finding, Verdict } from "../controls/control";
import { worst } from "../controls/judge";
import { readEvidence } from "./evidenceFile";
import type { StageSource } from "./model";
import { cleanStage } from "./redact";

const text = z.string().max(100_000);
const value = z.json().optional();

/** What `dualreg gates review --format json` writes, as far as it is evidence. */
const reviewSchema = z.object({
  review: z.literal("dual-registry gates", "allowed: what `dualreg gates review --format json` wrote"),
  version: z.literal(1),
  product: text,
  reviewedAt: z.iso.datetime(),
  stages: z.array(text).max(100),
  repositorySettings: z.boolean(),
  findings: z
    .array(
      z.object({
        kind: z.enum(["missing", "extra", "different", "unknown"]),
        where: text,
        stage: text.exactOptional(),
        property: text,
        found: value,
        wanted: value,
      }),
    )
    .max(100_000),
});

type Review = z.infer<typeof reviewSchema>;

/**
 * Reads a review of the gates.
 *
 * @param now the moment of the report: a review from after it, or of more than a day before, is refused
 * @throws DualRegistryError USAGE for what cannot be read, CONFIG_INVALID for what is no review, or an old one
 */
export const readGatesReview = (file: string, now: Date): Review =>
  readEvidence(file, reviewSchema, { now, time: "reviewedAt", command: "dualreg gates review --format json" });

const invalid = (message: string) => new DualRegistryError("CONFIG_INVALID", message);

/** The controls that look at gates, and which findings of a review bear on each. */
const BEARS: Readonly<Record<string, (finding: Review["findings"][number]) => boolean>> = {
  "gates-closed": () => true,
  "sign-offs-complete": ({ where, property }) =>
    /^environment .+-signoff-/.test(where) && ["reviewers", "prevent_self_review", "environment"].includes(property),
};

/**
 * The stages with what the review found deployed in the place of what was planned. A difference fails the control; what
 * could not be seen is named and proves nothing; what failed by the plan still fails.
 *
 * @throws DualRegistryError CONFIG_INVALID for a review of another product, or of none of the stages
 */
export function withGatesReview(stages: readonly StageSource[], review: Review): StageSource[] {
  const strange = stages.find(({ product }) => product !== review.product);
  if (strange) throw invalid(`--gates: a review of ${quoted(review.product)}; allowed: of ${quoted(strange.product)}`);
  if (!stages.some(({ stage }) => review.stages.includes(stage))) {
    throw invalid(
      `--gates: a review of ${review.stages.map((one) => quoted(one)).join(", ")}, and of no stage of the report`,
    );
  }
  return stages.map((stage) => (review.stages.includes(stage.stage) ? withEvidence(stage, review) : stage));
}

function withEvidence(stage: StageSource, review: Review): StageSource {
  const { compliance } = stage;
  const own = review.findings.filter((finding) => finding.stage === undefined || finding.stage === stage.stage);
  const controls = Object.entries(compliance.controls).map(([id, outcome]) => {
    const bears = BEARS[id];
    if (bears === undefined || outcome.findings.every(({ verdict }) => verdict === "not applicable")) {
      return [id, outcome] as const;
    }
    const findings = outcome.findings.map((finding) => deployed(finding, own.filter(bears), review));
    return [id, { ...outcome, findings, verdict: worst(findings.map(({ verdict }) => verdict)) }] as const;
  });
  const whole = { ...stage, compliance: { ...compliance, controls: Object.fromEntries(controls) } };
  return { ...cleanStage(whole), source: stage.source };
}

function deployed(finding: Finding, found: Review["findings"], { reviewedAt, repositorySettings }: Review): Finding {
  const differences = found.filter(({ kind }) => kind !== "unknown");
  const unseen = [...new Set(found.filter(({ kind }) => kind === "unknown").map(({ property }) => property))];
  const verdict: Verdict = differences.length > 0 ? "fail" : finding.verdict;
  const notes = [
    `Read from GitHub at ${reviewedAt}.`,
    ...(unseen.length > 0 ? [`Not seen by who asked: ${unseen.join(", ")}.`] : []),
    ...(repositorySettings ? [] : ["Rulesets and the subject of tokens were not compared."]),
  ];
  return {
    ...{ scope: finding.scope, verdict, basis: "deployed" },
    evidence: differences.length > 0 ? differences.slice(0, 100).map(evidenceOf) : finding.evidence,
    note: [...(finding.note === undefined ? [] : [finding.note]), ...notes].join(" "),
    ...defined({ waiver: finding.waiver }),
  };
}

const evidenceOf = ({ where, property, found, wanted }: Review["findings"][number]): Evidence => ({
  resource: where.slice(0, 500),
  property: property.slice(0, 500),
  value: found === undefined ? "nothing" : inlineValue(found).slice(0, 1_000),
  expected: wanted === undefined ? "nothing" : inlineValue(wanted).slice(0, 1_000),
});
