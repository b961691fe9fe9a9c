import { z } from "zod";
import { azureTypeOf, isAzureType } from "../base/azure/typeToken";
import { UNKNOWN } from "../base/placeholders";
import { acrFacts } from "../controls/adapters/acr";
import { bagOf, families, read, readList } from "../controls/adapters/resourceBag";
import { firewallOf } from "../controls/catalogue/network";
import { countVerdicts } from "../controls/control";
import type { RegistryFacts } from "../controls/facts";
import { elsewhereText } from "../domain/identity/environments";
import { IMAGE_CLASSES, type ImageClass } from "../domain/image/imageClass";
import { RULES } from "../domain/image/ruleSupport";
import type { Level } from "../domain/plan/compliance";
import { placeOf, stageBefore } from "../domain/stage";
import { outputsSchema } from "../outputs";
import type { Recording } from "../preview/recording";
import type { StageSummary, SummaryCell, SummaryRow } from "../preview/render/render";
import { byUrgency, shownCounts } from "./words";

const { shape } = outputsSchema;
const registrySchema = shape.registries.shape.secure.extend({ loginServer: z.string().max(255) });
/** What says that the outputs are this program's; a preview does not know every host. */
const stageSchema = outputsSchema.pick({ stage: true, stages: true, product: true, alternatives: true }).extend({
  registries: shape.registries.extend({ secure: registrySchema, standard: registrySchema }),
});

type StageHead = z.infer<typeof stageSchema>;

/**
 * What a stage is, in about ten lines, from what a preview recorded of it: its outputs, and of its registries the
 * resources that are sent for them.
 *
 * @returns undefined for a recording of another program, whose outputs are not the contract's
 */
export function summariseStage(recording: Recording): StageSummary | undefined {
  const head = stageSchema.safeParse(recording.outputs);
  if (!head.success) return undefined;
  const stage = head.data;
  const registries = registriesOf(recording);
  const before = stageBefore(stage.stage, stage.stages);
  return {
    about: `${stage.product}, ${before === undefined ? "where releases begin" : `takes releases from ${before}`}`,
    rows: [
      registriesRow(stage, registries),
      gatesRow(recording, placeOf(stage.stage, stage.stages) === "first"),
      tokensRow(recording),
      identitiesRow(recording),
      rulesRow(stage),
      costRow(recording, stage, registries),
      complianceRow(recording),
    ],
  };
}

/** A part of the outputs as its schema reads it; undefined where it is not there or not known yet. */
function part<T>({ outputs }: Recording, name: string, schema: z.ZodType<T>): T | undefined {
  const read = schema.safeParse(outputs[name]);
  return read.success ? read.data : undefined;
}

const plain = (text: string): SummaryCell[] => [text];
const LATER: SummaryCell = { text: "not known before the update", tone: "quiet" };

/** A registry as it is sent. */
interface SentRegistry {
  facts: RegistryFacts;
  /** Addresses and ranges that its network lets in. */
  addresses: number;
  locked: boolean;
  retained: boolean;
}

function registriesOf({ resources }: Recording): ReadonlyMap<ImageClass, SentRegistry> {
  const bags = resources.map(bagOf);
  const locks = resources.filter(
    ({ type }) => azureTypeOf(type)?.name.startsWith("authorization:ManagementLock") === true,
  );
  const retained = new Set(resources.filter(({ options }) => options.retainOnDelete === true).map(({ urn }) => urn));
  const found = [...families(bags)].flatMap(([registry, family]): [ImageClass, SentRegistry][] => {
    const facts = acrFacts(registry, family, { stage: "unknown", place: "unknown" });
    if (facts.class === "unknown") return [];
    const rules = readList(registry.inputs, "networkRuleSet.ipRules");
    const addresses = rules === "unknown" ? 0 : rules.length;
    const locked = locks.some(
      ({ sources }) => registry.urn !== undefined && sources?.["scope"]?.includes(registry.urn),
    );
    return [[facts.class, { facts, addresses, locked, retained: retained.has(registry.urn ?? "") }]];
  });
  return new Map(found);
}

function registriesRow(stage: StageHead, sent: ReadonlyMap<ImageClass, SentRegistry>): SummaryRow {
  const lines = IMAGE_CLASSES.map((imageClass): SummaryCell[] => {
    const { kind, mode, sku, namespace, loginServer, vanityHost, tagRules } = stage.registries[imageClass];
    const registry = sent.get(imageClass);
    const place = [loginServer, namespace].filter((word) => word !== undefined).join("/");
    return [
      imageClass,
      vanityHost,
      [kind, sku ?? place, ...(mode === "create" ? [] : [mode])].join(" "),
      registry === undefined ? { text: "its owner's network", tone: "quiet" } : networkOf(registry),
      registry === undefined ? { text: "its owner's protection", tone: "quiet" } : protectionOf(registry),
      `${tagRules.regime} tags`,
    ];
  });
  const others = alternativesOf(stage).map(({ class: imageClass, kind, loginServer, namespace }) =>
    plain(`${imageClass}, by REGISTRY_TYPE: ${kind} ${[loginServer, namespace].filter(Boolean).join("/")}`),
  );
  if (IMAGE_CLASSES.every((imageClass) => stage.registries[imageClass].loginServer !== UNKNOWN)) {
    return { label: "Registries", lines: [...lines, ...others] };
  }
  const note: SummaryCell = { text: "login servers and ids are known only after the update", tone: "quiet" };
  return { label: "Registries", lines: [...lines, ...others, [note]] };
}

const alternativesOf = ({ alternatives }: StageHead) =>
  IMAGE_CLASSES.flatMap((imageClass) => alternatives?.[imageClass] ?? []);

function networkOf({ facts, addresses }: SentRegistry): SummaryCell {
  const { publicAccess, privateEndpoints } = facts;
  const firewall = firewallOf(facts);
  if (publicAccess === false) {
    const doors = typeof privateEndpoints === "number" && privateEndpoints > 0 ? "" : ", no endpoint made here";
    return `private only${doors}`;
  }
  if (firewall === "open") return { text: "public: its rules name nearly all", tone: "warn" };
  if (firewall === "deny") return addresses === 1 ? "1 address" : `${addresses} addresses`;
  if (publicAccess === "unknown" || firewall === "unknown") return { text: "network as it is", tone: "quiet" };
  return { text: "public", tone: "warn" };
}

function protectionOf({ facts, locked, retained }: SentRegistry): SummaryCell {
  const words = [...(facts.protected === true ? ["protect"] : []), ...(locked ? ["lock"] : [])];
  const all = [...words, ...(retained ? ["retain"] : [])];
  return all.length === 0 ? { text: "unprotected", tone: "warn" } : all.join(", ");
}

function gatesRow(recording: Recording, isFirst: boolean): SummaryRow {
  const gates = part(recording, "gates", shape.gates);
  const label = "Gates";
  if (gates === undefined) return { label, lines: [[LATER]] };
  if (gates.elsewhere && !isFirst)
    return { label, lines: [[{ text: `off: ${elsewhereText(gates.elsewhere)}`, tone: "warn" }]] };
  const signOffs = gates.environments.filter(({ purpose }) => purpose === "sign-off");
  const steps = [...signOffs].sort((a, b) => a.after.length - b.after.length);
  const chain = steps.map(({ role, name, reviewers }) => `${role ?? name} (${reviewers.join(", ") || "nobody"})`);
  const others = gates.environments.filter(({ purpose, reviewers }) => purpose !== "sign-off" && reviewers.length > 0);
  const also = others.map(({ name, reviewers }) => `${name} by ${reviewers.join(", ")}`);
  const signed = chain.length === 0 ? "nobody signs off" : `signed off by ${chain.join(", then ")}`;
  const checks = (gates.checksBefore ?? []).map(({ name }) => name);
  return {
    label,
    lines: [
      plain(signed),
      ...(checks.length === 0 ? [] : [plain(`checks before: ${checks.join(", ")}`)]),
      ...(also.length === 0 ? [] : [plain(`also reviewed: ${also.join("; ")}`)]),
    ],
  };
}

/** Consumers, and controls, that a line tells by name. */
const MOST_NAMES = 6;

function tokensRow(recording: Recording): SummaryRow {
  const tokens = part(recording, "tokens", shape.tokens);
  const label = "Tokens";
  if (tokens === undefined) return { label, lines: [[LATER]] };
  if (tokens.length === 0) return { label, lines: [["none: nobody pulls with a token"]] };
  const consumers = [...new Set(tokens.map(({ consumer }) => consumer))];
  const daysOf = (consumer: string): string => {
    const own = tokens.filter((token) => token.consumer === consumer);
    const days = new Set(own.map(({ expiresAfterDays }) => expiresAfterDays));
    if (days.size === 1) return `${consumer} ${[...days].join("")} days`;
    return `${consumer} ${own.map((token) => `${token.expiresAfterDays} (${token.registry})`).join(" and ")} days`;
  };
  const named = consumers.slice(0, MOST_NAMES).map(daysOf);
  const more = consumers.length > MOST_NAMES ? [`${consumers.length - MOST_NAMES} more`] : [];
  return { label, lines: [plain(`${tokens.length}: ${[...named, ...more].join(", ")}`)] };
}

function identitiesRow(recording: Recording): SummaryRow {
  const identities = part(recording, "identities", shape.identities.unwrap());
  const label = "Identities";
  if (identities === undefined) return { label, lines: [[LATER]] };
  if (identities.length === 0) return { label, lines: [["none: nobody logs in to Azure without a password"]] };
  const counts = new Map<string, number>();
  for (const { purpose } of identities) counts.set(purpose, (counts.get(purpose) ?? 0) + 1);
  const purposes = [...counts].map(([purpose, count]) => (count === 1 ? purpose : `${purpose} ${count}`));
  return { label, lines: [plain(`${identities.length} without a password: ${purposes.join(", ")}`)] };
}

/** Rules that a registry does not keep by itself; what both say alike is said once. */
function rulesRow(stage: StageHead): SummaryRow {
  const { registries } = stage;
  const expected: string[] = [];
  const emulated: string[] = [];
  const impossible: string[] = [];
  for (const rule of RULES) {
    const [secure, standard] = [registries.secure.rules[rule], registries.standard.rules[rule]];
    const alike = secure.support === standard.support;
    for (const imageClass of alike ? (["secure"] as const) : IMAGE_CLASSES) {
      const support = registries[imageClass].rules[rule];
      const name = alike ? rule : `${rule} (${imageClass})`;
      if (support.support === "expected") expected.push(name);
      if (support.support === "emulated") emulated.push(name);
      if (support.support === "impossible") impossible.push(`${name}: ${support.because}`);
    }
  }
  for (const { class: imageClass, kind, rules } of alternativesOf(stage)) {
    for (const rule of RULES) {
      const support = rules[rule];
      if (support.support === "impossible") impossible.push(`${rule} (${imageClass}, ${kind}): ${support.because}`);
    }
  }
  const never: SummaryCell[] = impossible.map((text) => ({ text: `impossible: ${text}`, tone: "bad" as const }));
  return {
    label: "Rules",
    lines: [
      plain(emulated.length === 0 ? "kept by the registries themselves" : `emulated: ${emulated.join(", ")}`),
      ...(expected.length === 0 ? [] : [plain(`expected, not read: ${expected.join(", ")}`)]),
      ...(never.length === 0 ? [plain("impossible: none")] : never.map((cell) => [cell])),
    ],
  };
}

function costRow(
  recording: Recording,
  { registries }: StageHead,
  sent: ReadonlyMap<ImageClass, SentRegistry>,
): SummaryRow {
  const skus = IMAGE_CLASSES.flatMap((imageClass) => registries[imageClass].sku ?? []);
  const [first, second] = skus;
  const tiers =
    first !== undefined && first === second
      ? `2 ${first} registries`
      : skus.map((sku) => `1 ${sku} registry`).join(", ");
  const replicas = [...sent.values()].flatMap(({ facts }) => (facts.replicas === "unknown" ? [] : facts.replicas));
  const regions = [...new Set(replicas)].join(", ");
  const logging = part(recording, "logging", shape.logging);
  const { archive, budget, defender } = logging ?? {};
  const days = logDays(recording);
  const parts = [
    tiers || "no registry of its own",
    replicas.length === 0
      ? "no replica"
      : `${replicas.length} ${replicas.length === 1 ? "replica" : "replicas"} (${regions})`,
    days === undefined ? "no log of its own" : `log ${String(days)} days`,
    ...(archive === undefined ? [] : [`archive ${archive.years} years`]),
    defender === true ? "Defender switched on here" : "Defender not switched on here",
    budget === undefined ? "no budget" : `budget ${budget.amount} a month`,
  ];
  return { label: "Cost", lines: [plain(parts.join(", "))] };
}

/** Days that the stage's own workspace keeps its log; undefined where it makes none. */
function logDays({ resources }: Recording): number | string | undefined {
  const workspace = resources.find(({ type }) => isAzureType(type, "operationalinsights:Workspace"));
  const days = workspace === undefined ? undefined : read(workspace.inputs, "retentionInDays");
  return typeof days === "number" || typeof days === "string" ? days : undefined;
}

function complianceRow(recording: Recording): SummaryRow {
  const label = "Compliance";
  const compliance = part(recording, "compliance", shape.compliance.unwrap());
  if (compliance === undefined) return { label, lines: [[LATER]] };
  const failing = byUrgency({ compliance }).filter(([, { verdict }]) => verdict === "fail");
  const ids = (level: Level): string[] =>
    failing.filter(([, outcome]) => outcome.level === level).map(([{ id }]) => id);
  const [mandatory, advisory] = [ids("mandatory"), ids("advisory")];
  const counts: SummaryCell = { text: shownCounts(countVerdicts(compliance)), tone: "quiet" };
  const verdict: SummaryCell =
    mandatory.length === 0
      ? { text: "no mandatory control fails", tone: "good" }
      : { text: `mandatory, failing: ${mandatory.join(", ")}`, tone: "bad" };
  const named = advisory.slice(0, MOST_NAMES).join(", ");
  const more = advisory.length > MOST_NAMES ? ` and ${advisory.length - MOST_NAMES} more` : "";
  const advice = advisory.length === 0 ? [] : [[`advisory, failing: ${named}${more}`]];
  return { label, lines: [[verdict], ...advice, [counts]] };
}
