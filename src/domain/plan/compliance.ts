import { lastStage, type Stage, type Stages } from "../stage";

/** `mandatory`: a failure stops the run before anything is registered. `advisory`: it is reported. */
export const LEVELS = ["mandatory", "advisory"] as const;

/** One of these levels. */
export type Level = (typeof LEVELS)[number];

/** Part of a stage that a finding or a waiver is about: the registry of a class, or the stage itself. */
export const SCOPES = ["secure", "standard", "stage"] as const;

/** One of these parts. */
export type Scope = (typeof SCOPES)[number];

/** A failure that somebody accepts until a day, as the stage file has it. */
export interface Waiver {
  /** A control's id. */
  control: string;
  /** `stage`: all that the control says of the stage and of both classes. */
  scope: Scope;
  reason: string;
  /** A role of gates.roles, never a person. */
  approver: string;
  /** ISO date, such as 2027-03-31: the last day it holds (UTC). */
  expires: string;
}

/** What a stage file says of its compliance. */
export interface ComplianceSettings {
  /** Levels of controls, by id, where they are not the control's default. */
  levels: Readonly<Record<string, Level>>;
  waivers: readonly Waiver[];
  /** Years the audit log must be kept. */
  auditYears: number;
  /** Regions that images may be kept in; absent where nothing is said. */
  allowedLocations?: readonly string[];
  /** What names of registries begin with; absent where the company has no such convention. */
  namePrefix?: string;
}

/** Years the audit log of a stage must be kept where its file says nothing: the last a year, the others none. */
export function defaultAuditYears(stage: Stage, stages: Stages): number {
  return stage === lastStage(stages) ? 1 : 0;
}
