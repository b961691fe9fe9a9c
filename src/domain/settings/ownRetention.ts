import type { RetentionRule } from "../image/policy";
import type { TagRules } from "../image/tags";
import { type SelectedTags, selectedTags, type TagImmutability, type TagSelector } from "./tagSelector";

/** When a rule of a registry reaches an image. */
export type Bound =
  /** A deletion of what is older, a keeping of what is younger, by its push or by its last pull. */
  | { by: "push" | "pull"; days: number }
  /** A deletion of all but the newest, a keeping of the newest. */
  | { newest: number }
  | "always";

/** One rule of a registry's own retention policy. */
export interface OwnRule {
  /** As its owner finds it there, such as `rule 1`. */
  name: string;
  action: "delete" | "keep";
  /** Which manifests it is about. */
  manifests: "tagged" | "untagged" | "all";
  /** Absent: every tag. */
  selector?: TagSelector;
  bound: Bound;
  /** True where a deletion only puts images where nobody can pull them before they are restored (ECR). */
  archives?: boolean;
}

/** A registry's own retention policy, as its interface gives it. */
export interface OwnRetention {
  rules: readonly OwnRule[];
  /** True where the first rule that is about an image decides, and none behind it looks at the image (ECR). */
  firstDecides?: boolean;
  /** Why it deletes nothing at all, such as a dry run; absent where it does. */
  idle?: string;
  /** True where it deletes no image whose tag is immutable. */
  sparesImmutable?: boolean;
}

const days = (count: number): string => `${count} ${count === 1 ? "day" : "days"}`;

/** A stage's retention in words. */
function retentionText(rule: RetentionRule): string {
  switch (rule.rule) {
    case "forever":
      return "images are kept for ever";
    case "keep":
      return `images are kept for ${days(rule.days)} after the push at least`;
    case "inactive":
      return `images are kept until ${days(rule.days)} after the last push or pull`;
    case "newest":
      return `the newest ${rule.count} images are kept`;
  }
}

function deletionText({ name, bound, archives }: OwnRule): string {
  const does = `${JSON.stringify(name)} ${archives === true ? "archives" : "deletes"}`;
  if (bound === "always") return `${does} all that nothing keeps`;
  if ("newest" in bound) return `${does} all but the newest ${bound.newest}`;
  return `${does} ${days(bound.days)} after the ${bound.by === "push" ? "push" : "last pull"}`;
}

/** True where a deletion alone leaves all that the stage keeps. */
function leaves({ bound, manifests }: OwnRule, rule: RetentionRule): boolean {
  if (bound === "always" || rule.rule === "forever") return false;
  // Who counts what has no tag as well counts signatures and platforms, and leaves fewer images.
  if (rule.rule === "newest") return manifests === "tagged" && "newest" in bound && bound.newest >= rule.count;
  if (!("by" in bound) || bound.days < rule.days) return false;
  // Who counts from the push deletes what is still pulled.
  return rule.rule === "keep" || bound.by === "pull";
}

/** True where what the registry keeps for sure is all that the stage keeps. */
function covers(keeps: readonly Bound[], rule: RetentionRule): boolean {
  if (keeps.includes("always")) return true;
  const since = (by: "push" | "pull", least: number) =>
    keeps.some((bound) => bound !== "always" && "by" in bound && bound.by === by && bound.days >= least);
  switch (rule.rule) {
    case "forever":
      return false;
    case "keep":
      return since("push", rule.days);
    case "inactive":
      return since("push", rule.days) && since("pull", rule.days);
    case "newest":
      return keeps.some((bound) => bound !== "always" && "newest" in bound && bound.newest >= rule.count);
  }
}

/** The rules that delete a tag, or perhaps do, in the order in which the registry goes by them. */
function deletionsOf({ rules, firstDecides = false }: OwnRetention, tags: SelectedTags) {
  const about: { rule: OwnRule; sure: boolean }[] = [];
  for (const rule of rules) {
    if (rule.manifests === "untagged") continue;
    const selected = tags.by(rule.selector);
    if (selected === "no") continue;
    if (rule.action === "delete") about.push({ rule, sure: selected === "yes" });
    if (firstDecides && selected === "yes") break;
  }
  return about;
}

const keepsOf = ({ rules }: OwnRetention, tags: SelectedTags): readonly Bound[] =>
  rules
    .filter(({ action, manifests, selector }) => {
      return action === "keep" && manifests !== "untagged" && tags.by(selector) === "yes";
    })
    .map(({ bound }) => bound);

/** An image that the registry would delete and the stage keeps. */
export interface RetentionConflict {
  /** The form of its tag, and such a tag. */
  form: string;
  example: string;
  /** The rule of the registry, by its name. */
  rule: string;
  /** In words. */
  text: string;
}

/**
 * Compares a registry's own retention policy with the rule of the stage: every kind of tag that the policy would delete
 * while the stage keeps it. Kept longer than the stage asks is no conflict: the sweep is there for that.
 *
 * @returns `unclear` where the selectors of the policy are not read
 */
export function retentionConflicts(
  own: OwnRetention,
  tagRules: TagRules,
  rule: RetentionRule,
): readonly RetentionConflict[] | "unclear" {
  if (own.idle !== undefined) return [];
  const tags = selectedTags(
    tagRules.forms,
    own.rules.map(({ selector }) => selector),
  );
  if (tags === undefined) return own.rules.some(({ action }) => action === "delete") ? "unclear" : [];
  const found = tags.flatMap((each) => {
    const keeps = keepsOf(own, each);
    const deletion = deletionsOf(own, each).find((one) => !leaves(one.rule, rule));
    if (deletion === undefined || covers(keeps, rule)) return [];
    const { rule: by, sure } = deletion;
    const tag = sure ? `such as the tag ${each.example}` : `perhaps such as the tag ${each.example}`;
    const text = `${deletionText(by)}, ${tag}, while ${retentionText(rule)} in this stage`;
    return [{ form: each.form, example: each.example, rule: by.name, text }];
  });
  // One tag for each form and rule says it.
  return found.filter(
    (one, at) => found.findIndex(({ form, rule: by }) => form === one.form && by === one.rule) === at,
  );
}

/** A policy with what it spares because its tag is immutable; such a tag must not be one that an exception takes. */
export function withSpared(own: OwnRetention, { immutable, except }: TagImmutability): OwnRetention {
  if (own.sparesImmutable !== true || except.length > 0) return own;
  const spared = immutable.map((selector): OwnRule => ({
    ...{ name: "immutable tags", action: "keep", manifests: "tagged", bound: "always" },
    ...(selector && { selector }),
  }));
  return { ...own, rules: [...own.rules, ...spared] };
}

/** The rule by which a registry deletes manifests without a tag; undefined where none does, or something keeps them. */
export function untaggedRule({ rules, idle }: OwnRetention): OwnRule | undefined {
  if (idle !== undefined) return undefined;
  const about = rules.filter(({ manifests }) => manifests !== "tagged");
  if (about.some(({ action, bound }) => action === "keep" && bound === "always")) return undefined;
  return about.find(({ action }) => action === "delete");
}
