import assert from "node:assert/strict";
import type { Command, CommandUnknownOpts } from "@commander-js/extra-typings";
import { dualreg } from "../../src/cli/program";
import { inertProgram, leavesOf, parsedWords, parseWords } from "../support/inertProgram";
import { captureIo } from "../support/io";

/** Runs the command line in this process. */
async function run(...args: string[]) {
  const { io, printed } = captureIo();
  return { code: await dualreg(args, io), ...printed };
}

type Declared = (Command | CommandUnknownOpts)["options"][number];

/** A value that an option takes. */
const valueFor = ({ argChoices, long }: Declared): string =>
  argChoices?.[0] ?? (/-days$|-gap$/.test(long ?? "") ? "30" : "value");

/** The fewest words that a command takes: its arguments and mandatory options, but for one. */
function leastWords({ registeredArguments, options }: Command | CommandUnknownOpts, without?: Declared): string[] {
  const args = registeredArguments.filter(({ required }) => required).map(() => "value");
  const wanted = options.filter((option) => option.mandatory && option !== without);
  return [...args, ...wanted.flatMap((option) => [option.long ?? "", valueFor(option)])];
}

const refuses = (words: readonly string[], says: RegExp) =>
  assert.throws(() => parseWords(words), says, `dualreg ${words.join(" ")}`);

describe("the words of the command line", () => {
  for (const { name, command } of leavesOf(inertProgram())) {
    const words = name.split(" ");

    it(`dualreg ${name}: each of its options reaches it, wherever it stands; none is the program's own`, () => {
      for (const option of command.options) {
        const flag = option.long ?? "";
        const given = option.required ? [flag, valueFor(option)] : [flag];
        const rest = leastWords(command, option).filter((_, at, all) => !conflicts(option, command, all, at));
        for (const placed of [
          [...given, ...rest],
          [...rest, ...given],
        ]) {
          if (option.variadic && placed[0] === flag && rest.length > 0 && !rest[0]?.startsWith("--")) continue;
          const options = parsedWords([...words, ...placed]);
          assert.notEqual(options[option.attributeName()], undefined, `${name} ${placed.join(" ")}`);
        }
      }
    });

    it(`dualreg ${name} refuses a value that is missing, empty or reads as an option, and a second one where it takes one`, () => {
      for (const option of command.options) {
        const flag = option.long ?? "";
        const rest = leastWords(command, option);
        if (option.required) {
          refuses([...words, ...rest, flag], /argument missing/);
          refuses([...words, ...rest, flag, ""], /is empty|is invalid|allowed/);
          refuses([...words, ...rest, `${flag}=`], /is empty|is invalid|allowed/);
          refuses([...words, ...rest, flag, "--upload-pack=x"], /reads as an option|is invalid|allowed/);
          refuses([...words, ...rest, flag, "--help"], /reads as an option|is invalid|allowed/);
        }
        if (option.variadic) continue;
        const given = option.required ? [flag, valueFor(option)] : [flag];
        refuses([...words, ...rest, ...given, ...given], /is given twice/);
      }
    });

    it(`dualreg ${name} refuses an option it does not know, an argument too many, and one that is empty or reads as an option`, () => {
      const least = leastWords(command);
      refuses([...words, ...least, "--no-such-option"], /unknown option/);
      refuses([...words, ...least, "-x"], /unknown option/);
      const takesMany = command.registeredArguments.some(({ variadic }) => variadic);
      const most = command.registeredArguments.map(() => "value");
      const options = least.slice(command.registeredArguments.filter(({ required }) => required).length);
      if (!takesMany) refuses([...words, ...options, "--", ...most, "extra"], /too many arguments/);
      if (command.registeredArguments.length === 0) return;
      refuses([...words, ...options, "--", ""], /is empty/);
      refuses([...words, ...options, "--", "--version"], /reads as an option/);
    });

    it(`dualreg ${name} --help answers nothing but a question for help`, async () => {
      const help = await run(...words, "value", "--help");
      assert.equal(help.code, 2);
      assert.match(help.stderr, /--help stands alone/);
    });
  }

  it("--version and --help are the program's alone in front: nothing behind them counts as done", async () => {
    assert.deepEqual((await run("--version")).code, 0);
    for (const first of ["--version", "--help"]) {
      const { code, stdout, stderr } = await run(first, "release", "check", "v1.2.3");
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /stands alone; nothing was done/);
    }
    for (const words of [
      ["release", "--version"],
      ["--version=1", "stages"],
      ["release", "--version", "v1", "check", "v1"],
    ])
      assert.equal((await run(...words)).code, 2, words.join(" "));
    const ran = await run("release", "check", "v1.2.3", "--version", "v1.2.3-rc1");
    assert.deepEqual([ran.code, ran.stdout], [2, ""], "it ran, and lacked a login");
    assert.match(ran.stderr, /GitHub/);
  });
});

/** True for a mandatory option's words where that option conflicts with another: then it is left out. */
function conflicts(
  option: Declared,
  command: Command | CommandUnknownOpts,
  words: readonly string[],
  at: number,
): boolean {
  const others = (option as { conflictsWith?: string[] }).conflictsWith ?? [];
  const flag = words[at]?.startsWith("--") ? words[at] : words[at - 1];
  return command.options.some((each) => each.long === flag && others.includes(each.attributeName()));
}
