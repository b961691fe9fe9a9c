import { rmSync } from "node:fs";
import { join } from "node:path";
import { limiter } from "../src/oci/copy/limit";
import { copyPlace } from "../src/oci/copy/copyImage";
import { openLayout } from "../src/oci/layout/openLayout";
import type { PublishRequest } from "../src/release/publishState";
import { publication } from "../src/release/publish";
import { promotion } from "../src/release/promote";
import type { PromoteRequest } from "../src/release/promoteState";
import { runPhases } from "../src/release/phases";
import { mirrorImage } from "../src/release/mirror";
import { Registries } from "../src/release/registries";
import { makeVerifier } from "../src/signing/verifier";
import { readScanReport } from "../src/release/gates/scanReport";
import { signOffsFromFile } from "../src/release/gates/signOffFile";
import { destinationOf } from "../src/release/destination";
import { image } from "../test/support/images/image";
import { bigLayer, layer, type BuiltLayer } from "../test/support/images/layers";
import { LayoutBuilder } from "../test/support/images/layoutBuilder";
import { findTool, startDistribution } from "../test/support/registries";
import { trivyReport } from "../test/support/release/scans";
import { buildOf, COMMIT, labelsOf, World } from "../test/support/release/world";
import { median } from "./support/measure";
import type { Row } from "./support/table";

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

/** Seconds to promote all images with every gate, referrer and record, and with none of them. */
async function measure(count: number, bytes: number): Promise<{ with: number; without: number }> {
  const world = await World.begin("distribution");
  const plain = [await startDistribution(), await startDistribution()] as const;
  try {
    const subjects = await build(world, count, bytes);
    const gated = await world.registries((registries) => promoteAll(world, subjects, registries));
    const bare = await bareAll(world, subjects, plain[0].host, plain[1].host);
    return { with: gated, without: bare };
  } finally {
    await Promise.all(plain.map((registry) => registry.stop()));
    await world.end();
    rmSync(world.dir, { recursive: true, force: true });
  }
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
  const tools = { verifier: makeVerifier(), signer: world.signer, place: copyPlace(), now: () => new Date() };
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
      ...{ destination: at(qa, subject), tools: { ...tools, place: copyPlace() } },
    };
    const { phases, state } = publication(request);
    await runPhases(phases, state, QUIET);
  });
  const requests = await Promise.all(
    subjects.map(async (subject): Promise<PromoteRequest> => {
      const signOffs = world.signOffs(subject.digest, VERSION, { repository: subject.repository, commit: COMMIT });
      const file = await world.signOffFile(signOffs);
      return {
        ...{ from: "qa", source: at(qa, subject).target, reference: VERSION, repository: subject.repository },
        ...{ binding: "portable", version: VERSION, tags: [VERSION], roles: ["qa", "uat"], scans: [] },
        readSignOffs: signOffsFromFile(file, world.policy.signers, tools.verifier),
        ...{ destination: at(uat, subject), tools },
      };
    }),
  );
  return seconds(() =>
    each(subjects, async (_, index) => {
      const request = requests[index];
      if (request === undefined) return;
      const { phases, state } = promotion(request);
      await runPhases(phases, state, QUIET);
    }),
  );
}

/** The same images between registries where nothing refers to them: blobs, manifests, tags. */
async function bareAll(world: World, subjects: readonly Subject[], from: string, to: string): Promise<number> {
  const registries = new Registries(world.credentials);
  try {
    const fill = copyPlace();
    await each(subjects, async ({ layout, repository }, index) => {
      const target = registries.session(from).repository(repository);
      await mirrorImage(await openLayout(layout), target, `v${index}`, { place: fill, path: repository });
    });
    const place = copyPlace();
    return await seconds(() =>
      each(subjects, async ({ repository }, index) => {
        const source = registries.session(from).repository(repository);
        await mirrorImage(source, registries.session(to).repository(repository), `v${index}`, {
          place,
          path: repository,
        });
      }),
    );
  } finally {
    await registries.close();
  }
}

/** What gates, referrers and records cost: a promotion with all of them against the same copy without any. */
export async function gates(runs: number): Promise<Row[]> {
  if (findTool("docker-registry") === undefined) {
    console.error("gates: left out, no docker-registry was found (npm run setup)");
    return [];
  }
  const rows: Row[] = [];
  for (const [what, count, bytes] of [
    ["100 images", 100, 16 * 1024 * 1024],
    ["1 GB", 1, 1_000_000_000],
  ] as const) {
    const samples: { with: number; without: number }[] = [];
    for (let run = 0; run < runs; run++) samples.push(await measure(count, bytes));
    const [gated, bare] = [median(samples.map((each) => each.with)), median(samples.map((each) => each.without))];
    const figures = `${gated.toFixed(2)} s / ${bare.toFixed(2)} s`;
    rows.push({ what: `${what}, all gates and records against none`, figures, value: gated / bare, bar: 1.5 });
  }
  return rows;
}
