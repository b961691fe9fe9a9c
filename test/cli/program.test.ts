import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { dualreg } from "../../src/cli/program";
import { inertProgram, leavesOf } from "../support/inertProgram";
import { captureIo } from "../support/io";

const ROOT = resolve(__dirname, "../..");
const DOCS = [join(ROOT, "README.md"), ...readdirSync(join(ROOT, "docs")).map((file) => join(ROOT, "docs", file))]
  .filter((file) => file.endsWith(".md"))
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");

/** Runs the command line in this process. */
async function run(...args: string[]) {
  const { io, printed } = captureIo();
  return { code: await dualreg(args, io), ...printed };
}

describe("the command line", () => {
  for (const { name, command } of leavesOf(inertProgram())) {
    it(`dualreg ${name} says what it is for, what each option means, and in which formats it prints`, () => {
      assert.notEqual(command.summary() || command.description(), "");
      for (const { flags, description } of command.options) assert.notEqual(description, "", flags);
      for (const argument of command.registeredArguments) assert.notEqual(argument.description, "", argument.name());
      const format = command.options.find(({ long }) => long === "--format");
      assert.ok(format?.argChoices?.includes("json"), "it takes --format json");
    });

    it(`dualreg ${name} is named in the README or in docs`, () => {
      assert.ok(new RegExp(`dualreg(?:\\.js)? ${name}\\b`).test(DOCS));
    });

    it(`dualreg ${name} --help ends with 0, and an unknown option with 2`, async () => {
      const help = await run(...name.split(" "), "--help");
      assert.deepEqual([help.code, help.stderr], [0, ""]);
      assert.match(help.stdout, new RegExp(`^Usage: dualreg ${name} `));
      const words = name.split(" ");
      const same = await run(...words.slice(0, -1), "help", ...words.slice(-1));
      assert.deepEqual([same.code, same.stdout], [0, help.stdout]);
      const wrong = await run(...name.split(" "), "--no-such-option");
      assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
    });
  }

  /** Modules that a new process has loaded when the command line has ended. */
  function loadedBy(words: string): { ours: string[]; packages: string[] } {
    const script = `require("tsx/cjs"); const { dualreg } = require("./src/cli/program.ts");
      const quiet = { write: () => undefined, isTTY: false };
      const io = { stdout: quiet, stderr: quiet, env: {}, cwd: ".", nodeVersion: "", now: () => new Date() };
      void dualreg(process.argv.slice(1), io).then(() => console.log(Object.keys(require.cache).join("\\n")));`;
    const args = ["-e", script, "--", ...words.split(" ")];
    const files = execFileSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
    const ours = files.filter((file) => file.startsWith(join(ROOT, "src"))).map((file) => relative(ROOT, file));
    assert.ok(ours.length > 4);
    return { ours, packages: files.filter((file) => file.includes("node_modules/")) };
  }

  for (const words of ["--help", "image --help", "release --help", "image nothing"]) {
    it(`dualreg ${words} loads no command, no room behind them and no package but commander`, () => {
      const { ours, packages } = loadedBy(words);
      assert.deepEqual(
        ours.filter((file) => !/^src\/(?:base\/|cli\/\w+\.ts)/.test(file)),
        [],
      );
      assert.deepEqual(
        packages.filter((file) => !/node_modules\/(?:commander|@commander-js|tsx|esbuild)\//.test(file)),
        [],
      );
    });
  }

  for (const words of ["release next --help", "image publish --help", "image sweep --help", "preview --help"]) {
    it(`dualreg ${words} loads no other command, and no client of a cloud, of GitHub or of Sigstore`, () => {
      const { ours, packages } = loadedBy(words);
      const [group, name] = words.split(" ");
      const commands = ours.filter((file) =>
        /^src\/cli\/(?:image|release|registry)\/(?:publish|sweep|next|login|tag)\.ts/.test(file),
      );
      assert.deepEqual(commands, name === "--help" ? [] : [`src/cli/${group}/${name}.ts`]);
      assert.deepEqual(
        packages.filter((file) => /node_modules\/(?:listr2|@aws-sdk|@azure|@octokit|@sigstore)\//.test(file)),
        [],
      );
    });
  }
});
