import { type Markdown, type MarkdownContent, markdownTable, name } from "../../base/text/markdown";
import type { RegistryMode } from "../image/registryKind";
import { IMAGE_CLASSES, type ImageClass } from "../image/imageClass";
import type { Stage } from "../stage";
import type { AccessPurpose, GrantPlan, IdentitiesPlan, IdentityPlan } from "./identities";
import { heldClasses } from "./planIdentities";
import { ROLE_ACTIONS, roleOf, type AccessAction } from "./roles";
import type { TokenPlan } from "../plan/tokens";

/**
 * One line of the access matrix: who may do what, where, until when. Nothing outside these lines may be granted; the
 * access review compares what is deployed with them.
 */
export interface AccessRow {
  /** Name of the user-assigned identity, or of the token. */
  who: string;
  kind: "identity" | "token";
  purpose: AccessPurpose;
  /** The stage whose registry it reaches; the stage before for what a promotion reads. */
  stage: Stage;
  registry: ImageClass;
  /** Sorted; empty where it may only read settings of Azure resources. */
  actions: readonly AccessAction[];
  /** Repositories or patterns, sorted; `*` is all of the registry. */
  repositories: readonly string[];
  /** Azure role of an identity, such as AcrPush; absent for a token, whose scope map says it. */
  role?: string;
  /** What the role is given on, where that is not the registry itself but what stands beside it. */
  on?: "resource-group" | "workspace" | "vault" | "secret";
  /** Who can be it: subjects of federated credentials, a Kubernetes service account, a consumer. */
  assumedBy: readonly string[];
  /** Days a password of it may live; absent for identities, which have none. */
  expiresAfterDays?: number;
}

/** What the matrix is read from. */
export interface MatrixInput {
  stage: Stage;
  /** The stage before, where its registries are read. */
  before?: { stage: Stage };
  registries: Readonly<Record<ImageClass, { mode: RegistryMode }>>;
  identities: IdentitiesPlan;
  tokens: readonly TokenPlan[];
}

const REPOSITORY = /^repositories\/(.+)\/(content|metadata)\/[a-z]+$/;

function identityRow(identity: IdentityPlan, grant: GrantPlan, plan: MatrixInput, registry: ImageClass): AccessRow {
  const { role, on } = grant;
  const stage: Stage = on.at === "before" && plan.before ? plan.before.stage : plan.stage;
  const definition = plan.identities.roles.find(({ key }) => key === role);
  const actions = ROLE_ACTIONS[role];
  return {
    who: identity.name,
    kind: "identity",
    purpose: identity.purpose,
    stage,
    registry,
    actions,
    repositories: actions.length === 0 ? [] : ["*"],
    role: definition?.roleName ?? roleOf(role).title,
    ...(on.at === "registry" || on.at === "before" ? {} : { on: on.at }),
    assumedBy: identity.credentials.map(({ subject }) => subject),
  };
}

/** What stands on the group, the log or the vault concerns every registry that the stage holds: a line for each. */
function identityRows(identity: IdentityPlan, plan: MatrixInput): AccessRow[] {
  return identity.grants.flatMap((grant) => {
    const classes = "class" in grant.on ? [grant.on.class] : heldClasses(plan);
    return classes.map((registry) => identityRow(identity, grant, plan, registry));
  });
}

function tokenRow(token: TokenPlan, stage: Stage): AccessRow {
  const repositories = token.actions.flatMap((action) => REPOSITORY.exec(action)?.[1] ?? []);
  return {
    who: token.name,
    kind: "token",
    purpose: "pull",
    stage,
    registry: token.registry,
    actions: ["pull"],
    repositories: [...new Set(repositories)].sort(),
    assumedBy: [token.consumer],
    expiresAfterDays: token.expiresAfterDays,
  };
}

/** Who may do what in a stage, where, and until when: every identity and every token, in the order of the plan. */
export function accessMatrix(plan: MatrixInput): AccessRow[] {
  return [
    ...plan.identities.identities.flatMap((identity) => identityRows(identity, plan)),
    ...plan.tokens.map((token) => tokenRow(token, plan.stage)),
  ];
}

function what({ actions, role, on }: AccessRow): string {
  const may = actions.length === 0 ? "no image" : actions.join(", ");
  const by = role === undefined ? "" : ` (${role}${on === undefined ? "" : ` on the ${on.replace("-", " ")}`})`;
  return `${may}${by}`;
}

const until = ({ expiresAfterDays }: AccessRow) =>
  expiresAfterDays === undefined ? "no password" : `${expiresAfterDays} days a password`;

/** Names one after the other. */
const names = (all: readonly string[], between: string): Markdown => ({
  markdown: all.map((one) => name(one).markdown).join(between),
});

function cells(row: AccessRow): MarkdownContent[] {
  const repositories = row.repositories.length === 0 ? "none" : names(row.repositories, ", ");
  const where = `${row.stage} ${row.registry}`;
  return [name(row.who), row.purpose, where, what(row), repositories, until(row), names(row.assumedBy, "<br>")];
}

const HEADS = ["Who", "For", "Registry", "May", "Repositories", "Until", "Who can be it"];

/** Rows of the stage itself by class, what reaches the stage before after them, each in the matrix's own order. */
function ordered(stage: Stage, rows: readonly AccessRow[]): AccessRow[] {
  const rank = (row: AccessRow) => (row.stage === stage ? 0 : 10) + IMAGE_CLASSES.indexOf(row.registry);
  return [...rows].sort((a, b) => rank(a) - rank(b));
}

/**
 * The access matrix of a product as Markdown, a table for each stage.
 *
 * @param byStage the rows that each stage grants, in the order in which they are shown
 */
export function accessMarkdown(product: string, byStage: ReadonlyMap<Stage, readonly AccessRow[]>): string {
  const tables = [...byStage].flatMap(([stage, rows]) => [
    `## ${stage}`,
    "",
    ...(rows.length === 0 ? ["Nobody."] : [markdownTable(HEADS, ordered(stage, rows).map(cells))]),
    "",
  ]);
  return `${[`# Access matrix of ${product}`, "", ...PREFACE, "", ...tables].join("\n").trimEnd()}\n`;
}

const PREFACE = [
  "Who may do what, where, until when. Generated from the stage files by `npm run golden`; a test compares it, and",
  "`dualreg access review` compares it with what is deployed. What is not here is not granted.",
  "",
  "An identity has no password: a job becomes it by GitHub's token, whose subject names repository, environment and the",
  "called workflow with its ref. So a caller names the workflow with that ref, not by a path of its own checkout: a copy",
  "of it on another branch has another subject, and is refused. Each role is a line; a role on the resource group, the",
  "log or the vault is a line for each registry that it concerns. An identity's right reaches every repository of a",
  "registry, a token's only those named.",
];
