import type {
  ComplianceFacts,
  ConsoleFacts,
  GateFacts,
  RegistryFacts,
  StageFacts,
  TokenFacts,
} from "../../../src/controls/facts";
import type { ImageClass } from "../../../src/domain/image/imageClass";
import { supportOf } from "../../../src/domain/image/ruleSupport";

/** A registry of prod that every control is content with, as far as controls agree with each other. */
export function idealRegistry(imageClass: ImageClass = "secure", change: Partial<RegistryFacts> = {}): RegistryFacts {
  return {
    stage: "prod",
    place: "last",
    class: imageClass,
    kind: "acr",
    mode: "create",
    basis: "planned",
    name: `crordersprod${imageClass}`,
    location: "westeurope",
    sku: "Premium",
    adminUserEnabled: false,
    anonymousPullEnabled: false,
    armTokensAllowed: false,
    publicAccess: false,
    networkDefault: "deny",
    allowedRanges: ["203.0.113.0/24"],
    trustedServices: true,
    privateEndpoints: 1,
    privateDns: true,
    exportAllowed: false,
    customerKey: true,
    quarantine: true,
    dataEndpoint: true,
    replicas: ["northeurope"],
    cacheRules: [],
    webhooks: [{ name: "notify", secure: true }],
    protected: true,
    regime: "immutable",
    untaggedRetentionDays: 7,
    softDeleteDays: "off",
    logCategories: ["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents", "AllMetrics"],
    scan: { critical: 0, high: 0, maxAgeHours: 72 },
    signature: true,
    foreignSigners: [],
    unhealthyImages: 0,
    rules: supportOf("acr", true),
    ...change,
  };
}

/** A sign-off environment whose only reviewer is the team of that number. */
export function idealGate(role: string, id: number, change: Partial<GateFacts> = {}): GateFacts {
  return {
    stage: "prod",
    environment: `prod-signoff-${role}`,
    basis: "planned",
    purpose: "sign-off",
    role,
    reviewers: [`team ${id}`],
    preventSelfReview: true,
    canAdminsBypass: false,
    refsNamed: true,
    ...change,
  };
}

/** A token that is switched off, so that even the rule against tokens is content. */
export function idealToken(change: Partial<TokenFacts> = {}): TokenFacts {
  return {
    stage: "prod",
    registry: "secure",
    registryName: "crordersprodsecure",
    basis: "planned",
    name: "shop-pull",
    consumer: "shop",
    enabled: false,
    actions: ["repositories/orders/api/content/read", "repositories/orders/*/metadata/read"],
    expiresAfterDays: 30,
    ceilingDays: 90,
    ...change,
  };
}

const identity = (name: string, pushes: readonly ImageClass[]) =>
  ({ name, basis: "planned", stage: "prod", pushes, hasSecret: false }) as const;

const IDEAL_CONSOLE: ConsoleFacts = {
  ...{ name: "orders-console", basis: "planned", image: `crordersprodsecure/orders/console@sha256:${"c0".repeat(32)}` },
  ...{ fromOwnRegistry: true, nonRoot: true, readOnlyRoot: true },
};

/** Facts whose one console is changed. */
export const withConsole = (change: Partial<ConsoleFacts>): ComplianceFacts =>
  withStage({ consoles: [{ ...IDEAL_CONSOLE, ...change }] });

export function idealStage(change: Partial<StageFacts> = {}): StageFacts {
  return {
    stage: "prod",
    place: "last",
    signOffRoles: ["qa", "uat", "dev"],
    basis: "planned",
    images: [
      { repository: "orders/api", class: "secure", binding: "portable" },
      { repository: "orders/web", class: "standard", binding: "portable" },
    ],
    identities: [identity("id-secure", ["secure"]), identity("id-standard", ["standard"]), identity("id-preview", [])],
    retention: { rule: "forever" },
    foreignSigners: [],
    alternatives: [],
    auditDays: 730,
    auditYears: 2,
    allowedLocations: ["westeurope", "northeurope"],
    namePrefix: "cr",
    defender: true,
    passwordsInState: [],
    consoles: [IDEAL_CONSOLE],
    driftWatched: true,
    ...change,
  };
}

/** A stage of prod that every control is content with. */
export function idealFacts(change: Partial<ComplianceFacts> = {}): ComplianceFacts {
  return {
    stage: idealStage(),
    registries: [idealRegistry("secure"), idealRegistry("standard")],
    registriesComplete: true,
    gates: [idealGate("qa", 1), idealGate("uat", 2), idealGate("dev", 3)],
    tokens: [idealToken()],
    ...change,
  };
}

/** The ideal stage with one registry changed. */
export const withRegistry = (change: Partial<RegistryFacts>): ComplianceFacts =>
  idealFacts({ registries: [idealRegistry("secure", change), idealRegistry("standard")] });

export const withStage = (change: Partial<StageFacts>): ComplianceFacts => idealFacts({ stage: idealStage(change) });

export const withToken = (change: Partial<TokenFacts>): ComplianceFacts => idealFacts({ tokens: [idealToken(change)] });
