/** Variables by which a text would become code. */
const LOADED =
  /^(?:PATH|NODE_OPTIONS|NODE_PATH|BASH_ENV|ENV|LD_.*|GITHUB_(?:ENV|PATH|OUTPUT)|GIT_.*|npm_config_.*|PULUMI_.*COMMAND.*)$/i;

/** The variables among these by which a text would become code. */
export const loadedOf = (...variables: readonly unknown[]): string[] =>
  variables.flatMap((env) => Object.keys(env ?? {})).filter((name) => LOADED.test(name));

/** Lines by which a job would fetch code that is not the run's own commit. */
const FETCHES =
  /\bgit\s+(?:-\S+\s+)*(?:fetch|checkout|pull|clone|switch|reset|worktree)\b|\b(?:curl|wget|npx|pipx?|docker)\b/;

/** Where a line of a shell names a program: at its start, behind another command, or behind variables of its own. */
const PROGRAM = String.raw`(?:^|[;|&!{]|(?<!=)\(|\b(?:then|do|else|if|while)\b)[ \t]*(?:\w+=(?:"[^"]*"|[^\s;|"]*)[ \t]+)*`;

/** Programs that run what a text, a folder or a registry of packages holds. Ours is `node bin/dualreg.js`, alone. */
const RUNS = new RegExp(
  `${PROGRAM}(?:(?:eval|exec|source|\\.|(?:ba|da|z)?sh|env|sudo|xargs|python[\\d.]*|perl|ruby|php|pip3|podman|buildah|nerdctl|` +
    `yarn|pnpm|bunx?|deno|go|make|cargo)(?=[ \\t]|$)|npm[ \\t]+(?!ci\\b|pack\\b)|node[ \\t]+(?!bin/dualreg\\.js )|(?:\\./)?(?:in|image|sign-offs)/|` +
    `tar[ \\t]+(?!--create\\b))`,
  "m",
);

/** Lines that make a text a variable or a program of the steps behind them; what jq lets through alone is decoded. */
const SETS = /GITHUB_PATH|^(?!\s*(?:jq|'if \$asked)\b).*>>\s*"?\$\{?GITHUB_ENV/m;

/**
 * Fields of gh that read a text which begins with `@` as the name of a file.
 * Source: GitHub CLI manual, gh workflow run and gh api (`-F, --field`; `-f, --raw-field` takes a text as it is).
 */
const READS_FILES = /\bgh\b[^\n]*\s(?:--field\b|-F)(?:\s*|=)[^\s$]*\$/;

/** Whether lines hand gh a variable that it would take for the name of a file. */
export const readsFiles = (lines: string): boolean => READS_FILES.test(lines.replace(/\\\n/g, " "));

/** What is wrong with lines that run beside a credential. */
export function judgeLines(lines: string): string[] {
  const plain = lines.replace(/\\\n/g, " ").replace(/'[^']*'/g, "''");
  return [
    ...(FETCHES.test(lines) ? ["a line beside it fetches or starts what is not the run's own commit"] : []),
    ...(RUNS.test(plain) ? ["a line beside it runs another program than the run's own"] : []),
    ...(readsFiles(lines) ? ["a line beside it takes a text for the name of a file"] : []),
    ...(SETS.test(lines) ? ["a line beside it sets a variable or a path from a text"] : []),
  ];
}
