import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { limiter } from "../../../src/base/limit";
import type { Mutation } from "./mutation";
import { REGISTRY_MUTATIONS } from "./registries";
import { STAGE_MUTATIONS } from "./stage";

const REPOSITORY = resolve(__dirname, "../../..");
/** The kept previews are not asked: they notice any change, and say nothing of why it is one for the worse. */
const TESTS = ["test/components/**/*.test.ts", "test/config/**/*.test.ts"];
const COPIED = ["src", "test", "docs", ".github", "package.json", "tsconfig.json", "README.md"];
const MUTATIONS = [...REGISTRY_MUTATIONS, ...STAGE_MUTATIONS];

/** Ends with the titles of the tests that fail in a copy of the project with one thing changed. */
function failing(folder: string): Promise<string[]> {
  const mocha = join(REPOSITORY, "node_modules/mocha/bin/mocha.js");
  const args = [mocha, "--no-config", "--node-option", "import=tsx", "--timeout", "120000", "--reporter", "json"];
  return new Promise((done, fail) => {
    execFile(process.execPath, [...args, ...TESTS], { cwd: folder, maxBuffer: 64 << 20 }, (_, stdout) => {
      try {
        const report = JSON.parse(stdout.slice(stdout.indexOf("{"))) as { failures: { fullTitle: string }[] };
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
    symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"), "junction");
    if (mutation !== undefined) change(folder, mutation);
    return await failing(folder);
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
 * @param wanted parts of the mutations' names; without any, all are tried
 */
async function main(wanted: readonly string[]): Promise<void> {
  const broken = await tryMutation();
  if (broken.length > 0) throw new Error(`These tests fail with nothing changed: ${broken.join(", ")}`);
  console.log("| mutation | seen by |\n| --- | --- |");
  const tried = MUTATIONS.filter(({ what }) => wanted.length === 0 || wanted.some((part) => what.includes(part)));
  const run = limiter(Math.max(1, Math.floor(availableParallelism() / 2)));
  const results = tried.map((mutation) => ({ mutation, seen: run(() => tryMutation(mutation)) }));
  for (const { mutation, seen } of results) {
    const [first, ...others] = await seen;
    if (first === undefined) process.exitCode = 1;
    const more = others.length > 0 ? ` (and ${others.length} more)` : "";
    console.log(`| ${mutation.what} | ${first ?? "NO TEST"}${more} |`);
  }
}

void main(process.argv.slice(2));
