import { formatJson } from "../base/json";
import { markdownTable } from "../base/text/markdown";
import { terminalTable } from "../base/text/table";
import { escapeUnsafe } from "../base/text/unsafe";
import type { AccessRow } from "../domain/identity/accessMatrix";
import type { ImageClass } from "../domain/image/imageClass";
import type { Stage } from "../domain/stage";
import type { StageOutputs } from "../outputs";
import { type AccessFinding, compareRoles, compareTokens, findingsOf, type Logins, staleTokens } from "./compare";
import type { DeployedAccess } from "./deployedAccess";

/** The review of one stage. */
export interface AccessReview {
  stage: Stage;
  /** ISO 8601. */
  reviewedAt: string;
  /** Days without a login after which a token is stale. */
  staleDays: number;
  registries: readonly {
    registry: ImageClass;
    /** Its ARM id; absent for one that is only named, which has nothing to compare. */
    id?: string;
    assignments: number;
    tokens: number;
    /** Whether logins were looked at. */
    logins: boolean;
  }[];
  findings: readonly AccessFinding[];
  /** How many of the findings are differences from the matrix. */
  differences: number;
}

/** What was read of one registry. */
export interface Reviewed {
  deployed: DeployedAccess;
  /** Absent where the stage has no log. */
  logins?: Logins;
}

/** What a review compares with. */
export interface ReviewInput {
  /** Of the stage under review. */
  outputs: StageOutputs;
  /** Of other stages, whose identities may reach this one's registries: the next one promotes from here. */
  others: readonly StageOutputs[];
  staleDays: number;
  now: Date;
}

/** The lines of the matrix that concern a registry of the stage. */
function rowsFor({ outputs, others }: ReviewInput, registry: ImageClass): readonly AccessRow[] {
  const all = [outputs, ...others].flatMap(({ access = [] }) => access);
  return all.filter((row) => row.stage === outputs.stage && row.registry === registry);
}

/** Compares what was read with the matrix. */
export function review(input: ReviewInput, read: ReadonlyMap<ImageClass, Reviewed>): AccessReview {
  const { outputs, others, staleDays, now } = input;
  const identities = [outputs, ...others].flatMap(({ identities: known = [] }) => known);
  const principals = new Map(identities.map(({ name, principalId }) => [name, principalId]));
  const findings = [...read].flatMap(([registry, { deployed, logins }]): AccessFinding[] => {
    const rows = rowsFor(input, registry);
    const tokens = rows.filter(({ kind }) => kind === "token");
    return [
      ...settings(deployed),
      ...compareRoles(deployed, { rows: rows.filter(({ kind }) => kind === "identity"), principals }),
      ...compareTokens(deployed, tokens, outputs.tokens, now),
      ...(logins === undefined ? [] : staleTokens(deployed, logins, staleDays, now)),
    ];
  });
  return {
    ...{ stage: outputs.stage, reviewedAt: now.toISOString(), staleDays },
    registries: (["secure", "standard"] as const).map((registry) => {
      const { deployed, logins } = read.get(registry) ?? {};
      return {
        ...{ registry, ...(deployed && { id: deployed.registryId }) },
        ...{ assignments: deployed?.assignments.length ?? 0, tokens: deployed?.tokens.length ?? 0 },
        logins: logins !== undefined,
      };
    }),
    findings,
    differences: findings.filter(({ difference }) => difference).length,
  };
}

function settings(deployed: DeployedAccess): AccessFinding[] {
  const make = findingsOf(deployed.class);
  return [
    ...(deployed.adminUser ? [make("setting", "admin user", "it is on: one shared password with every right")] : []),
    ...(deployed.anonymousPull
      ? [make("setting", "anonymous pull", "it is on: anybody may pull without a login")]
      : []),
  ];
}

/** How a review can be printed. */
export type ReviewFormat = "table" | "json" | "markdown";

const HEAD = ["", "Registry", "Kind", "Who", "What"] as const;

/** Names come from outside. */
const cut = (text: string): string => text.slice(0, 500);

const rowsOf = ({ findings }: AccessReview): string[][] =>
  [...findings]
    .sort((a, b) => Number(b.difference) - Number(a.difference))
    .map(({ difference, registry, kind, who, what }) => [
      difference ? "!" : "",
      registry,
      kind,
      ...[who, what].map(cut),
    ]);

function summary({ stage, differences, registries, staleDays }: AccessReview): string {
  const perRegistry = registries.map(({ registry, id, assignments, tokens, logins }) => {
    if (id === undefined) return `${registry}: only named, nothing to compare`;
    const log = logins ? `logins of ${staleDays} days` : "no log of logins";
    return `${registry}: ${assignments} role assignments, ${tokens} tokens, ${log}`;
  });
  const count = `${differences} ${differences === 1 ? "difference" : "differences"} from the access matrix`;
  return `${stage}: ${count} (${perRegistry.join("; ")})`;
}

function table(review: AccessReview): string {
  const rows = rowsOf(review);
  if (rows.length === 0) return `${summary(review)}\n`;
  return [...terminalTable([HEAD, ...rows]), "", summary(review), ""].join("\n");
}

function markdown(review: AccessReview): string {
  const rows = rowsOf(review).map(([mark = "", ...cells]) => [mark === "" ? "" : "difference", ...cells]);
  return [
    `## Access review of ${review.stage}`,
    "",
    escapeUnsafe(summary(review)),
    ...(rows.length > 0 ? ["", markdownTable(HEAD, rows)] : []),
    "",
  ].join("\n");
}

/** The review as text for people, as JSON, or as Markdown. */
export function renderReview(review: AccessReview, format: ReviewFormat): string {
  if (format === "json") return formatJson(review);
  return format === "table" ? table(review) : markdown(review);
}
