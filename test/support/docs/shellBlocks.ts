import { defined } from "../../../src/base/defined";
/** A command of a document, as a reader would type it. */
export interface DocCommand {
  /** The `##` heading it stands under. */
  section: string;
  /** Its line in the document, from 1. */
  line: number;
  /** What a pipe joins, each split into its words; one where there is no pipe. */
  pipe: readonly (readonly string[])[];
  /** The file its output goes to. */
  into?: string;
}

/** The commands of a document's `sh` blocks, in order; comments are left out, continued lines joined. */
export function commandsOf(markdown: string): DocCommand[] {
  const commands: DocCommand[] = [];
  let section = "";
  let inside = false;
  let joined = "";
  for (const [at, line] of markdown.split("\n").entries()) {
    if (line.startsWith("```")) inside = line === "```sh";
    else if (!inside) section = /^## (.+)$/.exec(line)?.[1] ?? section;
    else if (line.endsWith("\\")) joined += line.slice(0, -1);
    else {
      const command = commandOf(`${joined}${line}`);
      if (command !== undefined) commands.push({ section, line: at + 1, ...command });
      joined = "";
    }
  }
  return commands;
}

/** How often and as what a document's code calls a program: the words behind its name, in fences and in indented code. */
export function callsOf(markdown: string, program: string): { line: number; words: readonly string[] }[] {
  const calls: { line: number; words: readonly string[] }[] = [];
  const call = new RegExp(`(?:^|[\\s(;|])${program} ((?:'[^']*'|"[^"]*"|<[^>\\s][^>]*>|[^|;&'"<>)])+)`, "g");
  let fenced = false;
  let joined = "";
  for (const [at, line] of markdown.split("\n").entries()) {
    if (line.startsWith("```")) fenced = line === "```sh";
    else if (!fenced && !line.startsWith("    ")) joined = "";
    else if (line.endsWith("\\")) joined += line.slice(0, -1);
    else {
      for (const [, rest = ""] of `${joined}${line}`.matchAll(call)) calls.push({ line: at + 1, words: wordsOf(rest) });
      joined = "";
    }
  }
  return calls;
}

/** The words of the part of a command that starts this program; `undefined` where no part does. */
export function argumentsOf({ pipe }: DocCommand, program: string): readonly string[] | undefined {
  return pipe.find(([first]) => first === program)?.slice(1);
}

function commandOf(text: string): Pick<DocCommand, "pipe" | "into"> | undefined {
  const words = wordsOf(text);
  if (words.length === 0) return undefined;
  const arrow = words.indexOf(">");
  const into = arrow < 0 ? undefined : words[arrow + 1];
  const pipe: string[][] = [[]];
  for (const word of arrow < 0 ? words : words.slice(0, arrow)) {
    if (word === "|") pipe.push([]);
    else pipe.at(-1)?.push(word);
  }
  return { pipe, ...defined({ into }) };
}

/** Words as a shell splits them: quotes hold together and fall away; a word that begins with # ends the line. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:'[^']*'|"[^"]*"|<[^>]*>|[^\s'"])+/g)) {
    if (word.startsWith("#")) break;
    words.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2"));
  }
  return words;
}
