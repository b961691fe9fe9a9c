import { DualRegistryError } from "../../../base/errors";
import { quoted } from "../../../base/text/quote";
import { isUnsafe } from "../../../base/text/unsafe";
import type { ImageClass } from "../../image/imageClass";

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
  if (isUnsafe(text)) {
    throw new DualRegistryError(
      "CONTENT_INVALID",
      `${quoted(text)} cannot stand in a query: it holds a control character; allowed: names`,
    );
  }
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** A list of texts as KQL writes it behind `in`; never empty, since KQL takes no empty list. */
export const kqlTexts = (texts: readonly string[]): string =>
  `(${(texts.length === 0 ? [""] : texts).map(kqlText).join(", ")})`;

/** A time as KQL writes it. @throws RangeError for an invalid date */
export const kqlTime = (at: Date): string => `datetime(${at.toISOString()})`;

/** What the queries of a stage's audit are about. */
export interface AuditQuestion {
  /** Names of the stage's own registries; a class whose registry is only named has none. */
  registries: Readonly<Partial<Record<ImageClass, string>>>;
  /** Repositories whose images are secure ones. */
  secureRepositories: readonly string[];
  /** Identities of scanners, such as Defender's in this tenant: what they pull is left out. */
  scanners: readonly string[];
}

/** A stage with one registry of each class. */
export const EXAMPLE: AuditQuestion = {
  registries: { secure: "ordersqasecure", standard: "ordersqastandard" },
  secureRepositories: ["orders/api"],
  scanners: ["b21cb118-5a59-4628-bab0-3c3f0e434c16"],
};

/** Names of the registries, sorted; every log of Azure writes resource ids in any letter case. */
export const registryNames = ({ registries }: AuditQuestion): string[] =>
  Object.values(registries)
    .map((name) => name.toLowerCase())
    .sort();

/**
 * Keeps the events of these registries, and calls each by its name: a workspace may hold those of other stages.
 * The resource id is known before the registry's host is, so nothing here waits for the cloud.
 */
export const ofRegistries = (
  names: readonly string[],
): string => `| extend Registry = tolower(tostring(split(_ResourceId, "/")[-1]))
| where _ResourceId contains "/Microsoft.ContainerRegistry/registries/" and Registry in ${kqlTexts(names)}`;

/** Keeps the pulls of images by digest or tag, without those of scanners. */
export const pullsOf = ({ scanners }: AuditQuestion): string => `| where OperationName startswith "Pull"
| where not(UserAgent has_any ${kqlTexts(SCANNER_AGENTS)})
| where isempty(Identity) or Identity !in~ ${kqlTexts(scanners)}`;

/** Keeps the events of a registry that gave this HTTP status. */
export const withStatus = (status: number): string => `| where ResultDescription == ${kqlText(String(status))}`;

/**
 * Words in the user agents of scanners of Azure. Microsoft documents that Defender for Cloud pulls every image, not by
 * what name: a scanner that is not known by these keeps what it pulls, which is the safe way to be wrong.
 */
export const SCANNER_AGENTS = ["Defender", "MDC", "AzureSecurityCenter"] as const;
