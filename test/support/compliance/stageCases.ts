import type { ControlCase } from "./controlCase";
import type { RetentionRule } from "../../../src/domain/image/policy";
import {
  idealFacts,
  idealGate,
  idealRegistry,
  idealStage,
  idealToken,
  withConsole,
  withRegistry,
  withStage,
  withToken,
} from "./idealFacts";
import type { StagePlace } from "../../../src/domain/stage";

const secure = idealRegistry("secure");
const image = { repository: "orders/api", class: "secure", binding: "portable" } as const;
const pusher = {
  name: "id",
  basis: "planned",
  stage: "prod",
  pushes: ["secure", "standard"],
  hasSecret: false,
} as const;
const inStage = (place: StagePlace, retention: RetentionRule) => withStage({ place, retention });

/** Cases of the controls that are this project's own. */
export const STAGE_CASES: readonly ControlCase[] = [
  { id: "pair-complete", pass: {}, fail: idealFacts({ registries: [secure] }) },
  {
    id: "pair-complete",
    pass: {},
    fail: idealFacts({ registries: [secure, idealRegistry("standard", { name: secure.name })] }),
  },
  { id: "class-map-whole", pass: {}, fail: withStage({ images: [] }) },
  {
    id: "class-map-whole",
    pass: withStage({ images: [image] }),
    fail: withStage({ images: [image, { ...image, class: "standard" }] }),
  },
  { id: "tag-regime", pass: {}, fail: withRegistry({ regime: "mutable" }) },
  {
    id: "tag-regime",
    pass: idealFacts({ registries: [idealRegistry("secure", { place: "first", regime: "mutable" })] }),
    fail: withRegistry({ place: "between", regime: "mutable" }),
  },
  {
    id: "sign-offs-complete",
    pass: idealFacts({ stage: idealStage({ signOffRoles: "unknown" }), gates: [idealGate("qa", 1)] }),
    fail: idealFacts({ stage: idealStage({ signOffRoles: "unknown" }), gates: [] }),
  },
  { id: "sign-offs-complete", pass: {}, fail: idealFacts({ gates: [idealGate("qa", 1), idealGate("uat", 2)] }) },
  {
    id: "sign-offs-complete",
    pass: idealFacts({ stage: idealStage({ place: "between", signOffRoles: ["qa"] }), gates: [idealGate("qa", 1)] }),
    fail: idealFacts({ gates: [idealGate("qa", 1), idealGate("uat", 1), idealGate("dev", 3)] }),
  },
  {
    id: "sign-offs-complete",
    pass: {},
    fail: idealFacts({ gates: [idealGate("qa", 1), idealGate("uat", 2), idealGate("dev", 3, { reviewers: [] })] }),
  },
  { id: "gates-closed", pass: {}, fail: idealFacts({ gates: [idealGate("qa", 1, { canAdminsBypass: true })] }) },
  { id: "gates-closed", pass: {}, fail: idealFacts({ gates: [idealGate("qa", 1, { preventSelfReview: false })] }) },
  {
    id: "gates-closed",
    pass: idealFacts({ gates: [idealGate("qa", 1, { reviewers: [], preventSelfReview: false })] }),
    fail: idealFacts({ gates: [idealGate("qa", 1, { refsNamed: false })] }),
  },
  { id: "identity-per-class", pass: {}, fail: withStage({ identities: [] }) },
  { id: "identity-per-class", pass: {}, fail: withStage({ identities: [pusher] }) },
  {
    id: "identity-per-class",
    pass: {},
    fail: withStage({
      identities: [
        { ...pusher, pushes: ["secure"], hasSecret: true },
        { ...pusher, pushes: ["standard"] },
      ],
    }),
  },
  { id: "token-expiry", pass: withToken({ expiresAfterDays: 90 }), fail: withToken({ expiresAfterDays: 91 }) },
  { id: "token-expiry", pass: withToken({ expiresAfterDays: 1 }), fail: withToken({ expiresAfterDays: 0 }) },
  { id: "token-reads-only", pass: {}, fail: withToken({ actions: ["repositories/orders/api/content/write"] }) },
  {
    id: "token-reads-only",
    pass: idealFacts({ tokens: [idealToken(), idealToken({ name: "billing-pull" })] }),
    fail: withToken({ actions: ["repositories/*/content/read"] }),
  },
  { id: "token-reads-only", pass: {}, fail: withToken({ actions: ["_repositories_pull"] }) },
  { id: "audit-kept", pass: {}, fail: withStage({ auditDays: 729 }) },
  {
    id: "passwords-outside-state",
    pass: {},
    fail: withStage({ passwordsInState: ["shop.credentials.passwords.0.value"] }),
  },
  { id: "console-pinned", pass: {}, fail: withConsole({ image: "crordersprodsecure/orders/console:v1.2.3" }) },
  { id: "console-pinned", pass: {}, fail: withConsole({ image: "crordersprodsecure/orders/console@sha256:c0c0" }) },
  { id: "console-pinned", pass: {}, fail: withConsole({ fromOwnRegistry: false }) },
  { id: "console-hardened", pass: {}, fail: withConsole({ nonRoot: false }) },
  { id: "console-hardened", pass: {}, fail: withConsole({ readOnlyRoot: false }) },
  { id: "drift-watched", pass: {}, fail: withStage({ driftWatched: false }) },
  { id: "scan-gate", pass: {}, fail: withRegistry({ scan: "off" }) },
  { id: "scan-gate", pass: {}, fail: withRegistry({ scan: { critical: 0, high: 1, maxAgeHours: 1 } }) },
  { id: "signature-gate", pass: {}, fail: withRegistry({ signature: false }) },
  { id: "retention-rule", pass: {}, fail: withStage({ retention: { rule: "inactive", days: 90 } }) },
  {
    id: "retention-rule",
    pass: inStage("first", { rule: "inactive", days: 30 }),
    fail: inStage("first", { rule: "inactive", days: 31 }),
  },
  { id: "retention-rule", pass: inStage("between", { rule: "forever" }), fail: inStage("first", { rule: "forever" }) },
  {
    id: "retention-rule",
    pass: inStage("between", { rule: "newest", count: 20 }),
    fail: withStage({ retention: { rule: "newest", count: 1000 } }),
  },
  { id: "registry-protected", pass: {}, fail: withRegistry({ protected: false }) },
];
