import { rmSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../src/base/defined";
import { limiter } from "../src/base/limit";
import { readScanReport } from "../src/images/gates/scanReport";
import { signOffsFromFile } from "../src/images/gates/signOffFile";
import { mirrorImage } from "../src/images/mirror";
import { runTransaction } from "../src/images/phases";
import { promotion } from "../src/images/promote";
import { publication } from "../src/images/publish";
import { destinationOf, type Registries } from "../src/images/registries";
import type { PromoteRequest, PublishRequest } from "../src/images/types";
import { copyThrottle } from "../src/oci/copy/copyImage";
import { openLayout } from "../src/oci/layout/layoutStore";
import { makeVerifier } from "../src/signing/verifier";
import { image } from "../test/support/images/image";
import { bigLayer, type BuiltLayer, layer } from "../test/support/images/layers";
import { LayoutBuilder } from "../test/support/images/layoutBuilder";
import { findTool, startDistribution } from "../test/support/registries";
import { trivyReport } from "../test/support/release/scans";
import { buildOf, COMMIT, labelsOf, World } from "../test/support/release/world";
import { COPIERS, REGCTL_WITH_REFERRERS, regsyncConfig, timeCopies } from "./support/copiers";
import { median } from "./support/measure";
import type { Row } from "./support/table";
import { DEFAULT_STAGES } from "../src/domain/stage";

const VERSION = "v1.0.0-rc1";
const QUIET = {
  begin: () => ({ total: () => undefined, bytes: () => undefined, note: () => undefined }),
  end: () => undefined,
};

interface Subject {
  repository: string;
  layout: string;
  config: `sha256:${string}` | `sha512:${string}`;
  digest: `sha256:${string}` | `sha512:${string}`;
}

/** Images of ten layers, eight of them shared, as the hundred of the copying bench; or one with a layer of its own. */
async function build(world: World, count: number, bytes: number): Promise<Subject[]> {
  const dir = join(world.dir, `gates-${count}`);
  const builder = await LayoutBuilder.begin(dir);
  const base: BuiltLayer[] = [];
  if (count > 1) for (let at = 0; at < 8; at++) base.push(await layer(builder, `base-${at}`, bytes / 8));
  else base.push(await bigLayer(builder, "one", bytes));
  const subjects: Subject[] = [];
  for (let at = 0; at < count; at++) {
    const options = { seed: `own-${at}`, base, layers: count > 1 ? 2 : 0, size: 10_000, labels: labelsOf(VERSION) };
    const { descriptor, config } = await image(builder, { ...options, tag: `v${at}` });
    subjects.push({ repository: `family/m${at}`, layout: dir, config: config.digest, digest: descriptor.digest });
  }
  return subjects;
}

/** Seconds for all images. */
interface Sample {
  /** Promoted with every gate, referrer and record. */
  gated: number;
  /** Copied with none of them. */
  bare: number;
  /** Copied with none of them, and verified at the target as a promotion does. */
  verified: number;
  /** Copied with what refers to them, and no gate, verification or record: only what has to be stored. */
  moved: number;
  /** The same by other tools from the same registry, for those that are here. */
  regctl?: number;
  regsync?: number;
  /** The images alone, without what refers to them. */
  skopeo?: number;
}

async function measure(count: number, bytes: number): Promise<Sample> {
  const world = await World.begin("distribution");
  const plain = await Promise.all(Array.from({ length: 4 }, () => startDistribution()));
  const [source = "", first = "", second = "", third = ""] = plain.map(({ host }) => host);
  try {
    const subjects = await build(world, count, bytes);
    const gated = await world.registries((registries) => promoteAll(world, subjects, registries));
    await fill(world, subjects, source);
    const bare = await mirrorAll(world, subjects, [source, first]);
    const verified = await mirrorAll(world, subjects, [source, second], { verify: true });
    const moved = await mirrorAll(world, subjects, [world.qa.host, third], { tag: () => VERSION });
    return { gated, bare, verified, moved, ...(await others(world, subjects)) };
  } finally {
    await Promise.all(plain.map((registry) => registry.stop()));
    await world.end();
    rmSync(world.dir, { recursive: true, force: true });
  }
}

/** What other tools take to move the same from qa to an empty registry each. */
async function others(world: World, subjects: readonly Subject[]): Promise<Partial<Sample>> {
  const images = subjects.map(({ repository }) => `${repository}:${VERSION}`);
  const from = world.qa.host;
  const times: Partial<Sample> = {};
  for (const [name, commandsTo] of [
    ["regctl", (to: string) => REGCTL_WITH_REFERRERS(from, to, images)],
    [
      "regsync",
      (to: string) => [["regsync", "once", "-c", world.write("regsync.yml", regsyncConfig(from, to, images))]],
    ],
    ["skopeo", (to: string) => COPIERS.skopeo(from, to, images)],
  ] as const) {
    if (findTool(name) === undefined) continue;
    const target = await startDistribution();
    try {
      times[name] = (await timeCopies(commandsTo(target.host))).seconds;
    } finally {
      await target.stop();
    }
  }
  return times;
}

const seconds = async (work: () => Promise<void>): Promise<number> => {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

async function each(
  subjects: readonly Subject[],
  work: (subject: Subject, at: number) => Promise<void>,
): Promise<void> {
  const run = limiter(4);
  await Promise.all(subjects.map((subject, at) => run(() => work(subject, at))));
}

async function promoteAll(world: World, subjects: readonly Subject[], registries: Registries): Promise<number> {
  const tools = { verifier: makeVerifier(), signer: world.signer, throttle: copyThrottle(), now: () => new Date() };
  const { qa, uat } = world.outputs;
  const at = (outputs: typeof qa, { repository }: Subject) => ({
    ...destinationOf(outputs, { repository, class: "secure", binding: "portable" }, registries),
    settles: false,
  });
  await each(subjects, async (subject, index) => {
    const raw = Buffer.from(JSON.stringify(trivyReport(subject.config)));
    const request: PublishRequest = {
      ...{ source: await openLayout(subject.layout), reference: `v${index}`, tags: [VERSION], build: buildOf(VERSION) },
      ...{
        scans: [{ raw, report: readScanReport(raw, "scan") }],
        sboms: [],
        targets: ["qa", "uat"],
        binding: "portable",
      },
      ...{ destination: at(qa, subject), tools: { ...tools, throttle: copyThrottle() } },
    };
    await runTransaction(publication(request), QUIET);
  });
  const requests = await Promise.all(
    subjects.map(async (subject): Promise<PromoteRequest> => {
      const signOffs = world.signOffs(subject.digest, VERSION, { repository: subject.repository, commit: COMMIT });
      const file = await world.signOffFile(signOffs);
      return {
        ...{
          from: "qa",
          stages: DEFAULT_STAGES,
          source: at(qa, subject).target,
          reference: VERSION,
          repository: subject.repository,
        },
        ...{ binding: "portable", version: VERSION, tags: [VERSION], scans: [] },
        readSignOffs: signOffsFromFile(file, world.policy.signers, tools.verifier),
        ...{ destination: at(uat, subject), tools },
      };
    }),
  );
  return seconds(() =>
    each(subjects, async (_, index) => {
      const request = requests[index];
      if (request === undefined) return;
      await runTransaction(promotion(request), QUIET);
    }),
  );
}

const tagOf = (at: number): string => `v${at}`;

/** Puts the images where nothing refers to them. */
function fill(world: World, subjects: readonly Subject[], host: string): Promise<void> {
  return world.registries(async (registries) => {
    const throttle = copyThrottle();
    await each(subjects, async ({ layout, repository: path }, at) => {
      await mirrorImage(await openLayout(layout), registries.session(host).repository(path), tagOf(at), {
        throttle,
        path,
      });
    });
  });
}

/** Copies all images to an empty registry, with what refers to them: blobs, manifests, tags. */
function mirrorAll(
  world: World,
  subjects: readonly Subject[],
  [from, to]: readonly [string, string],
  { tag = tagOf, verify = false }: { tag?: (at: number) => string; verify?: boolean } = {},
): Promise<number> {
  return world.registries(async (registries) => {
    const throttle = copyThrottle();
    const copy = async ({ repository: path }: Subject, at: number) => {
      const [source, target] = [from, to].map((host) => registries.session(host).repository(path));
      if (source && target) await mirrorImage(source, target, tag(at), { throttle, path, verify });
    };
    return seconds(() => each(subjects, copy));
  });
}

type Other = "regctl" | "regsync" | "skopeo";

/** What is promoted, and how long it may take against other tools that move the same or less. */
const LOADS: readonly {
  what: string;
  count: number;
  bytes: number;
  bars: readonly (readonly [Other, string, number?])[];
}[] = [
  {
    ...{ what: "100 images", count: 100, bytes: 16 * 1024 * 1024 },
    bars: [
      ["regctl", "regctl with referrers, one after the other", 0.5],
      ["regsync", "regsync with referrers, four at a time", 0.6],
      ["skopeo", "skopeo, the images alone", 1],
    ],
  },
  {
    ...{ what: "1 GB", count: 1, bytes: 1_000_000_000 },
    bars: [
      ["regctl", "regctl with referrers", 1.1],
      ["regsync", "regsync with referrers"],
      ["skopeo", "skopeo, the image alone"],
    ],
  },
];

/** What gates, referrers and records cost: a promotion with all of them against the same copy without any. */
export async function gates(runs: number): Promise<Row[]> {
  if (findTool("docker-registry") === undefined) {
    console.error("gates: left out, no docker-registry was found (npm run setup)");
    return [];
  }
  const rows: Row[] = [];
  for (const { what, count, bytes, bars } of LOADS) {
    const samples: Sample[] = [];
    for (let run = 0; run < runs; run++) samples.push(await measure(count, bytes));
    const row = (name: string, one: keyof Sample, other: keyof Sample, bar?: number): Row => {
      const middle = (key: keyof Sample): number => median(samples.map((sample) => sample[key] ?? Number.NaN));
      const figures = `${middle(one).toFixed(2)} s / ${middle(other).toFixed(2)} s`;
      return { what: `${what}, ${name}`, figures, value: middle(one) / middle(other), ...defined({ bar }) };
    };
    rows.push(row("all gates and records against none", "gated", "bare"));
    rows.push(row("all gates and records against none, both verified", "gated", "verified"));
    rows.push(row("no gates, with referrers against without", "moved", "bare"));
    for (const [other, words, bar] of bars)
      if (samples.every((sample) => sample[other] !== undefined))
        rows.push(row(`all gates and records against ${words}`, "gated", other, bar));
  }
  return rows;
}
