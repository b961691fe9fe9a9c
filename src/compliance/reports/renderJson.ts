import { CONTROLS, OBSOLETE } from "../catalogue";
import type { Control } from "../control";
import type { ComplianceReport } from "./model";

/** All of a control but its function, which JSON leaves out. */
const texts = (control: Control): object => ({ ...control });

/** What JSON leaves as it is, and what a terminal or an editor obeys. */
const UNSEEN = /[\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The report with the texts of its controls, and the rules that are not evaluated any more. */
export function renderJson(report: ComplianceReport): string {
  const catalogue = { controls: CONTROLS.map(texts), obsolete: OBSOLETE };
  const text = JSON.stringify({ ...report, catalogue }, null, 2);
  return `${text.replace(UNSEEN, escaped)}\n`;
}
