import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { RENDERERS } from "../../src/reports";
import { makeReport } from "../../src/reports/makeReport";
import type { ComplianceReport } from "../../src/reports/model";
import { previewStages } from "../../src/reports/stages";
import { example } from "./examples";

const GOLDEN = resolve(__dirname, "../golden/compliance");

/** The projects whose reports are kept. */
export const REPORTED = ["minimal", "everything", "hardened", "one-stage", "without-github"] as const;

/** Formats that are kept, by the ending of their files; the others are validated instead. */
const KEPT = { table: "txt", markdown: "md", html: "html" } as const;

/** The moment of kept reports. */
const NOW = new Date("2026-11-21T12:00:00Z");

/** The report of a project, read from a preview of all of its stages. */
export async function reportOf(name: (typeof REPORTED)[number]): Promise<ComplianceReport> {
  return makeReport(await previewStages({ projectDir: example(name), now: NOW }), NOW);
}

/** The texts of a report by file name. */
export function filesOf(name: string, report: ComplianceReport): Map<string, string> {
  const around = { now: NOW, toolVersion: "0.0.0", folder: "" };
  return new Map(
    (["table", "markdown", "html"] as const).map((format) => [
      `${name}.${KEPT[format]}`,
      RENDERERS[format](report, around),
    ]),
  );
}

/** A kept report; empty where there is none yet. */
export function keptReport(file: string): string {
  try {
    return readFileSync(join(GOLDEN, file), "utf8");
  } catch {
    return "";
  }
}

/** The names of all kept reports. */
export const keptReports = (): string[] => readdirSync(GOLDEN).sort();

/** Renews the kept reports, and says which changed: review them as the change of compliance that they are. */
export async function renewReports(): Promise<void> {
  mkdirSync(GOLDEN, { recursive: true });
  const known = new Set<string>();
  for (const name of REPORTED) {
    for (const [file, text] of filesOf(name, await reportOf(name))) {
      known.add(file);
      if (keptReport(file) === text) continue;
      writeFileSync(join(GOLDEN, file), text);
      console.log(`renewed compliance/${file}`);
    }
  }
  for (const file of keptReports().filter((name) => !known.has(name))) {
    rmSync(join(GOLDEN, file));
    console.log(`removed compliance/${file}`);
  }
}
