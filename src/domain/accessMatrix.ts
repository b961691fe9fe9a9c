import type { AccessRow } from "./access";
import { heldClasses } from "./identityDrafts";
import type { GrantPlan, IdentityPlan } from "./identities";
import type { ImageClass } from "./imageClass";
import type { StagePlan, TokenPlan } from "./plan";
import { ROLE_ACTIONS, roleOf } from "./roles";
import type { Stage } from "./stage";

/** What the matrix is read from. */
export type MatrixInput = Pick<StagePlan, "stage" | "before" | "registries" | "identities" | "tokens">;

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
