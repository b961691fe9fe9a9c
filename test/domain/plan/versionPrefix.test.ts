import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeConfig } from "../../../src/config/decode";
import { candidateAfter, nextVersion } from "../../../src/domain/flow/nextMove";
import { stepOf, tagExamples } from "../../../src/domain/flow/step";
import { branchVersion, DEFAULT_BRANCHES } from "../../../src/domain/image/branchVersion";
import { promotionTags, versionProblems } from "../../../src/domain/image/promotionEdge";
import { formsOf, publishTags, tagAllowed } from "../../../src/domain/image/tags";
import {
  parseVersion,
  prefixProblem,
  VERSION_PREFIXES,
  type VersionPrefix,
  type VersionScheme,
  writeVersion,
} from "../../../src/domain/image/version";
import { planStage } from "../../../src/domain/plan/planStage";
import type { StagePlan } from "../../../src/domain/plan/stagePlan";
import { entryStage, gatedStages, isStageName, lastStage, stageBefore, type Stages } from "../../../src/domain/stage";
import { rawConfig } from "../../support/rawConfig";

const COMMIT = "3f2a9c1d5e7b8a6f4c2d1e0f9a8b7c6d5e4f3a2b";

/** Every stage of a product that writes its versions so. */
function plansOf({ stages, versionPrefix }: VersionScheme): StagePlan[] {
  const signOffs = Object.fromEntries(gatedStages(stages).map((stage) => [stage, ["owners"]]));
  const gates = { roles: { owners: [{ team: "owners", id: 1 }] }, signOffs, automation: { app: 2 } };
  const product = { name: "orders", domain: "company.com", repository: "orders", versionPrefix };
  return stages.map((stack, at) => {
    const before = stageBefore(stack, stages);
    const owns = at === 0 ? ["repository", "subscription"] : undefined;
    const others = at === 0 ? {} : { [stages[0]]: { owns: ["repository", "subscription"] } };
    const stage = { owns, ...(before === undefined ? {} : { before }) };
    return planStage(decodeConfig(rawConfig({ stack, shared: { stages, gates, product }, stage, others })));
  });
}

/** fnmatch with FNM_PATHNAME, as far as the patterns here go: `*` and sets of characters. */
const matchesGlob = (glob: string, ref: string): boolean =>
  new RegExp(`^${glob.replace(/[.+?^$(){}|\\]/g, "\\$&").replaceAll("*", "[^/]*")}$`).test(ref);

const lists = fc
  .uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{1,11}$/).filter(isStageName), { minLength: 1, maxLength: 5 })
  .map(([first = "live", ...others]): Stages => [first, ...others]);
const prefixes = fc.constantFrom(...VERSION_PREFIXES);
const numbers = fc.tuple(fc.nat(999), fc.nat(999), fc.nat(999)).map((parts) => parts.join("."));
const suffixes = fc.oneof(
  fc.constantFrom("", "-beta.20261101080910", "-dev.abc123"),
  fc.nat(99).map((n) => `-rc${n}`),
  fc.nat(99).map((n) => `-rc.${n}`),
  fc.nat(99).map((n) => `-beta${n}`),
);
const other = (prefix: VersionPrefix): VersionPrefix => (prefix === "v" ? "none" : "v");

describe("product.versionPrefix", () => {
  it("S3-1 planStage: nothing of a product matches a version of the other form, whatever the stages", () => {
    fc.assert(
      fc.property(lists, prefixes, numbers, suffixes, fc.nat(4), (stages, versionPrefix, text, suffix, at) => {
        const scheme = { stages, versionPrefix };
        const stage = stages[at % stages.length] ?? stages[0];
        const behind = suffix === "" && at > 2 ? `-${stage}` : suffix;
        const foreign = writeVersion(`${text}${behind}`, { versionPrefix: other(versionPrefix) });
        const release = writeVersion(text, scheme);
        for (const plan of plansOf(scheme)) {
          const { secure, standard } = plan.registries;
          for (const { tagRules } of [secure, standard]) assert.ok(!tagAllowed(tagRules, foreign), foreign);
          for (const name of formsOf(secure.tagRules).split(", "))
            if (name.includes("X.Y.Z")) assert.equal(name.startsWith("v"), versionPrefix === "v", name);
          const tags = plan.gates.rulesets.filter(({ target }) => target === "tag");
          for (const glob of tags.flatMap(({ include }) => include)) {
            assert.ok(!matchesGlob(glob, `refs/tags/${foreign}`), `${glob} ${foreign}`);
            assert.ok(matchesGlob(glob, `refs/tags/${release}${behind}`), `${glob} ${release}${behind}`);
          }
          for (const { refs } of plan.gates.environments) assert.ok(refs.every(({ on }) => on === "branch"));
        }
        const last = plansOf(scheme).at(-1);
        assert.ok(last && tagAllowed(last.registries.secure.tagRules, release), release);
      }),
      { numRuns: 60 },
    );
  });

  it("S3-1 the grammar refuses the other form wherever a version is given, and says the product's", () => {
    fc.assert(
      fc.property(lists, prefixes, numbers, suffixes, (stages, versionPrefix, text, suffix) => {
        const scheme = { stages, versionPrefix };
        const foreign = writeVersion(`${text}${suffix}`, { versionPrefix: other(versionPrefix) });
        const own = writeVersion(`${text}${suffix}`, scheme);
        const says = `allowed: ${own}`;
        assert.equal(parseVersion(foreign, scheme), undefined);
        assert.ok(prefixProblem(foreign, scheme)?.endsWith(says), foreign);
        assert.equal(prefixProblem(own, scheme), undefined);
        const step = stepOf(foreign, scheme);
        assert.ok("problem" in step && step.problem.endsWith(says));
        const [to, from] = [lastStage(stages), stageBefore(lastStage(stages), stages) ?? "nowhere"];
        const { tagRules: rules } = plansOf(scheme).at(-1)?.registries.secure ?? assert.fail("no plan");
        const edge = { from, to, ...scheme };
        const promoted = promotionTags({ reference: foreign, version: foreign, edge, rules, asked: [] });
        assert.ok(promoted.problems.some((problem) => problem.endsWith(says)));
        assert.ok(versionProblems({ source: foreign, wanted: writeVersion(text, scheme) }, scheme)[0]?.endsWith(says));
        const published = publishTags({ version: foreign, commit: COMMIT, stage: to, rules, ...scheme });
        assert.ok(published.problems.some((problem) => problem.endsWith(says)));
      }),
      { numRuns: 60 },
    );
  });

  it("S3-1 what is made next is of the product's form: versions, candidates, versions of branches, examples", () => {
    fc.assert(
      fc.property(lists, prefixes, fc.array(numbers, { maxLength: 5 }), (stages, versionPrefix, texts) => {
        const scheme = { stages, versionPrefix };
        const tags = texts.map((text) => writeVersion(text, scheme));
        const next = nextVersion(tags, scheme);
        const made = [next, candidateAfter(next, tags, scheme), ...tagExamples(scheme)];
        const createdAt = new Date("2026-11-01T08:09:10Z");
        for (const branch of ["main", "develop", "x"]) {
          const version = branchVersion({ core: next, branch, commit: COMMIT, createdAt, rules: DEFAULT_BRANCHES });
          made.push("version" in version ? version.version : assert.fail(version.problem));
        }
        for (const name of made) assert.match(name, versionPrefix === "v" ? /^v\d/ : /^\d/);
        const entry = entryStage(stages);
        assert.ok(parseVersion(entry === lastStage(stages) ? next : `${next}-${entry}`, scheme));
      }),
    );
  });
});
