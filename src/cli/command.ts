import type { Command, CommandUnknownOpts, OptionValues } from "@commander-js/extra-typings";
import type { ExitCode } from "../base/errors";
import { quoted } from "../base/text/quote";
import type { Io } from "./io";

/** Where a command runs, and where it leaves its exit code. */
export interface Running {
  io: Io;
  end: (code: ExitCode) => void;
}

/** A command's arguments and options, and what it does. Its file imports base, domain and types, all else by `room`. */
export interface CliCommand<Args extends unknown[], Options extends OptionValues> {
  /**
   * Does it, with what was declared.
   *
   * @returns 0 fine, 1 a finding or a refusal, 2 usage or configuration
   * @throws DualRegistryError, whose code has an exit code
   */
  run: (...args: [...Args, Options, Io]) => Promise<ExitCode>;
  /** Declares it on commander's command, which has its name and summary already. */
  addTo: (command: Command, running: Running) => void;
}

/** The options that a declaration gives, by their names. */
export type OptionsOf<Declare extends (command: Command) => { opts: () => unknown }> = ReturnType<
  ReturnType<Declare>["opts"]
>;

/** Makes a command of its declaration and its action, which gets arguments and options typed as they were declared. */
export function defineCommand<Args extends unknown[], Options extends OptionValues>(
  declare: (command: Command) => Command<Args, Options>,
  run: (...args: [...Args, Options, Io]) => Promise<ExitCode>,
): CliCommand<Args, Options> {
  return {
    run,
    addTo: (command, { io, end }) => {
      const declared = declare(command);
      checkWords(command);
      declared.action(async (...args) => {
        // Behind arguments and options commander hands over the command itself.
        end(await run(...([...args.slice(0, -1), io] as [...Args, Options, Io])));
      });
    },
  };
}

/** What no value of ours begins with; `-` alone is standard input, and `-1` a wrong number. */
const OPTION_LIKE = /^--?[A-Za-z]/;

/**
 * Refuses words that a script did not mean, before the command runs: a value that is empty, or reads as an option (an
 * unset variable in front of it, or text from outside), and an option given twice that takes one value.
 */
function checkWords(command: Command): void {
  const fail = (what: string) => command.error(`error: ${what}`, { exitCode: 2 });
  const check = (value: unknown, name: string) => {
    if (value === "") fail(`${name} is empty; give it a value or leave it out`);
    if (typeof value !== "string" || !OPTION_LIKE.test(value)) return;
    fail(`${name}: ${quoted(value)} reads as an option; give it a value, in front of a file's name write ./`);
  };
  for (const option of command.options) {
    let given = false;
    command.on(`option:${option.name()}`, (value: unknown) => {
      check(value, `option '${option.flags}'`);
      if (given && !option.variadic) fail(`option '${option.flags}' is given twice; give it once`);
      given = true;
    });
  }
  command.hook("preAction", () => {
    command.args.forEach((value, at) => {
      const last = command.registeredArguments.at(-1);
      check(value, `argument '${(command.registeredArguments[at] ?? last)?.name() ?? ""}'`);
    });
  });
}

/** A command whose file is loaded when its name stands on the command line. */
interface LazyCommand {
  summary: string;
  load: () => Pick<CliCommand<never, never>, "addTo">;
}

/** Commands under one name. */
interface CommandGroup {
  summary: string;
  commands: CommandTable;
}

/** Commands by their names, in the order of the help. */
export type CommandTable = Readonly<Record<string, LazyCommand | CommandGroup>>;

/** What is still to be declared of each command. */
const undeclared = new WeakMap<object, () => void>();

/** Adds the commands of a table: their names and summaries at once, the rest when one of them is called. */
export function addCommands(parent: Command, table: CommandTable, running: Running): void {
  for (const [name, entry] of Object.entries(table)) {
    const command: Command = parent.command(name).description(entry.summary);
    if ("commands" in entry) addCommands(command, entry.commands, running);
    else {
      undeclared.set(command, () => entry.load().addTo(command, running));
      // The command "help" prints a command's help without calling it.
      command.addHelpText("before", () => {
        declareNow(command);
        return "";
      });
    }
  }
  parent.hook("preSubcommand", (_, called) => declareNow(called));
}

function declareNow(command: object): void {
  undeclared.get(command)?.();
  undeclared.delete(command);
}

/** Declares all that is below a command, for whoever looks at it rather than runs it. */
export function declareAll(command: Command | CommandUnknownOpts): void {
  declareNow(command);
  for (const each of command.commands) declareAll(each);
}
