import { type Command, Option } from "@commander-js/extra-typings";
import { DualRegistryError, type ExitCode } from "../../base/errors";
import { tempFolder } from "../../base/file";
import { formatJson } from "../../base/json";
import { git } from "../../base/git";
import { quoted } from "../../base/text/quote";
import { redactSecrets } from "../../base/text/redact";
import { readGitOps } from "../../config";
import { GIT_ADDRESS_FORM, type GitOpsConfig, parseGitAddress } from "../../domain/gitops";
import { stageOfAlias } from "../../domain/stage";
import { checkRepository, openFolder, scopeOf } from "../../gitops/check";
import { openForge } from "../../gitops/forge";
import { tokenVariables } from "../../gitops/git/access";
import { githubFromEnvironment, readRepositoryName } from "../../github/client";
import { type CommitStatus, setCommitStatus } from "../../github/commitStatus";
import type { StageOutputs } from "../../outputs";
import { readProjectFile } from "../../project";
import { defineCommand, type OptionsOf } from "../command";
import { verifierOf, withRegistries } from "../image/context";
import type { Io } from "../io";
import { formatOption, outputsOption, REGISTRY_EXITS, trustedRootOption } from "../options";
import { readStageOutputs } from "../stageOutputs";
import { toolVersion } from "../toolVersion";
import { checkSummary, renderCheckSarif, renderCheckTable, withoutSecrets } from "./checkReport";

const HELP = `
Charts are rendered by helm template, without a network, a cluster or a variable of the caller's. What cannot be looked into
is a finding. Of an image and registry three requests are made at most, and none twice; records are read once each.
${REGISTRY_EXITS}`;

const declare = (command: Command) =>
  command
    .argument("[files...]", "files and folders of the repository to check (default: all of it)")
    .addOption(outputsOption())
    .option("--stage <stage>", "what the outputs must be of: a stage, or another name of it, such as staging")
    .option("--repository <folder>", "the checkout of the GitOps repository", ".")
    .option(
      "--address <url>",
      "where that repository is (default: the checkout's origin): charts of another one are findings",
    )
    .option(
      "--project <dir>",
      "the folder of Pulumi.yaml, whose gitops.exceptions count (default: none do), and gitops.repositories for --status",
    )
    .option("--helm <command>", "Helm 3, by its name or path", "helm")
    .addOption(new Option("--kube-version <version>", "what charts are told of the cluster").default("1.34.0"))
    .option("--api-versions <versions...>", "interfaces that the cluster has beside Kubernetes' own")
    .option(
      "--status <repository>",
      "set the commit status dualreg/gitops-check/<stage> there: company/deploy on GitHub, or a name of gitops.repositories",
    )
    .option("--commit <commit>", "the commit that is checked out, for --status")
    .addOption(trustedRootOption())
    .addOption(formatOption("table", "json", "sarif"))
    .addHelpText("after", HELP);

type CheckOptions = OptionsOf<typeof declare>;

/** Checks a GitOps repository. @returns 0, or 1 where there is an error among the findings */
async function run(files: readonly string[], options: CheckOptions, io: Io): Promise<ExitCode> {
  const { stage, kubeVersion, apiVersions = [], format } = options;
  const outputs = readStageOutputs(options.outputs, io);
  checkStage(stage, outputs);
  checkVersions(kubeVersion, apiVersions);
  const project = options.project === undefined ? undefined : readGitOps(readProjectFile(options.project));
  const tell = statusOf(options, outputs, project, io);
  const folder = openFolder(options.repository);
  const inScope = scopeOf(folder, files);
  if (![...folder.manifests, ...folder.kustomizations].some(inScope)) {
    const what = files.length === 0 ? quoted(options.repository) : files.map((file) => quoted(file)).join(", ");
    throw new DualRegistryError("USAGE", `${what}: no manifest in it, so nothing is checked; name what Flux applies`);
  }
  const address = await addressOf(options);
  await tell("pending", `${outputs.stage}: the check runs`);
  const temp = await tempFolder();
  try {
    const report = await withRegistries(io, (registries) =>
      checkRepository({
        ...{ folder, inScope, address, outputs, registries, verifier: verifierOf(options), now: io.now() },
        exceptions: project?.exceptions ?? [],
        helm: { command: options.helm, path: io.env["PATH"] ?? "", kubeVersion, apiVersions, temp: temp.path },
      }),
    );
    const clean = withoutSecrets(report);
    if (format === "json") io.stdout.write(formatJson(clean));
    else if (format === "sarif") io.stdout.write(renderCheckSarif(clean, toolVersion()));
    else io.stdout.write(renderCheckTable(clean));
    if (format !== "table") io.stderr.write(`${checkSummary(clean)}\n`);
    const passed = clean.counts.errors === 0;
    await tell(passed ? "success" : "failure", checkSummary(clean));
    return passed ? 0 : 1;
  } catch (error) {
    // What ended the run counts, whether or not this can be said.
    await tell("error", `${outputs.stage}: the check did not end`).catch(() => undefined);
    throw error;
  } finally {
    await temp.remove();
  }
}

export const check = defineCommand(declare, run);

/** Where the repository is, by what was said or by git; undefined where neither says it. @throws DualRegistryError USAGE */
async function addressOf({ address, repository }: Pick<CheckOptions, "address" | "repository">) {
  if (address === undefined) {
    const origin = await git(repository, ["config", "--get", "remote.origin.url"]).catch(() => "");
    return parseGitAddress(origin.trim());
  }
  const parsed = parseGitAddress(address);
  if (parsed !== undefined) return parsed;
  throw new DualRegistryError("USAGE", `--address ${quoted(redactSecrets(address))}: allowed: ${GIT_ADDRESS_FORM}`);
}

/** @throws DualRegistryError USAGE */
function checkStage(asked: string | undefined, { stage, stages }: StageOutputs): void {
  if (asked === undefined || asked === stage || stageOfAlias(asked, stages) === stage) return;
  throw new DualRegistryError(
    "USAGE",
    `--stage ${quoted(asked)}: the outputs are those of ${stage}; give those of the stage with --outputs`,
  );
}

/**
 * What says of the commit how its check ended; nobody where no status is asked for.
 *
 * @throws DualRegistryError USAGE; GITHUB_AUTH, GIT_AUTH without a token
 */
function statusOf(
  { status, commit }: CheckOptions,
  { stage }: StageOutputs,
  project: GitOpsConfig | undefined,
  io: Io,
): (state: CommitStatus["state"], description: string) => Promise<void> {
  if ((status === undefined) !== (commit === undefined)) {
    throw new DualRegistryError("USAGE", "--status and --commit: give both, or neither");
  }
  if (status === undefined || commit === undefined) return () => Promise.resolve();
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    throw new DualRegistryError("USAGE", `--commit ${quoted(commit)}: allowed: a whole commit`);
  }
  const set = statusSetter(status, project, io);
  return (state, description) => set({ commit, context: `${CONTEXT}/${stage}`, state, description });
}

/** By a repository's name on GitHub, or that of one of the project's, on whichever forge it is. */
function statusSetter(
  status: string,
  project: GitOpsConfig | undefined,
  io: Io,
): (status: CommitStatus) => Promise<void> {
  const onWait = (line: string) => {
    io.stderr.write(`${line}\n`);
  };
  const named = project && Object.hasOwn(project.repositories, status) ? project.repositories[status] : undefined;
  if (named !== undefined) {
    const forge = openForge(named, io.env, onWait);
    if (forge !== undefined) return (said) => forge.setStatus(said);
    const names = tokenVariables(named).join(" or ");
    throw new DualRegistryError("GIT_AUTH", `--status ${status}: no login to GitLab; put a token in ${names}`);
  }
  if (!status.includes("/")) {
    const known = Object.keys(project?.repositories ?? {}).join(", ");
    const allowed = known === "" ? "; for a name of gitops.repositories give --project" : `, or one of ${known}`;
    throw new DualRegistryError("USAGE", `--status ${quoted(status)}: allowed: company/deploy on GitHub${allowed}`);
  }
  const github = githubFromEnvironment(io.env, readRepositoryName(status, "--status"), onWait);
  return (said) => setCommitStatus(github, said);
}

/** What branch rules and promoters ask for, with the stage behind it: one commit may be checked for several. */
const CONTEXT = "dualreg/gitops-check";

const KUBE_VERSION = /^v?\d{1,3}\.\d{1,3}(?:\.\d{1,3})?$/;
const API_VERSION = /^[a-z0-9][a-z0-9.-]*(?:\/[A-Za-z0-9.-]+){0,2}$/;

/** @throws DualRegistryError USAGE */
function checkVersions(kubeVersion: string, apiVersions: readonly string[]): void {
  if (!KUBE_VERSION.test(kubeVersion)) {
    throw new DualRegistryError("USAGE", `--kube-version ${quoted(kubeVersion)}: allowed: such as 1.34.0`);
  }
  const wrong = apiVersions.find((version) => !API_VERSION.test(version));
  if (wrong === undefined) return;
  const allowed = "allowed: group/version, such as monitoring.coreos.com/v1";
  throw new DualRegistryError("USAGE", `--api-versions ${quoted(wrong)}: ${allowed}`);
}
