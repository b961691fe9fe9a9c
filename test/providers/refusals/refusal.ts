import type { Value } from "../../support/providers/values";

/** Inputs that a preview must refuse: what is changed of the sample, and what is said of it. */
export interface Refusal {
  title: string;
  type: string;
  over: Readonly<Record<string, Value | undefined>>;
  says: RegExp;
  /** Whether the real provider finds it only at up. */
  late?: boolean;
}
