import { z } from "zod";
import { DEFAULT_IDENTITIES } from "../domain/identities";
import { closed, text, whole } from "./messages";

const workflow = (file: string) =>
  text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\.ya?ml$/, "a file of .github/workflows, such as promote.yml").default(file);
const githubId = whole(1, 2 ** 53 - 1);

const facts = DEFAULT_IDENTITIES;

/** By which workflows, of which ref, whoever works for the registries logs in. */
export const identities = closed({
  enabled: z.boolean().default(facts.enabled),
  publishWorkflow: workflow(facts.publishWorkflow),
  promoteWorkflow: workflow(facts.promoteWorkflow),
  lockWorkflow: workflow(facts.lockWorkflow),
  sweepWorkflow: workflow(facts.sweepWorkflow),
  reviewWorkflow: workflow(facts.reviewWorkflow),
  rotateWorkflow: workflow(facts.rotateWorkflow),
  previewWorkflow: workflow(facts.previewWorkflow),
  driftWorkflow: workflow(facts.driftWorkflow),
  /** Callers take a workflow from here; a ref that others can move gives them what the identity may do. */
  ref: text(
    /^refs\/(?:heads|tags)\/[A-Za-z0-9][A-Za-z0-9._/-]{0,150}$/,
    "a branch or tag in full, such as refs/heads/main",
  ).default(facts.ref),
  /** For repositories whose subjects carry them: gh api repos/company/orders --jq '.owner.id, .id' */
  ids: closed({ owner: githubId, repository: githubId }).optional(),
});
