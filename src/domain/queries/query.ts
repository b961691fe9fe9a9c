import { DualRegistryError } from "../../errors";

/**
 * A query over the audit log that is kept in the project, so that it is reviewed and checked like code.
 * `text` makes it whole; without arguments it is the query over everything the workspace holds, or an example.
 */
export interface SavedQuery<Question = undefined> {
  /** Letters and digits, unique among all queries. */
  name: string;
  /** For people, one line. */
  title: string;
  /** What it is for and what its answer means. */
  purpose: string;
  /** The query in KQL. */
  text: (question?: Question) => string;
}

/**
 * A text as a KQL literal, such as `"orders/api"`: whatever is in it stays a text.
 *
 * @throws DualRegistryError CONTENT_INVALID for control characters, which no name of a resource holds
 */
export function kqlText(text: string): string {
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)) {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${JSON.stringify(text.slice(0, 200))} cannot stand in a query: it holds a control character; allowed: names`,
    );
  }
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** A list of texts as KQL writes it behind `in`; never empty, since KQL takes no empty list. */
export const kqlTexts = (texts: readonly string[]): string =>
  `(${(texts.length === 0 ? [""] : texts).map(kqlText).join(", ")})`;

/** A time as KQL writes it. @throws RangeError for an invalid date */
export const kqlTime = (at: Date): string => `datetime(${at.toISOString()})`;
