import { inlineValue } from "../../base/text/value";
import {
  CHANGE_KINDS,
  type ChangeKind,
  type Finding,
  type FindingKind,
  type StageChanges,
  type Verdict,
} from "../change/changes";
import { nameOf, typeOf } from "../change/pairResources";
import type { RecordedOptions, RecordedResource, Recording } from "../recording";

/** Gives a URN its shortest name that is unique in the stage. */
export type ShortName = (urn: string) => string;

/** Short names for one stage: the resource's name, with its type where two share the name. */
export function shortNames(resources: readonly RecordedResource[]): ShortName {
  const count = new Map<string, number>();
  for (const { name } of resources) count.set(name, (count.get(name) ?? 0) + 1);
  return (urn) => {
    const name = nameOf(urn);
    return (count.get(name) ?? 0) > 1 ? `${shortType(typeOf(urn))} ${name}` : name;
  };
}

/** The last part of a type token: `Registry`. */
export function shortType(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}

/** One option in words. */
export interface OptionText {
  label: string;
  text: string;
}

/** The options as people read them, in a fixed order; `true` needs no text. */
export function optionTexts(options: RecordedOptions, short: ShortName): readonly OptionText[] {
  const urns = (list: readonly string[] | undefined): string | undefined => list?.map(short).join(", ");
  const list = (items: readonly string[] | undefined): string | undefined => items?.join(", ");
  const flag = (value: boolean | undefined): string | undefined =>
    value === undefined ? undefined : value ? "" : "false";
  const all: readonly (readonly [string, string | undefined])[] = [
    ["protect", flag(options.protect)],
    ["import", options.import],
    ["retain on delete", flag(options.retainOnDelete)],
    ["delete before replace", flag(options.deleteBeforeReplace)],
    ["ignore changes", list(options.ignoreChanges)],
    ["replace on changes", list(options.replaceOnChanges)],
    ["depends on", urns(options.dependsOn)],
    ["deleted with", options.deletedWith === undefined ? undefined : short(options.deletedWith)],
    ["replaced with", urns(options.replaceWith)],
    ["aliases", options.aliases?.map(inlineValue).join(", ")],
    ["provider", options.provider],
    ["secret outputs", list(options.additionalSecretOutputs)],
    ["timeouts", options.customTimeouts === undefined ? undefined : inlineValue(options.customTimeouts)],
    ["hidden diffs", list(options.hideDiffs)],
  ];
  return all.flatMap(([label, text]) => (text === undefined ? [] : [{ label, text }]));
}

/** A resource with the resources below it. */
export interface Branch {
  resource: RecordedResource;
  children: readonly Branch[];
}

/** The resources as a forest by parent; a resource whose parent is not there is a root. */
export function branches(recording: Recording): readonly Branch[] {
  const urns = new Set(recording.resources.map(({ urn }) => urn));
  const children = new Map<string, RecordedResource[]>();
  for (const resource of recording.resources) {
    const { parent = "" } = resource;
    const key = urns.has(parent) && parent !== resource.urn ? parent : "";
    children.set(key, [...(children.get(key) ?? []), resource]);
  }
  const below = (urn: string): readonly Branch[] =>
    (children.get(urn) ?? []).map((resource) => ({ resource, children: below(resource.urn) }));
  return below("");
}

/** What people read for each kind; a certain replacement is the loud one. */
export const KIND_WORDS: Readonly<Record<ChangeKind, string>> = {
  replace: "REPLACE",
  "may-replace": "may replace",
  delete: "delete",
  create: "create",
  update: "update",
  state: "only Pulumi's state",
};

/** What people read for each kind of finding. */
export const FINDING_WORDS: Readonly<Record<FindingKind, string>> = {
  ...KIND_WORDS,
  ...{ moved: "moved", removed: "removed", renamed: "renamed", inserted: "inserted", reordered: "reordered" },
  ...{ provider: "another provider setting", transition: "another setting" },
};

/** How many changes of a kind a stage has. */
export function countOf(stage: StageChanges, kind: ChangeKind): number {
  return stage.changes.filter((change) => change.kind === kind).length;
}

/** The counts of a stage in one line: `1 REPLACE, 2 update, 20 same`. */
export function stageCounts(stage: StageChanges): string {
  const kinds = CHANGE_KINDS.map((kind) => ({ kind, count: countOf(stage, kind) })).filter(({ count }) => count > 0);
  return [...kinds.map(({ kind, count }) => `${count} ${KIND_WORDS[kind]}`), `${stage.same} same`].join(", ");
}

/** How grave a finding is, in a word or two. */
export const gravity = ({ kind, certain, allowed, note }: Finding): string => {
  if (note === true) return "note";
  if (allowed) return "allowed";
  return certain && Object.hasOwn(KIND_WORDS, kind) ? "REFUSED" : "LOOK AT";
};

/** A finding's subject: `Registry orders-secure-registry`, `image orders/api`. */
export const subjectOf = ({ type, name }: Finding): string => `${shortType(type)} ${name}`;

/** What the findings come to, in one line. */
export function verdictText({ findings }: Verdict): string {
  const count = (word: string): number => findings.filter((finding) => gravity(finding) === word).length;
  const [refused, open, allowed] = [count("REFUSED"), count("LOOK AT"), count("allowed")];
  const parts = [
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(open > 0 ? [`${open} to look at`] : []),
    ...(allowed > 0 ? [`${allowed} allowed by --allow-replace`] : []),
  ];
  return parts.join(", ") || "nothing that must be looked at";
}
