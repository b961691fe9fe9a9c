import { type DecodedStage, readStages } from "../config";
import type { ProjectFile } from "../project";
import { examineAzure } from "./azure";
import { type Finding, skipped } from "./finding";
import { examineGithub } from "./github";
import { recordPlans, type RecordPlans } from "./plans";
import { type Probe, scrub, type Variables } from "./probe";
import { checkExampleValues, checkSecrets, checkStageFiles } from "./stageFiles";
import { checkBackend, checkNode, checkPulumi } from "./tools";

/** What is examined, and by what means. */
export interface Patient {
  project: ProjectFile;
  /** The one stage to look at. Default: every stage that has a file. */
  stage?: string;
  /** Such as `v20.19.0`. */
  nodeVersion: string;
  env: Variables;
  probe: Probe;
  record: RecordPlans;
}

/**
 * Looks at everything `pulumi up` needs, in the order in which it is set up.
 *
 * @throws DualRegistryError USAGE or CONFIG_INVALID where there is no such stage or no stage at all
 */
export async function examine(patient: Patient): Promise<Finding[]> {
  const { project, env, probe } = patient;
  const stages = readStages(project, patient.stage);
  const files = [checkNode(patient.nodeVersion), ...checkStageFiles(stages), ...checkExampleValues(project, stages)];
  const plans = recordPlans(patient.record, project, stages);
  const planned = plans.then(({ recordings }) => recordings);
  // They know little of each other, and each waits for a tool most of the time.
  const [{ findings: previews }, ...tools] = await Promise.all([
    plans,
    examinePulumi(patient, stages),
    examineAzure(probe, env, stages, planned),
    examineGithub(probe, env, stages, planned),
  ]);
  const findings = [...files, ...previews, ...tools.flat()];
  return findings.map((finding) => ({ ...finding, found: finding.found.split("\n").map(scrub).join("\n") }));
}

async function examinePulumi({ project, probe, stage }: Patient, stages: readonly DecodedStage[]): Promise<Finding[]> {
  const pulumi = await checkPulumi(probe, project.requiredPulumiVersion);
  const { findings, cloud } =
    pulumi.status === "problem"
      ? { findings: [skipped("backend", "the Pulumi CLI cannot be asked")], cloud: false }
      : await checkBackend(probe, stages, stage);
  const secrets = stages.map((decoded) =>
    decoded.isYaml
      ? checkSecrets(decoded, cloud)
      : skipped(`secrets.${decoded.stage}`, `${decoded.file} cannot be read`),
  );
  return [pulumi, ...findings, ...secrets];
}
