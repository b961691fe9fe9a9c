import type { AzureAccount } from "../../src/azure";
import { defined } from "../../src/base/defined";
import { readBounded } from "../../src/base/file";
import { quoted } from "../../src/base/text/quote";
import { readOutputs } from "../../src/outputs";
import { readPullLog } from "../../src/pulls";
import { notLookedAt, QA_CHECKS, type QaCheckName, type QaEvidence, type QaFinding } from "./evidence";
import { checkLabelsPage } from "./labelsPage";
import { checkLogLine, checkPullSource, checkRegistryLog, checkRegression, checkWrongRegistry } from "./pullChecks";
import type { QaReport } from "./report";

const MAX_LOG = 256 * 1024 * 1024;

/** How a run of QA is made. */
export interface QaRun {
  evidence: QaEvidence;
  /** What is looked at, in words. */
  against: string;
  /** Where the logins of the registries come from. */
  env: Readonly<Record<string, string | undefined>>;
  /** Who asks the stage's workspace. Default: the login of this machine. */
  account?: AzureAccount;
  now: () => Date;
  /** Gets each check as it begins. */
  say: (text: string) => void;
}

/**
 * Makes every check that the evidence allows, one after the other.
 *
 * @throws DualRegistryError CONFIG_INVALID for outputs and logs that are unreadable, or of another stage
 */
export async function runQa({ evidence, against, env, account, now, say }: QaRun): Promise<QaReport> {
  const { outputs, pullLog, registryLog, workspace, offline, console, builtLabels, wrongPull } = evidence;
  const stage = readOutputs(outputs);
  const text = pullLog === undefined ? "" : readBounded(pullLog, MAX_LOG, "CONFIG_INVALID").toString("utf8");
  const lines = readPullLog(text, quoted(pullLog ?? ""), stage);
  const withLog = (check: (log: string) => QaFinding | Promise<QaFinding>) => () =>
    pullLog === undefined ? notLookedAt("--pull-log") : check(pullLog);
  const files = { outputs, env, ...defined({ registryLog, workspace, offline, account }) };
  const isRecorded = registryLog !== undefined || workspace === true;
  const withBoth = (check: (log: string) => Promise<QaFinding>) =>
    withLog((log) => (isRecorded ? check(log) : notLookedAt("--registry-log or --workspace")));
  const checks: Readonly<Record<QaCheckName, () => QaFinding | Promise<QaFinding>>> = {
    "pull-source": withLog(() => checkPullSource(lines, stage)),
    "log-line": withLog(() => checkLogLine(lines, stage)),
    "registry-log": withBoth((log) => checkRegistryLog(log, files)),
    "labels-page": withLog(() =>
      console === undefined ? notLookedAt("--console") : checkLabelsPage(console, lines, stage, builtLabels),
    ),
    "wrong-registry": () => checkWrongRegistry(outputs, stage, wrongPull),
    regression: withBoth((log) => checkRegression(log, lines, stage, files)),
  };
  const made: QaReport["checks"][number][] = [];
  for (const check of Object.keys(QA_CHECKS) as QaCheckName[]) {
    const title = QA_CHECKS[check];
    const found = await checks[check]();
    say(`${found.state}: ${title}`);
    made.push({ check, title, ...found });
  }
  return {
    ...{
      qa: "dual-registry",
      version: 1,
      product: stage.product,
      stage: stage.stage,
      at: now().toISOString(),
      against,
    },
    result: made.some(({ state }) => state === "failed") ? "failed" : "ok",
    checks: made,
    signOff: { name: "", date: "" },
  };
}
