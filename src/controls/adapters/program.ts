import {
  getRootDirectory,
  type Inputs,
  type Output,
  output,
  type Resource,
  type ResourceTransformationArgs,
} from "@pulumi/pulumi";
import { registerStackTransformation } from "@pulumi/pulumi/runtime/stack";
import { plainToken } from "../../base/azure/typeToken";
import { defined } from "../../base/defined";
import { messageOnlyError } from "../../base/messageOnlyError";
import type { StagePlan } from "../../domain/plan/stagePlan";
import { CONTROLS } from "../catalogue";
import { evaluate, refusal } from "../evaluate";
import type { ComplianceFacts, GateFacts, RegistryFacts, TokenFacts } from "../facts";
import { driftWatched, factsOfPlan } from "./plan";
import { type ResourceBag, UNKNOWN_VALUE } from "./resourceBag";
import { factsOfResources } from "./resources";

/**
 * Evaluates the plan and stops the run where a mandatory control fails, before anything is registered.
 *
 * @param now the date of the run, which waivers are compared with
 * @returns gives the stack output `compliance`, to be asked once everything is made: each control on its own, by what
 *   the cloud has answered, and as planned where it has not yet
 * @throws RunError with every mandatory failure and what to do about it
 */
export function beginCompliance(plan: StagePlan, now: Date): () => Inputs {
  const planned = factsOfPlan(plan, driftWatched(getRootDirectory(), plan.gates.elsewhere === undefined));
  const message = refusal(plan.stage, evaluate(planned, plan.compliance, now));
  if (message !== undefined) throw messageOnlyError(message);
  const resources = watchResources();
  return () => {
    const result = resources().apply((bags) => evaluate(factsOfDeployed(planned, bags), plan.compliance, now));
    const outcomes = CONTROLS.map(({ id }): [string, Output<unknown>] => [
      id,
      result.apply(({ controls }) => controls[id]),
    ]);
    return { version: 1, controls: Object.fromEntries(outcomes), waivers: result.apply(({ waivers }) => waivers) };
  };
}

/** The properties that controls read, by type of the default API version: inputs that identify, and outputs that the cloud answers. No secret. */
const WATCHED: Readonly<Record<string, { inputs: readonly string[]; outputs: readonly string[] }>> = {
  "azure-native:containerregistry:Registry": {
    inputs: ["registryName"],
    outputs: [
      ...["name", "location", "sku", "adminUserEnabled", "anonymousPullEnabled", "policies", "publicNetworkAccess"],
      ...["networkRuleSet", "networkRuleBypassOptions", "encryption", "dataEndpointEnabled"],
      ...["privateEndpointConnections"],
    ],
  },
  "azure-native:containerregistry:Replication": {
    inputs: ["registryName", "location"],
    outputs: ["location"],
  },
  "azure-native:containerregistry:CacheRule": { inputs: ["registryName"], outputs: [] },
  "azure-native:containerregistry:Webhook": { inputs: ["registryName", "serviceUri"], outputs: [] },
  "azure-native:containerregistry:ScopeMap": { inputs: ["registryName", "scopeMapName"], outputs: ["actions"] },
  "azure-native:containerregistry:Token": {
    inputs: ["registryName", "tokenName"],
    outputs: ["status", "scopeMapId"],
  },
  "azure-native:insights:DiagnosticSetting": { inputs: ["resourceUri", "logs"], outputs: ["logs"] },
  "azure-native:monitor:DiagnosticSetting": { inputs: ["resourceUri", "logs"], outputs: ["logs"] },
  "azure-native:network:PrivateEndpoint": {
    inputs: ["privateEndpointName", "privateLinkServiceConnections"],
    outputs: [],
  },
  "azure-native:network:PrivateDnsZoneGroup": { inputs: ["privateEndpointName"], outputs: [] },
  "github:index/repositoryEnvironment:RepositoryEnvironment": {
    inputs: [],
    outputs: ["environment", "reviewers", "preventSelfReview", "canAdminsBypass", "deploymentBranchPolicy"],
  },
};

/** Whether a value is known already. The SDK keeps it with each output and tells it in no type. */
async function isKnown(value: Output<unknown>): Promise<boolean> {
  const known: unknown = Reflect.get(value, "isKnown");
  return known instanceof Promise ? (await known) === true : false;
}

/** The value, or a mark in its place where it is not known: an output of something known in any case. */
function settled(value: unknown): Output<unknown> {
  const given: Output<unknown> = output(value);
  return output(isKnown(given).then((known) => (known ? given : UNKNOWN_VALUE)));
}

const pick = (from: object, keys: readonly string[]): Inputs =>
  Object.fromEntries(keys.map((key) => [key, settled(Reflect.get(from, key))]));

/** Read once the resource is registered: only then the SDK has put its outputs there. */
function bagOf(args: ResourceTransformationArgs, stands: boolean): Inputs {
  const { resource, type, name, props, opts } = args;
  const keys = WATCHED[plainToken(type)];
  return {
    ...{ type, name, inputs: pick(props, keys?.inputs ?? []) },
    ...(stands ? { outputs: pick(resource, keys?.outputs ?? []) } : {}),
    ...(opts.parent === undefined ? {} : { parent: String(parentNumber(opts.parent)) }),
    ...defined({ ignoreChanges: opts.ignoreChanges }),
  };
}

/**
 * Nothing where nothing stands yet, which is every first preview: a stage has thousands of tokens, and the plan says it
 * all. A resource stands where its id is known.
 */
async function whatStands(seen: readonly ResourceTransformationArgs[]): Promise<Inputs[]> {
  const known = await Promise.all(seen.map(({ resource }) => isKnown(output(Reflect.get(resource, "id")))));
  return known.includes(true) ? seen.map((args, at) => bagOf(args, known[at] ?? false)) : [];
}

const numbers = new WeakMap<Resource, number>();
let last = 0;

/** Stands for the parent's URN, which the SDK knows late: it need only be equal for siblings. */
function parentNumber(parent: Resource): number {
  const number = numbers.get(parent) ?? (last += 1);
  numbers.set(parent, number);
  return number;
}

/**
 * Notes each resource that controls read from here on, whichever component makes it, so that no component has to hand
 * anything out. Called once, before the first is made; asked at the end of the program.
 *
 * @returns gives them with what the cloud answered, as one output that is always known; none before one stands
 */
function watchResources(): () => Output<ResourceBag[]> {
  const seen: ResourceTransformationArgs[] = [];
  registerStackTransformation((args) => {
    if (Object.hasOwn(WATCHED, plainToken(args.type))) seen.push(args);
    return undefined;
  });
  return () => output(whatStands(seen)) as Output<ResourceBag[]>;
}

/** What only the plan decides of a registry; the rest is the cloud's to answer. */
function registryWith(planned: RegistryFacts, deployed: RegistryFacts | undefined): RegistryFacts {
  if (deployed?.basis !== "deployed") return planned;
  const { stage, place, class: imageClass, kind, mode, regime, scan, signature } = planned;
  const { foreignSigners, unhealthyImages, rules, protected: guarded } = planned;
  const decided = { stage, place, class: imageClass, kind, mode, regime, scan, signature };
  return { ...deployed, ...decided, foreignSigners, unhealthyImages, rules, protected: guarded };
}

/**
 * What GitHub's provider answers of an environment was sent, not read: it counts where it differs, and stays `planned`.
 * What is deployed `dualreg gates review` reads.
 */
function gateWith(planned: GateFacts, answered: GateFacts | undefined): GateFacts {
  if (answered?.basis !== "deployed") return planned;
  const { purpose, role, basis } = planned;
  return { ...answered, purpose, basis, ...defined({ role }) };
}

function tokenWith(planned: TokenFacts, deployed: TokenFacts | undefined): TokenFacts {
  if (deployed?.basis !== "deployed") return planned;
  const { consumer, expiresAfterDays, ceilingDays } = planned;
  return { ...deployed, consumer, expiresAfterDays, ceilingDays };
}

/**
 * A stage's facts as its resources were answered, with the plan's for what no cloud answers: the class map, regimes,
 * roles, expiries. What is not deployed yet stays as planned, and says so.
 */
export function factsOfDeployed(planned: ComplianceFacts, resources: readonly ResourceBag[]): ComplianceFacts {
  const deployed = factsOfResources(resources, { stage: planned.stage.stage });
  const tokens = new Map(deployed.tokens.map((token) => [`${token.registry}/${token.name}`, token]));
  const gates = new Map(deployed.gates.map((gate) => [gate.environment, gate]));
  return {
    ...planned,
    registries: planned.registries.map((registry) =>
      registryWith(
        registry,
        deployed.registries.find((one) => one.class === registry.class),
      ),
    ),
    gates: planned.gates.map((gate) => gateWith(gate, gates.get(gate.environment))),
    tokens: planned.tokens.map((token) => tokenWith(token, tokens.get(`${token.registry}/${token.name}`))),
  };
}
