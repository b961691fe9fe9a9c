import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { format } from "prettier";
import { readStages } from "../../src/config";
import { accessMarkdown, accessMatrix, type AccessRow } from "../../src/domain/identity/accessMatrix";
import { planStage } from "../../src/domain/plan/planStage";
import type { Stage } from "../../src/domain/stage";
import { readProjectFile } from "../../src/project";
import { example } from "./examples";

const REPOSITORY = resolve(__dirname, "../..");
const FILE = join(REPOSITORY, "docs/access-matrix.md");

/** The document as the stage files of this repository give it, formatted like every other. */
export async function accessDocument(): Promise<string> {
  const byStage = new Map<Stage, readonly AccessRow[]>();
  let name = "";
  for (const { file, config, problems } of readStages(readProjectFile(example("company")), undefined)) {
    if (config === undefined) throw new Error(`${file}: ${problems.join("\n")}`);
    const plan = planStage(config);
    byStage.set(plan.stage, accessMatrix(plan));
    name = plan.product;
  }
  return format(accessMarkdown(name, byStage), { parser: "markdown", printWidth: 120 });
}

/** The document that is kept; empty where there is none yet. */
export function keptAccessDocument(): string {
  try {
    return readFileSync(FILE, "utf8");
  } catch {
    return "";
  }
}

/** Renews the document; true where it changed. */
export async function renewAccessDocument(): Promise<boolean> {
  const text = await accessDocument();
  if (text === keptAccessDocument()) return false;
  writeFileSync(FILE, text);
  return true;
}
