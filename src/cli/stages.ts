import type { Command } from "@commander-js/extra-typings";
import type { ExitCode } from "../base/errors";
import { elsewhereText } from "../domain/identity/environments";
import { entryStage, gatedStages, lastStage, placeOf, stageBefore } from "../domain/stage";
import { defineCommand, type OptionsOf } from "./command";
import type { Io } from "./io";
import { formatOption, printResult, projectOption } from "./options";
import { readRules } from "./release/context";

const declare = (command: Command) => command.addOption(projectOption()).addOption(formatOption("text", "json"));

/**
 * Prints the project's stages in the order of promotion: what workflows make their matrices of.
 *
 * @returns 0
 * @throws DualRegistryError CONFIG_INVALID where the list or the gates do not decode
 */
async function run({ project, format }: OptionsOf<typeof declare>, io: Io): Promise<ExitCode> {
  const { stages, signOffs, elsewhere } = readRules(project);
  const entry = entryStage(stages);
  const list = stages.map((name) => ({
    ...{ name, place: placeOf(name, stages), before: stageBefore(name, stages) ?? null },
    ...{ gated: gatedStages(stages).includes(name), signOffs: signOffs[name] ?? [] },
  }));
  const lines = list.map(({ name, place, gated, signOffs: roles }) => {
    const words = [...(place === "between" ? [] : [place]), ...(name === entry ? ["gates begin here"] : [])];
    const named = roles.length === 0 ? [] : [`signed off by ${roles.join(", then ")}`];
    const signed = gated && elsewhere !== undefined ? [elsewhereText(elsewhere)] : named;
    return [name, [...words, ...signed].join("; ")].join("  ").trimEnd();
  });
  printResult(io, format, { stages: list, entry, last: lastStage(stages) }, () => `${lines.join("\n")}\n`);
  return Promise.resolve(0);
}

export const stages = defineCommand(declare, run);
