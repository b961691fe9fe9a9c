/** Files that print, write or send no text from outside, or do it by something that is exercised, each with the reason. */
export const NO_OUTSIDE_TEXT: readonly { files: RegExp; because: string }[] = [
  { files: /^base\/text\/units\.ts$/, because: "it makes text of numbers" },
  { files: /^base\/text\/value\.ts$/, because: "the previews' tree, Markdown and HTML print values by it" },
  { files: /^base\/text\/wrap\.ts$/, because: "it breaks lines of text that is escaped already" },
  { files: /^config\/stages\.ts$/, because: "the command line prints it by the streams, which escape" },
  {
    files: /^domain\/identity\/environments\.ts$/,
    because: "words of a grammar, for errors, reports and streams, which escape",
  },
  { files: /^program\.ts$/, because: "warnings are lines of problems, which quote what they show" },
  {
    files: /^cli\/(?:console|gitops|image|pulls|registry|release|version)\//,
    because: "they print by the streams they are given",
  },
  { files: /^cli\/\w+\.ts$/, because: "they print by the streams they are given, or write what a renderer made" },
  { files: /^clusters\/kubectl\.ts$/, because: "what kubectl says goes into errors of this project, which quote it" },
  { files: /^components\/versionAliases\.ts$/, because: "the warning holds a number" },
  { files: /^components\/passwords\/tokenPasswords\.ts$/, because: "the warning names a stage and a day" },
  { files: /^controls\/adapters\/resourceBag\.ts$/, because: "it reads a text and prints none" },
  {
    files: /^domain\/settings\/tagSelector\.ts$/,
    because: "it quotes patterns of a registry, and what prints the check escapes",
  },
  { files: /^domain\/watch\/queries\/query\.ts$/, because: "a query is for the log, which reads its own escapes" },
  { files: /^github\/octokit\.ts$/, because: "it sends what the calls of github/ made" },
  { files: /^github\/requests\.ts$/, because: "tags, branches and digests, decoded by their grammars" },
  {
    files: /^console\/(?:access\/(?:index|login)|compose|requestLog)\.ts$/,
    because: "lines of the console's log, which escapes each whole",
  },
  { files: /^console\/(?:healthcheck|server)\.ts$/, because: "a program with a port in it, and a sentence of its own" },
  { files: /^console\/access\/tokenStores\.ts$/, because: "digests of tokens, for this program" },
  { files: /^console\/catalog\/reader\.ts$/, because: "an error of this project, which escapes its message" },
  { files: /^oci\/(?:archive|layout)\/|^oci\/engine\.ts$/, because: "bytes of images, which a digest names" },
  {
    files: /^oci\/(?:manifest|copy\/tree)\.ts$/,
    because: "platforms and media types, for errors of this project and for streams, which escape",
  },
  { files: /^oci\/credentials\//, because: "logins, for the programs that read the same file" },
  { files: /^oci\/transport\/transport\.ts$/, because: "it refuses plain text with an error of this project" },
  {
    files: /^oci\/transport\/retry\.ts$/,
    because: "what is tried again is not printed; in the end an error of this project is",
  },
  {
    files: /^preview\/record\/wire\.ts$/,
    because: "an answer to the previewed program, whose failure is an error of this project",
  },
  {
    files: /^console\/pages\//,
    because: "every text in a page goes through markup, which escapes it; a browser shows hostile labels",
  },
  { files: /^gitops\/check\/collected\.ts$/, because: "findings, which the report of the check escapes" },
  {
    files: /^gitops\/check\/(?:chart|helm)\.ts$/,
    because: "charts and values, for Helm; what it answers is quoted, and the check is exercised",
  },
  {
    files: /^gitops\/forge\/git(?:hub|lab)\.ts$/,
    because: "they send what gitops/release/requestText.ts made, and names of a grammar",
  },
  { files: /^gitops\/release\/stageImages\.ts$/, because: "a place in a file, for errors and streams, which escape" },
  { files: /^gitops\/documents\//, because: "files of YAML, whose own reader escapes, and errors, which quote" },
  { files: /^gitops\/approvers\.ts$/, because: "requests escape it as Markdown, and streams escape" },
  {
    files: /^console\/access\/tokenStores\.ts$/,
    because: "records of tokens: names and patterns of a grammar, hashes and times",
  },
  { files: /^images\/verifyReport\.ts$/, because: "streams and reports escape it" },
  { files: /^images\/history\.ts$/, because: "it quotes what people wrote, and streams and reports escape the rest" },
  { files: /^signing\/certificate\.ts$/, because: "a refusal in words of the file's own, which an error quotes" },
  { files: /^signing\/keylessSigner\.ts$/, because: "it asks for the token of the run" },
];
