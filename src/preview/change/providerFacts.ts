import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { plainToken } from "../../base/azure/typeToken";
import { DualRegistryError } from "../../base/errors";
import { covers, parsePath, type PathPart } from "./values";

/** What a change of one property does to its resource. */
export type Effect = "update" | "replace" | "may-replace";

/** An effect with its reason; an update needs none. */
export interface EffectWithReason {
  effect: Effect;
  why?: string;
}

const factsSchema = z.object({
  resources: z.record(z.string(), z.object({ replace: z.record(z.string(), z.string()), update: z.array(z.string()) })),
});

/** Which properties replace a resource and which are updated in place, by type token. */
export type ProviderFacts = z.infer<typeof factsSchema>;

/**
 * Reads the facts that stand beside this file, or another file of the same form.
 *
 * @throws DualRegistryError PREVIEW_FAILED when the file is not of that form
 */
export function loadProviderFacts(file = join(__dirname, "provider-facts.json")): ProviderFacts {
  try {
    return factsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `Cannot read the provider facts in "${file}": ${reason}. Restore the file from the repository.`;
    throw new DualRegistryError("PREVIEW_FAILED", message, { cause: error });
  }
}

/**
 * What a change at a path does. The longest listed path around it decides; one that stands in both lists replaces.
 * Positions in lists do not count: a fact about `rules.days` speaks of every rule.
 * Every API version of a type is one type: no version lets a path parameter or a region change.
 * A type that is not listed, and a property no list covers, may replace: what is unknown is never shown as harmless.
 */
export function effectOf(facts: ProviderFacts, type: string, path: readonly PathPart[]): EffectWithReason {
  const plain = plainToken(type);
  const known = Object.hasOwn(facts.resources, plain) ? facts.resources[plain] : undefined;
  if (known === undefined) return { effect: "may-replace", why: `nothing is known about ${type}` };
  const property = named(path);
  const length = (listed: string): number => {
    const parts = named(parsePath(listed));
    return covers(parts, property) ? parts.length : 0;
  };
  const updates = Math.max(0, ...known.update.map(length));
  let best: { length: number; why: string } = { length: 0, why: "" };
  for (const [listed, why] of Object.entries(known.replace)) {
    if (length(listed) > best.length) best = { length: length(listed), why };
  }
  if (best.length > 0 && best.length >= updates) return { effect: "replace", why: best.why };
  return updates > 0 ? { effect: "update" } : { effect: "may-replace", why: "no fact covers this property" };
}

function named(path: readonly PathPart[]): readonly PathPart[] {
  return path.filter((part) => typeof part === "string" && part !== "*");
}
