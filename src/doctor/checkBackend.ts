import { isStage, STAGES } from "../domain/stage";
import { textField } from "./fields";
import { ok, problem, warning, type Finding } from "./finding";
import { jsonOf, whyNot, type Probe } from "./probe";
import { scrub } from "./scrub";
import type { StageFacts } from "./stageFacts";

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
  stages: readonly StageFacts[],
  named: string | undefined,
): Promise<BackendResult> {
  const remedy = loginTo(named ?? "<stage>");
  const answer = await probe("pulumi", ["whoami", "--json", "--non-interactive"]);
  const url = textField(jsonOf(answer), "url");
  if (url === undefined) {
    return { cloud: false, findings: [problem("backend", `pulumi whoami failed: ${whyNot(answer)}`, remedy)] };
  }
  const shown = scrub(url);
  if (/^https?:/.test(url)) return { cloud: true, findings: [ok("backend", `Pulumi Cloud at ${shown}`)] };
  const container = /^azblob:\/\/([^/?#]+)/.exec(url)?.[1];
  if (container !== undefined) return { cloud: false, findings: blobFindings(container, shown, stages, named) };
  const found = url.startsWith("file:")
    ? `state on this machine, at ${shown}: good for trying out, nobody else sees it`
    : `state at ${shown}: see that each stage has a place of its own`;
  return { cloud: false, findings: [warning("backend", found, remedy)] };
}

/** The stages that a container's name names, as words between hyphens: `state-qa` is qa's, `devops` nobody's. */
function stagesIn(container: string): string[] {
  const words = container.split("-");
  return STAGES.filter((stage) => words.includes(stage));
}

function blobFindings(
  container: string,
  url: string,
  stages: readonly StageFacts[],
  named: string | undefined,
): Finding[] {
  const meant = stagesIn(container);
  if (named !== undefined && isStage(named) && !meant.includes(named)) {
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
function unreadableBefore({ stage, file, before }: StageFacts): Finding {
  const found = `${file} names stack "${before ?? ""}" of the stage before, which stands in another container`;
  const remedy = `pulumi config rm before --stack ${stage}  # a stack reference does not reach into another container`;
  return problem(`before.${stage}`, found, remedy);
}
