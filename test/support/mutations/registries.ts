import type { Mutation } from "./mutation";

const REGISTRY = "src/components/registry/classRegistry.ts";
const INPUTS = "src/components/registry/registryInputs.ts";
const PAIR = "src/components/registry/dualRegistry.ts";
const PLACE = "src/components/registry/classRegistry.ts";
const ENVIRONMENT = "src/components/gates/releaseGates.ts";

/** Registries and gates: parent, protection, secret, a wrong enum word, a feature the SKU lacks, order, import. */
export const REGISTRY_MUTATIONS: readonly Mutation[] = [
  { what: "ClassRegistry: the registry loses its parent", file: REGISTRY, from: "      parent: this,\n", to: "" },
  {
    what: "ClassRegistry: the registry is not protected",
    file: REGISTRY,
    from: "return protectOptions(args);",
    to: "return {};",
  },
  {
    what: "ClassRegistry: an adopted registry is not imported",
    file: REGISTRY,
    from: "import: args.importId, ",
    to: "",
  },
  {
    what: "ClassRegistry: an adopted registry dies with the stack",
    file: REGISTRY,
    from: "retainOnDelete: true",
    to: "retainOnDelete: false",
  },
  {
    what: "ClassRegistry: the webhook's authorization in plain text",
    file: REGISTRY,
    from: "secret(headers)",
    to: "headers",
  },
  { what: "ClassRegistry: no diagnostic settings", file: REGISTRY, from: "    this.makeLog(name, args);\n", to: "" },
  {
    what: "registryInputs: admin user on",
    file: INPUTS,
    from: "adminUserEnabled: false",
    to: "adminUserEnabled: true",
  },
  {
    what: "registryInputs: anonymous pull on",
    file: INPUTS,
    from: "anonymousPullEnabled: false",
    to: "anonymousPullEnabled: true",
  },
  { what: "registryInputs: a wrong enum word", file: INPUTS, from: '"Enabled", "Disabled"', to: '"Enable", "Disable"' },
  {
    what: "registryInputs: a retention policy where the SKU has none",
    file: INPUTS,
    from: "...(untagged === undefined",
    to: "...(untagged === 0",
  },
  {
    what: "registryPlace: what lives in a registry does not wait for it, nor is replaced with it",
    file: PLACE,
    from: "parent, replaceWith: [registry]",
    to: "parent",
  },
  { what: "registryPlace: tokens lose their parent", file: PLACE, from: "{ parent, ", to: "{ " },
  {
    what: "DualRegistry: the resource group is not protected",
    file: PAIR,
    from: "{ parent: this, ...protectOptions(args) }",
    to: "{ parent: this }",
  },
  {
    what: "DualRegistry: the registries do not wait for their group",
    file: PAIR,
    from: "(group === undefined ? {} : { dependsOn: [group] })",
    to: "(group === undefined ? {} : {})",
  },
  {
    what: "AuditLog: shared keys stay on",
    file: "src/components/watch/auditLog.ts",
    from: "disableLocalAuth: true",
    to: "disableLocalAuth: false",
  },
  {
    what: "ReleaseGates: administrators may pass by",
    file: ENVIRONMENT,
    from: "canAdminsBypass: false",
    to: "canAdminsBypass: true",
  },
  {
    what: "ReleaseGates: self review allowed",
    file: ENVIRONMENT,
    from: "preventSelfReview: true",
    to: "preventSelfReview: false",
  },
  {
    what: "ReleaseGates: environments do not wait for access",
    file: ENVIRONMENT,
    from: "{ parent, dependsOn: access }",
    to: "{ parent }",
  },
  {
    what: "ReleaseGates: policies and variables are not replaced with their environment",
    file: ENVIRONMENT,
    from: "{ parent, replaceWith: [environment] }",
    to: "{ parent, dependsOn: [environment] }",
  },
  {
    what: "ReleaseGates: any branch may deploy",
    file: ENVIRONMENT,
    from: "customBranchPolicies: true",
    to: "customBranchPolicies: false",
  },
  {
    what: "ReleaseGates: reviewers may write",
    file: "src/components/gates/releaseGates.ts",
    from: 'teamId: reviewer.team, permission: "pull"',
    to: 'teamId: reviewer.team, permission: "push"',
  },
  {
    what: "pullTokens: a token is made disabled",
    file: "src/components/registry/classRegistry.ts",
    from: 'status: "enabled"',
    to: 'status: "disabled"',
  },
  {
    what: "checks: a feature the SKU lacks is let through",
    file: "src/config/registries.ts",
    from: 'facts.sku !== "Premium"',
    to: 'facts.sku === "Basic"',
  },
];
