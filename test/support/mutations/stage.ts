import type { Mutation } from "./mutation";

const IDENTITY = "src/components/identities/stageIdentities.ts";
const ROLES = "src/components/identities/roleGrants.ts";
const VAULT = "src/components/passwords/tokenVault.ts";
const ARCHIVE = "src/components/watch/auditLog.ts";
const LOCKS = "src/components/registry/stageLocks.ts";
const RULESETS = "src/components/gates/releaseGates.ts";

/** Identities, passwords, audit, protection, money and rulesets: order, closed doors, protection, what lets in too much. */
export const STAGE_MUTATIONS: readonly Mutation[] = [
  {
    what: "StageIdentities: credentials of one identity are made at once",
    file: IDENTITY,
    from: "    former = [current];\n",
    to: "    void current;\n",
  },
  {
    what: "StageIdentities: credentials outlive their identity",
    file: IDENTITY,
    from: "replaceWith: [identity.resource], ",
    to: "",
  },
  {
    what: "StageIdentities: a new assignment is made while the old one stands",
    file: ROLES,
    from: "deleteBeforeReplace: true,\n      dependsOn",
    to: "dependsOn",
  },
  {
    what: "StageIdentities: a role of our own could be given anywhere in the subscription",
    file: ROLES,
    from: "ids.map(resourceGroupOf)",
    to: "ids.map((id) => id.slice(0, 51))",
  },
  {
    what: "TokenVault: anybody who may write policies may read secrets",
    file: VAULT,
    from: "enableRbacAuthorization: true",
    to: "enableRbacAuthorization: false",
  },
  { what: "TokenVault: secrets can be purged", file: VAULT, from: "          enablePurgeProtection: true,\n", to: "" },
  {
    what: "TokenVault: allowed addresses close nothing",
    file: VAULT,
    from: '? "Deny" : "Allow"',
    to: '? "Allow" : "Allow"',
  },
  { what: "TokenVault: nobody hears who read what", file: VAULT, from: "this.makeLog(name, args);", to: "" },
  {
    what: "TokenPassword: nothing says how many days it lives",
    file: "src/components/passwords/tokenPasswords.ts",
    from: "vaultUri, secretName, days, ...dates };",
    to: "vaultUri, secretName, ...dates };",
  },
  {
    what: "AuditArchive: logs may be changed",
    file: ARCHIVE,
    from: "immutabilityPeriodSinceCreationInDays: days",
    to: "immutabilityPeriodSinceCreationInDays: 0",
  },
  {
    what: "AuditArchive: shared keys open it",
    file: ARCHIVE,
    from: "allowSharedKeyAccess: false",
    to: "allowSharedKeyAccess: true",
  },
  {
    what: "AuditArchive: it answers everybody",
    file: ARCHIVE,
    from: 'defaultAction: "Deny"',
    to: 'defaultAction: "Allow"',
  },
  { what: "StageLocks: a lock that lets delete", file: LOCKS, from: '"CanNotDelete"', to: '"NotSpecified"' },
  {
    what: "StageLocks: a lock stands before what it would stop",
    file: LOCKS,
    from: "{ parent: this, ...dependenciesOf(options) }",
    to: "{ parent: this }",
  },
  {
    what: "protectOptions: what holds data is not kept when asked",
    file: "src/components/dataProtection.ts",
    from: "retain ? { retainOnDelete: true as const } : {}",
    to: "{}",
  },
  {
    what: "StageBudget: a message when it is less",
    file: "src/components/watch/stageBudget.ts",
    from: '"GreaterThanOrEqualTo"',
    to: '"EqualTo"',
  },
  {
    what: "rulesets: a push after the review needs no other",
    file: RULESETS,
    from: "requireLastPushApproval: true",
    to: "requireLastPushApproval: false",
  },
  { what: "rulesets: a team passes as an App", file: RULESETS, from: '"Team"', to: '"Integration"' },
  {
    what: "rulesets: a token's subject does not say by which workflow",
    file: RULESETS,
    from: "includeClaimKeys: [...claims]",
    to: "includeClaimKeys: [...claims].slice(0, 2)",
  },
];
