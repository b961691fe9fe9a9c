import assert from "node:assert/strict";
import type { Json } from "../../../src/base/json";
import { UNKNOWN } from "../../../src/base/placeholders";
import { nameOf } from "../../../src/preview/change/pairResources";
import type { Recording } from "../../../src/preview/recording";
import type { EngineRun } from "./engineRun";
import type { EngineStack } from "./engineStack";
import type { StateResource } from "./engineState";
import { asRecorded, unknownAsIn } from "./engineValues";
import { previewPair, statePair } from "./sameResources";
import { verdictPair } from "./sameVerdict";

/** Fails with what the engine said where a run ended badly. */
export function assertWell(run: EngineRun): void {
  assert.equal(run.failure, undefined, run.failure);
}

/** The run ended well and did exactly this: `<op> <name>`, in any order. */
export function assertSteps(run: EngineRun, steps: readonly string[]): void {
  assertWell(run);
  assert.deepEqual(run.changes, [...steps].sort());
}

/** The run ended well, and everything was as it is. */
export function assertNothing(run: EngineRun): void {
  assertSteps(run, []);
  assert.deepEqual(Object.keys(run.summary), ["same"]);
}

/** The run ended badly because of these resources, each with that message. */
export function assertRefused(run: EngineRun, names: readonly string[], message: RegExp): void {
  assert.notEqual(run.failure, undefined, "the engine refuses nothing");
  const errors = run.events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === "error" && diagnosticEvent.urn ? [diagnosticEvent] : [],
  );
  const refusals = errors.filter((error) => message.test(error.message));
  assert.deepEqual(refusals.map(({ urn = "" }) => nameOf(urn)).sort(), [...names].sort(), run.failure);
}

/**
 * `create <name>` of all that a recording holds; what names an id to import is imported, and updated since its facts
 * differ in every project of these tests.
 */
export function creations({ resources }: Recording): string[] {
  const own = resources.filter(({ type }) => !type.startsWith("pulumi:"));
  const steps = own.flatMap(({ urn, options }) =>
    options.import === undefined ? [`create ${nameOf(urn)}`] : [`import ${nameOf(urn)}`, `update ${nameOf(urn)}`],
  );
  return steps.sort();
}

/**
 * A first preview of the engine says the same resources, options and inputs as the offline one.
 *
 * @param knowledge "more" where something is imported, whose outputs the engine reads; else unknown is unknown to both
 */
export function assertSamePreview(recording: Recording, run: EngineRun, knowledge: "same" | "more" = "same"): void {
  const { offline, engine } = previewPair(recording, run, knowledge === "more");
  assert.deepEqual(engine, offline);
}

/** The engine keeps what the offline preview said: resources, options, and inputs where they were known. */
export function assertSameState(recording: Recording, stack: EngineStack): void {
  const { offline, engine } = statePair(recording, stack.state());
  assert.deepEqual(engine, offline);
}

/** The offline diff and the engine's preview judge a change alike. */
export function assertSameVerdict(base: Recording | undefined, head: Recording, run: EngineRun): void {
  const { offline, engine } = verdictPair(base, head, run);
  assert.deepEqual(engine, offline);
}

/**
 * The stack's outputs are what the offline preview said, with what only the cloud knew filled in.
 *
 * @param knowledge "more" where something is adopted, of which a report of the offline preview knows little
 */
export async function assertOutputs(
  recording: Recording,
  stack: EngineStack,
  knowledge: "same" | "more" = "same",
): Promise<Record<string, unknown>> {
  const outputs = await stack.outputs();
  const engine = asRecorded(outputs);
  const [said, expected] = [unknownAsIn(recording.outputs, engine), asRecorded(recording.outputs)].map(verdictsOnly);
  assert.deepEqual(knowledge === "more" ? asLittleAs(expected, said) : said, expected);
  assert.ok(!JSON.stringify(engine).includes(UNKNOWN), "an output is unknown after an update");
  return outputs;
}

/** What an update has found deployed, an offline preview finds planned: of a report's findings the verdicts agree. */
const verdictsOnly = (outputs: Json): Json => {
  const evidence: readonly string[] = ["basis", "evidence", "note"];
  return JSON.parse(
    JSON.stringify(outputs, (key, value: unknown) => (evidence.includes(key) ? undefined : value)),
  ) as Json;
};

/** The second with the verdict `unknown` wherever the first has it. */
function asLittleAs(offline: Json | undefined, engine: Json | undefined): Json | undefined {
  if (typeof engine !== "object" || engine === null || typeof offline !== "object" || offline === null) return engine;
  const at = (key: string): Json | undefined => Reflect.get(offline, key) as Json | undefined;
  const entries = Object.entries(engine).map(([key, value]: [string, Json]): [string, Json | undefined] => {
    return [key, key === "verdict" && at(key) === "unknown" ? "unknown" : asLittleAs(at(key), value)];
  });
  return Array.isArray(engine) ? entries.map(([, value]) => value ?? null) : (Object.fromEntries(entries) as Json);
}

/** The one resource of that name in the state. */
export function stateOf(stack: EngineStack, name: string): StateResource {
  const found = stack.state().resources.filter(({ urn }) => nameOf(urn) === name);
  assert.equal(found.length, 1, `${found.length} resources '${name}' in the state`);
  return found[0] as StateResource;
}

/** What the cloud answered stands in the outputs: hosts, ids, and the log's workspace. */
export function assertAnswers(outputs: Readonly<Record<string, unknown>>, stack: EngineStack): void {
  for (const imageClass of ["secure", "standard"]) {
    const { id, outputs: known } = stateOf(stack, `orders-${imageClass}-registry`);
    const said = at(outputs, "registries", imageClass);
    assert.equal(at(said, "id"), id);
    assert.equal(at(said, "loginServer"), known?.["loginServer"]);
    assert.match(String(known?.["loginServer"]), /^[a-z0-9]+\.azurecr\.io$/);
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner ? Reflect.get(inner, key) : undefined),
    value,
  );
}
