import type { Command, CommandUnknownOpts } from "@commander-js/extra-typings";
import { declareAll } from "../../src/cli/command";
import { makeProgram } from "../../src/cli/program";
import { captureIo } from "./io";

/** A command that does something, as opposed to a group of commands. */
export interface Leaf {
  /** Its words behind `dualreg`. */
  name: string;
  command: Command | CommandUnknownOpts;
}

/** The commands below one. */
export function leavesOf(command: Command | CommandUnknownOpts, words: readonly string[] = []): Leaf[] {
  if (command.commands.length === 0) return [{ name: words.join(" "), command }];
  return command.commands.flatMap((each) => leavesOf(each, [...words, each.name()]));
}

/** The real command line, whose commands do nothing: only what they take is of interest. A parser is used once. */
export function inertProgram(): Command {
  const program = makeProgram({ io: captureIo().io, end: () => undefined });
  declareAll(program);
  const silence = (command: Command | CommandUnknownOpts): void => {
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
    for (const each of command.commands) silence(each);
  };
  silence(program);
  return program;
}

/** Parses the words behind `dualreg` as the command line does. @throws CommanderError for what it does not take */
export function parseWords(words: readonly string[]): void {
  inertProgram().parse([...words], { from: "user" });
}

/** What a command is given by the words behind `dualreg`. @throws as {@link parseWords} */
export function parsedWords(words: readonly string[]): Record<string, unknown> {
  const program = inertProgram();
  let options: Record<string, unknown> = {};
  for (const { command } of leavesOf(program)) command.action(() => void (options = command.opts()));
  program.parse([...words], { from: "user" });
  return options;
}
