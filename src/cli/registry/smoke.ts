import type { Command } from "@commander-js/extra-typings";
import { defined } from "../../base/defined";
import type { Digest } from "../../base/digest";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { parseReference } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import { timeText } from "../../base/text/units";
import { runTransaction, type Transaction } from "../../images/phases";
import { pathIn, type Registries } from "../../images/registries";
import {
  deleteTiny,
  type LeftBehind,
  probeAccess,
  type ProbeResult,
  probeRoundTrip,
  pullTiny,
  pushTiny,
  type SmokeCheck,
  smokeChecks,
  tinyImage,
} from "../../images/smoke";
import type { RegistrySession } from "../../oci";
import { readOutputs, type RegistryOutput, type StageOutputs } from "../../outputs";
import { defineCommand, type OptionsOf } from "../command";
import { withRegistries } from "../image/context";
import type { Io } from "../io";
import { formatOption, printResult, REGISTRY_EXITS } from "../options";

export interface SmokeAsOptions {
  as: string;
  stage: string;
  outputs: string;
  format: "text" | "json";
}

interface SmokeResult extends SmokeCheck, ProbeResult {
  host: string;
  fine: boolean;
}

/**
 * Tries out, with the credentials of this process, what the access matrix says of one identity or token: what it may do
 * succeeds, and what it may not is refused, at both registries of the stage and of the one before.
 *
 * @returns 0, or 1 where anything is not as the matrix says
 */
export async function runSmokeAs(options: SmokeAsOptions, io: Io): Promise<ExitCode> {
  const outputs = readOutputs(options.outputs);
  const who = whoIs(outputs, options.as);
  const checks = checksFor(outputs, options.stage, who);
  return withRegistries<ExitCode>(io, async (registries) => {
    const results: SmokeResult[] = [];
    for (const check of checks) {
      const registry = registryOf(outputs, check);
      if (registry === undefined || (check.action === "lock" && registry.kind !== "acr")) continue;
      const tried = await attempt(registries, registry, check, checks);
      results.push({ ...check, host: registry.loginServer, ...tried, fine: tried.found === check.expected });
    }
    if (results.every(({ expected }) => expected === "denied")) {
      io.stderr.write(`The matrix allows ${who} no image here: refusals alone do not show that the login works\n`);
    }
    const wrong = results.filter(({ fine }) => !fine).length;
    const summary = { who, stage: outputs.stage, wrong, checks: results };
    printResult(io, options.format, summary, textOf);
    return wrong > 0 ? 1 : 0;
  });
}

/** A workflow knows its client id and not its name; a client id is no secret. */
const whoIs = ({ identities = [] }: StageOutputs, as: string): string =>
  identities.find(({ clientId }) => clientId === as)?.name ?? as;

function checksFor(outputs: StageOutputs, stage: string, who: string): SmokeCheck[] {
  const { access, images, stageBefore: before } = outputs;
  if (outputs.stage !== stage) {
    const problem = `--stage ${quoted(stage)}: the outputs are those of ${outputs.stage}`;
    throw new DualRegistryError("CONFIG_INVALID", `${problem}; give those of the stage that is meant`);
  }
  const names = [...new Set((access ?? []).map(({ who }) => who))];
  if (access === undefined || !names.includes(who)) {
    const known = names.length === 0 ? "the outputs hold no access matrix; run `pulumi up`" : names.join(", ");
    throw new DualRegistryError("CONFIG_INVALID", `--as ${quoted(who)} is not in the access matrix; allowed: ${known}`);
  }
  const stages = before === undefined ? [outputs.stage] : [outputs.stage, before.stage];
  return smokeChecks({ who, access, images, stages });
}

const registryOf = ({ stage, registries, stageBefore }: StageOutputs, check: SmokeCheck): RegistryOutput | undefined =>
  (check.stage === stage ? registries : stageBefore?.registries)?.[check.registry];

/** A push that is allowed is carried out whole; everything else is only asked for. */
async function attempt(
  registries: Registries,
  registry: RegistryOutput,
  check: SmokeCheck,
  all: readonly SmokeCheck[],
): Promise<ProbeResult> {
  const session = registries.session(registry.loginServer);
  const path = pathIn(registry, check.repository);
  const tried = await probeAccess(session, path, check.action);
  if (check.action !== "push" || check.expected === "denied" || tried.found === "denied") return tried;
  const mayDelete = all.some(
    ({ action, expected, repository, registry: of, stage }) =>
      action === "delete" &&
      expected === "allowed" &&
      repository === check.repository &&
      of === check.registry &&
      stage === check.stage,
  );
  return probeRoundTrip(session, path, mayDelete);
}

function textOf({ who, stage, wrong, checks }: { who: string; stage: string; wrong: number; checks: SmokeResult[] }) {
  const lines = checks.map(({ fine, host, repository, action, expected, found, detail, left }) => {
    const answer = fine ? found : `${found}, and must be ${expected}: ${detail}`;
    return `${fine ? "ok   " : "WRONG"} ${action.padEnd(6)} ${host}/${repository}: ${answer}${left ? ` (left: ${left})` : ""}`;
  });
  const sum = wrong === 0 ? "as the access matrix says" : `${wrong} not as the access matrix says`;
  return [...lines, `${who} at ${stage}: ${checks.length} tried, ${sum}`, ""].join("\n");
}

const declare = (command: Command) =>
  command
    .argument("[repository]", "host/path that may be pushed to, such as registry.example.com/smoke")
    .option("--stage <stage>", "instead: the stage whose access matrix is tried out")
    .option(
      "--as <who>",
      "with --stage: the identity (its name or client id) or token that this process is logged in as",
    )
    .option("--outputs <file>", "with --stage: pulumi stack output --json (- for standard input)")
    .addOption(formatOption("text", "json"))
    .addHelpText("after", REGISTRY_EXITS);

export type SmokeOptions = OptionsOf<typeof declare>;

const QUIET = { total: () => undefined, bytes: () => undefined, note: () => undefined };

/** Pushes an image of a few bytes, pulls it and takes it away again, where the registry deletes. */
function smokeTest(
  session: RegistrySession,
  target: ReturnType<RegistrySession["repository"]>,
): Transaction<{ digest: Digest; stays?: LeftBehind }> {
  const image = tinyImage();
  return {
    phases: ["login", "push", "pull and compare", "delete"],
    run: async (phase) => {
      await phase("login", () => session.ping(target.path));
      await phase("push", () => pushTiny(target, image));
      await phase("pull and compare", () => pullTiny(target, image));
      const stays = await phase("delete", () => deleteTiny(target, image));
      return { digest: image.manifest.digest, ...defined({ stays }) };
    },
  };
}

/**
 * Runs the smoke test and says how long each part took; a part that fails ends it with the reason. That a registry
 * deletes nothing is a warning, with what is left where.
 *
 * @param text `host/path`, which may do everything; absent where an identity's rights are tried out
 */
async function run(text: string | undefined, options: SmokeOptions, io: Io): Promise<ExitCode> {
  const { as, stage, outputs, format } = options;
  if (as !== undefined && stage !== undefined && outputs !== undefined && text === undefined) {
    return runSmokeAs({ as, stage, outputs, format }, io);
  }
  if (text === undefined || as !== undefined || stage !== undefined || outputs !== undefined) {
    const either = "name a repository (host/path), or --stage, --as and --outputs";
    throw new DualRegistryError("USAGE", `registry smoke: ${either}, not a part of both`);
  }
  const { host, repository } = parseReference(text);
  return withRegistries<ExitCode>(io, async (registries) => {
    const session = registries.session(host);
    const target = session.repository(repository);
    const listener = { begin: () => QUIET, end: () => undefined };
    const { result: tried, times: phases } = await runTransaction(smokeTest(session, target), listener);
    const { digest, stays } = tried;
    const result = { repository: target.name, digest, phases, ...stays };
    printResult(io, format, result, () => {
      const times = phases.map(({ phase, milliseconds }) => `${phase} ${timeText(milliseconds)}`);
      const warning = stays ? `warning: ${stays.left} is left: it was not deleted: ${stays.why}\n` : "";
      return `${target.name}: ${times.join(", ")}\n${warning}`;
    });
    return 0;
  });
}

export const smoke = defineCommand(declare, run);
