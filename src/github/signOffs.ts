import { DualRegistryError } from "../base/errors";
import { type SignOffReader, signOffsOf } from "../domain/flow/signOffs";
import { stepOf } from "../domain/flow/step";
import type { Github } from "./client";
import type { ReleaseRules } from "./releaseRules";
import { readStep, type ReadStep } from "./readStep";
import { readCandidates } from "./requests";

/** Which release is promoted. */
export interface GithubSignOffs {
  /** What it is called at the stage before. */
  version: string;
  rules: ReleaseRules;
  workflow: string;
  now: () => Date;
}

/**
 * Reads sign-offs from GitHub's own records: the candidate that holds the image, the run that its approvers approved,
 * and everything that `dualreg release check` looks at. What GitHub says counts as it is: there is no signature in
 * between, and so nothing but GitHub's answers is trusted.
 *
 * @returns a reader that throws DualRegistryError GATE_REFUSED with every reason, and what {@link Github} throws
 */
export function signOffsFromGithub(github: Github, { version, rules, workflow, now }: GithubSignOffs): SignOffReader {
  const read = new Map<string, Promise<ReadStep>>();
  return async ({ repository, digest, to }) => {
    const what = `Sign-offs of ${version} for ${to} on GitHub`;
    const refuse = (why: string): never => {
      throw new DualRegistryError("GATE_REFUSED", `${what}: ${why}`);
    };
    const [first] = rules.chains[to] ?? [];
    if (!first) return refuse(`${to} asks for no sign-off; leave --sign-offs out`);
    const candidates = await readCandidates(github, first.name, rules.app);
    const holds = [...candidates.values()].filter(
      (candidate) =>
        candidate.version === version &&
        candidate.images.some((image) => image.repository === repository && image.digest === digest),
    );
    const tags = [...new Set(holds.map(({ tag }) => tag))];
    if (tags.length === 0)
      return refuse(`no approver was asked about ${repository}@${digest}; ask: dualreg release request`);
    let why = "";
    for (const tag of tags) {
      const step = stepOf(tag, rules, { to, version });
      if ("problem" in step) return refuse(step.problem);
      const known = read.get(tag) ?? readStep(github, { step, rules, workflow });
      read.set(tag, known);
      const { facts, verdict } = await known;
      why = verdict.reasons.map((reason) => reason.why).join("\n  ");
      if (!verdict.legal || !verdict.request) continue;
      const found = signOffsOf(facts, verdict.request, now()).find(
        (each) => each.repository === repository && each.digest === digest,
      );
      if (found) return found;
      why = `what was approved does not hold ${repository}@${digest}`;
    }
    return refuse(why);
  };
}
