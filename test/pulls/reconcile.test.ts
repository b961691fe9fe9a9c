import assert from "node:assert/strict";
import fc from "fast-check";
import { type Digest } from "../../src/base/digest";
import { judgePull, type PullLine, reconcile, type RegistryEvent } from "../../src/pulls";
import { qaStage } from "../support/pulls/world";

const stage = qaStage();
const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const START = Date.parse("2026-03-01T10:00:00Z");
const START_TIME = new Date(START).toISOString();
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

function line(seconds: number, more: Partial<PullLine> = {}): PullLine {
  const { host = "secure.example.com", repository = "orders/api" } = more;
  const reference = `${host}/${repository}:v1`;
  const basis = { source: "containerd", hostBasis: "request", outcome: "pulled", evidence: "a line" } as const;
  const judged = judgePull({ time: at(seconds), reference, host, digest: digest("a"), ...basis }, stage);
  return { ...judged, ...more };
}
const event = (seconds: number, more: Partial<RegistryEvent> = {}): RegistryEvent => ({
  ...{ id: `event-${seconds}`, log: "notifications", time: at(seconds), registry: "secure.example.com" },
  ...{ repository: "orders/api", digest: digest("a"), method: "GET", ...more },
});
const ALONE = { children: () => new Set<Digest>(), standsIn: () => ["secure.example.com"] };
const join = (
  lines: readonly PullLine[],
  events: readonly RegistryEvent[],
  known: Partial<Parameters<typeof reconcile>[0]> = {},
) => reconcile({ stage, lines, events, window: 60, ...ALONE, ...known });
const verdicts = (...all: Parameters<typeof join>) => join(...all).map(({ verdict, trust }) => `${verdict} ${trust}`);

describe("reconcile", () => {
  it("S0-8 reconcile proves a line that the registry recorded too, and says by what", () => {
    const [joined, ...others] = join([line(0)], [event(1)]);
    assert.deepEqual(others, []);
    assert.equal(joined?.verdict, "proven");
    assert.match(joined.by.join("\n"), /stands in this registry alone\nnotifications of secure\.example\.com: event-1/);
  });

  it("S0-8 reconcile takes what a pull asks for more than once as one pull, and the same again as another", () => {
    const asked = [event(0, { method: "HEAD", id: "head" }), event(1), event(2, { digest: digest("c"), id: "child" })];
    const children = () => new Set([digest("c")]);
    assert.deepEqual(verdicts([line(0)], asked, { children }), ["proven proven"]);
    assert.deepEqual(verdicts([line(0)], [...asked, event(3)], { children }), [
      "proven proven",
      "registry-only claimed",
    ]);
    assert.deepEqual(verdicts([line(0)], asked), ["proven proven", "registry-only claimed"]);
  });

  it("S0-8 reconcile proves no pull by a HEAD: the registry was asked and sent nothing", () => {
    const head = event(0, { method: "HEAD" });
    const [joined] = join([line(0)], [head]);
    assert.deepEqual([joined?.verdict, joined?.trust], ["ambiguous", "claimed"]);
    assert.match(joined?.by[0] ?? "", /was asked for it and sent nothing/);
    const named = { identity: "node-pool" };
    assert.deepEqual(verdicts([line(0, named)], [{ ...head, ...named }]), ["ambiguous claimed"]);
    assert.deepEqual(verdicts([line(0, named)], [{ ...head, ...named }, event(1, named)]), ["proven proven"]);
  });

  it("S0-8 reconcile tells two registries on one host apart by their namespaces", () => {
    const host = "harbor.example.com";
    const at = (registry: (typeof stage.registries)["secure"], namespace: string) => ({
      ...{ ...registry, loginServer: host, vanityHost: host, namespace },
    });
    const { secure, standard } = stage.registries;
    const shared = { ...stage, registries: { secure: at(secure, "sec"), standard: at(standard, "std") } };
    const basis = { source: "containerd", hostBasis: "request", outcome: "pulled", evidence: "a line" } as const;
    const pulled = judgePull(
      { time: START_TIME, reference: `${host}/sec/orders/api:v1`, host, digest: digest("a"), ...basis },
      shared,
    );
    assert.deepEqual([pulled.class, pulled.verdict], ["secure", "ok"]);
    const known = { stage: shared, standsIn: () => [`${host}/sec`] };
    const own = event(0, { registry: `${host}/sec` });
    assert.deepEqual(verdicts([pulled], [own], known), ["proven proven"]);
    assert.deepEqual(verdicts([pulled], [{ ...own, registry: `${host}/std` }], known).sort(), [
      ...["application-only claimed", "registry-only claimed"],
    ]);
    const both = { ...known, standsIn: () => [`${host}/sec`, `${host}/std`] };
    assert.deepEqual(verdicts([pulled], [own], both), ["ambiguous claimed"]);
  });

  it("S0-8 reconcile proves no line by a child alone that anybody may have asked for, nor by a child's client with a name", () => {
    const children = () => new Set([digest("c")]);
    const child = event(1, { digest: digest("c"), id: "child" });
    const head = event(0, { method: "HEAD", id: "head" });
    assert.deepEqual(verdicts([line(0)], [head, child], { children }), ["ambiguous claimed"]);
    const alice = { ...child, identity: "alice" };
    assert.deepEqual(verdicts([line(0)], [event(0), alice], { children }), ["ambiguous claimed"]);
  });

  it("S0-8 reconcile proves no line that nobody is named in by what a client with a name asked for", () => {
    const [joined] = join([line(0)], [event(0, { identity: "laptop" })]);
    assert.equal(joined?.verdict, "ambiguous");
    assert.match(joined.by[0] ?? "", /names laptop, and the line nobody/);
  });

  it("S0-8 reconcile proves no line whose host is only the reference's: a mirror may have answered", () => {
    const named = { identity: "node-pool" };
    for (const more of [{}, named]) {
      const claimed = line(0, { hostBasis: "reference", ...more });
      assert.deepEqual(verdicts([claimed], [event(0, more)]), ["ambiguous claimed"]);
    }
  });

  it("S0-8 reconcile gives an event to the nearest line, and proves none while another may have been meant", () => {
    const [mirrored, real] = [line(0, { node: "a" }), line(40, { node: "b" })];
    const joined = join([mirrored, real], [event(41)]);
    assert.deepEqual(
      joined.map(({ verdict, line: own }) => `${own?.node ?? ""} ${verdict}`),
      ["a application-only", "b ambiguous"],
    );
    assert.deepEqual(verdicts([mirrored, real], [event(1), event(41, { id: "other" })]), [
      ...["proven proven", "proven proven"],
    ]);
    assert.deepEqual(verdicts([mirrored, line(200, { node: "b" })], [event(201)]), [
      ...["application-only claimed", "proven proven"],
    ]);
  });

  it("S0-8 reconcile lists what only one side saw: another time, registry, repository or digest", () => {
    const apart = [
      ...[event(61), event(0, { registry: "standard.example.com" }), event(0, { repository: "orders/web" })],
      ...[event(0, { digest: digest("b") })],
    ];
    for (const one of apart) {
      assert.deepEqual(verdicts([line(0)], [one]).sort(), ["application-only claimed", "registry-only claimed"]);
    }
    assert.deepEqual(verdicts([line(0)], [event(60)]), ["proven proven"]);
  });

  it("S0-8 reconcile calls a digest of both registries without an identity ambiguous, and unknown places too", () => {
    const standsIn = () => ["secure.example.com", "standard.example.com"];
    assert.deepEqual(verdicts([line(0)], [event(0)], { standsIn }), ["ambiguous claimed"]);
    assert.deepEqual(verdicts([line(0)], [event(0)], { standsIn: () => undefined }), ["ambiguous claimed"]);
    const named = [line(0, { identity: "web" })];
    assert.deepEqual(verdicts(named, [event(0)], { standsIn }), ["ambiguous claimed"]);
    assert.deepEqual(verdicts(named, [event(0, { identity: "WEB" })], { standsIn }), ["proven proven"]);
    assert.deepEqual(verdicts(named, [event(0, { identity: "other" })], { standsIn }), [
      ...["application-only claimed", "registry-only claimed"],
    ]);
  });

  it("S0-8 a start from cache, and a pull that was denied or failed, is no pull and never proven", () => {
    for (const outcome of ["cached", "denied"] as const) {
      assert.deepEqual(verdicts([line(0, { outcome })], [event(0)]).sort(), [
        "no-pull claimed",
        "registry-only claimed",
      ]);
    }
    const [failed, ...others] = join(
      [line(0, { outcome: "failed" })],
      [event(0, { method: "HEAD", id: "head" }), event(1)],
    );
    assert.deepEqual([failed?.verdict, failed?.trust, failed?.events.length, others], ["no-pull", "claimed", 2, []]);
  });

  const kubelet = { identity: "kubelet" };
  const withoutDigest = (one: PullLine): PullLine => {
    const copy = { ...one };
    delete copy.digest;
    return copy;
  };
  const asked = (seconds: number, method: string, more: Partial<RegistryEvent> = {}) =>
    event(seconds, { method, id: `${method} ${seconds}`, ...more });

  /** A start from cache that asked once, and what else went on beside it. */
  const beside: Record<string, { lines: PullLine[]; events: RegistryEvent[]; because: RegExp }> = {
    "a pull that failed after its manifest was sent": {
      lines: [line(0, { node: "a", ...kubelet }), line(5, { node: "b", outcome: "failed", ...kubelet })],
      events: [asked(0, "HEAD", kubelet), asked(5, "HEAD", kubelet), asked(6, "GET", kubelet)],
      because: /sent nothing/,
    },
    "the same where nobody is named": {
      lines: [line(0, { node: "a" }), line(5, { node: "b", outcome: "failed" })],
      events: [asked(0, "HEAD"), asked(5, "HEAD"), asked(6, "GET")],
      because: /sent nothing/,
    },
    "a pull whose line names nobody": {
      lines: [line(0, { node: "a", ...kubelet }), line(5, { node: "b" })],
      events: [asked(0, "HEAD", kubelet), asked(5, "HEAD", kubelet), asked(6, "GET", kubelet)],
      because: /fewer pulls than the application/,
    },
    "a pull whose line names no digest": {
      lines: [line(0, { node: "a", ...kubelet }), withoutDigest(line(5, { node: "b", ...kubelet }))],
      events: [asked(0, "HEAD", kubelet), asked(6, "GET", kubelet)],
      because: /fewer pulls than the application/,
    },
    "an earlier try of its own that failed": {
      lines: [line(0, { node: "a", outcome: "failed", ...kubelet }), line(15, { node: "a", ...kubelet })],
      events: [asked(0, "HEAD", kubelet), asked(1, "GET", kubelet), asked(15, "HEAD", kubelet)],
      because: /sent nothing/,
    },
  };
  for (const [name, { lines, events, because }] of Object.entries(beside)) {
    it(`S0-8 reconcile proves no start from cache by what was sent for ${name}`, () => {
      const joined = join(lines, events);
      assert.ok(joined.every(({ verdict }) => verdict !== "proven"));
      const own = joined.find(({ line: one }) => one?.node === "a" && one.outcome === "pulled");
      assert.match(own?.by[0] ?? "", because);
    });
  }

  it("S0-8 reconcile takes what a start from cache asked for no pull, and what is sent beside it for one", () => {
    const start = line(0, { outcome: "cached", ...kubelet });
    const [own, ...others] = join([start], [asked(0, "HEAD", kubelet)]);
    assert.deepEqual([own?.verdict, own?.events.length, others], ["no-pull", 1, []]);
    assert.deepEqual(verdicts([start], [asked(0, "GET", kubelet)]), ["no-pull claimed", "registry-only claimed"]);
    const pulled = [line(1, kubelet), start];
    const events = [asked(0, "HEAD", kubelet), asked(1, "HEAD", kubelet), asked(2, "GET", kubelet)];
    assert.deepEqual(verdicts(pulled, events), ["no-pull claimed", "proven proven"]);
  });

  it("S0-8 reconcile takes an event that is delivered twice for one", () => {
    const [a, b] = [line(0, { node: "a", ...kubelet }), line(5, { node: "b", ...kubelet })];
    const get = asked(1, "GET", kubelet);
    const joined = join([a, b], [asked(0, "HEAD", kubelet), asked(5, "HEAD", kubelet), get, { ...get }]);
    assert.deepEqual(joined.flatMap(({ events }) => events).length, 3);
    assert.ok(joined.every(({ verdict }) => verdict === "ambiguous"));
  });

  it("S0-8 reconcile says which line without a digest an event that is left over may be of", () => {
    const [, left] = join([withoutDigest(line(0, { evidence: "a line without a digest" }))], [event(1)]);
    assert.equal(left?.verdict, "registry-only");
    assert.match(left.by.join("\n"), /may be of a line that names no digest: .*a line without a digest/);
  });

  it("S0-8 reconcile takes what the kubelet says anew of its runtime's pull for no second one", () => {
    const runtime = line(0, { node: "a", ...kubelet });
    const events = { source: "events", hostBasis: "reference", node: "a" } as const;
    const anew = withoutDigest(line(3, { ...events, evidence: "Pulled: an image" }));
    const sent = [asked(0, "HEAD", kubelet), asked(1, "GET", kubelet)];
    const told = join([runtime, anew], sent);
    assert.deepEqual(
      told.map(({ verdict }) => verdict),
      ["proven", "no-pull"],
    );
    assert.match(told[1]?.by[0] ?? "", /containerd of the same node tells of this pull/);
    for (const other of [
      { node: "b" },
      { reference: "secure.example.com/orders/api:v2" },
      { source: "containerd" },
    ] as const) {
      assert.deepEqual(
        join([runtime, { ...anew, ...other }], sent).map(({ verdict }) => verdict),
        ["ambiguous", "application-only"],
      );
    }
    const twice = join([runtime, anew, { ...anew, time: at(4) }], sent);
    assert.equal(twice.filter(({ verdict }) => verdict === "no-pull").length, 1);
  });

  it("S0-8 reconcile joins the name that people know a registry by with its login server", () => {
    assert.deepEqual(verdicts([line(0, { host: "qa.secure-registry.company.com" })], [event(0)]), ["proven proven"]);
  });

  const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);
  const who = some(undefined, "web", "api");
  const hosts = some("secure.example.com", "standard.example.com");
  const lines = fc.array(
    fc
      .record({
        t: fc.nat(200),
        host: hosts,
        d: some("a", "b"),
        who,
        outcome: some<"pulled" | "cached">("pulled", "cached"),
      })
      .map((one) =>
        line(one.t, {
          ...{ host: one.host, digest: digest(one.d), outcome: one.outcome },
          ...(one.who !== undefined && { identity: one.who }),
        }),
      ),
    { maxLength: 8 },
  );
  const events = fc
    .array(fc.record({ t: fc.nat(200), registry: hosts, d: some("a", "b", "c"), who, method: some("GET", "HEAD") }), {
      maxLength: 12,
    })
    .map((all) =>
      all.map((one, index) =>
        event(one.t, {
          ...{ id: `event-${index}`, registry: one.registry, digest: digest(one.d), method: one.method },
          ...(one.who !== undefined && { identity: one.who }),
        }),
      ),
    );
  const known = { children: (_: string, __: string, one: Digest) => new Set(one === digest("a") ? [digest("c")] : []) };

  it("S0-8 reconcile joins nothing without equal registry and digest, and gives each line and event once", () => {
    fc.assert(
      fc.property(lines, events, (given, recorded) => {
        const joined = join(given, recorded, known);
        const texts = (all: readonly unknown[]) => all.map((one) => JSON.stringify(one)).sort();
        assert.deepEqual(texts(joined.flatMap((one) => one.line ?? [])), texts(given));
        assert.deepEqual(texts(joined.flatMap((one) => one.events)), texts(recorded));
        for (const { line: own, events: matched, verdict, trust } of joined) {
          assert.equal(trust === "proven", verdict === "proven");
          if (own?.outcome === "cached") {
            assert.deepEqual([verdict, matched.filter(({ method }) => method !== "HEAD")], ["no-pull", []]);
          }
          if (verdict === "proven") assert.ok(matched.length > 0);
          for (const one of own ? matched : []) {
            assert.equal(one.registry, own?.host);
            const below: readonly (string | undefined)[] =
              own?.digest === digest("a") ? [digest("a"), digest("c")] : [own?.digest];
            assert.ok(below.includes(one.digest));
            assert.ok(Math.abs(Date.parse(one.time) - Date.parse(own?.time ?? "")) <= 60_000);
          }
        }
      }),
    );
  });

  it("S0-8 reconcile leaves no event over that a line of its place, time and client still waits for", () => {
    const below = (own: PullLine) => [own.digest, ...(own.digest === digest("a") ? [digest("c")] : [])];
    fc.assert(
      fc.property(lines, events, (given, recorded) => {
        const joined = join(given, recorded, known);
        for (const { events: left, line: none } of joined) {
          for (const one of none === undefined ? left : []) {
            const waiting = joined.filter(
              ({ line: own, verdict, events: has }) =>
                own !== undefined &&
                verdict !== "no-pull" &&
                own.host === one.registry &&
                below(own).includes(one.digest) &&
                (own.identity === one.identity || own.identity === undefined || one.identity === undefined) &&
                Math.abs(Date.parse(own.time) - Date.parse(one.time)) <= 60_000 &&
                !has.some(({ method, digest: of }) => method === one.method && of === one.digest),
            );
            assert.deepEqual(waiting, []);
          }
        }
      }),
    );
  });

  it("S0-8 reconcile joins a rollout of 20,000 pulls of one image within one window", () => {
    const pulls = Array.from({ length: 20_000 }, (_, index) => index % 30);
    const joined = join(
      pulls.map((second, index) => line(second, { node: `node-${index}` })),
      pulls.map((second, index) => event(second, { id: `event-${index}` })),
    );
    assert.equal(joined.filter(({ verdict }) => verdict === "proven").length, pulls.length);
  });

  it("S0-8 reconcile gives the same for every order of its input", () => {
    const shuffled = fc.tuple(lines, events).chain(([given, recorded]) =>
      fc.record({
        ...{ given: fc.constant(given), recorded: fc.constant(recorded) },
        otherLines: fc.shuffledSubarray(given, { minLength: given.length }),
        otherEvents: fc.shuffledSubarray(recorded, { minLength: recorded.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ given, recorded, otherLines, otherEvents }) => {
        assert.deepEqual(join(otherLines, otherEvents, known), join(given, recorded, known));
      }),
    );
  });
});
