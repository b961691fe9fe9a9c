import type { Known, TokenFacts } from "../../domain/facts";
import type { Stage } from "../../domain/stage";
import { classOf } from "./acr";
import { readList, readText, setting, type ResourceBag } from "./bag";
import type { Family } from "./family";

const inId = /\/scopeMaps\/([^/]+)$/i;

/** Azure's own scope maps begin so; each reaches every repository. */
const AZURES_OWN = "_repositories_";

/** A name as the program says it, else as Azure answers it. */
function nameOf({ inputs, outputs = {} }: ResourceBag, key: string): Known<string> {
  const said = readText(inputs, key);
  return said === "unknown" ? readText(outputs, "name") : said;
}

/** The actions of the scope map that a token names; where its id is not known yet, of the one of the same name. */
function actionsOf(token: ResourceBag, { scopeMaps }: Family): Known<readonly string[]> {
  const id = readText(token.outputs ?? token.inputs, "scopeMapId");
  const name = inId.exec(id)?.[1] ?? nameOf(token, "tokenName");
  if (name.startsWith(AZURES_OWN)) return [name];
  const scope = scopeMaps.find((map) => name !== "unknown" && nameOf(map, "scopeMapName") === name);
  if (scope === undefined) return "unknown";
  const actions = readList(scope.outputs ?? scope.inputs, "actions");
  return actions === "unknown" || !actions.every((action) => typeof action === "string") ? "unknown" : actions;
}

/** The facts of a registry's tokens. When a password expires no token says; see the plan for it. */
export function tokensOf(registry: ResourceBag, family: Family, stage: Known<Stage>): TokenFacts[] {
  return family.tokens.map((token) => {
    const name = nameOf(token, "tokenName");
    const status = setting(token, "status", "enabled");
    return {
      stage,
      registry: classOf(registry),
      registryName: family.name,
      basis: token.outputs === undefined ? "planned" : "deployed",
      name: name === "unknown" ? token.name : name,
      consumer: "unknown",
      enabled: status === "enabled" ? true : status === "disabled" ? false : "unknown",
      actions: actionsOf(token, family),
      expiresAfterDays: "unknown",
      ceilingDays: "unknown",
    };
  });
}
