const HIDDEN = "[secret]";

/**
 * Known shapes of secrets: private keys, tokens of GitHub, GitLab and Pulumi, JWTs, passwords of ACR tokens, AWS access
 * keys, values behind the usual names, HTTP credentials, and users and passwords in addresses.
 */
const SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:gh[a-z]_\w{16,}|github_pat_\w{16,}|pul-[0-9a-f]{16,}|glpat-[\w-]{16,})/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /[A-Za-z0-9+/]{40,44}\+?ACR[A-Za-z0-9+/]{5,8}/g,
  /\b(?:A[KS]IA)[A-Z0-9]{16}\b/g,
  /(?<=\b(?:AccountKey|SharedAccessKey|sig|sas|key|password|passwd|pwd|secret|client_secret|token)=)[^\s;&,"']+/gi,
  /(?<=\b(?:AccountKey|SharedAccessKey|password|passwd|pwd|secret|client_secret|token): ?)[^\s;&,"']{8,}/gi,
  /(?<=\b(?:Bearer|Basic)\s{1,4})[\w+/=.~-]{8,}/gi,
  /(?<=:\/\/)[^\s/@"]{1,300}(?=@)/g,
];

/** Cheap: most texts hold none of this, and are looked at once. */
const PERHAPS = /[A-Za-z0-9+/_-]{16,}|PRIVATE KEY|eyJ|[=:] ?\S|:\/\/|\b(?:Bearer|Basic)\s/i;

/**
 * Text in which a secret of a known shape reads `[secret]`. A second line of defence: no field of this project is meant
 * to hold one, but people and tools put them into texts.
 */
export function redactSecrets(text: string): string {
  if (!PERHAPS.test(text)) return text;
  return SHAPES.reduce((rest, shape) => rest.replace(shape, HIDDEN), text);
}
