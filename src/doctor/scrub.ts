const HIDDEN = "[hidden]";
const LONGEST_LINE = 200;

/** What must not be shown even when a tool prints it: passwords in addresses, signatures and keys, GitHub's tokens, JWTs. */
const SECRETS: readonly [RegExp, string][] = [
  [/(:\/\/)[^\s/@]+@/g, `$1${HIDDEN}@`],
  [/\b(sig|sas|key|password|secret|token)=[^\s&"']+/gi, `$1=${HIDDEN}`],
  [/\b(?:gh[a-z]_|github_pat_|pul-)[A-Za-z0-9_]+/g, HIDDEN],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, HIDDEN],
];

/** A tool's text without secrets and control characters. */
export function scrub(text: string): string {
  const shown = SECRETS.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text);
  return shown.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]+/g, " ").trim();
}

/** The first line that says something, scrubbed and at most 200 characters long. */
export function firstLine(text: string): string {
  const line = scrub(text.split("\n").find((candidate) => candidate.trim() !== "") ?? "");
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE - 1)}…`;
}
