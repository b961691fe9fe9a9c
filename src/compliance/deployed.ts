import type { ComplianceFacts, GateFacts, RegistryFacts, TokenFacts } from "../domain/facts";
import { factsOfResources } from "./resources/factsOfResources";
import type { ResourceBag } from "./resources/bag";

/** What only the plan decides of a registry; the rest is the cloud's to answer. */
function registryWith(planned: RegistryFacts, deployed: RegistryFacts | undefined): RegistryFacts {
  if (deployed?.basis !== "deployed") return planned;
  const { class: imageClass, kind, mode, regime, scan, signature, unhealthyImages, rules } = planned;
  const decided = { class: imageClass, kind, mode, regime, scan, signature, unhealthyImages, rules };
  return { ...deployed, ...decided, protected: planned.protected };
}

function gateWith(planned: GateFacts, deployed: GateFacts | undefined): GateFacts {
  if (deployed?.basis !== "deployed") return planned;
  const { purpose, role } = planned;
  return { ...deployed, purpose, ...(role === undefined ? {} : { role }) };
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
