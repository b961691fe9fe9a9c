import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import autocannon from "autocannon";
import { buildConsole } from "../test/support/console/built";
import { ConsoleGround } from "../test/support/console/ground";
import { findTool, REFERRERS_TOOL } from "../test/support/registries";
import { median } from "./support/measure";
import type { Row } from "./support/table";

/** Images on the list, requests of a round, and readers at once. */
const IMAGES = 100;
const REQUESTS = 2_000;
const READERS = 10;
const MANY_READERS = 500;
const SECONDS = 10;
const LISTS = {
  API: `/api/v1/tags?repository=orders/api&details=true&limit=${IMAGES}`,
  page: "/r/orders/api?details=true",
} as const;

interface Load {
  /** Milliseconds of each answer. */
  times: number[];
  failures: number;
  requests: number;
}

/** Asks for one address, by so many readers at once. */
function load(url: string, options: { connections: number; amount?: number; duration?: number }): Promise<Load> {
  return new Promise((resolve, reject) => {
    const times: number[] = [];
    const instance = autocannon({ url, ...options }, (error, result) => {
      if (error) reject(error);
      else resolve({ times, failures: result.errors + result.non2xx + result.timeouts, requests: times.length });
    });
    instance.on("response", (_client, _status, _bytes, time) => times.push(time));
  });
}

function percentile(times: readonly number[], part: number): number {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** Peak resident memory of a process, in MB. Source: proc(5), VmHWM. */
const peakOf = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

/** A plain page of the same server library that returns the same bytes. */
async function plainPage(body: string): Promise<{ url: string; stop: () => void }> {
  const child = spawn(process.execPath, [join(__dirname, "programs", "plainPage.cjs"), body], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  return { url: `http://127.0.0.1:${port.toString().trim()}/`, stop: () => void child.kill() };
}

/** The built console as a process, whose log goes to a file, as a container's does. */
async function listening(file: string): Promise<{ url: string; pid: number; stop: () => Promise<unknown> }> {
  const log = `${file}.log`;
  const child = spawn(process.execPath, [file], {
    env: { HOME: "/nonexistent" },
    stdio: ["ignore", "ignore", openSync(log, "w")],
  });
  const ended = once(child, "exit");
  for (;;) {
    const port = /"port":(\d+)/.exec(readFileSync(log, "utf8"))?.[1];
    const stop = () => {
      child.kill("SIGTERM");
      return ended;
    };
    if (port !== undefined) return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop };
    if (child.exitCode !== null) throw new Error(readFileSync(log, "utf8"));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One list from cache against a plain page of the same bytes. */
async function listRow(what: string, url: string, dir: string, rounds: number): Promise<Row> {
  const answer = await fetch(url);
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  const body = join(dir, `${what}.body`);
  writeFileSync(body, bytes);
  const plain = await plainPage(body);
  const pairs: (readonly [number, number])[] = [];
  const round = { connections: READERS, amount: REQUESTS };
  for (let at = 0; at <= rounds; at += 1) {
    const [one, other] = [await load(url, round), await load(plain.url, round)];
    // The first round warms both up.
    if (at === 0) continue;
    pairs.push([percentile(one.times, 0.95), percentile(other.times, 0.95)]);
  }
  plain.stop();
  const [p95, plainP95] = [median(pairs.map(([one]) => one)), median(pairs.map(([, other]) => other))];
  return {
    what: `console: list of ${IMAGES} images from cache, ${what}, ${bytes.length} bytes, p95 against a plain page of the same bytes`,
    figures: `${p95.toFixed(1)} ms / ${plainP95.toFixed(1)} ms`,
    value: median(pairs.map(([one, other]) => one / other)),
    bar: 3,
  };
}

/** Both lists of 100 images from cache; many readers at once, and their memory. */
export async function imageConsole(rounds: number): Promise<Row[]> {
  if (["docker-registry", REFERRERS_TOOL].some((tool) => findTool(tool) === undefined)) return [];
  const ground = await ConsoleGround.begin();
  try {
    const labels = { "org.opencontainers.image.source": "https://example.com/company/orders" };
    for (let at = 0; at < IMAGES; at += 1) {
      await ground.image("secure", "orders/api", `v1.0.${at}`, { labels, size: 100, layers: 1 });
    }
    const generous = { points: 1_000_000, seconds: 1 };
    const rateLimits = { ...ground.settings.rateLimits, address: generous, visitor: generous };
    const file = await buildConsole(join(ground.dir, "bench"), { ...ground.settings, rateLimits, port: 0 });
    const server = await listening(file);
    const rows: Row[] = [];
    for (const [what, path] of Object.entries(LISTS)) {
      rows.push(await listRow(what, `${server.url}${path}`, ground.dir, rounds));
    }
    const many = await load(`${server.url}${LISTS.API}`, { connections: MANY_READERS, duration: SECONDS });
    const peak = peakOf(server.pid);
    await server.stop();
    return [
      ...rows,
      {
        what: `console: ${MANY_READERS} readers at once for ${SECONDS} s, answers that failed`,
        figures: `${many.requests} answers, p95 ${percentile(many.times, 0.95).toFixed(0)} ms`,
        value: many.failures,
        bar: 0,
      },
      { what: "console: peak memory with them, MB", figures: `${peak.toFixed(0)} MB`, value: peak, bar: 250 },
    ];
  } finally {
    await ground.end();
  }
}
