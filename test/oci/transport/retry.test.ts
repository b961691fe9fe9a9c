import assert from "node:assert/strict";
import { DualRegistryError } from "../../../src/base/errors";
import {
  corruptedContent,
  expiredToken,
  type RetryContext,
  TransientError,
  withRetries,
} from "../../../src/oci/transport/retry";
import { RETRIES } from "../../../src/oci/transport/transport";
import { failsAs } from "../registry/support/client";

const quick = (more: Partial<RetryContext> = {}): RetryContext & { lines: string[] } => {
  const lines: string[] = [];
  const policy = { ...RETRIES, attempts: 4, base: 1, maxPause: 3, maxRetryAfter: 60 };
  return { policy, onRetry: (line) => lines.push(line), lines, ...more };
};
const broken = (code: string): Error => Object.assign(new Error("gone"), { code });

describe("withRetries", () => {
  it("withRetries gives what the step gives at last, and a line for each repetition", async () => {
    const by = quick();
    const step = (attempt: number): Promise<number> =>
      attempt < 4
        ? Promise.reject(attempt % 2 ? broken("ECONNRESET") : new TransientError("status 503"))
        : Promise.resolve(attempt);
    assert.equal(await withRetries("Step", step, by), 4);
    assert.equal(by.lines.length, 3);
    assert.match(by.lines[0] ?? "", /^Step: ECONNRESET "gone"; retrying in \d\.\d s$/);
  });

  it("withRetries says REGISTRY_UNAVAILABLE with the last cause when the tries are used up", async () => {
    let tries = 0;
    const step = (): Promise<never> => Promise.reject(new TransientError(`status 50${++tries}`));
    await assert.rejects(
      withRetries("Step", step, quick()),
      failsAs("REGISTRY_UNAVAILABLE", /^Step: failed 4 times in a row; last failure: status 504/),
    );
    const final = new DualRegistryError("REGISTRY_REFUSED", "no");
    await assert.rejects(
      withRetries("Step", () => Promise.reject(new TransientError("x", undefined, final)), quick()),
      final,
    );
  });

  it("withRetries does not repeat what cannot get better", async () => {
    const hopeless = [
      new DualRegistryError("NOT_FOUND", "x"),
      new TypeError("x"),
      broken("ENOENT"),
      broken("UND_ERR_INVALID_ARG"),
      broken("ERR_INVALID_ARG_TYPE"),
    ];
    for (const error of hopeless) {
      let tries = 0;
      const step = (): Promise<never> => Promise.reject(((tries += 1), error));
      await assert.rejects(withRetries("Step", step, quick()), error);
      assert.equal(tries, 1);
    }
  });

  it("withRetries says at once that a certificate is not trusted", async () => {
    let tries = 0;
    const step = (): Promise<never> => Promise.reject(((tries += 1), broken("DEPTH_ZERO_SELF_SIGNED_CERT")));
    await assert.rejects(withRetries("Step", step, quick()), failsAs("REGISTRY_UNAVAILABLE", /NODE_EXTRA_CA_CERTS/));
    assert.equal(tries, 1);
  });

  it("withRetries counts anew after a good piece, but not after a small one", async () => {
    for (const [piece, expected] of [
      [1024 * 1024, 20],
      [1024 * 1024 - 1, 8],
      [0, 4],
    ] as const) {
      let done = 0;
      let tries = 0;
      const step = (): Promise<string> => {
        tries += 1;
        done += piece;
        return tries < 20 ? Promise.reject(new TransientError("x")) : Promise.resolve("done");
      };
      await withRetries("Step", step, quick({ progress: () => done })).catch(() => undefined);
      assert.ok(expected === 20 ? tries === 20 : tries <= expected, `${tries} tries with pieces of ${piece}`);
    }
  });

  it("withRetries waits as long as it was asked to, but no longer than allowed", async () => {
    for (const [asked, least, most] of [
      [40, 38, 200],
      [60_000, 58, 250],
    ] as const) {
      const start = performance.now();
      await withRetries(
        "Step",
        (n) => (n === 1 ? Promise.reject(new TransientError("429", asked)) : Promise.resolve(1)),
        quick(),
      );
      const waited = performance.now() - start;
      assert.ok(waited >= least && waited < most, `${waited} ms`);
    }
  });

  it("withRetries ends with the signal's reason, also in a pause", async () => {
    const stop = new AbortController();
    const policy = { ...RETRIES, maxRetryAfter: 60_000 };
    setTimeout(() => stop.abort(new Error("enough")), 20);
    const running = withRetries(
      "Step",
      () => Promise.reject(new TransientError("429", 50_000)),
      quick({ policy, signal: stop.signal }),
    );
    await assert.rejects(running, /enough/);
    await assert.rejects(
      withRetries("Step", () => Promise.resolve(1), quick({ signal: stop.signal })),
      /enough/,
    );
  });
});

describe("corruptedContent and expiredToken", () => {
  it("corruptedContent is tried again four times, expiredToken twice, and then it is the error itself (S1-25)", () => {
    const error = new DualRegistryError("DIGEST_MISMATCH", "other bytes");
    const tries = (of: typeof corruptedContent) =>
      [1, 2, 3, 4, 5, 6].filter((attempt) => of(error, attempt) instanceof TransientError).length;
    assert.deepEqual([tries(corruptedContent), tries(expiredToken)], [4, 2]);
    assert.equal(corruptedContent(error, 5), error);
    const stranger = new Error("of somebody else");
    assert.equal(corruptedContent(stranger, 1), stranger);
  });
});
