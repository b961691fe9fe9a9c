import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { MUTATIONS, type Mutation } from "./mutations";

const REPOSITORY = resolve(__dirname, "../..");
const TESTS = ["test/components/*.test.ts", "test/preview/golden.test.ts", "test/config/*.test.ts"];
const COPIED = ["src", "test", "package.json", "tsconfig.json", "README.md"];

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

async function tryMutation({ file, from, to }: Mutation): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-mutant-"));
  try {
    for (const name of COPIED) cpSync(join(REPOSITORY, name), join(folder, name), { recursive: true });
    for (const stage of [".", ".dev.", ".qa.", ".uat.", ".prod."]) {
      const name = `Pulumi${stage === "." ? "." : stage}yaml`;
      cpSync(join(REPOSITORY, name), join(folder, name));
    }
    symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"), "junction");
    const text = readFileSync(join(folder, file), "utf8");
    if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}: mend test/support/mutations.ts`);
    writeFileSync(join(folder, file), text.replace(from, to));
    return await failing(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Changes one thing after another in a copy and says which test sees it; ends with 1 where none does.
 *
 * @param wanted parts of the mutations' names; without any, all are tried
 */
async function main(wanted: readonly string[]): Promise<void> {
  console.log("| mutation | seen by |\n| --- | --- |");
  for (const mutation of MUTATIONS) {
    if (wanted.length > 0 && !wanted.some((part) => mutation.what.includes(part))) continue;
    const seen = await tryMutation(mutation);
    if (seen.length === 0) process.exitCode = 1;
    const more = seen.length > 1 ? ` (and ${seen.length - 1} more)` : "";
    console.log(`| ${mutation.what} | ${seen[0] ?? "NO TEST"}${more} |`);
  }
}

void main(process.argv.slice(2));
