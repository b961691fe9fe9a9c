import type { z } from "zod";
import { concerns, type Problem, withoutConsequences } from "../base/decode/problems";
import { formerPath, salvage } from "../base/decode/salvage";
import { type RawConfig, SHARED_FILE } from "../project";

/** Takes one key after another out of a raw configuration and gathers what is wrong. */
export class KeyReader {
  readonly problems: Problem[] = [];
  /** Of lists of which elements were dropped, at any depth: where each of the rest stands in the file. */
  private readonly former = new Map<string, readonly number[]>();

  constructor(
    private readonly raw: RawConfig,
    private readonly fileOf: (key: string) => string,
  ) {}

  /** True where the key was given, decodable or not. */
  has(key: string): boolean {
    return this.raw.values.has(key);
  }

  /**
   * The value of a key before it is decoded: an object or list from its JSON, a text as it is.
   * A value with something encrypted in it is not looked at unless the key is declared secret.
   */
  structure(key: string): unknown {
    if (this.raw.secretKeys.has(key)) {
      this.complain(key, "is encrypted, and no field of it is a secret", "allowed: the value in plain text");
      return undefined;
    }
    const text = this.raw.values.get(key);
    if (text === undefined || !/^\s*[[{]/.test(text)) return text;
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }

  /** True where the stage's file holds a key of all stages: that is told already, and its value is not looked at. */
  private misplaced(key: string): boolean {
    const stageFile = this.raw.files.stages.find(({ stack }) => stack === this.raw.stack);
    return this.fileOf(key) === SHARED_FILE && stageFile?.keys.includes(key) === true;
  }

  /** True where a problem that is told already says why a key is not there, such as its name misspelt. */
  tells(key: string): boolean {
    return this.problems.some((problem) => concerns(problem, key));
  }

  /**
   * Decodes a key that must be there; a problem that is told already, such as its name misspelt, says why it is not.
   *
   * @param example the value as people write it
   */
  required<T>(key: string, schema: z.ZodType<T>, example: string): T | undefined {
    if (!this.has(key)) {
      if (this.tells(key)) return undefined;
      this.complain(key, "missing", `add it to ${this.fileOf(key)}, such as ${example}`);
      return undefined;
    }
    return this.optional(key, schema);
  }

  /** Decodes a key that may be left out. */
  optional<T>(key: string, schema: z.ZodType<T>): T | undefined {
    if (!this.has(key) || this.misplaced(key)) return undefined;
    const structure = this.structure(key);
    return structure === undefined ? undefined : this.decode(key, structure, schema);
  }

  /** Decodes a value that stands below a key. */
  decode<T>(path: string, structure: unknown, schema: z.ZodType<T>): T | undefined {
    const read = salvage(schema, structure, path, this.fileOf(path.split(".")[0] ?? path));
    const { value, problems, former } = read;
    for (const [list, indices] of former) this.former.set(list, indices);
    this.problems.push(...problems);
    return value;
  }

  /** Adds what is wrong with decoded values, whose lists may lack elements: they are counted as the file has them. */
  add(problems: readonly Problem[]): void {
    for (const problem of problems) this.problems.push({ ...problem, path: formerPath(problem.path, this.former) });
  }

  /** Every problem that does not only follow from another. */
  causes(): Problem[] {
    return withoutConsequences(this.problems, (key, name) => {
      return this.raw.values.get(key)?.toLowerCase().includes(name.toLowerCase()) ?? true;
    });
  }

  complain(path: string, what: string, allowed: string): void {
    this.problems.push({ file: this.fileOf(path.split(".")[0] ?? path), path, what, allowed });
  }
}
