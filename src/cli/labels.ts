import { type Command, Option } from "@commander-js/extra-typings";
import { resolve } from "node:path";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { formatJson } from "../base/json";
import { terminalTable } from "../base/text/table";
import { readStageImages, type RepositoryImages, writeSite } from "../console/site";
import { defineCommand, type OptionsOf } from "./command";
import type { Io } from "./io";
import { withRegistries } from "./image/context";
import { outputsOption, REGISTRY_EXITS } from "./options";
import { readStageOutputs } from "./stageOutputs";

const MORE = `
Labels are what whoever built an image wrote; nothing vouches for them. The site is a folder of pages that need no server
and no script: it is written beside --out and takes its place when it is whole.
It ends with 1 where an image could not be read.
`;

const declare = (command: Command) =>
  command
    .addOption(outputsOption())
    .addOption(
      new Option("--format <format>", "a table, JSON, or pages in a folder")
        .choices(["table", "json", "html"] as const)
        .default("table" as const),
    )
    .option("--out <dir>", "the folder to write the pages to, for html")
    .addHelpText("after", MORE + REGISTRY_EXITS);

/** Prints the labels of every tagged image of a stage, or writes them as a site. @returns 0, or 1 where one was not read */
async function run({ outputs: file, format, out }: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  if ((format === "html") !== (out !== undefined)) {
    const what = out === undefined ? "--format html wants a folder: give --out" : "--out is for --format html alone";
    throw new DualRegistryError("USAGE", what);
  }
  const { stdout, stderr } = io;
  const stage = readStageOutputs(file, io);
  const tell = (line: string) => stderr.write(`${line}\n`);
  const unread = await withRegistries(io, async (registries) => {
    const { secure, standard } = stage.registries;
    const sessions = {
      secure: registries.session(secure.loginServer),
      standard: registries.session(standard.loginServer),
    };
    if (out !== undefined) {
      const site = await writeSite(stage, sessions, resolve(io.cwd, out), { now: io.now, tell });
      stdout.write(`${out}: ${site.images} images of ${site.repositories} repositories, ${site.pages} pages\n`);
      return site.unread;
    }
    const all: RepositoryImages[] = [];
    await readStageImages(stage, sessions, (read) => {
      tell(`${read.repository}: ${read.images.length}`);
      all.push(read);
      return Promise.resolve();
    });
    all.sort((one, other) => (one.repository < other.repository ? -1 : 1));
    stdout.write(format === "json" ? formatJson(jsonOf(stage.stage, all)) : tableOf(all));
    return all.flatMap((read) => read.unread);
  });
  for (const why of unread) tell(`not read: ${why}`);
  return unread.length === 0 ? 0 : 1;
}

export const labels = defineCommand(declare, run);

const jsonOf = (stage: string, all: readonly RepositoryImages[]) => ({
  ...{ stage, selfAsserted: true },
  images: all.flatMap(({ repository, registry, images }) =>
    images.map(({ digest, tags, annotations, platforms }) => ({
      ...{ repository, class: registry.class, host: registry.host, digest, tags, annotations },
      platforms: platforms.map(({ platform, digest: of, created, labels: texts }) => ({
        ...{ platform, digest: of, created, labels: texts },
      })),
    })),
  ),
  unread: all.flatMap(({ unread }) => unread),
});

/** Characters of a value in the table. */
const MAX_VALUE = 80;

function tableOf(all: readonly RepositoryImages[]): string {
  const rows = all.flatMap(({ repository, registry, images }) =>
    images.flatMap(({ tags, platforms }) =>
      platforms.flatMap(({ platform, labels: texts }) =>
        texts.map(({ name, value }) => {
          const short = value.length > MAX_VALUE ? `${value.slice(0, MAX_VALUE - 1)}…` : value;
          return [`${repository}:${tags[0] ?? ""}`, registry.class, platform ?? "", name, short];
        }),
      ),
    ),
  );
  const lines = terminalTable([["IMAGE", "CLASS", "PLATFORM", "LABEL", "VALUE"], ...rows]);
  return `${lines.join("\n")}\n`;
}
