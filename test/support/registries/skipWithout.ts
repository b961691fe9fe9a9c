import { findTool } from "./findTool";

const missingOf = (tools: readonly string[]): string[] => tools.filter((tool) => findTool(tool) === undefined);

const whySkipped = (missing: readonly string[]): string =>
  `skipped: ${missing.join(", ")} not on PATH, nor in .cache/bin; "npm run setup" installs it`;

/** In CI a test that does not run is a failure: nobody reads the list of skipped ones there. */
const inCi = (): boolean => process.env.CI !== undefined && process.env.CI !== "" && process.env.CI !== "false";

/**
 * A suite that needs commands. Where one is missing its tests are listed as pending under a title that says why; in
 * CI the suite fails instead.
 *
 * @param tools names of commands, such as `docker-registry`
 * @param seconds how long one test may take
 */
export function describeWith(
  tools: readonly string[],
  title: string,
  body: (this: Mocha.Suite) => void,
  seconds = 120,
): void {
  const missing = missingOf(tools);
  if (missing.length === 0) {
    describe(title, function () {
      this.timeout(seconds * 1000);
      body.call(this);
    });
  } else if (inCi()) {
    describe(title, () => {
      it(`needs ${missing.join(", ")}`, () => {
        throw new Error(whySkipped(missing));
      });
    });
  } else describe.skip(`${title} (${whySkipped(missing)})`, body);
}

/**
 * Inside one test: skips it where a command is missing, and says why in its title; in CI it fails.
 *
 * @returns the command's path
 */
export function skipWithout(context: Mocha.Context, tool: string): string {
  const path = findTool(tool);
  if (path !== undefined) return path;
  const why = whySkipped([tool]);
  if (inCi()) throw new Error(why);
  if (context.test) context.test.title += ` (${why})`;
  return context.skip();
}
