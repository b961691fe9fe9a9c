import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { AzureAccount } from "../../src/azure";
import { defined } from "../../src/base/defined";
import { DualRegistryError } from "../../src/base/errors";
import { tempFolder } from "../../src/base/file";
import { quoted } from "../../src/base/text/quote";
import { runPullsLog } from "../../src/cli/pulls/log";
import { runReconcile } from "../../src/cli/pulls/reconcile";
import { IMAGE_CLASSES } from "../../src/domain/image/imageClass";
import { pathIn } from "../../src/images/registries";
import type { StageOutputs } from "../../src/outputs";
import {
  judgePull,
  pullLineJson,
  type PullLine,
  pullLineSchema,
  registryKey,
  type ReconcileReport,
} from "../../src/pulls";
import { runCommand } from "../../test/support/io";
import { finding, type PulledLines, type QaFinding } from "./evidence";

/** Pulls that a report lists one by one. */
const MOST = 20;
/** Seconds that the two logs may be apart. */
const WINDOW = "300";

/** The pulls that happened: what was cached, denied or failed brought no image. */
export const pulledOf = (lines: readonly PullLine[]): readonly PullLine[] =>
  lines.filter(({ outcome }) => outcome === "pulled");

const few = (texts: readonly string[]): readonly string[] =>
  texts.length <= MOST ? texts : [...texts.slice(0, MOST), `and ${texts.length - MOST} more`];

/** Judges each pull anew by the stage's outputs: the verdict in the log is the application's own word. */
export function checkPullSource(lines: readonly PullLine[], stage: StageOutputs): QaFinding {
  const pulled = pulledOf(lines);
  const judged = pulled.map((line) => judgePull(line, stage));
  const wrong = judged.flatMap(({ verdict, reference, host, why }) =>
    verdict === "ok" ? [] : [`${reference}, from ${host}: ${verdict}, ${why}`],
  );
  const missing = IMAGE_CLASSES.flatMap((at) =>
    judged.some((line) => line.class === at && line.verdict === "ok") ? [] : [`no ${at} image was pulled`],
  );
  const seen = judged.flatMap(({ verdict, reference, host, hostBasis, class: at = "" }) =>
    verdict === "ok" ? [`${reference} came from ${host}, the ${at} registry, by the ${hostBasis}`] : [],
  );
  return finding(few([...missing, ...wrong]), few(seen));
}

/** What a line must say. A digest is unknown where the runtime does not name it, and then nothing proves the pull. */
const SAID = ["reference", "host", "class", "expectedClass", "digest", "verdict"] as const;

/** Each pull is logged whole, and says of itself what the stage's outputs say of it. */
export function checkLogLine(lines: readonly PullLine[], stage: StageOutputs): QaFinding {
  const pulled = pulledOf(lines);
  const wrong = pulled.flatMap((line) => {
    const should = judgePull(line, stage);
    const left = SAID.filter((field) => line[field] === undefined);
    const differs = (["class", "expectedClass", "verdict"] as const).filter(
      (field) => line[field] !== undefined && line[field] !== should[field],
    );
    return [
      ...left.map((field) => `${line.time} ${line.reference}: the line has no ${field}`),
      ...differs.map(
        (field) =>
          `${line.time} ${line.reference}: ${field} is ${quoted(line[field] ?? "")}, by the outputs ${quoted(should[field] ?? "none")}`,
      ),
    ];
  });
  const seen = pulled.map(
    ({ reference, host, digest = "", class: at = "", expectedClass = "", verdict }) =>
      `${reference}: host ${host}, class ${at}, expected ${expectedClass}, ${digest}, ${verdict}`,
  );
  const none = pulled.length === 0 ? ["the log has no pull"] : [];
  return finding(few([...none, ...wrong]), few(seen));
}

/** Files and surroundings of `dualreg pulls`. */
export interface PullFiles {
  outputs: string;
  registryLog?: string;
  workspace?: true;
  offline?: true;
  /** Where the logins of the registries come from. */
  env: Readonly<Record<string, string | undefined>>;
  /** Who asks the workspace. Default: the login of this machine. */
  account?: AzureAccount;
}

/** What `dualreg pulls reconcile` says of a log. @param span the time it is about. Default: that of the log's lines */
async function reconciled(
  log: string,
  { outputs, registryLog, workspace, offline, env, account }: PullFiles,
  span: Partial<Pick<ReconcileReport, "from" | "to">> = {},
) {
  const recorded = defined({ registryLog: registryLog === undefined ? undefined : [registryLog], workspace, offline });
  const options = { outputs, log: [log], window: WINDOW, format: "json" as const, ...recorded, ...span };
  const { code, stdout, stderr } = await runCommand((io) => runReconcile(options, io, account), env);
  if (stdout === "") throw new DualRegistryError("CONFIG_INVALID", stderr.trim());
  return { code, stderr, report: JSON.parse(stdout) as ReconcileReport };
}

/** Joins the application's log with the registries' own. */
export async function checkRegistryLog(pullLog: string, files: PullFiles): Promise<QaFinding> {
  const { code, stderr, report } = await reconciled(pullLog, files);
  const told = report.pulls.map(({ verdict, line, events: [event], by: [why = ""] }) => {
    const what = line?.reference ?? `${event?.registry ?? ""}/${event?.repository ?? ""}@${event?.digest ?? ""}`;
    return { verdict, text: `${what}: ${verdict}, ${why}` };
  });
  const isFine = ({ verdict }: { verdict: string }) => verdict === "proven" || verdict === "no-pull";
  const texts = (all: typeof told) => all.map(({ text }) => text);
  const wrong = texts(told.filter((one) => !isFine(one)));
  const unknown = stderr.split("\n").filter((line) => line !== "");
  const none = report.counts.proven === 0 ? ["no pull is proven"] : [];
  const refused = code !== 0 && wrong.length === 0 ? [`dualreg pulls reconcile ended with ${code}`] : [];
  return finding(few([...none, ...wrong, ...refused]), few([...texts(told.filter(isFine)), ...unknown]));
}

/** A line as Docker writes it of a secure image at the standard registry. */
function madeUpPull({ images, registries }: StageOutputs): PulledLines | undefined {
  const secure = images.find((image) => image.class === "secure");
  if (secure === undefined) return undefined;
  const { standard } = registries;
  const reference = `${standard.loginServer}/${pathIn(standard, secure.repository)}:qa`;
  const event = { Type: "image", Action: "pull", Actor: { ID: reference }, timeNano: Date.now() * 1e6 };
  return { source: "docker", text: `${JSON.stringify(event)}\n` };
}

/** `dualreg pulls log` calls a secure image of the standard registry what it is, and ends with 1. */
export async function checkWrongRegistry(outputs: string, stage: StageOutputs, real?: PulledLines): Promise<QaFinding> {
  const given = real ?? madeUpPull(stage);
  if (given === undefined) return { state: "not looked at", evidence: ["no image of the stage is secure"] };
  const options = { outputs, source: given.source, format: "json" } as const;
  const { code, stdout, stderr } = await runCommand((io) => runPullsLog(options, io, Readable.from([given.text])));
  const lines = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => pullLineSchema.parse(JSON.parse(line)));
  const how = real === undefined ? "a line made up of the stage's map, no pull" : `a pull by ${real.source}`;
  const [line] = lines;
  if (line === undefined) return { state: "failed", evidence: [`dualreg pulls log wrote no line: ${stderr.trim()}`] };
  const told = `${line.reference}, ${how}: ${line.verdict}, ${line.why}`;
  const wrong = [
    ...(line.verdict === "wrong-registry" ? [] : ["the verdict is not wrong-registry"]),
    ...(code === 1 ? [] : [`dualreg pulls log ended with ${code} in place of 1`]),
  ];
  return finding(wrong, [told]);
}

/**
 * Feeds the checks with the log of a program that has the bug: it leaves out the line of a secure pull, or the class in it.
 * The first must be a pull that the registry alone saw, the second a line that is not whole.
 */
export async function checkRegression(
  pullLog: string,
  lines: readonly PullLine[],
  stage: StageOutputs,
  files: PullFiles,
): Promise<QaFinding> {
  const whole = await reconciled(pullLog, files);
  const proven = whole.report.pulls.flatMap(({ verdict, line }) =>
    verdict === "proven" && line !== undefined && judgePull(line, stage).class === "secure" ? [line] : [],
  );
  const [secure] = proven;
  if (secure === undefined) return finding(["no secure pull is proven, so that none can be left out"], []);
  const registry = registryKey(stage.registries.secure);
  const aloneIn = ({ pulls }: ReconcileReport) =>
    pulls.filter(
      ({ verdict, events: [event] }) =>
        verdict === "registry-only" && event?.registry === registry && event.repository === secure.repository,
    ).length;
  // The report judges each line anew: what was seen is the same.
  const seen = ({ time, reference, host, node = "" }: PullLine) => JSON.stringify([time, reference, host, node]);
  const at = lines.findIndex((line) => seen(line) === seen(secure));
  const folder = await tempFolder();
  try {
    const log = join(folder.path, "pulls.jsonl");
    writeFileSync(
      log,
      lines
        .filter((_, index) => index !== at)
        .map(pullLineJson)
        .join(""),
    );
    const { code, report } = await reconciled(log, files, whole.report);
    const isFound = code === 1 && aloneIn(report) > aloneIn(whole.report);
    const classless = { ...secure };
    delete classless.class;
    const isNoticed = checkLogLine([classless], stage).state === "failed";
    const { reference } = secure;
    return finding(
      [
        ...(isFound ? [] : [`without the line of ${reference}, no pull is the registry's alone`]),
        ...(isNoticed ? [] : [`without its class, the line of ${reference} passes for whole`]),
      ],
      [
        ...(isFound
          ? [`without the line of ${reference}, only ${registry} has the pull, and dualreg pulls reconcile ends with 1`]
          : []),
        ...(isNoticed ? [`without its class, the line of ${reference} is not whole`] : []),
      ],
    );
  } finally {
    await folder.remove();
  }
}
