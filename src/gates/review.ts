import { formatJson } from "../base/json";
import { markdownTable } from "../base/text/markdown";
import { terminalTable } from "../base/text/table";
import { escapeUnsafe } from "../base/text/unsafe";
import { inlineValue } from "../base/text/value";
import type { Github } from "../github/client";
import { readEnvironments, readRepository, readRulesets, readSubjectClaims, readVariables } from "../github/settings";
import { compareEnvironments, type GateFinding, type ReadEnvironment } from "./compareEnvironments";
import { compareRepository } from "./compareRepository";
import type { WantedGates } from "./wanted";

/** What stands on GitHub beside what the plan says. */
export interface GatesReview {
  /** Says what the file is, so that no other is taken for one. */
  review: "dual-registry gates";
  version: 1;
  product: string;
  /** `owner/name`, as GitHub spells it. */
  repository: string;
  /** ISO 8601. */
  reviewedAt: string;
  /** The stages whose environments were compared. */
  stages: readonly string[];
  /** Whether rulesets, subject and default branch were compared. */
  repositorySettings: boolean;
  findings: readonly GateFinding[];
  /** How many findings are differences from the plan; the others are what the caller may not see. */
  differences: number;
  unknown: number;
}

/**
 * Reads what guards the repository and compares it with the plan. It only reads.
 *
 * @param stages whose environments are compared; those that are extra are looked for in any case
 * @throws DualRegistryError where GitHub does not tell what every caller with the right permissions may see
 */
export async function reviewGates(
  github: Github,
  wanted: WantedGates,
  { stages, now }: { stages: readonly string[]; now: Date },
): Promise<GatesReview> {
  const repository = await readRepository(github);
  const planned = new Map(wanted.environments.map((one) => [one.name.toLowerCase(), one]));
  const environments: ReadEnvironment[] = [];
  for (const environment of await readEnvironments(github)) {
    const plan = planned.get(environment.name.toLowerCase());
    const asked = plan === undefined || (stages.includes(plan.stage) && plan.variables.size > 0);
    environments.push({ ...environment, variables: asked ? await readVariables(github, environment.name) : undefined });
  }
  const settings = wanted.repository && {
    defaultBranch: repository.defaultBranch,
    rulesets: await readRulesets(github),
    subjectClaims: await readSubjectClaims(github),
  };
  const findings = [
    ...compareEnvironments(wanted, environments, repository).filter(
      ({ stage }) => stage === undefined || stages.includes(stage),
    ),
    ...(wanted.repository && settings ? compareRepository(wanted.repository, settings) : []),
  ];
  const unknown = findings.filter(({ kind }) => kind === "unknown").length;
  return {
    ...{ review: "dual-registry gates", version: 1, product: wanted.product, repository: repository.name },
    ...{ reviewedAt: now.toISOString(), stages, repositorySettings: settings !== undefined },
    ...{ findings, differences: findings.length - unknown, unknown },
  };
}

/** How a review can be printed. */
type GatesFormat = "table" | "json" | "markdown";

const HEAD = ["", "Where", "What", "GitHub", "Plan", "To do"] as const;

const mark = ({ kind }: GateFinding): string => (kind === "unknown" ? "?" : "!");

/** Names come from outside, and may be as long as somebody likes. */
const cell = (value: GateFinding["found"]): string => (value === undefined ? "" : inlineValue(value)).slice(0, 300);

const rowsOf = ({ findings }: GatesReview): string[][] =>
  [...findings]
    .sort((a, b) => Number(a.kind === "unknown") - Number(b.kind === "unknown"))
    .map((finding) => {
      const { where, property, found, wanted, remedy, kind } = finding;
      const is = kind === "unknown" ? "unknown: it may not be seen" : cell(found);
      return [mark(finding), where.slice(0, 300), property, is, cell(wanted), remedy];
    });

function summary({ repository, differences, unknown, stages, repositorySettings }: GatesReview): string {
  const count = `${differences} ${differences === 1 ? "difference" : "differences"} from the plan`;
  const unseen = unknown === 0 ? "" : `, ${unknown} ${unknown === 1 ? "thing" : "things"} that this login may not see`;
  const settings = repositorySettings ? "" : "; no stage with a file owns the repository's settings: not compared";
  return `${repository}: ${count}${unseen} (${stages.join(", ")})${settings}`;
}

/** The review as text for people, as JSON, or as Markdown. */
export function renderGatesReview(review: GatesReview, format: GatesFormat): string {
  if (format === "json") return formatJson(review);
  const rows = rowsOf(review);
  if (format === "table") {
    const lines = rows.length === 0 ? [] : [...terminalTable([HEAD, ...rows]), ""];
    return [...lines, escapeUnsafe(summary(review)), ""].join("\n");
  }
  const table = rows.map(([sign, ...cells]) => [sign === "!" ? "difference" : "unknown", ...cells]);
  return [
    "## Gates on GitHub",
    "",
    escapeUnsafe(summary(review)),
    ...(rows.length > 0 ? ["", markdownTable(HEAD, table)] : []),
    "",
  ].join("\n");
}
