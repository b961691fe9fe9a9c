import type { Correspondence, FrameworkMapping } from "./control";

/** A rule of PSRule for Azure, by its name without `Azure.ACR.`. */
export const psRule = (name: string): Correspondence => ({ source: "PSRule", id: `Azure.ACR.${name}` });

export const checkov = (id: string): Correspondence => ({ source: "checkov", id });

/** A built-in definition of Azure Policy, by its id and the name of its file. */
export const azurePolicy = (name: string, id: string): Correspondence => ({ source: "Azure Policy", id, name });

const PSRULE_LABEL = "the rule's label Azure.MCSB.v1/control in PSRule for Azure";
const MCSB_V1_SET = "Azure Policy's initiative Microsoft cloud security benchmark";
const MCSB_V2_SET = "Azure Policy's initiative Microsoft cloud security benchmark v2 (preview)";

/** Controls of the Microsoft cloud security benchmark that PSRule's own labels name. */
export const labelled = (...ids: string[]): FrameworkMapping[] =>
  ids.map((id) => ({ framework: "MCSB v1", id, statedBy: PSRULE_LABEL }));

/** Groups that the benchmark's initiative of version 1 puts the definition into. */
export const inBenchmark = (...ids: string[]): FrameworkMapping[] =>
  ids.map((id) => ({ framework: "MCSB v1", id, statedBy: MCSB_V1_SET }));

/** Groups that the benchmark's initiative of version 2 puts the definition into. */
export const inBenchmark2 = (...ids: string[]): FrameworkMapping[] =>
  ids.map((id) => ({ framework: "MCSB v2", id, statedBy: MCSB_V2_SET }));

/** Tasks of the Secure Software Development Framework, where the task's own text is about what the control asks. */
export const ssdf = (...ids: string[]): FrameworkMapping[] =>
  ids.map((id) => ({ framework: "NIST SSDF 1.1", id, statedBy: "NIST SP 800-218, text of the task" }));
