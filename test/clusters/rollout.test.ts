import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../../src/base/digest";
import { DualRegistryError } from "../../src/base/errors";
import type { ResolvedCluster, ResolvedPod, ResolvedTemplate } from "../../src/clusters/resolve";
import { missingFrom, waitUntilNone } from "../../src/clusters/rollout";
import { DIGEST, OTHER, refuses } from "../support/signing/samples";

const workload = { namespace: "shop", kind: "Deployment", name: "api" };
const use = (digest: Digest | undefined) => ({
  ...{
    cluster: "qa",
    workload,
    container: "api",
    role: "container" as const,
    image: "registry.example.com/orders/api",
  },
  asked: { repository: "registry.example.com/orders/api", ...(digest && { digest }) },
  ...(digest && { root: digest }),
});
const runningPod = (digest: Digest, name = "api-1", different: Partial<ResolvedPod> = {}): ResolvedPod => ({
  ...use(digest),
  ...{ pod: name, state: "running", ready: true, runs: { digest, repository: "registry.example.com/orders/api" } },
  ...different,
});
const template = (digest: Digest | undefined, different: Partial<ResolvedTemplate> = {}): ResolvedTemplate => ({
  ...use(digest),
  ...{ wanted: 1, observed: true, earlier: false },
  ...different,
});
const cluster = (pods: readonly ResolvedPod[], templates: readonly ResolvedTemplate[] = []): ResolvedCluster => ({
  ...{ cluster: "qa", pods, templates },
});
const missing = (...clusters: readonly ResolvedCluster[]) =>
  missingFrom(clusters, [{ repository: "orders/api", digest: DIGEST }]);

describe("missingFrom", () => {
  const CASES: readonly [string, ResolvedCluster, RegExp | undefined][] = [
    ["the digest in as many pods as are wanted", cluster([runningPod(DIGEST)], [template(DIGEST)]), undefined],
    [
      "a workload of the digest without pods",
      cluster([], [template(DIGEST, { wanted: 0 })]),
      /^"qa": no pod runs orders\/api, and 1 containers of workloads would: --allow-idle takes these$/,
    ],
    [
      "an earlier ReplicaSet of another digest",
      cluster([runningPod(DIGEST)], [template(OTHER, { earlier: true })]),
      undefined,
    ],
    [
      "a pod of another digest that is over",
      cluster([runningPod(DIGEST), runningPod(OTHER, "old", { state: "ended" })]),
      undefined,
    ],
    [
      "somebody else's image of another digest",
      cluster([
        runningPod(DIGEST),
        runningPod(OTHER, "x", { runs: { digest: OTHER, repository: "docker.io/library/web" } }),
      ]),
      undefined,
    ],
    [
      "a debug container of another digest",
      cluster([runningPod(DIGEST), runningPod(OTHER, "api-1", { role: "ephemeral" })]),
      undefined,
    ],
    ["nothing of the repository", cluster([]), /no pod and no workload names orders\/api/],
    [
      "a pod of another digest beside the right one",
      cluster([runningPod(DIGEST), runningPod(OTHER, "old")]),
      /"shop\/old".*runs sha256:b2b2.*, not sha256:a1a1/,
    ],
    ["a pod that is not ready", cluster([runningPod(DIGEST, "api-1", { ready: false })]), /is not ready/],
    [
      "fewer pods than are wanted",
      cluster([runningPod(DIGEST)], [template(DIGEST, { wanted: 3 })]),
      /1 of 3 pods are there/,
    ],
    [
      "a workload that would start another digest",
      cluster([runningPod(DIGEST)], [template(OTHER)]),
      /Deployment "shop\/api".*names sha256:b2b2/,
    ],
    [
      "a CronJob whose tag stands for another digest",
      cluster([], [{ ...template(undefined, { wanted: 0 }), root: OTHER }]),
      /which is sha256:b2b2.* now, not/,
    ],
    [
      "a workload whose change is not taken up",
      cluster([runningPod(DIGEST)], [template(DIGEST, { observed: false })]),
      /not taken up/,
    ],
    [
      "a tag that no pod tells the digest of",
      cluster([], [template(undefined, { wanted: 0 })]),
      /says which digest that is/,
    ],
    [
      "an init container of another digest in a pod that runs",
      cluster([runningPod(DIGEST), runningPod(OTHER, "api-1", { role: "init", state: "ended", container: "migrate" })]),
      /"migrate" is of sha256:b2b2/,
    ],
  ];
  for (const [title, state, wanted] of CASES) {
    it(`S3-14 missingFrom finds ${wanted ? "what is missing" : "nothing missing"} with ${title}`, () => {
      const lines = missing(state);
      if (wanted === undefined) assert.deepEqual(lines, []);
      else assert.match(lines.join("\n"), wanted);
    });
  }

  it("missingFrom takes workloads without pods where it is told to, and no other digest of theirs", () => {
    const idle = (digest: Digest) =>
      missingFrom([cluster([], [template(digest, { wanted: 0 })])], [{ repository: "orders/api", digest: DIGEST }], {
        allowIdle: true,
      });
    assert.deepEqual(idle(DIGEST), []);
    assert.match(idle(OTHER).join(), /names sha256:b2b2.*, not sha256:a1a1/);
  });

  it("missingFrom takes an image for that of the longest repository, of the map and of what is expected, and of no other", () => {
    const repository = (name: string) => ({ repository: `registry.example.com/company/${name}` });
    const pods = [
      runningPod(DIGEST, "api", { runs: { digest: DIGEST, ...repository("api") } }),
      runningPod(OTHER, "orders", { runs: { digest: OTHER, ...repository("orders/api") } }),
    ];
    const [short, long] = [
      { repository: "api", digest: DIGEST },
      { repository: "orders/api", digest: OTHER },
    ];
    assert.deepEqual(missingFrom([cluster(pods)], [short], { map: ["api", "orders/api"] }), []);
    assert.deepEqual(missingFrom([cluster(pods)], [short, long]), []);
    assert.match(missingFrom([cluster(pods)], [short], { map: ["api"] }).join(), /"shop\/orders".*runs sha256:b2b2/);
  });

  it("missingFrom wants the digest in every cluster, and names the one that lacks it", () => {
    const lines = missing(cluster([runningPod(DIGEST)]), { cluster: "uat", pods: [], templates: [] });
    assert.deepEqual(lines, ['"uat": no pod and no workload names orders/api']);
  });

  it("missingFrom is empty exactly where each live pod runs the digest, ready, and one is there", () => {
    const pods = fc.array(
      fc.record({ right: fc.boolean(), ready: fc.boolean(), state: fc.constantFrom("running", "waiting", "ended") }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(pods, (all) => {
        const lines = missing(
          cluster(
            all.map(({ right, ready, state }, at) =>
              runningPod(right ? DIGEST : OTHER, `pod-${at}`, { state, ready: ready && state === "running" }),
            ),
          ),
        );
        const live = all.filter(({ state }) => state !== "ended");
        const whole = live.length > 0 && live.every(({ right, ready, state }) => right && ready && state === "running");
        assert.equal(lines.length === 0, whole, lines.join("\n"));
      }),
    );
  });
});

describe("waitUntilNone", () => {
  const after = (...answers: readonly (readonly string[] | Error)[]) => {
    const told: (readonly string[])[] = [];
    let time = 0;
    let looks = 0;
    const done = waitUntilNone(
      () => {
        const answer = answers[Math.min(looks++, answers.length - 1)] ?? [];
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      ["CLUSTER_UNAVAILABLE"],
      {
        ...{
          timeout: 50,
          interval: 10,
          now: () => new Date(time),
          tell: (lines: readonly string[]) => void told.push(lines),
        },
        pause: (milliseconds) => {
          time += milliseconds;
          return Promise.resolve();
        },
      },
    );
    return { done, told, looks: () => looks };
  };
  const gone = new DualRegistryError("CLUSTER_UNAVAILABLE", "gone");

  it("S2-13 waitUntilNone looks until nothing is missing, also past a cluster that does not answer, and tells what changes", async () => {
    const { done, told, looks } = after(["a", "b"], ["a", "b"], gone, ["b"], []);
    assert.deepEqual([await done, told, looks()], [[], [["a", "b"], ["gone"], ["b"]], 5]);
  });

  it("waitUntilNone ends in its time with what is missing, and has looked once more at the end", async () => {
    const { done, looks } = after(["a"]);
    assert.deepEqual([await done, looks()], [["a"], 6]);
  });

  it("waitUntilNone fails where the last look got no answer, and at once where waiting helps nothing", async () => {
    await refuses(() => after(gone).done, "CLUSTER_UNAVAILABLE", /gone/);
    const { done, looks } = after(new DualRegistryError("CLUSTER_AUTH", "no right"));
    await refuses(() => done, "CLUSTER_AUTH", /no right/);
    assert.equal(looks(), 1);
  });
});
