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
    for (const outcome of ["cached", "denied", "failed"] as const) {
      assert.deepEqual(verdicts([line(0, { outcome })], [event(0)]).sort(), [
        "no-pull claimed",
        "registry-only claimed",
      ]);
    }
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
          if (own?.outcome === "cached") assert.deepEqual([verdict, matched.length], ["no-pull", 0]);
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
