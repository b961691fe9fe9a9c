import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readStageList } from "../../src/config";
import { recordStages } from "../../src/preview/record/recordStages";
import { renderSummary } from "../../src/preview/render/summary";
import { renderTree } from "../../src/preview/render/tree";
import { readProjectFile } from "../../src/project";
import { EXAMPLES, example } from "./examples";
import { summariseStage } from "../../src/reports/stageSummary";

const REPOSITORY = resolve(__dirname, "../..");
const GOLDEN = join(REPOSITORY, "test/golden");

/** The projects whose previews are kept, by the name that begins their files'. */
export const PROJECTS: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(EXAMPLES)
    .filter((name) => existsSync(join(EXAMPLES, name, "Pulumi.yaml")))
    .map((name) => [name, example(name)]),
);

/** The previews of a project's stages as text, whole and in short, by file name. */
export async function previewsOf(name: string, folder: string): Promise<Map<string, string>> {
  const { recordings, failures } = await recordStages({
    projectDir: folder,
    stages: readStageList(readProjectFile(folder)).withFile,
  });
  if (failures.length > 0) throw new Error(failures.map((failure) => failure.message).join("\n"));
  return new Map(
    [...recordings].flatMap(([stage, recording]) => {
      const one = new Map([[stage, recording]]);
      return [
        [`${name}.${stage}.txt`, renderTree(one)],
        [`${name}.${stage}.summary.txt`, renderSummary(one, { summariser: summariseStage })],
      ];
    }),
  );
}

/** A kept preview; empty where there is none yet. */
export function golden(file: string): string {
  try {
    return readFileSync(join(GOLDEN, file), "utf8");
  } catch {
    return "";
  }
}

/** The names of all kept previews. */
export function goldenFiles(): string[] {
  return readdirSync(GOLDEN)
    .filter((name) => name.endsWith(".txt"))
    .sort();
}

/** Keeps a preview. */
export function keep(file: string, text: string): void {
  mkdirSync(GOLDEN, { recursive: true });
  writeFileSync(join(GOLDEN, file), text);
}
