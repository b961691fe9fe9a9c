import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { type PullLine, pullLog, type PullLogCounts, PULL_SOURCES, type PullSource } from "../../src/pulls";
import { logfmtFields } from "../../src/pulls/sources/parser";
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
    ["again", "secure.example.com/orders/api:v1.2.3 secure.example.com request secure ok cached"],
    ["login", "secure.example.com/orders/api:v1.2.3 secure.example.com request secure ok pulled"],
    ["mirror", "mirrored.example.com/orders/api:v1.2.3 standard.example.com request standard wrong-registry pulled"],
    ["fallback", "fallback.example.com/orders/console:v1.2.3 secure.example.com request secure ok pulled"],
    ["missing", "secure.example.com/orders/none:v1.2.3 secure.example.com request secure wrong-registry failed"],
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

  it("S0-6 S0-7 pullLog reads the same of a runtime that writes its log in JSON, from its file and from the journal", async () => {
    // What a journal's text says around a line is not in its JSON.
    const withoutNode = (line: PullLine) => ({ ...line, node: undefined });
    for (const [source, names] of [
      ["containerd", ["direct", "mirror", "fallback"]],
      ["crio", ["mirror", "fallback"]],
    ] as const) {
      for (const name of names) {
        const text = fixture(`${source}-${name}.log`);
        const plain = (await read(source, text)).lines.map(withoutNode);
        const json = text
          .split("\n")
          .map((line) => logfmtFields(line))
          .filter((fields) => fields.has("msg"))
          .map((fields) => JSON.stringify(Object.fromEntries(fields)));
        const journal = json.map((MESSAGE) => JSON.stringify({ MESSAGE }));
        for (const lines of [json, journal]) {
          const { lines: given, counts } = await read(source, lines.join("\n"));
          assert.deepEqual([given.map(withoutNode), counts.unreadable], [plain, 0], `${source} ${name}`);
        }
      }
    }
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

  const crio = (level: string, message: string, id?: string) =>
    `time="2026-03-01T10:00:00Z" level=${level} msg=${JSON.stringify(message)}${id === undefined ? "" : ` id=${id} name=/runtime.v1.ImageService/PullImage`}\n`;
  const wanted = "secure.example.com/orders/api:v1.2.3";
  const mirrored = `${wanted} standard.example.com request standard wrong-registry pulled`;
  const pulledAs = `Pulled image: secure.example.com/orders/api@sha256:${"a".repeat(64)}`;

  it("S0-6 S0-7 pullLog gives a mirror that CRI-O tried to both pods that pull one image at once", async () => {
    const { lines } = await read("crio", [
      ...[crio("info", `Pulling image: ${wanted}`, "one"), crio("info", `Pulling image: ${wanted}`, "two")],
      crio("debug", 'Trying to access "standard.example.com/orders/api:v1.2.3"'),
      ...[crio("info", pulledAs, "one"), crio("info", pulledAs, "two")],
    ]);
    assert.deepEqual(lines.map(brief), [mirrored, mirrored]);
  });

  it("S0-6 S0-7 pullLog tells pulls of one path from both registries at once apart, with a mirror and without", async () => {
    const say = (msg: string, id?: string) =>
      `time="2026-03-01T10:00:00Z" level=debug msg=${JSON.stringify(msg)}${id === undefined ? "" : ` id=${id}`}\n`;
    const [secure, standard] = ["secure.example.com/orders/api:v1", "standard.example.com/orders/api:v1"];
    const both = (...tried: readonly string[]) =>
      read("crio", [
        ...[say(`Pulling image: ${standard}`, "1"), say(`Pulling image: ${secure}`, "2")],
        ...tried.map((source) => say(`Trying to access "${source}"`)),
        ...[
          say("Pulled image: standard.example.com/orders/api", "1"),
          say("Pulled image: secure.example.com/orders/api", "2"),
        ],
      ]);
    const hosts = async (...tried: readonly string[]) =>
      (await both(...tried)).lines.map(({ reference, host, verdict }) => `${reference} ${host} ${verdict}`);
    const wrong = `${standard} standard.example.com wrong-registry`;
    for (const order of [
      [standard, secure],
      [secure, standard],
    ]) {
      assert.deepEqual(await hosts(...order), [wrong, `${secure} secure.example.com ok`]);
    }
    // For the secure image another registry may have been tried, or a mirror with a path of its own: nobody knows.
    const { lines } = await both(standard, standard);
    assert.deepEqual(
      lines.map(({ reference, hostBasis }) => `${reference} ${hostBasis}`),
      [`${standard} request`, `${secure} reference`],
    );
    assert.match(lines[1]?.evidence ?? "", /Trying to access "standard.example.com.*for this pull or for another/);
  });

  it("S0-6 S0-7 pullLog ends a pull of CRI-O's that failed, by its own words or by the next try, and sees the mirror then", async () => {
    const failed = [
      crio("info", `Pulling image: ${wanted}`, "one"),
      crio("debug", `Trying to access "${wanted}"`),
      crio("debug", `Accessing "${wanted}" failed: reading manifest: unauthorized: access denied`),
    ];
    const ends = [crio("debug", `Error pulling image ${wanted}: unauthorized: access denied`, "one")];
    const retried = [
      crio("info", `Pulling image: ${wanted}`, "two"),
      crio("debug", 'Trying to access "standard.example.com/orders/api:v1.2.3"'),
      crio("info", pulledAs, "two"),
    ];
    for (const said of [ends, []]) {
      const { lines } = await read("crio", [...failed, ...said, ...retried]);
      assert.deepEqual(lines.map(brief), [`${wanted} secure.example.com request secure denied denied`, mirrored]);
    }
  });

  const answer = (url: string, status: string, digest?: string) =>
    `time="2026-03-01T10:00:00Z" level=debug msg="fetch response received" url="${url}" response.status="${status}"${
      digest === undefined ? "" : ` response.header.docker-content-digest="${digest}"`
    }\n`;
  const cri = (message: string, more = "") =>
    `time="2026-03-01T10:00:00Z" level=info msg=${JSON.stringify(message)}${more}\n`;

  it("S0-6 pullLog gives two tags of one repository that are pulled at once each its own digest", async () => {
    const place = "https://secure.example.com/v2/orders/api/manifests";
    const [one, two] = ["1", "2"].map((digit) => `sha256:${digit.repeat(64)}`);
    const tagged = (tag: string) => `secure.example.com/orders/api:${tag}`;
    const { lines } = await read("containerd", [
      ...[cri(`PullImage "${tagged("v1")}"`), answer(`${place}/v1`, "200 OK", one)],
      ...[cri(`PullImage "${tagged("v2")}"`), answer(`${place}/${one ?? ""}`, "200 OK", one)],
      ...[answer(`${place}/v2`, "200 OK", two), answer(`${place}/${two ?? ""}`, "200 OK", two)],
      ...["v1", "v2"].map((tag) => cri(`PullImage "${tagged(tag)}" returns image reference "sha256:x"`)),
    ]);
    assert.deepEqual(
      lines.map(({ reference, digest }) => [reference, digest]),
      [
        [tagged("v1"), one],
        [tagged("v2"), two],
      ],
    );
  });

  it("S0-6 pullLog calls no pull denied that a login was asked of, or that the node itself could not keep", async () => {
    const place = "https://secure.example.com/v2/orders/api/manifests/v1.2.3";
    const missing = await read("containerd", [
      ...[cri(`PullImage "${wanted}"`), answer(place, "401 Unauthorized"), answer(place, "404 Not Found")],
      cri(`PullImage "${wanted}" failed`, ' error="failed to resolve reference: not found"'),
    ]);
    assert.deepEqual(missing.lines.map(brief), [`${wanted} secure.example.com request secure ok failed`]);
    assert.equal(missing.lines[0]?.why, "the secure registry was asked, and the pull failed");
    for (const why of ["mkdir /var/lib/containerd/x: permission denied", "v1.403: not found"]) {
      const { lines } = await read(
        "events",
        JSON.stringify(podEvent("Failed", `Failed to pull image "${wanted}": ${why}`)),
      );
      assert.deepEqual(
        lines.map(({ outcome, verdict }) => [outcome, verdict]),
        [["failed", "ok"]],
      );
    }
  });

  it("S0-7 pullLog takes no mirror's answer for the origin's, whatever the mirror puts into its headers", async () => {
    const line = (msg: string, more: string) =>
      `time="2026-03-01T10:00:00Z" level=debug msg=${JSON.stringify(msg)} ${more}\n`;
    const [mirror, origin] = ["https://mirror.example.com/v2/orders/api", "https://secure.example.com/v2/orders/api"];
    const digest = `sha256:${"a".repeat(64)}`;
    const asked = (method: string, url: string) => line("do request", `request.method=${method} url="${url}"`);
    const answer = (status: string, url: string, header = "") =>
      line(
        "fetch response received",
        `${header} response.header.docker-content-digest="${digest}" response.status="${status}" url="${url}"`,
      );
    const ns = "?ns=secure.example.com";
    const pull = (sent: string) =>
      read("containerd", [
        line("fetching", 'image="secure.example.com/orders/api:v1"'),
        ...[asked("HEAD", `${mirror}/manifests/v1${ns}`), answer("404 Not Found", `${mirror}/manifests/v1${ns}`)],
        ...[asked("HEAD", `${origin}/manifests/v1`), answer("200 OK", `${origin}/manifests/v1`)],
        ...[asked("GET", `${mirror}/manifests/${digest}${ns}`), sent],
        line("unpacking", 'image="secure.example.com/orders/api:v1"'),
      ]);
    const url = `${mirror}/manifests/${digest}${ns}`;
    const honest = await pull(answer("200 OK", url));
    assert.deepEqual(
      honest.lines.map(({ host, verdict }) => [host, verdict]),
      [["mirror.example.com", "unknown-registry"]],
    );
    const named = await pull(answer("200 OK", url, 'response.header.x!msg="hi"'));
    assert.deepEqual(named.lines, honest.lines);
    const long = await pull(answer("200 OK", url, `response.header.x="${"a".repeat(70 * 1024)}"`));
    assert.deepEqual([long.lines.map(({ hostBasis }) => hostBasis), long.counts.unreadable], [["reference"], 1]);
  });

  it("S0-7 pullLog ends what was pulled when containerd is started anew, and gives its answer to no later pull", async () => {
    const line = (msg: string, more = "") =>
      `time="2026-03-01T10:00:00Z" level=debug msg=${JSON.stringify(msg)} ${more}\n`;
    const reference = "secure.example.com/orders/api:v1";
    const { lines } = await read("containerd", [
      line(`PullImage "${reference}"`),
      line(
        "fetch response received",
        'response.status="200 OK" url="https://secure.example.com/v2/orders/api/manifests/v1"',
      ),
      ...[line("starting containerd"), line(`PullImage "${reference}"`)],
      line(`PullImage "${reference}" returns image reference "sha256:1"`),
    ]);
    assert.deepEqual(
      lines.map(({ outcome, hostBasis }) => `${outcome} ${hostBasis}`),
      ["failed request", "pulled reference"],
    );
  });

  it("S0-6 pullLog calls no pull denied whose token service or network failed", async () => {
    const reference = "secure.example.com/orders/api:v1";
    const failures = [
      'failed to authorize: failed to fetch anonymous token: Get "https://auth.example.com/token": dial tcp: lookup auth.example.com: server misbehaving',
      "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://auth.example.com/token: 503 Service Unavailable",
      "failed to do request: Head: read tcp 192.0.2.1:1->192.0.2.2:443: read: connection reset by peer",
    ];
    const line = (msg: string, more = "") =>
      `time="2026-03-01T10:00:00Z" level=debug msg=${JSON.stringify(msg)}${more}\n`;
    const challenge = line(
      "fetch response received",
      ` response.status="401 Unauthorized" url="https://secure.example.com/v2/orders/api/manifests/v1"`,
    );
    const ended = async (why: string) => {
      const failed = line(`PullImage "${reference}" failed`, ` error=${JSON.stringify(why)}`);
      const { lines } = await read("containerd", [line(`PullImage "${reference}"`), challenge, failed]);
      return lines.map(({ outcome }) => outcome);
    };
    for (const why of failures) assert.deepEqual(await ended(why), ["failed"], why);
    assert.deepEqual(await ended("failed to authorize: failed to fetch oauth token: 401 Unauthorized"), ["denied"]);
    const broken = challenge
      .replace("401 Unauthorized", "500 Internal Server Error")
      .replace("secure.example.com/v2", "origin.example.com/v2");
    const behind = broken.replace("/manifests/v1", "/manifests/v1?ns=secure.example.com");
    const failed = line(`PullImage "${reference}" failed`, ' error="unexpected status 500"');
    const last = await read("containerd", [line(`PullImage "${reference}"`), challenge, behind, failed]);
    assert.deepEqual(last.lines.map(brief), [`${reference} origin.example.com request  unknown-registry failed`]);
    const { lines } = await read("containerd", [line(`PullImage "${reference}"`), challenge]);
    assert.deepEqual(lines.map(brief), [`${reference} secure.example.com request secure denied denied`]);
  });

  it("S0-6 S0-7 pullLog sees a mirror of containerd's that has a path of its own", async () => {
    const digest = `sha256:${"a".repeat(64)}`;
    for (const path of ["/v2/proxy/orders/api", "/proxy/orders/api"]) {
      const { lines } = await read("containerd", [
        cri(`PullImage "${wanted}"`),
        answer(`https://mirror.example.net${path}/manifests/v1.2.3?ns=secure.example.com`, "200 OK", digest),
        cri(`PullImage "${wanted}" returns image reference "sha256:x"`),
      ]);
      assert.deepEqual(
        lines.map(({ host, hostBasis, verdict }) => [host, hostBasis, verdict]),
        [["mirror.example.net", "request", "unknown-registry"]],
      );
    }
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
