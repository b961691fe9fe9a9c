import type { TagImmutability } from "../../../src/domain/settings/tagSelector";
import assert from "node:assert/strict";
import fc from "fast-check";
import { REGISTRY_KINDS } from "../../../src/domain/image/registryKind";
import { supportOf } from "../../../src/domain/image/ruleSupport";
import { tagRules } from "../../../src/domain/image/tags";
import { judgeSettings, type SettingsWanted } from "../../../src/domain/settings/judgeSettings";
import {
  none,
  read,
  type Reading,
  type RegistrySettings,
  type RepositorySettings,
  unread,
  VISIBILITIES,
} from "../../../src/domain/settings/registrySettings";
import { schemeOf } from "../../support/scheme";

const EVERY: TagImmutability = { immutable: [undefined], except: [] };
const repositoryOf = (different: Partial<RepositorySettings> = {}): RepositorySettings => ({
  ...{ repository: "orders/api", of: "repository orders/api" },
  immutability: read(EVERY, "imageTagMutability: IMMUTABLE"),
  retention: read(
    { rules: [{ name: "rule 1", action: "delete", manifests: "untagged", bound: { by: "push", days: 7 } }] },
    "lifecycle policy",
  ),
  scanning: read(true, "scanOnPush: true"),
  visibility: read("private", "private"),
  owner: read("123456789012", "registryId: 123456789012"),
  place: read([], "as named"),
  ...different,
});
const settingsOf = (...repositories: RepositorySettings[]): RegistrySettings => ({
  ...{ kind: "ecr", host: "registry.example.com", readAt: "2027-01-31T10:00:00.000Z" },
  ...{ referrers: none("-"), token: none("-"), repositories },
});
const wantedOf = (different: Partial<SettingsWanted> = {}, stage = "prod"): SettingsWanted => ({
  ...{ class: "standard", tagRules: tagRules(stage, schemeOf()), rules: supportOf("ecr") },
  ...different,
});
const ruleOf = (rule: string, repositories: RepositorySettings[], wanted = wantedOf()) =>
  judgeSettings(settingsOf(...repositories), wanted, { rule: "forever" }).rules.find((one) => one.rule === rule);
const findingsOf = (repository: RepositorySettings, wanted = wantedOf()) =>
  judgeSettings(settingsOf(repository), wanted, { rule: "forever" }).findings.map(
    ({ kind, level, text }) => `${level} ${kind}: ${text}`,
  );

describe("judgeSettings", () => {
  it("S2-3 S2-11 judgeSettings calls immutability native only where no tag of the stage can be moved", () => {
    const native = { rule: "tag-immutability", verdict: "native", texts: ["imageTagMutability: IMMUTABLE"] };
    assert.deepEqual(ruleOf("tag-immutability", [repositoryOf()]), native);
    const except = (glob: string) =>
      repositoryOf({ immutability: read({ ...EVERY, except: [{ globs: [glob] }] }, `except ${glob}`) });
    assert.equal(ruleOf("tag-immutability", [except("latest*")])?.verdict, "native");
    assert.deepEqual(ruleOf("tag-immutability", [except("v1.*")]), {
      ...{ rule: "tag-immutability", verdict: "missing" },
      texts: [
        "except v1.*: a tag such as v1.0.0 can be moved",
        "set: imageTagMutability of each repository: IMMUTABLE",
      ],
    });
    const some = repositoryOf({ immutability: read({ immutable: [{ globs: ["v*"] }], except: [] }, "only v*") });
    assert.equal(ruleOf("tag-immutability", [some])?.verdict, "native");
    const odd = repositoryOf({ immutability: read({ immutable: [{ globs: ["v[0-9]+"] }], except: [] }, "v[0-9]+") });
    assert.match(ruleOf("tag-immutability", [odd])?.texts.join() ?? "", /^not read: .*is for people to say/);
    const moving = repositoryOf({
      repository: "orders/web",
      immutability: read({ immutable: [], except: [] }, "MUTABLE"),
    });
    assert.deepEqual(
      ruleOf("tag-immutability", [repositoryOf(), moving])?.texts[0],
      "MUTABLE: a tag such as v0.0.0 can be moved",
    );
  });

  it("S2-2 judgeSettings asks for no immutability where tags move, and finds one that holds them", () => {
    const dev = wantedOf({}, "dev");
    assert.equal(ruleOf("tag-immutability", [repositoryOf()], dev), undefined);
    assert.match(findingsOf(repositoryOf(), dev).join(), /finding immutable: .*: latest, dev cannot be moved/);
    const except: TagImmutability = { ...EVERY, except: [{ globs: ["latest"] }, { globs: ["dev"] }] };
    assert.deepEqual(findingsOf(repositoryOf({ immutability: read(except, "") }), dev), []);
  });

  it("S2-1 judgeSettings lets only those be public that the stage names, and no secure image", () => {
    const open = repositoryOf({ visibility: read("public", "is_public: true") });
    assert.match(findingsOf(open).join(), /^finding public: is_public: true: anybody may pull it; make it private, or/);
    assert.deepEqual(findingsOf(open, wantedOf({ public: ["orders/api"] })), []);
    const secure = wantedOf({ class: "secure", public: ["orders/api"] });
    assert.match(findingsOf(open, secure).join(), /no secure image may be public/);
    const named = wantedOf({ public: ["orders/api"] });
    assert.match(findingsOf(repositoryOf(), named).join(), /^notice private: private: the stage file names it public/);
    const gar = wantedOf({ rules: supportOf("gar") });
    assert.equal(ruleOf("anonymous-pull-off", [open], gar)?.verdict, "missing");
    assert.equal(ruleOf("anonymous-pull-off", [repositoryOf()], gar)?.verdict, "native");
    assert.equal(ruleOf("anonymous-pull-off", [open], { ...gar, public: ["orders/api"] }), undefined);
  });

  it("S2-1 judgeSettings compares account, region and owner with what the stage has", () => {
    const elsewhere = repositoryOf({
      place: read([{ part: "region", wanted: "eu-west-1", found: "eu-central-1" }], "arn"),
    });
    assert.deepEqual(findingsOf(elsewhere), ["finding place: region is eu-central-1; expected: eu-west-1"]);
    assert.deepEqual(findingsOf(repositoryOf(), wantedOf({ owner: "123456789012" })), []);
    assert.match(
      findingsOf(repositoryOf(), wantedOf({ owner: "Platform" })).join(),
      /^notice owner: .*Platform answers/,
    );
  });

  it("judgeSettings says why a setting was not read, and names each repository where they differ", () => {
    const silent = (repository: string, why: string) => repositoryOf({ repository, immutability: unread(why) });
    assert.deepEqual(ruleOf("tag-immutability", [silent("a", "no right"), silent("b", "no right")]), {
      ...{ rule: "tag-immutability", verdict: "unread" },
      texts: ["not read: no right"],
    });
    assert.deepEqual(ruleOf("tag-immutability", [silent("a", "no right"), silent("b", "no such one")])?.texts, [
      "a: not read: no right",
      "b: not read: no such one",
    ]);
    assert.equal(ruleOf("tag-immutability", [])?.verdict, "unread");
  });

  it("judgeSettings never says native of a setting that was not read, whatever else was", () => {
    const reading = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<Reading<T>> =>
      fc.oneof(
        values.map((value) => read(value, "as read")),
        fc.constant(unread("no right")),
        fc.constant(none("no such setting")),
      );
    const selector = fc.record({ globs: fc.array(fc.constantFrom("v*", "*", "v[0]", "latest"), { maxLength: 2 }) });
    const repository = fc.record({
      repository: fc.constantFrom("a", "b"),
      of: fc.constant("repository"),
      immutability: reading(
        fc.record({ immutable: fc.array(fc.option(selector, { nil: undefined })), except: fc.array(selector) }),
      ),
      retention: reading(fc.constant({ rules: [] })),
      scanning: reading(fc.boolean()),
      visibility: reading(fc.constantFrom(...VISIBILITIES)),
      owner: reading(fc.constant("company")),
      place: reading(fc.constant([])),
    });
    const settingOf = {
      "tag-immutability": "immutability",
      "untagged-retention": "retention",
      "anonymous-pull-off": "visibility",
    } as const;
    fc.assert(
      fc.property(fc.array(repository, { maxLength: 3 }), fc.constantFrom(...REGISTRY_KINDS), (all, kind) => {
        const { rules } = judgeSettings(settingsOf(...all), wantedOf({ rules: supportOf(kind) }), { rule: "forever" });
        for (const { rule, verdict } of rules) {
          const setting = settingOf[rule as keyof typeof settingOf];
          if (verdict === "native") assert.ok(all.length > 0 && all.every((one) => one[setting].state === "read"));
        }
      }),
      { numRuns: 500 },
    );
  });
});
