import {
  DEFAULTS,
  inside,
  isSecret,
  secretOf,
  UNKNOWN,
  isFields,
  isList,
  type Fields,
  type Plain,
  type PlainFields,
  type Value,
} from "./values";

/** A value without the marks of secrets; unknown values stay. */
export function reveal(value: Value): Value {
  if (isSecret(value)) return reveal(inside(value));
  if (isList(value)) return value.map(reveal);
  return isFields(value) ? revealAll(value) : value;
}

/** Properties without the marks of secrets. */
function revealAll(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, reveal(value)]));
}

/**
 * Properties as a cloud stores them.
 *
 * @throws Error when a value is unknown, which outside a preview none is
 */
export function toPlain(fields: Fields): PlainFields {
  const entries = Object.entries(fields).filter(([name]) => name !== DEFAULTS);
  return Object.fromEntries(entries.map(([name, value]) => [name, plainValue(value, name)]));
}

function plainValue(value: Value, path: string): Plain {
  const open = reveal(value);
  if (open === UNKNOWN) throw new Error(`'${path}' is unknown: outside a preview every value is known`);
  if (isList(open)) return open.map((item, index) => plainValue(item, `${path}[${index}]`));
  if (!isFields(open)) return isSecret(open) ? null : open;
  const entries = Object.entries(open).filter(([name]) => name !== DEFAULTS);
  return Object.fromEntries(entries.map(([name, inner]) => [name, plainValue(inner, `${path}.${name}`)]));
}

function holdsSecret(value: Value | undefined): boolean {
  if (isSecret(value)) return true;
  if (isList(value)) return value.some(holdsSecret);
  return isFields(value) && Object.values(value).some(holdsSecret);
}

/** Marks as secret whatever stands where the model has a secret, so that a secret stays one on its way through. */
function secretLike(value: Value, model: Value | undefined): Value {
  if (isFields(value) && isFields(model)) return secretFields(value, model);
  if (!holdsSecret(model)) return value;
  if (isList(value) && isList(model) && value.length === model.length) {
    return value.map((item, index) => secretLike(item, model[index]));
  }
  return secretOf(reveal(value));
}

/** {@link secretLike} for properties. */
export function secretFields(fields: Fields, model: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, secretLike(value, model[name])]));
}
