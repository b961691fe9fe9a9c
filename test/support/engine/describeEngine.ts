import { findPulumi } from "./findPulumi";

/** Why the tests of the engine are skipped where they are. */
const WHY_SKIPPED = "skipped: no pulumi command on PATH, nor in ~/.pulumi/versions";

/**
 * A suite that needs the Pulumi CLI. Without one each of its tests is listed as pending, under a title that says why.
 *
 * @param seconds how long one test may take; several runs of the engine are one test
 */
export function describeEngine(title: string, body: (this: Mocha.Suite) => void, seconds = 240): void {
  if (findPulumi() === undefined) {
    describe.skip(`${title} (${WHY_SKIPPED})`, body);
    return;
  }
  describe(title, function () {
    this.timeout(seconds * 1000);
    this.slow(60_000);
    skipAfterFailure();
    body.call(this);
  });
}

/** The steps of a suite build on each other: after a failure the rest would only repeat it. */
function skipAfterFailure(): void {
  let failed = false;
  beforeEach(function () {
    if (failed) this.skip();
  });
  afterEach(function () {
    failed ||= this.currentTest?.state === "failed";
  });
}
