import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { limiter } from "../../../src/base/limit";
import { CONSOLE_MUTATIONS } from "./console";
import type { Mutation } from "./mutation";
import { REGISTRY_MUTATIONS } from "./registries";
import { ROW_MUTATIONS, type RowMutation } from "./rows";
import { STAGE_MUTATIONS } from "./stage";

const REPOSITORY = resolve(__dirname, "../../..");
/** The kept previews are not asked: they notice any change, and say nothing of why it is one for the worse. */
const TESTS = ["test/components/**/*.test.ts", "test/config/**/*.test.ts", "test/domain/console/*.test.ts"];
const COPIED = [
  ...["src", "test", "docs", "examples", "samples", "bin", "tools", ".github"],
  ...["package.json", "tsconfig.json", "README.md"],
];
const MUTATIONS: readonly (Mutation | RowMutation)[] = [
  ...REGISTRY_MUTATIONS,
  ...STAGE_MUTATIONS,
  ...CONSOLE_MUTATIONS,
  ...ROW_MUTATIONS,
];

/** Tests by file and, of a requirement row, those alone whose title names it. */
interface Asked {
  files: readonly string[];
  row?: string;
}

const askedOf = (mutation: Mutation | RowMutation | undefined): Asked =>
  mutation !== undefined && "row" in mutation ? { files: mutation.tests, row: mutation.row } : { files: TESTS };

/**
 * Ends with the titles of the tests that fail in a copy of the project with one thing changed.
 *
 * @throws Error where no test ran that was asked for
 */
function failing(folder: string, { files, row }: Asked): Promise<string[]> {
  const mocha = join(REPOSITORY, "node_modules/mocha/bin/mocha.js");
  const args = [mocha, "--no-config", "--node-option", "import=tsx", "--timeout", "120000", "--reporter", "json"];
  const only = row === undefined ? [] : ["--grep", `/\\b${row}(?!\\d)/`];
  return new Promise((done, fail) => {
    execFile(process.execPath, [...args, ...only, ...files], { cwd: folder, maxBuffer: 64 << 20 }, (_, stdout) => {
      try {
        const report = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
          stats: { passes: number; failures: number };
          failures: { fullTitle: string }[];
        };
        if (report.stats.passes + report.stats.failures === 0) throw new Error(`No test of ${row ?? "these"} ran`);
        done(report.failures.map((failure) => failure.fullTitle));
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}

/** Titles of the tests that fail in a copy with one thing changed; with nothing changed there must be none. */
async function tryMutation(mutation?: Mutation): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-mutant-"));
  try {
    for (const name of COPIED) cpSync(join(REPOSITORY, name), join(folder, name), { recursive: true });
    for (const stage of [".", ".dev.", ".qa.", ".uat.", ".prod."]) {
      const name = `Pulumi${stage === "." ? "." : stage}yaml`;
      cpSync(join(REPOSITORY, name), join(folder, name));
    }
    for (const name of ["node_modules", ".cache"]) {
      symlinkSync(join(REPOSITORY, name), join(folder, name), "junction");
    }
    if (mutation !== undefined) change(folder, mutation);
    return await failing(folder, askedOf(mutation));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function change(folder: string, { file, from, to, what }: Mutation): void {
  const text = readFileSync(join(folder, file), "utf8");
  if (!text.includes(from)) throw new Error(`${what}: ${file} has no ${JSON.stringify(from)}: mend the mutation`);
  writeFileSync(
    join(folder, file),
    text.replace(from, () => to),
  );
}

/**
 * Changes one thing after another in a copy and says which test sees it; ends with 1 where none does.
 *
 * @param wanted parts of the mutations' names, such as `S2-` for those of rows; without any, all are tried
 */
async function main(wanted: readonly string[]): Promise<void> {
  const nameOf = (mutation: Mutation | RowMutation) =>
    "row" in mutation ? `${mutation.row}: ${mutation.what}` : mutation.what;
  const tried = MUTATIONS.filter((one) => wanted.length === 0 || wanted.some((part) => nameOf(one).includes(part)));
  const broken = tried.every((one) => "row" in one) ? [] : await tryMutation();
  if (broken.length > 0) throw new Error(`These tests fail with nothing changed: ${broken.join(", ")}`);
  console.log("| mutation | seen by |\n| --- | --- |");
  const run = limiter(Math.max(1, Math.floor(availableParallelism() / 2)));
  const results = tried.map((mutation) => ({ mutation, seen: run(() => tryMutation(mutation)) }));
  for (const { mutation, seen } of results) {
    const [first, ...others] = await seen;
    if (first === undefined) process.exitCode = 1;
    const more = others.length > 0 ? ` (and ${others.length} more)` : "";
    console.log(`| ${nameOf(mutation)} | ${first ?? "NO TEST"}${more} |`);
  }
}

void main(process.argv.slice(2));
