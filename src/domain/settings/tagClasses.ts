import { type Glob, globAccepts, type GlobPlaces, globStart, globStep } from "./glob";

/** What a tag may be, as the rules of a stage say. */
interface TagForm {
  name: string;
  /** A whole-string expression of this project's own. */
  pattern: string;
}

/** Tags of one form that the same globs match. */
export interface TagClass {
  form: string;
  /** One of these tags. */
  example: string;
  /** For each glob whether it matches. */
  matches: readonly boolean[];
}

/** Characters of a tag. Source: OCI distribution specification 1.1, `<reference>` as a tag. */
const CHARACTERS = Array.from("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-");
/** Copies that a count may ask for at least, and at most before it counts as endless: longer tags are looked at too. */
const MAX_COPIES = 128;
const ENDLESS = 40;

/** An expression taken apart: one of some characters, parts in a row, one of some parts, a part so many times. */
type Part =
  { on: string } | { row: readonly Part[] } | { either: readonly Part[] } | { part: Part; least: number; most: number };

const NOTHING: Part = { row: [] };
const charactersIn = (expression: RegExp): string => CHARACTERS.filter((one) => expression.test(one)).join("");

/** Reads the expressions of this project's tag forms: characters, classes, groups, alternatives, counts, look-aheads. */
class FormReader {
  private at = 0;

  constructor(private readonly text: string) {}

  /** @returns undefined for an expression of another kind */
  whole(): Part | undefined {
    const part = this.either();
    return this.at < this.text.length ? undefined : part;
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    const taken = pattern.exec(this.text.slice(this.at));
    this.at += taken?.[0].length ?? 0;
    return taken ?? undefined;
  }

  private either(): Part | undefined {
    const either: Part[] = [];
    do {
      const row: Part[] = [];
      while (this.at < this.text.length && !/[|)]/.test(this.text[this.at] ?? "")) {
        const part = this.counted();
        if (part === undefined) return undefined;
        row.push(part);
      }
      either.push({ row });
    } while (this.take(/^\|/));
    return { either };
  }

  private counted(): Part | undefined {
    const part = this.item();
    const count = this.take(/^(?:([*+?])|\{(\d{1,3})(?:(,)(\d{1,3})?)?\})/);
    if (part === undefined || count === undefined) return part;
    const [, sign, low, comma, high] = count;
    const least = sign === undefined ? Number(low) : sign === "+" ? 1 : 0;
    const endless = sign === undefined ? comma !== undefined && high === undefined : sign !== "?";
    const most = endless ? Infinity : sign === "?" ? 1 : Number(high ?? low);
    if (least > MAX_COPIES) return undefined;
    return { part, least, most: most > ENDLESS && most > least ? Infinity : most };
  }

  private item(): Part | undefined {
    if (this.take(/^[\^$]/)) return NOTHING;
    const group = this.take(/^\((?:\?([:=!]))?/);
    if (group) {
      const part = this.either();
      // A look-ahead is passed over: what it forbids is looked at too, which errs on the side of more tags.
      return part && this.take(/^\)/) ? (/[=!]/.test(group[1] ?? "") ? NOTHING : part) : undefined;
    }
    const [, digits, literal, list, plain] =
      this.take(/^(?:(\\d)|\\([.-])|\[((?:\\[d.-]|[A-Za-z0-9_.-])+)\]|([A-Za-z0-9_-]))/) ?? [];
    if (digits ?? list) return { on: charactersIn(list === undefined ? /\d/ : new RegExp(`[${list}]`, "u")) };
    const on = literal ?? plain;
    return on === undefined ? undefined : { on };
  }
}

/** A machine that reads tags: from each state, on one of some characters or on none, to another. The first begins. */
interface Machine {
  steps: { on: string; to: number }[][];
  end: number;
}

function machineOf(pattern: string): Machine | undefined {
  const whole = new FormReader(pattern).whole();
  if (whole === undefined) return undefined;
  const steps: Machine["steps"] = [];
  const state = (): number => steps.push([]) - 1;
  const step = (from: number, to: number, on = ""): number => {
    steps[from]?.push({ on, to });
    return to;
  };
  const build = (part: Part, from: number): number => {
    if ("on" in part) return step(from, state(), part.on);
    if ("row" in part) return part.row.reduce((at, each) => build(each, at), from);
    const end = state();
    if ("either" in part) {
      for (const each of part.either) step(build(each, step(from, state())), end);
      return end;
    }
    const { least, most } = part;
    let at = step(from, state());
    for (let copy = 0; copy < (most === Infinity ? least : most); copy++) {
      if (copy >= least) step(at, end);
      at = step(build(part.part, at), state());
    }
    if (most === Infinity) step(build(part.part, at), at);
    return step(at, end);
  };
  return { end: build(whole, state()), steps };
}

/** Places that are looked at before it is given up. */
const MAX_PLACES = 200_000;

interface Place {
  state: number;
  read: string;
  globs: readonly GlobPlaces[];
}

/** Characters of which at least one of each sort is tried: those that a glob names, and one that none names. */
function tried(on: string, named: ReadonlySet<string>): readonly string[] {
  const characters = Array.from(on);
  const other = characters.find((one) => !named.has(one));
  return [...characters.filter((one) => named.has(one)), ...(other === undefined ? [] : [other])];
}

function classesOf(form: TagForm, machine: Machine, globs: readonly Glob[]): readonly TagClass[] | undefined {
  const named = new Set(globs.flatMap((glob) => glob.flatMap((token) => (typeof token === "object" ? token.one : []))));
  const found = new Map<string, TagClass>();
  const queue: Place[] = [{ state: 0, read: "", globs: globs.map(globStart) }];
  const seen = new Set<string>();
  for (let next = 0; next < queue.length; next++) {
    const place = queue[next];
    if (place === undefined) break;
    const key = `${place.state}|${place.globs.map((one) => one.join(",")).join("|")}`;
    if (seen.has(key)) continue;
    if (seen.size >= MAX_PLACES) return undefined;
    seen.add(key);
    if (place.state === machine.end) {
      const matches = globs.map((glob, at) => globAccepts(glob, place.globs[at] ?? []));
      const known = matches.join();
      if (!found.has(known)) found.set(known, { form: form.name, example: place.read, matches });
    }
    for (const { on, to } of machine.steps[place.state] ?? []) {
      if (on === "") queue.push({ ...place, state: to });
      for (const one of tried(on, named)) {
        const moved = globs.map((glob, at) => globStep(glob, place.globs[at] ?? [], one));
        queue.push({ state: to, read: `${place.read}${one}`, globs: moved });
      }
    }
  }
  return [...found.values()];
}

/**
 * Every way in which tags of these forms meet these globs, each with a tag that does: two tags of one class are the same
 * to whoever goes by the globs. So a rule of a registry is tried on a handful of tags, and holds for all.
 *
 * @returns undefined where that cannot be said: a form that is not read, or more ways than are looked at
 */
export function tagClasses(forms: readonly TagForm[], globs: readonly Glob[]): readonly TagClass[] | undefined {
  const all: TagClass[] = [];
  for (const form of forms) {
    const machine = machineOf(form.pattern);
    const classes = machine && classesOf(form, machine, globs);
    if (classes === undefined) return undefined;
    all.push(...classes);
  }
  return all;
}
