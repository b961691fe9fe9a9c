import { z } from "zod";
import { day } from "../base/decode/decode";
import { reportProblems } from "../base/decode/problems";
import { salvage } from "../base/decode/salvage";
import { defined } from "../base/defined";
import { DualRegistryError } from "../base/errors";
import { readBounded } from "../base/file";
import { fieldsOf, parseJson } from "../base/json";
import { quoted } from "../base/text/quote";
import { CONTROLS } from "../controls/catalogue";
import type { Compliance, Evidence, Finding, Scope, StageCompliance, Verdict, WaiverState } from "../controls/control";
import type { Support } from "../domain/image/ruleSupport";
import { type Change, type ChangesOfStage, REPORT_NAME } from "./model";
import { cleanStage } from "./redact";
import { formerStageSchema, stagePart } from "./stages";
import { shownSupport, shownValue } from "./words";

/** What a former report said; from a JSON report, or from a former outputs file. */
export interface Former {
  /** Absent for an outputs file. */
  asOf?: string;
  stages: readonly StageCompliance[];
}

/** From good to bad, for the direction of a change; what is not applicable is neither. */
const GRADES: Readonly<Partial<Record<Verdict, number>>> = { pass: 0, waived: 1, unknown: 2, fail: 3 };

function direction(before: Verdict | undefined, after: Verdict | undefined): Change["direction"] {
  const [was, is] = [before && GRADES[before], after && GRADES[after]];
  if (is !== undefined && is > (was ?? 0)) return "worse";
  return was !== undefined && was > (is ?? 0) ? "better" : "other";
}

/** The findings of a control by scope; several of one scope, of which there are thousands of tokens, as one. */
function byScope(findings: readonly Finding[]): Map<Scope, Finding[]> {
  const all = new Map<Scope, Finding[]>();
  for (const finding of findings) {
    const same = all.get(finding.scope);
    if (same) same.push(finding);
    else all.set(finding.scope, [finding]);
  }
  return all;
}

const keyOf = ({ resource, property }: Evidence) => JSON.stringify([resource, property]);

const valuesOf = (findings: readonly Finding[]) =>
  new Map(findings.flatMap(({ evidence }) => evidence).map((one) => [keyOf(one), one] as const));

const text = (what: "before" | "after", value: string | undefined) => (value === undefined ? {} : { [what]: value });

function pair(subject: string, scope: Scope, what: string, before?: string, after?: string): Change[] {
  if (before === after) return [];
  return [{ subject, scope, what, ...text("before", before), ...text("after", after), direction: "other" }];
}

const WORST: readonly Verdict[] = ["fail", "unknown", "waived", "pass", "not applicable"];

const one = <T>(values: readonly T[], order: readonly T[]): T | undefined =>
  order.find((value) => values.includes(value));

function scopeChanges(id: string, scope: Scope, was: readonly Finding[], is: readonly Finding[]): Change[] {
  const [before, after] = [was, is].map((all) =>
    one(
      all.map(({ verdict }) => verdict),
      WORST,
    ),
  );
  const verdict = pair(id, scope, "verdict", before, after).map((change) => ({
    ...change,
    direction: direction(before, after),
  }));
  const bases = [was, is].map((all) => [...new Set(all.map(({ basis }) => basis))].sort().join(", ") || undefined);
  const rests = was.length > 0 && is.length > 0 ? pair(id, scope, "basis", bases[0], bases[1]) : [];
  const [old, now] = [valuesOf(was), valuesOf(is)];
  const values = [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
    const [a, b] = [old.get(key), now.get(key)];
    const { resource, property } = b ?? a ?? { resource: "", property: "" };
    return pair(id, scope, `${resource}: ${property}`, a && shownValue(a.value), b && shownValue(b.value));
  });
  return [...verdict, ...rests, ...values];
}

function controlChanges(was: Compliance, is: Compliance): Change[] {
  const known = CONTROLS.map(({ id }) => id);
  const gone = Object.keys(was.controls).filter((id) => !known.includes(id));
  return [...known, ...gone.sort()].flatMap((id) => {
    const [before, after] = [own(was.controls, id), own(is.controls, id)];
    const [old, now] = [byScope(before?.findings ?? []), byScope(after?.findings ?? [])];
    const scopes = (["secure", "standard", "stage"] as const).filter((scope) => old.has(scope) || now.has(scope));
    return [
      ...(before && after ? pair(id, "stage", "level", before.level, after.level) : []),
      ...scopes.flatMap((scope) => scopeChanges(id, scope, old.get(scope) ?? [], now.get(scope) ?? [])),
    ];
  });
}

const own = <T>(of: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(of, key) ? of[key] : undefined;

const shownWaiver = ({ state, expires, approver, reason }: WaiverState) =>
  `${state}, until ${expires}, approved by ${approver}: ${reason}`;

/** Waivers by control and scope; of several for the same, the last. */
function waiverChanges(was: Compliance, is: Compliance): Change[] {
  const key = ({ control, scope }: WaiverState) => JSON.stringify([control, scope]);
  const [old, now] = [was, is].map(({ waivers }) => new Map(waivers.map((waiver) => [key(waiver), waiver] as const)));
  return [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort().flatMap((at) => {
    const [a, b] = [old?.get(at), now?.get(at)];
    const { control, scope } = b ?? a ?? { control: "", scope: "stage" as const };
    return pair(`waiver ${control}`, scope, "waiver", a && shownWaiver(a), b && shownWaiver(b));
  });
}

function ruleChanges(was: StageCompliance, is: StageCompliance): Change[] {
  return is.registries.flatMap((registry) => {
    const before = was.registries.find((each) => each.class === registry.class);
    if (before === undefined) return [];
    const kinds = pair("registry", registry.class, "kind", before.kind, registry.kind);
    const modes = pair("registry", registry.class, "mode", before.mode, registry.mode);
    const rules = Object.entries(registry.rules).flatMap(([rule, support]: [string, Support]) => {
      const old = own<Support>(before.rules, rule);
      return pair(`rule ${rule}`, registry.class, "support", old && shownSupport(old), shownSupport(support));
    });
    return [...kinds, ...modes, ...rules];
  });
}

/** What changed in a stage since a former report: verdicts, levels, bases, values, waivers and rules. */
export function changesSince(former: Former, now: StageCompliance): ChangesOfStage {
  const { product, stage } = now;
  const of = { product, stage, ...defined({ since: former.asOf }) };
  const was = former.stages.find((one) => one.product === product && one.stage === stage);
  if (was === undefined) return { ...of, state: "not in the former report", changes: [] };
  const changes = [
    ...controlChanges(was.compliance, now.compliance),
    ...waiverChanges(was.compliance, now.compliance),
    ...ruleChanges(was, now),
  ];
  return { ...of, state: "compared", changes };
}

/** Bytes of the largest former report that is read. */
const MAX_REPORT = 64 * 1024 * 1024;

const PROBLEMS_SHOWN = 50;

const formerReport = z.object({
  report: z.literal(REPORT_NAME),
  version: z.literal(1),
  asOf: day,
  stages: z.array(formerStageSchema).max(10_000),
});

/** What of outputs is compared; other fields may be of an older version of the program. */
const formerOutputs = z.object({
  version: z.literal(1),
  product: z.string().max(1000),
  stage: z.string(),
  registries: z.object({ secure: z.unknown(), standard: z.unknown() }),
  compliance: z.unknown(),
});

/** A report begins by saying that it is one; anything else is taken for outputs. */
function decode(json: unknown, name: string): Former {
  if ("report" in fieldsOf(json)) {
    const { value, problems } = salvage(formerReport, json, "", name);
    if (problems.length === 0 && value) return { asOf: value.asOf, stages: value.stages.map(cleanStage) };
    throw refused(problems);
  }
  const outputs = salvage(formerOutputs, json, "", name);
  if (outputs.problems.length > 0 || !outputs.value) throw refused(outputs.problems);
  const { product, stage, registries, compliance } = outputs.value;
  const raw = { product, stage, registries: [registries.secure, registries.standard], compliance };
  const { value, problems } = salvage(formerStageSchema, raw, "", name);
  if (problems.length > 0 || !value) throw refused(problems);
  const [secure, standard] = value.registries;
  if (!secure || !standard) throw refused([]);
  return { stages: [cleanStage(stagePart({ ...value, registries: { secure, standard } }))] };
}

/**
 * Reads what a report is compared with: a former JSON report, or a former outputs file. Both may be of another version
 * of the program: controls that are gone or new are changes.
 *
 * @throws DualRegistryError USAGE for what cannot be read, CONFIG_INVALID for what is neither
 */
export function readFormer(file: string): Former {
  const name = file === "-" ? "standard input" : quoted(file);
  const bytes = readBounded(file, MAX_REPORT, "CONFIG_INVALID");
  let json: unknown;
  try {
    json = parseJson(bytes, name);
  } catch (cause) {
    const why = cause instanceof DualRegistryError ? cause.message : `${name}: unreadable`;
    const write = "give what `dualreg compliance --format json` or `pulumi stack output --json` wrote";
    throw new DualRegistryError("CONFIG_INVALID", `${why}; ${write}`, { cause });
  }
  return decode(json, name);
}

type Problems = Parameters<typeof reportProblems>[0];

function refused(problems: Problems): DualRegistryError {
  return new DualRegistryError("CONFIG_INVALID", reportProblems(problems.slice(0, PROBLEMS_SHOWN)));
}
