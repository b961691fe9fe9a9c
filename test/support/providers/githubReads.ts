import type { Directory } from "./directory";
import type { PropertySpec } from "./constraints";
import { specOf } from "./constraints";
import { GITHUB } from "./githubIds";
import { isPlainFields, listAt, textAt } from "./lookup";
import { toPlain } from "./secrecy";
import { DEFAULTS, type Fields, isFields, isList, type Plain, type PlainFields, type Value } from "./values";

/** Roles of a repository, the least first. */
const ROLES = ["pull", "triage", "push", "maintain", "admin"];

/**
 * What the provider's Read makes of what GitHub answers. It is less than the whole truth:
 * - reviewers and preventSelfReview are set where GitHub has a rule `required_reviewers`, and left as the state has them
 *   where it has none (v6.13.0, resource_github_repository_environment.go, Read; terraform-provider-github#3609);
 * - GitHub gives `bypass_actors` to callers with write access alone, and what is absent is an empty list
 *   (util_rules.go, flattenBypassActors);
 * - a collaborator's permission is the role that he has by whatever way (resource_github_repository_collaborator.go).
 *
 * @param before the outputs that the state holds
 */
export function readInputs(type: string, stored: PlainFields, before: Fields, directory: Directory): PlainFields {
  if (type === GITHUB.environment && listAt(stored, "reviewers").length === 0) {
    const { reviewers, preventSelfReview } = before;
    return {
      ...stored,
      ...toPlain({ ...given("reviewers", reviewers), ...given("preventSelfReview", preventSelfReview) }),
    };
  }
  if (type === GITHUB.ruleset && !directory.seesBypass) {
    return Object.fromEntries(Object.entries(stored).filter(([name]) => name !== "bypassActors"));
  }
  if (type === GITHUB.collaborator) {
    const [asked, has] = [textAt(stored, "permission"), directory.roles.get(textAt(stored, "username").toLowerCase())];
    return { ...stored, permission: ROLES.indexOf(has ?? "") > ROLES.indexOf(asked) ? (has ?? asked) : asked };
  }
  return stored;
}

const given = (name: string, value: Value | undefined): Fields => (value === undefined ? {} : { [name]: value });

/** An environment's outputs as the bridge gives them: a set without members is null. */
export function withEmptySets(outputs: PlainFields): PlainFields {
  const { reviewers } = outputs;
  if (!Array.isArray(reviewers)) return outputs;
  const sets = (reviewers as readonly Plain[]).map((one) => {
    if (!isPlainFields(one)) return one;
    const set = (name: string): Plain => (listAt(one, name).length > 0 ? (one[name] ?? null) : null);
    return { teams: set("teams"), users: set("users") };
  });
  return { ...outputs, reviewers: sets };
}

/**
 * Inputs as the bridge's Check answers them: with the defaults of the schema, and in each object the names of those it
 * filled in. Source: pulumi-terraform-bridge, pkg/tfbridge/schema.go (applyDefaults, defaultsKey).
 */
export function withDefaults(type: string, inputs: Fields): Fields {
  return filled(specOf(type).properties, inputs);
}

function filled(specs: Readonly<Record<string, PropertySpec>>, inputs: Fields): Fields {
  const missing = Object.entries(specs).filter(
    ([name, spec]) => spec.default !== undefined && inputs[name] === undefined,
  );
  const inner = Object.entries(inputs)
    .filter(([name]) => name !== DEFAULTS)
    .map(([name, value]): [string, Value] => [name, filledValue(specs[name], value)]);
  const defaults = missing.map(([name, spec]): [string, Value] => [name, spec.default ?? null]);
  return { ...Object.fromEntries([...inner, ...defaults]), [DEFAULTS]: missing.map(([name]) => name).sort() };
}

function filledValue(spec: PropertySpec | undefined, value: Value): Value {
  if (isList(value)) return value.map((item) => filledValue(spec?.items, item));
  return isFields(value) ? filled(spec?.properties ?? {}, value) : value;
}
