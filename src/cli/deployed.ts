import type { Command } from "@commander-js/extra-typings";
import { Option } from "@commander-js/extra-typings";
import { setTimeout as sleep } from "node:timers/promises";
import { defined } from "../base/defined";
import { isDigest } from "../base/digest";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { isRepository, isTag } from "../base/reference";
import { quoted } from "../base/text/quote";
import { type Cluster, openCluster } from "../clusters/kubectl";
import { type ClusterImages, readCluster, unreadableImages } from "../clusters/readCluster";
import { type DeployedImage, deployedImages, deployedText } from "../clusters/report";
import { ImageResolver, type ResolvedCluster } from "../clusters/resolve";
import { type ExpectedImage, missingFrom, waitUntilNone } from "../clusters/rollout";
import type { Registries } from "../images/registries";
import { imageOf, type StageOutputs } from "../outputs";
import { addReference, type Deployed, deployedJson, mergeDeployed, nothingDeployed } from "../sweeping/deployed";
import { readGitOps } from "../sweeping/gitOps";
import { defineCommand, type OptionsOf } from "./command";
import {
  releasedImages,
  type ReleasedImage,
  unnamedIn,
  verifyAll,
  type VerifiedBy,
  type VerifiedImage,
} from "./deployedVerify";
import { verifierOf, withRegistries } from "./image/context";
import type { Io } from "./io";
import { formatOption, printResult, REGISTRY_EXITS, trustedRootOption } from "./options";
import { readStageOutputs } from "./stageOutputs";

const MORE = `
Clusters are read by the kubectl that PATH finds, with its own login, and nothing is changed there. The login has to get and
list pods and workloads, and to get namespaces that are named; docs/gitops.md has a ClusterRole. The JSON is what dualreg
image sweep --deployed reads.
`;

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Reads `90s`, `15m` or `2h` as milliseconds. @throws DualRegistryError USAGE */
function durationOf(option: string, text: string): number {
  const [, count, unit = ""] = /^([1-9]\d{0,3})([smh])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * (UNITS[unit] ?? 0);
  throw new DualRegistryError("USAGE", `${option} ${quoted(text)}: allowed: a duration such as 90s, 15m or 2h`);
}

const declare = (command: Command) =>
  command
    .option("--context <name...>", "clusters, by contexts of the kubeconfig")
    .option("--kubeconfig <file>", "another kubeconfig than kubectl's own; its current context where none is named")
    .option("--namespace <name...>", "only these namespaces (default: the whole cluster)")
    .option("--gitops <dir...>", "checkouts of GitOps repositories; needs --outputs")
    .option("--outputs <file>", "the stage's outputs: the map of images, and registries that know platforms")
    .option("--verify", "verify each image of the map that runs at the stage's registry; needs --outputs")
    .option("--expect <image...>", "what has to run and nothing else of it, such as orders/api@sha256:...")
    .option(
      "--release <version>",
      "the same for each image of a version, by its tag and record at the stage; of checkouts too; needs --outputs",
    )
    .option(
      "--allow-idle",
      "take an expected image that no pod runs where workloads scaled to none, or CronJobs, name it",
    )
    .option("--wait", "wait until what is expected runs in every cluster")
    .addOption(new Option("--timeout <duration>", "when waiting ends").default("15m"))
    .addOption(new Option("--interval <duration>", "between two looks").default("10s"))
    .addOption(trustedRootOption())
    .addOption(formatOption("text", "json"))
    .addHelpText("after", MORE + REGISTRY_EXITS);

export type DeployedOptions = Omit<OptionsOf<typeof declare>, "timeout" | "interval"> & {
  /** Milliseconds. */
  timeout: number;
  /** Milliseconds. */
  interval: number;
};

export const deployed = defineCommand(declare, (options, io) => {
  const [timeout, interval] = [durationOf("--timeout", options.timeout), durationOf("--interval", options.interval)];
  return runDeployed({ ...options, timeout, interval }, io);
});

/** What is deployed, and what is to be said of it. */
interface DeployedReport {
  version: 1;
  stage?: string;
  /** What was read. */
  clusters: readonly string[];
  /** Of each cluster; empty: all of them. */
  namespaces: readonly string[];
  repositories: readonly string[];
  deployed: ReturnType<typeof deployedJson>;
  images: readonly DeployedImage[];
  verified?: readonly VerifiedImage[];
  /** Images of the version that was named, and repositories of the map that do not have it. */
  release?: { version: string; images: readonly ReleasedImage[]; without: readonly string[] };
  expected?: readonly ExpectedImage[];
  /** What stood between clusters and what was expected in the end. */
  missing?: readonly string[];
  allowIdle?: true;
}

/**
 * Says which images clusters run and repositories name; waits, where it is told to, until clusters run what is expected.
 *
 * @param pause waits between two looks. Default: by the clock
 * @returns 0, or 1 where something expected is missing, or an image that runs is not as it was promoted
 */
export async function runDeployed(
  options: DeployedOptions,
  io: Io,
  pause: (milliseconds: number) => Promise<void> = (milliseconds) => sleep(milliseconds),
): Promise<ExitCode> {
  checkOptions(options);
  const asked = (options.expect ?? []).map(expectedImage);
  const outputs = options.outputs === undefined ? undefined : readStageOutputs(options.outputs, io);
  const map = outputs?.images.map(({ repository }) => repository) ?? [];
  const named = (options.gitops ?? []).map((folder) => ({ folder, deployed: readGitOps(folder, map) }));
  const clusters = await openClusters(options, io);
  return withRegistries(io, async (registries) => {
    const by = { registries, verifier: verifierOf(options), now: io.now() };
    const release = outputs && (await releaseOf(options.release, outputs, by, io));
    const expected = [...asked, ...(release?.images ?? []).map(({ image, digest }) => ({ repository: image, digest }))];
    const resolver = new ImageResolver(map, outputs && sourceOf(outputs, registries));
    let read: ClusterImages[] = [];
    let images: ResolvedCluster[] = [];
    const look = async (): Promise<readonly string[]> => {
      read = await Promise.all(
        clusters.map((cluster) => readCluster(cluster, { namespaces: options.namespace ?? [] })),
      );
      images = await resolver.resolve(read, expected);
      return missingFrom(images, expected, { map, allowIdle: options.allowIdle === true });
    };
    const missing = await waitUntilNone(look, PASSING, {
      timeout: options.wait === true ? options.timeout : 0,
      ...{ interval: options.interval, now: io.now, pause },
      tell: (lines) => io.stderr.write(waitingText(lines)),
    });
    const unnamed = named.flatMap((one) => (release ? unnamedIn(one, release.images, release.version) : []));
    const all = mergeDeployed([...read.map(deployedOf), ...named.map(({ deployed: one }) => one)]);
    for (const note of all.notes) io.stderr.write(`${note}\n`);
    for (const { repository, why } of all.unresolved) io.stderr.write(`${repository}: ${why}\n`);
    const verified = outputs && options.verify === true ? await verifyAll(images, outputs, by) : undefined;
    const report: DeployedReport = {
      ...{ version: 1, ...defined({ stage: outputs?.stage }) },
      ...{ clusters: clusters.map(({ name }) => name), namespaces: options.namespace ?? [] },
      repositories: options.gitops ?? [],
      ...{ deployed: deployedJson(all), images: deployedImages(images) },
      ...defined({ verified, release }),
      ...(expected.length > 0
        ? { expected, missing: [...missing, ...unnamed], ...(options.allowIdle === true ? { allowIdle: true } : {}) }
        : {}),
    };
    printResult(io, options.format, report, reportText);
    const wrong = [...(verified ?? []), ...(release?.images ?? [])].some(({ verdict }) => verdict === "wrong");
    return missing.length > 0 || unnamed.length > 0 || wrong ? 1 : 0;
  });
}

/** @throws DualRegistryError USAGE */
function checkOptions(options: DeployedOptions): void {
  const { context, kubeconfig, gitops, outputs, verify, expect, release, wait, namespace } = options;
  const refuse = (what: string, todo: string): never => {
    throw new DualRegistryError("USAGE", `${what}; ${todo}`);
  };
  const cluster = context !== undefined || kubeconfig !== undefined;
  if (!cluster && gitops === undefined) {
    refuse("Nothing to read is named", "give --context or --kubeconfig for clusters, or --gitops for checkouts");
  }
  if (gitops !== undefined && outputs === undefined) refuse("--gitops needs the map of images", "give --outputs");
  if (verify === true && outputs === undefined) refuse("--verify needs the stage's registries", "give --outputs");
  if (release !== undefined && outputs === undefined)
    refuse("--release needs the stage's registries", "give --outputs");
  if (release !== undefined && !isTag(release))
    refuse(`--release ${quoted(release)}`, "give a version, such as v1.2.3");
  if ((wait ?? options.allowIdle) === true && expect === undefined && release === undefined) {
    refuse(`${wait === true ? "--wait" : "--allow-idle"} needs to know for what`, "give --expect or --release");
  }
  const asked = Object.entries({ "--expect": expect, "--verify": verify, "--namespace": namespace })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (!cluster && asked.length > 0)
    refuse(`${asked.join(", ")}: no cluster is named`, "give --context or --kubeconfig");
}

/** What a version is at the stage; undefined where none was named. */
async function releaseOf(
  version: string | undefined,
  outputs: StageOutputs,
  by: VerifiedBy,
  io: Io,
): Promise<DeployedReport["release"]> {
  if (version === undefined) return undefined;
  const { images, without } = await releasedImages(version, outputs, by);
  for (const image of without)
    io.stderr.write(`${image}: has no ${version} in ${outputs.stage}, and is not looked for\n`);
  return { version, images, without };
}

/** @throws DualRegistryError USAGE */
function expectedImage(text: string): ExpectedImage {
  const [name = "", digest = ""] = text.split("@");
  const path =
    /^[A-Za-z0-9.-]+(?::\d{1,5})?\//.test(name) && !isRepository(name) ? name.slice(name.indexOf("/") + 1) : name;
  if (isRepository(path) && isDigest(digest) && text.split("@").length === 2) return { repository: name, digest };
  throw new DualRegistryError(
    "USAGE",
    `--expect ${quoted(text)}: allowed: a repository with a digest, such as orders/api@sha256: and 64 hexadecimal digits`,
  );
}

/** A cluster may answer again, and so may a registry. */
const PASSING = ["CLUSTER_UNAVAILABLE", "REGISTRY_UNAVAILABLE"] as const;

function openClusters({ context, kubeconfig }: DeployedOptions, { env }: Io): Promise<Cluster[]> {
  const contexts = context ?? (kubeconfig === undefined ? [] : [undefined]);
  return Promise.all(
    [...new Set(contexts)].map((name) => openCluster(defined({ context: name, kubeconfig }), { env })),
  );
}

const sourceOf = (outputs: StageOutputs, registries: Registries) => (repository: string) =>
  registries.repository(outputs.registries[imageOf(outputs, repository).class], repository).target;

/** What a cluster runs, in the form that a sweep reads: what was asked for counts beside what runs. */
function deployedOf(images: ClusterImages): Deployed {
  const deployed = nothingDeployed();
  for (const use of [...images.pods, ...images.templates]) {
    if (use.asked) addReference(deployed, use.image);
    if ("runs" in use) deployed.digests.add(use.runs.digest);
  }
  const tags = new Map(deployed.tags.map((one) => [`${one.path ?? ""}:${one.tag}`, one]));
  return { ...deployed, tags: [...tags.values()], notes: unreadableImages(images) };
}

/** Lines of a list that are printed while waiting; the rest is counted. */
const MOST_LINES = 20;

function waitingText(lines: readonly string[]): string {
  const more = lines.length > MOST_LINES ? [`  and ${lines.length - MOST_LINES} more`] : [];
  return [
    `Waiting, ${lines.length} missing:`,
    ...lines.slice(0, MOST_LINES).map((line) => `  ${line}`),
    ...more,
    "",
  ].join("\n");
}

function reportText({
  images,
  clusters,
  repositories,
  deployed: all,
  verified,
  release,
  expected,
  missing,
  allowIdle,
}: DeployedReport): string {
  const counts = `${all.digests.length} digests, ${all.tags.length} tags`;
  return [
    ...(clusters.length > 0 ? [deployedText(images)] : []),
    ...(repositories.length > 0
      ? [`${repositories.map((folder) => quoted(folder)).join(", ")} and clusters name ${counts}\n`]
      : []),
    ...(verified ?? []).map(verifiedText),
    ...(release?.images ?? []).map((one) => verifiedText({ ...one, image: `${one.image}:${release?.version ?? ""}` })),
    ...(missing ?? []).map((line) => `MISSING ${line}\n`),
    ...(expected !== undefined && missing?.length === 0
      ? [
          `All ${expected.length} expected images ${clusters.length > 0 ? "run" : "are named"}${allowIdle ? ", or workloads without pods name them" : ""}\n`,
        ]
      : []),
  ].join("");
}

function verifiedText({ image, digest, verdict, why }: VerifiedImage): string {
  const lines = why.map((line) => `\n  ${line.replaceAll("\n", "; ")}`);
  return `${verdict.toUpperCase()} ${image}${digest === undefined ? "" : `@${digest}`}${lines.join("")}\n`;
}
