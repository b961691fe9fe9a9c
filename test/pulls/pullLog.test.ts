import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { type PullLine, pullLog, type PullLogCounts, PULL_SOURCES, type PullSource } from "../../src/pulls";
import { qaStage } from "../support/pulls/world";

const fixture = (name: string): string => readFileSync(join(__dirname, "../fixtures/pulls", name), "utf8");
const stage = qaStage();
const now = () => new Date("2026-03-01T12:00:00Z");

async function read(source: PullSource, text: string | readonly string[]) {
  const counts: PullLogCounts = { lines: 0, unreadable: 0 };
  const lines: PullLine[] = [];
  const input = Readable.from(typeof text === "string" ? [text] : text);
  for await (const line of pullLog(input, { source, stage, now }, counts)) lines.push(line);
  return { lines, counts };
}
const brief = ({ reference, host, hostBasis, class: asked, verdict, outcome }: PullLine) =>
  [reference, host, hostBasis, asked, verdict, outcome].join(" ");

describe("pullLog", () => {
  const containerd: readonly (readonly [string, string])[] = [
    ["direct", "secure.example.com/orders/api:v1.2.3 secure.example.com request secure ok pulled"],
    ["mirror", "mirrored.example.com/orders/api:v1.2.3 standard.example.com request standard wrong-registry pulled"],
    ["fallback", "fallback.example.com/orders/console:v1.2.3 secure.example.com request secure ok pulled"],
    ["missing", "secure.example.com/orders/none:v1.2.3 secure.example.com reference secure wrong-registry failed"],
  ];
  for (const [name, expected] of containerd) {
    it(`S0-6 S0-7 pullLog reads containerd's own lines: ${name}`, async () => {
      const { lines, counts } = await read("containerd", fixture(`containerd-${name}.log`));
      assert.deepEqual(lines.map(brief), [expected]);
      assert.equal(counts.unreadable, 0);
      if (name !== "missing") assert.match(lines[0]?.digest ?? "", /^sha256:/);
    });
  }

  it("pullLog reads the journal's JSON: node and time are there, and bytes of a message are counted", async () => {
    const entries = fixture("containerd-mirror.log")
      .split("\n")
      .map((MESSAGE) => JSON.stringify({ MESSAGE, _HOSTNAME: "node-1", __REALTIME_TIMESTAMP: "1772359200000000" }));
    const { lines, counts } = await read("containerd", [...entries, '{"MESSAGE":[1,2]}'].join("\n"));
    assert.deepEqual(
      lines.map(({ node, host }) => [node, host]),
      [["node-1", "standard.example.com"]],
    );
    assert.equal(counts.unreadable, 1);
  });

  it("S0-6 pullLog reads containerd's CRI plugin: what it returned, what it was denied, and no debug line", async () => {
    const line = (level: string, msg: string, more = "") =>
      `time="2026-03-01T10:00:00Z" level=${level} msg=${JSON.stringify(msg)}${more}\n`;
    const [api, web] = ["secure.example.com/orders/api:v1", "standard.example.com/orders/web:v1"];
    const { lines } = await read("containerd", [
      ...[line("info", `PullImage "${api}"`), line("info", `PullImage "${web}"`)],
      line("info", `PullImage "${api}" returns image reference "sha256:1"`),
      line("error", `PullImage "${web}" failed`, ' error="pull access denied, 403 Forbidden"'),
    ]);
    assert.deepEqual(lines.map(brief), [
      `${api} secure.example.com reference secure ok pulled`,
      `${web} standard.example.com reference standard denied denied`,
    ]);
  });

  it("S0-6 pullLog takes CRI-O's word where it tries, not what it says it pulled", async () => {
    const mirror = await read("crio", fixture("crio-mirror.log"));
    assert.deepEqual(mirror.lines.map(brief), [
      "qa.secure-registry.company.com/orders/api:v1.2.3 standard.example.com request standard wrong-registry pulled",
    ]);
    const fallback = await read("crio", fixture("crio-fallback.log"));
    assert.deepEqual(fallback.lines.map(brief), [
      "secure.example.com/orders/api:v1.2.3 secure.example.com request secure ok pulled",
    ]);
    assert.equal(fallback.lines[0]?.node, "node-1");
  });

  const podEvent = (reason: string, message: string) => ({
    ...{ reason, message, lastTimestamp: "2026-03-01T10:00:00Z", source: { host: "node-1" } },
    involvedObject: { kind: "Pod", namespace: "orders", name: "api-1" },
  });

  it("S0-6 pullLog reads events of pods: pulled, there already, denied; of a watch and of a printed list", async () => {
    const image = '"secure.example.com/orders/api:v1"';
    const events = [
      podEvent("Pulling", `Pulling image ${image}`),
      podEvent("Pulled", `Successfully pulled image ${image} in 1.2s (1.2s including waiting). Image size: 5 bytes.`),
      podEvent("Pulled", `Container image ${image} already present on machine`),
      podEvent("Pulled", `Container image "${image}" already present on machine and can be accessed by the pod`),
      podEvent("Failed", `Failed to pull image ${image}: failed to authorize: 401 Unauthorized`),
    ];
    const watch = events.map((object) => JSON.stringify({ type: "ADDED", object })).join("\n");
    const list = JSON.stringify({ kind: "List", items: events }, null, 4);
    for (const text of [watch, list]) {
      const { lines, counts } = await read("events", text);
      assert.deepEqual(
        lines.map(({ outcome, verdict, pod, hostBasis }) => [outcome, verdict, pod, hostBasis].join(" ")),
        [
          ...["pulled ok api-1 reference", "cached ok api-1 reference", "cached ok api-1 reference"],
          "denied denied api-1 reference",
        ],
      );
      assert.equal(counts.unreadable, 0);
    }
  });

  it("S0-6 pullLog reads Docker's events", async () => {
    const id = "standard.example.com/orders/web:v1";
    const event = { Type: "image", Action: "pull", Actor: { ID: id }, time: 1772359200 };
    const { lines } = await read("docker", JSON.stringify(event));
    assert.deepEqual(lines.map(brief), [`${id} standard.example.com reference standard ok pulled`]);
    assert.equal(lines[0]?.time, "2026-03-01T10:00:00.000Z");
  });

  it("pullLog never fails for what a line holds, and counts what it cannot read", async () => {
    const hostile = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.json(),
      fc.string({ maxLength: 80 }).map((text) => `msg="PullImage \\"${text}\\"" image=${text} level=info`),
      fc.constantFrom('msg="Pulling image: \u0000\u202e"', '{"type":"ADDED","object":null}', "{", "}"),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PULL_SOURCES),
        fc.array(hostile, { maxLength: 20 }),
        async (source, lines) => {
          const { counts } = await read(source, lines.join("\n"));
          assert.ok(counts.unreadable <= counts.lines + 1);
        },
      ),
    );
  });

  it("pullLog leaves out a line that is too long, and reads the next one, however the stream is cut", async () => {
    const long = "x".repeat(200_000);
    const good = fixture("containerd-direct.log");
    const text = `${long}\n${good}`;
    const parts = Array.from({ length: Math.ceil(text.length / 1000) }, (_, at) =>
      text.slice(at * 1000, at * 1000 + 1000),
    );
    const { lines, counts } = await read("containerd", parts);
    assert.equal(lines.length, 1);
    assert.equal(counts.unreadable, 1);
  });

  it("pullLog holds a bounded number of pulls open, and gives a line for each", async () => {
    const begun = Array.from(
      { length: 2500 },
      (_, at) => `level=debug msg=fetching image=secure.example.com/a/b${at}:v1\n`,
    );
    assert.equal((await read("containerd", begun)).lines.length, 2500);
  });
});
