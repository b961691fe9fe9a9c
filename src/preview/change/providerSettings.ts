import { azureTypeOf } from "../../base/azure/typeToken";
import { regionKey } from "../../base/azure/region";
import type { Json } from "../../base/json";
import { quotedValue } from "../../base/text/quote";
import type { RecordedResource, Recording } from "../recording";
import type { FoundChange, PropertyChange, ResourceChange } from "./changes";
import { nameOf } from "./pairResources";

/** Keys of which letter case does not count: guids, clouds, accounts of GitHub. */
const IGNORES_CASE: ReadonlySet<string> = new Set([
  ...["azure-native:subscriptionId", "azure-native:tenantId", "azure-native:clientId", "azure-native:environment"],
  ...["github:owner", "github:organization"],
]);

/** What a provider takes where it is told nothing. Source: the configuration of azure-native and of the GitHub provider. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "azure-native:environment": "public",
  "github:baseUrl": "https://api.github.com/",
};

/** One cloud has several names: `AzurePublicCloud`, `public`; `AzureUSGovernmentCloud`, `usgovernment`, `usgov`. */
function cloudOf(name: string): string {
  const [, short = ""] = /^(?:azure)?(.*?)(?:cloud)?$/i.exec(name.toLowerCase()) ?? [];
  return { "": "public", usgov: "usgovernment" }[short] ?? short;
}

function comparable(key: string, value: string | undefined): string | undefined {
  const said = value ?? DEFAULTS[key];
  if (said === undefined) return undefined;
  if (key === "azure-native:location") return regionKey(said);
  if (key === "azure-native:environment") return cloudOf(said);
  if (key === "github:baseUrl") return said.replace(/\/+$/, "").toLowerCase();
  return IGNORES_CASE.has(key) ? said.toLowerCase() : said;
}

/** `github:organization` is the former name of `github:owner`; the provider prefers it where both stand. */
function settingsOf({ providers = {} }: Recording): Readonly<Record<string, string>> {
  const { "github:organization": organization, ...others } = providers;
  return organization === undefined ? providers : { ...others, "github:owner": organization };
}

/** What the two recordings' configuration tells providers differently, by key. */
export function providerChanges(base: Recording | undefined, head: Recording | undefined): readonly PropertyChange[] {
  // A stage that only one side has is made or deleted as a whole.
  if (base === undefined || head === undefined) return [];
  const [was, is] = [settingsOf(base), settingsOf(head)];
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  return keys.flatMap((key): PropertyChange[] => {
    const [before, after] = [was[key], is[key]];
    if (comparable(key, before) === comparable(key, after)) return [];
    const values = { ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
    return [{ path: key, ...values, effect: "update" }];
  });
}

const PROVIDER = "pulumi:providers:";

/** The namespace of a provider's configuration, for any package of it. */
const namespaceOf = (type: string): string =>
  azureTypeOf(type) === undefined ? (type.split(":", 1)[0] ?? "") : "azure-native";

const shown = (value: Json | undefined): string => (value === undefined ? "nothing" : quotedValue(value));

const count = (resources: number): string => (resources === 1 ? "1 resource" : `${resources} resources`);

/** What follows where a provider is told something else, whether or not that names a place. */
function stays(resources: number, was: string): string {
  if (resources === 0) return "no resource of the base is its";
  const remain = resources === 1 ? "remains" : "remain";
  return (
    `${count(resources)} ${remain} where ${was} put them: Pulumi holds each by its id, so nothing moves, and what is new ` +
    "is made by the new setting. To move a stage, give the new place a stack of its own and destroy this one"
  );
}

/** Arguments of a provider that say which plugin runs, and not where it works. */
const PLUGIN: ReadonlySet<string> = new Set(["version", "pluginDownloadURL"]);

/**
 * Findings where a provider is told something else: by the stage's configuration, by the arguments of a provider that the
 * program makes, or by giving resources another provider. The engine shows no change of any resource for the first two.
 *
 * @param settings what {@link providerChanges} found
 * @param changes what changes in the stage's resources
 */
export function providerFindings(
  base: Recording,
  settings: readonly PropertyChange[],
  changes: readonly ResourceChange[],
): readonly FoundChange[] {
  const { stack } = base;
  const made = base.resources.filter(({ custom, type }) => custom && !type.startsWith("pulumi:"));
  const found = (type: string, name: string, reason: string): FoundChange => {
    return { ...{ stack, type, name, kind: "provider", reason }, certain: true };
  };
  const configured = settings.flatMap(({ path, before, after }) => {
    const [namespace = ""] = path.split(":");
    if (namespace === "pulumi") return [];
    const own = made.filter(({ type }) => namespaceOf(type) === namespace).length;
    const reason = `was ${shown(before)} and is ${shown(after)}: ${stays(own, shown(before))}`;
    return [found("configuration", path, reason)];
  });
  const explicit = changes.flatMap(({ type, urn, name, kind, properties }) => {
    if (!type.startsWith(PROVIDER) || kind === "create" || kind === "delete") return [];
    const told = properties.filter(({ path }) => !PLUGIN.has(path) && !path.startsWith("("));
    if (told.length === 0) return [];
    const own = made.filter(({ options }) => usesProvider(options.provider, urn)).length;
    const said = told
      .map(({ path, before, after }) => `${path} was ${shown(before)} and is ${shown(after)}`)
      .join(", ");
    return [found(type, name, `${said}: ${stays(own, shown(told[0]?.before))}`)];
  });
  return [...configured, ...explicit, ...changedProviders(made, changes).map((one) => found(...one))];
}

const usesProvider = (provider: string | undefined, urn: string): boolean =>
  provider !== undefined && (provider === urn || provider.startsWith(`${urn}::`));

/** Resources that are given another provider, together by the two. */
function changedProviders(
  made: readonly RecordedResource[],
  changes: readonly ResourceChange[],
): (readonly [type: string, name: string, reason: string])[] {
  const groups = new Map<string, { from: string; to: string; resources: number }>();
  const name = (provider: Json | undefined): string => {
    const urn = typeof provider === "string" ? provider.split("::").slice(0, 4).join("::") : "";
    return urn === "" ? "the default provider" : nameOf(urn);
  };
  const there = new Set(made.map(({ urn }) => urn));
  for (const { urn, formerUrn, properties } of changes) {
    const change = properties.find(({ path }) => path === "(provider)");
    if (change === undefined || !there.has(formerUrn ?? urn)) continue;
    const [from, to] = [name(change.before), name(change.after)];
    const group = groups.get(`${from} ${to}`) ?? { from, to, resources: 0 };
    groups.set(`${from} ${to}`, { ...group, resources: group.resources + 1 });
  }
  return [...groups.values()].map(({ from, to, resources }) => {
    const reason = `${count(resources)} go from ${from} to ${to}: ${stays(resources, from)}`;
    return ["provider", to, reason] as const;
  });
}
