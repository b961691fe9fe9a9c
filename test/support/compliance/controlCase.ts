import type { ComplianceFacts } from "../../../src/controls/facts";

/** A control with facts it passes and facts it fails. */
export interface ControlCase {
  id: string;
  /** Nothing said: the ideal stage. */
  pass: ComplianceFacts | Record<string, never>;
  fail: ComplianceFacts;
}
