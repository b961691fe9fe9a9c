import { textAt } from "../base/json";
import type { DecodedStage } from "../config";
import { type Finding, ok, problem, warning } from "./finding";
import { firstLine, jsonOf, type Probe, scrub, whyNot } from "./probe";

/** The oldest Node.js this project runs on. Source: package.json, engines. */
const LEAST_NODE: Version = [20, 19, 0];

/** Is this Node.js new enough? */
export function checkNode(version: string): Finding {
  const found = parseVersion(version);
  const least = showVersion(LEAST_NODE);
  if (found !== undefined && atLeast(found, LEAST_NODE)) return ok("node", `Node.js ${showVersion(found)}`);
  return problem(
    "node",
    `Node.js ${version}, and ${least} is the oldest that works`,
    "nvm install 22  # or another way to install Node.js 22",
  );
}

/** The oldest CLI for the SDK this project uses; Pulumi.yaml's requiredPulumiVersion may ask for a later one. */
const LEAST_PULUMI: Version = [3, 248, 0];

const INSTALL = "curl -fsSL https://get.pulumi.com | sh  # or: brew install pulumi/tap/pulumi";

/**
 * Is the Pulumi CLI there and new enough?
 *
 * @param required Pulumi.yaml's `requiredPulumiVersion`, a range such as `>=3.248.0`; only a lower bound is read
 */
export async function checkPulumi(probe: Probe, required: string | undefined): Promise<Finding> {
  const asked = required === undefined || !/^\s*>=/.test(required) ? undefined : parseVersion(required);
  const least = asked !== undefined && atLeast(asked, LEAST_PULUMI) ? asked : LEAST_PULUMI;
  const answer = await probe("pulumi", ["version"]);
  if (answer.state === "missing") return problem("pulumi", "the Pulumi CLI is not on PATH", INSTALL);
  if (answer.state === "failed") return problem("pulumi", `pulumi version failed: ${whyNot(answer)}`, INSTALL);
  const version = parseVersion(answer.stdout);
  if (version === undefined) {
    const answered = firstLine(answer.stdout) || "nothing";
    return warning("pulumi", `pulumi version says ${answered}: at least ${showVersion(least)} is needed`);
  }
  const found = `Pulumi CLI ${showVersion(version)}`;
  return atLeast(version, least)
    ? ok("pulumi", found)
    : problem("pulumi", `${found}, and Pulumi.yaml needs ${showVersion(least)}`, INSTALL);
}

/** What the other checks need to know of where the state is kept. */
export interface BackendResult {
  findings: Finding[];
  /** True for Pulumi Cloud, which encrypts secrets by itself. */
  cloud: boolean;
}

const loginTo = (stage: string) => `pulumi login "azblob://state-${stage}?storage_account=<account>"`;

/** Where is the state kept, and is it the stage's own place? */
export async function checkBackend(
  probe: Probe,
  stages: readonly DecodedStage[],
  named: string | undefined,
): Promise<BackendResult> {
  const remedy = loginTo(named ?? "<stage>");
  const answer = await probe("pulumi", ["whoami", "--json", "--non-interactive"]);
  const url = textAt(jsonOf(answer), "url");
  if (url === undefined) {
    return { cloud: false, findings: [problem("backend", `pulumi whoami failed: ${whyNot(answer)}`, remedy)] };
  }
  const address = scrub(url);
  if (/^https?:/.test(url)) return { cloud: true, findings: [ok("backend", `Pulumi Cloud at ${address}`)] };
  const container = /^azblob:\/\/([^/?#]+)/.exec(url)?.[1];
  if (container !== undefined) return { cloud: false, findings: blobFindings(container, address, stages, named) };
  const found = url.startsWith("file:")
    ? `state on this machine, at ${address}: good for trying out, nobody else has it`
    : `state at ${address}: give each stage a place of its own`;
  return { cloud: false, findings: [warning("backend", found, remedy)] };
}

/** The stages that a container's name names, as words between hyphens: `state-qa` is qa's, `devops` nobody's. */
function stagesIn(container: string, stages: readonly DecodedStage[]): string[] {
  const words = container.split("-");
  return (stages[0]?.stages ?? []).filter((stage) => words.includes(stage));
}

function blobFindings(
  container: string,
  url: string,
  stages: readonly DecodedStage[],
  named: string | undefined,
): Finding[] {
  const meant = stagesIn(container, stages);
  if (named !== undefined && !meant.includes(named)) {
    const whose = meant.length === 0 ? "names no stage" : `is named after ${meant.join(" and ")}`;
    return [problem("backend", `container "${container}" ${whose}, and ${named} has one of its own`, loginTo(named))];
  }
  const place = ok("backend", `container "${container}", at ${url}`);
  const lonely = stages.filter(({ stage, before }) => before !== undefined && meant.includes(stage));
  return [meant.length === 0 ? shared(container) : place, ...lonely.map(unreadableBefore)];
}

function shared(container: string): Finding {
  const found = `container "${container}" names no stage: who may write one stage's state may write all of them`;
  return warning("backend", found, loginTo("<stage>"));
}

/** A stack reference is answered by the backend one is logged in to, which with a container a stage holds one stack. */
function unreadableBefore({ stage, file, before }: DecodedStage): Finding {
  const found = `${file} names stack "${before ?? ""}" of the stage before, which is in another container`;
  const remedy = `pulumi config rm before --stack ${stage}  # a stack reference does not reach into another container`;
  return problem(`before.${stage}`, found, remedy);
}

/** The three numbers of a version. */
export type Version = readonly [number, number, number];

/** The first version in a text, such as `v3.248.0` or `>=20.19`; `undefined` where there is none. */
export function parseVersion(text: string): Version | undefined {
  const parts = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return parts === null ? undefined : [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0)];
}

/** True where the first is the second or later. */
export function atLeast(version: Version, least: Version): boolean {
  const differing = version.findIndex((part, index) => part !== least[index]);
  return differing < 0 || (version[differing] ?? 0) > (least[differing] ?? 0);
}

/** `3.248.0`. */
function showVersion(version: Version): string {
  return version.join(".");
}
