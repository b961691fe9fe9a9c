import type { MappedImage } from "../../../src/domain/image/imageClass";
import { defined } from "../../../src/base/defined";
import type { StageCheck } from "../../../src/domain/identity/environments";
import type { ImagePolicy, TrustedSigner } from "../../../src/domain/image/policy";
import type { RegistryKind } from "../../../src/domain/image/registryKind";
import { supportOf } from "../../../src/domain/image/ruleSupport";
import { tagRules } from "../../../src/domain/image/tags";
import { DEFAULT_STAGES, type Stage, type Stages } from "../../../src/domain/stage";
import type { RegistryOutput, StageOutputs } from "../../../src/outputs";
import { schemeOf } from "../scheme";

/** What a stage of a test is like. */
export interface StageFacts {
  stage: Stage;
  /** Host of the registry of both classes. */
  host: string;
  kind: RegistryKind;
  namespace?: string;
  policy: ImagePolicy;
  roles?: readonly string[];
  signOffSigners?: readonly TrustedSigner[];
  checksBefore?: readonly StageCheck[];
  /** Number of the automation's App. */
  app?: number;
  before?: { stage: Stage; host: string; kind: RegistryKind };
  /** Default: dev, qa, uat and prod. */
  stages?: Stages;
}

/** The images of a test's product. */
export const IMAGES: readonly MappedImage[] = [
  { repository: "orders/api", class: "secure", binding: "portable" },
  { repository: "orders/console", class: "secure", binding: "stage-bound" },
  { repository: "orders/web", class: "standard", binding: "portable" },
];

type Place = Pick<StageFacts, "stage" | "host" | "kind" | "stages">;

function registryOf(place: Place, imageClass: "secure" | "standard"): RegistryOutput {
  const { stage, host, kind, stages = DEFAULT_STAGES } = place;
  const vanityHost = `${stage}.${imageClass === "secure" ? "secure-registry" : "registry"}.company.com`;
  const mode = kind === "acr" ? "create" : "reference";
  return {
    ...{ class: imageClass, kind, mode, loginServer: host, vanityHost, tagRules: tagRules(stage, schemeOf(stages)) },
    rules: supportOf(kind),
  };
}

const registriesOf = (place: Place): StageOutputs["registries"] => ({
  secure: registryOf(place, "secure"),
  standard: registryOf(place, "standard"),
});

/** A stage's outputs as `pulumi stack output --json` would give them, with hosts of this machine. */
export function outputsFor(facts: StageFacts): StageOutputs {
  const { stage, policy, roles = [], before, stages = DEFAULT_STAGES } = facts;
  const standard: ImagePolicy = { signature: false, signers: policy.signers };
  return {
    version: 1,
    stage,
    stages,
    versionPrefix: "v",
    product: "orders",
    registries: registriesOf(facts),
    images: IMAGES,
    policies: { secure: policy, standard },
    tokens: [],
    retention: { rule: { rule: "inactive", days: 90 }, untaggedDays: {}, softDeleteDays: {} },
    logging: { categories: [] },
    gates: {
      repository: "orders",
      environments: roles.map((role) => ({
        ...{ name: `${stage}-signoff-${role}`, purpose: "sign-off" as const, role },
        ...{ reviewers: [`team ${role}-managers`], after: [], refs: [] },
      })),
      signOffSigners: facts.signOffSigners ?? [],
      ...defined({ checksBefore: facts.checksBefore, app: facts.app }),
    },
    ...(before && {
      stageBefore: { stage: before.stage, registries: registriesOf({ ...before, stages }) },
    }),
  };
}

/** The same registry of uat as that of a list in which uat is the entry stage, so that images are published to it. */
export function asEntry(uat: StageOutputs): StageOutputs {
  const later = DEFAULT_STAGES.slice(DEFAULT_STAGES.indexOf(uat.stage));
  const entry: Record<string, unknown> = {
    ...uat,
    stages: ["first", ...later],
    gates: { ...uat.gates, environments: [] },
  };
  delete entry["stageBefore"];
  return entry as unknown as StageOutputs;
}
