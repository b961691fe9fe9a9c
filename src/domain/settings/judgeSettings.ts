import type { ImageClass } from "../image/imageClass";
import type { RetentionRule } from "../image/policy";
import { type Rule, RULES, type Support } from "../image/ruleSupport";
import type { TagRules } from "../image/tags";
import { retentionConflicts, untaggedRule, withSpared } from "./ownRetention";
import type { Reading, RegistrySettings, RepositorySettings } from "./registrySettings";
import { type SelectedTags, selectedTags, selectorText, type TagImmutability } from "./tagSelector";

/** What of a stage's registry its settings are compared with. */
export interface SettingsWanted {
  class: ImageClass;
  /** Who answers for it; absent where the stage does not say. */
  owner?: string;
  /** Repositories that anybody may pull. */
  public?: readonly string[];
  tagRules: TagRules;
  rules: Readonly<Partial<Record<Rule, Support>>>;
}

/** Whether a rule that is expected of a setting is kept by it: read and set, read and not set, or not read. */
export const SETTING_VERDICTS = ["native", "missing", "unread"] as const;
type SettingVerdict = (typeof SETTING_VERDICTS)[number];

/** What was read of the setting that keeps a rule, in all repositories. */
interface RuleJudgement {
  rule: Rule;
  verdict: SettingVerdict;
  /** What was read, or why it was not, and what to set; one text for each that differs. */
  texts: readonly string[];
}

/** What is said beside the rules. */
type FindingKind = "public" | "private" | "retention" | "immutable" | "place" | "owner";

/** Something that is not as the stage has it. */
interface SettingFinding {
  kind: FindingKind;
  /** A notice is said, and changes no exit code. */
  level: "finding" | "notice";
  repository: string;
  text: string;
}

/** What the settings of a registry come to. */
export interface SettingsJudgement {
  rules: readonly RuleJudgement[];
  findings: readonly SettingFinding[];
}

interface Verdict {
  verdict: SettingVerdict;
  text: string;
}

const isNative = (text: string): Verdict => ({ verdict: "native", text });
const isMissing = (text: string): Verdict => ({ verdict: "missing", text });
const notRead = (text: string): Verdict => ({ verdict: "unread", text });

/** A verdict over what was read; what was not read has none but `unread`, whatever it would have been. */
function over<T>(reading: Reading<T>, judge: (value: T, shown: string) => Verdict): Verdict {
  return reading.state === "read" ? judge(reading.value, reading.shown) : notRead(`not read: ${reading.because}`);
}

/** The tags of the stage, and whether each may be moved. */
function movable(value: TagImmutability, tagRules: TagRules) {
  const tags = selectedTags(tagRules.forms, [...value.immutable, ...value.except]);
  return tags?.map((each) => ({ ...each, state: stateOf(value, each) }));
}

function stateOf({ immutable, except }: TagImmutability, { by }: SelectedTags): "moves" | "stays" | "unclear" {
  const [held, freed] = [immutable.map(by), except.map(by)];
  if (freed.includes("yes") || !held.some((one) => one !== "no")) return "moves";
  return held.includes("yes") && !freed.includes("perhaps") ? "stays" : "unclear";
}

function immutabilityVerdict(value: TagImmutability, shown: string, tagRules: TagRules): Verdict {
  const tags = movable(value, tagRules);
  const moves = tags?.find(({ state }) => state === "moves");
  if (moves) return isMissing(`${shown}: a tag such as ${moves.example} can be moved`);
  const unclear = tags?.find(({ state }) => state === "unclear");
  if (tags !== undefined && unclear === undefined) return isNative(shown);
  const selectors = [...value.immutable, ...value.except].flatMap((one) => (one ? [selectorText(one)] : []));
  return notRead(`not read: ${shown}: whether ${selectors.join("; ")} is about the stage's tags is for people to say`);
}

const isPublic = ({ visibility }: RepositorySettings): boolean =>
  visibility.state === "read" && visibility.value === "public";

/** What the settings of one repository say of one rule; undefined where the stage asks nothing of it there. */
function ruleVerdict(rule: Rule, settings: RepositorySettings, wanted: SettingsWanted): Verdict | undefined {
  switch (rule) {
    case "tag-immutability":
      if (wanted.tagRules.regime === "mutable") return undefined;
      return over(settings.immutability, (value, shown) => immutabilityVerdict(value, shown, wanted.tagRules));
    case "untagged-retention":
      return over(settings.retention, (value, shown) => {
        const deletes = untaggedRule(value);
        return deletes ? isNative(`${shown}: ${deletes.name}`) : isMissing(value.idle ?? shown);
      });
    case "anonymous-pull-off":
      if (wanted.public?.includes(settings.repository) === true) return undefined;
      return over(settings.visibility, (value, shown) => (value === "public" ? isMissing(shown) : isNative(shown)));
    default:
      return notRead("not read: no interface of a registry is asked about it");
  }
}

/** A text for each that differs, with the repositories it is of. */
function texts(found: readonly { repository: string; text: string }[]): readonly string[] {
  const different = [...new Set(found.map(({ text }) => text))];
  return different.slice(0, 20).map((text) => {
    const of = found.filter((one) => one.text === text).map(({ repository }) => repository);
    if (different.length === 1) return text;
    return `${of.slice(0, 3).join(", ")}${of.length > 3 ? ` and ${of.length - 3} more` : ""}: ${text}`;
  });
}

function judgeRule(rule: Rule, setting: string, settings: RegistrySettings, wanted: SettingsWanted): RuleJudgement[] {
  if (settings.repositories.length === 0) {
    return [{ rule, verdict: "unread", texts: ["not read: the stage has no repository of this class"] }];
  }
  const found = settings.repositories.flatMap((each) => {
    const verdict = ruleVerdict(rule, each, wanted);
    return verdict ? [{ repository: each.repository, ...verdict }] : [];
  });
  if (found.length === 0) return [];
  const worst = (["missing", "unread"] as const).find((one) => found.some(({ verdict }) => verdict === one));
  if (worst === undefined) return [{ rule, verdict: "native", texts: texts(found) }];
  const said = texts(found.filter(({ verdict }) => verdict === worst));
  return [{ rule, verdict: worst, texts: worst === "missing" ? [...said, `set: ${setting}`] : said }];
}

function visibilityFindings(settings: RepositorySettings, wanted: SettingsWanted): SettingFinding[] {
  const { repository, visibility } = settings;
  if (visibility.state !== "read") return [];
  const listed = wanted.public?.includes(repository) === true;
  if (isPublic(settings) && wanted.class === "secure") {
    const text = `${visibility.shown}: anybody may pull it, and no secure image may be public; make it private`;
    return [{ kind: "public", level: "finding", repository, text }];
  }
  if (isPublic(settings) && !listed) {
    const text = `${visibility.shown}: anybody may pull it; make it private, or name it in public of the stage file`;
    return [{ kind: "public", level: "finding", repository, text }];
  }
  if (!listed || isPublic(settings)) return [];
  const text = `${visibility.shown}: the stage file names it public, and not everybody may pull it`;
  return [{ kind: "private", level: "notice", repository, text }];
}

function retentionFindings(settings: RepositorySettings, wanted: SettingsWanted, rule: RetentionRule) {
  const { repository, retention, immutability } = settings;
  if (retention.state !== "read") return [];
  const own = immutability.state === "read" ? withSpared(retention.value, immutability.value) : retention.value;
  const found = retentionConflicts(own, wanted.tagRules, rule);
  const finding = (text: string): SettingFinding => ({ kind: "retention", level: "finding", repository, text });
  if (found !== "unclear") return found.map(({ text }) => finding(`${settings.of}: ${text}`));
  return [finding(`${settings.of}: ${retention.shown}: which of the stage's tags it deletes is for people to say`)];
}

/** A tag that every publication moves, such as `latest`: its form is one word. */
const MOVES = /^\^[a-z0-9-]+\$$/;

/** Where tags move, a registry that holds them stops the second publication. */
function immutabilityFindings({ repository, immutability }: RepositorySettings, { tagRules }: SettingsWanted) {
  if (tagRules.regime === "immutable" || immutability.state !== "read") return [];
  const forms = tagRules.forms.filter(({ pattern }) => MOVES.test(pattern));
  const held = movable(immutability.value, { ...tagRules, forms })?.filter(({ state }) => state !== "moves") ?? [];
  if (held.length === 0) return [];
  const tags = held.map(({ example }) => example).join(", ");
  const text = `${immutability.shown}: ${tags} cannot be moved, and every publication of this stage moves it; except it`;
  return [{ kind: "immutable", level: "finding", repository, text } satisfies SettingFinding];
}

function placeFindings({ repository, place, owner }: RepositorySettings, wanted: SettingsWanted): SettingFinding[] {
  const parts = place.state === "read" ? place.value : [];
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  const wrong = parts.filter((part) => !same(part.wanted, part.found));
  const findings = wrong.map(({ part, wanted: expected, found }): SettingFinding => {
    return { kind: "place", level: "finding", repository, text: `${part} is ${found}; expected: ${expected}` };
  });
  if (wanted.owner === undefined || owner.state !== "read") return findings;
  if ([wanted.owner, ...parts.map(({ wanted: expected }) => expected)].some((one) => same(one, owner.value))) {
    return findings;
  }
  const text = `${owner.shown}; the stage file says that ${wanted.owner} answers for it`;
  return [...findings, { kind: "owner", level: "notice", repository, text }];
}

/**
 * Says of every rule that is expected of a setting whether the setting was read and keeps it, and of everything else that
 * was read where it is not as the stage has it. Of what was not read nothing is said but that. Pure.
 *
 * @param retention the stage's own rule
 */
export function judgeSettings(
  settings: RegistrySettings,
  wanted: SettingsWanted,
  retention: RetentionRule,
): SettingsJudgement {
  const rules = RULES.flatMap((rule) => {
    const support = wanted.rules[rule];
    return support?.support === "expected" ? judgeRule(rule, support.setting, settings, wanted) : [];
  });
  const findings = settings.repositories.flatMap((each) => [
    ...placeFindings(each, wanted),
    ...visibilityFindings(each, wanted),
    ...immutabilityFindings(each, wanted),
    ...retentionFindings(each, wanted, retention),
  ]);
  return { rules, findings };
}
