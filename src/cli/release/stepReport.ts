import { marked, markdownTable, name } from "../../base/text/markdown";
import { escapeUnsafe } from "../../base/text/unsafe";
import { signOffsOf } from "../../domain/flow/signOffs";
import { short } from "../../domain/flow/verdict";
import { candidateDigest } from "../../github/candidate";
import type { ReadStep } from "../../github/readStep";

/** The result as data: the verdict, and what was asked and approved. */
export function stepJson({ facts, verdict }: ReadStep, now: Date): Record<string, unknown> {
  const { step, commit, branch, placed, roles, authors, before } = facts;
  const { legal, reasons, notes, request, takenAt } = verdict;
  return {
    ...{ tag: step.tag, from: step.from, to: step.to, version: step.version, commit },
    ...{ branch: branch?.name ?? null, placed: placed !== undefined, takenAt: takenAt ?? null },
    ...{ verdict: legal ? "ok" : "refused", reasons, notes },
    ...{ roles: roles ?? null, before: before?.step.tag ?? null, authors },
    request: request
      ? {
          ...{ run: request.run, url: request.url ?? null, askedBy: request.askedBy },
          ...{ digest: candidateDigest(request.candidate), candidate: request.candidate },
          ...{ approvals: request.approvals, rejections: request.rejections },
        }
      : null,
    signOffs: request ? signOffsOf(facts, request, now) : [],
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
  ]
    .map(escapeUnsafe)
    .join("\n");
}

/** Who signed off what and when, for the page of a release. */
export function signOffsMarkdown({ facts, verdict }: ReadStep): string {
  const { step, commit, branch } = facts;
  const { request, legal, reasons } = verdict;
  const where = marked`Commit ${name(commit)} on ${name(branch?.name ?? "no release branch")}`.markdown;
  const lines = [
    marked`## Sign-offs of ${step.tag}`.markdown,
    "",
    `${where}, ${step.from ?? "built"} to ${step.to}.`,
    "",
  ];
  if (!legal) lines.push("**Not signed off:**", "", ...reasons.map(({ why }) => marked`- ${why}`.markdown), "");
  if (!request) return `${lines.join("\n")}\n`;
  const approvals = request.approvals.map(({ role, by, at }) => [
    role,
    by,
    at ?? "not recorded",
    name(request.candidate.commit),
  ]);
  const { breakGlass } = request.candidate;
  if (breakGlass) {
    lines.push(
      marked`**BREAK-GLASS** past the stages before, from ${breakGlass.source}: ${breakGlass.reason}`.markdown,
      "",
    );
  }
  const images = request.candidate.images.map(({ repository, digest }) => [repository, name(digest)]);
  lines.push(markdownTable(["role", "who", "when", "commit"], approvals), "");
  lines.push(markdownTable(["image", "digest"], images), "");
  const run = request.url === undefined ? `run ${request.run}` : `[run ${request.run}](${request.url})`;
  lines.push(`Candidate \`${candidateDigest(request.candidate)}\`, signed off in ${run}.`, "");
  return lines.join("\n");
}
