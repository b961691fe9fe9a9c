import { short } from "../../domain/flow/verdict";
import { candidateDigest } from "../../release/github/candidate";
import type { ReadStep } from "../../release/github/readStep";
import { signOffsOf } from "../../release/github/signOffsOf";

/** The result as data: the verdict, and what was asked and approved. */
export function stepJson({ facts, verdict }: ReadStep): Record<string, unknown> {
  const { step, commit, branch, placed, roles, authors, before } = facts;
  const { legal, reasons, notes, request } = verdict;
  return {
    ...{ tag: step.tag, from: step.from, to: step.to, version: step.version, commit },
    ...{ branch: branch?.name ?? null, placed: placed !== undefined },
    ...{ verdict: legal ? "ok" : "refused", reasons, notes },
    ...{ roles: roles ?? null, before: before?.step.tag ?? null, authors },
    request: request
      ? {
          ...{ run: request.run, url: request.url ?? null, askedBy: request.askedBy },
          ...{ digest: candidateDigest(request.candidate), candidate: request.candidate },
          ...{ approvals: request.approvals, rejections: request.rejections },
        }
      : null,
    signOffs: request ? signOffsOf(facts, request) : [],
  };
}

/** The result for people. */
export function stepText({ facts, verdict }: ReadStep): string {
  const { step, commit, branch, placed } = facts;
  const state = verdict.legal ? (placed ? "OK" : "MAY BE TAGGED") : "REFUSED";
  const approvals = verdict.request?.approvals ?? [];
  return [
    `${state} ${step.tag} at ${short(commit)} on ${branch?.name ?? "no release branch"}`,
    ...approvals.map(({ role, by, at }) => `  approved  ${role}: ${by}${at === undefined ? "" : `, ${at}`}`),
    ...verdict.reasons.map(({ code, why }) => `  refused   ${why} [${code}]`),
    ...verdict.notes.map((note) => `  note      ${note}`),
    "",
  ].join("\n");
}

/** Text from outside as a cell of a Markdown table. */
const cell = (text: string): string => text.replace(/[\\|`<>[\]*_&#!]/g, (sign) => `\\${sign}`).replace(/\s+/g, " ");

/** Who signed off what and when, for the page of a release. */
export function signOffsMarkdown({ facts, verdict }: ReadStep): string {
  const { step, commit, branch } = facts;
  const { request, legal, reasons } = verdict;
  const lines = [`## Sign-offs of ${cell(step.tag)}`, ""];
  lines.push(`Commit \`${commit}\` on \`${branch?.name ?? "no release branch"}\`, ${step.from} to ${step.to}.`, "");
  if (!legal) lines.push("**Not signed off:**", "", ...reasons.map(({ why }) => `- ${cell(why)}`), "");
  if (!request) return `${lines.join("\n")}\n`;
  lines.push("| role | who | when | commit |", "| --- | --- | --- | --- |");
  for (const { role, by, at } of request.approvals) {
    lines.push(`| ${cell(role)} | ${cell(by)} | ${cell(at ?? "not recorded")} | \`${request.commit}\` |`);
  }
  lines.push("", "| image | digest |", "| --- | --- |");
  for (const { repository, digest } of request.candidate.images) lines.push(`| ${cell(repository)} | \`${digest}\` |`);
  const run = request.url === undefined ? `run ${request.run}` : `[run ${request.run}](${request.url})`;
  lines.push("", `Candidate \`${candidateDigest(request.candidate)}\`, signed off in ${run}.`, "");
  return lines.join("\n");
}
