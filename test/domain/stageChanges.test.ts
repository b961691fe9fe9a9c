import assert from "node:assert/strict";
import type { Stages } from "../../src/domain/stage";
import { stageListChanges } from "../../src/domain/stageChanges";

const USUAL: Stages = ["dev", "qa", "uat", "prod"];

/** The changes as `kind stages`, with the new name behind `to`. */
const kinds = (before: Stages, after: Stages) =>
  stageListChanges(before, after).map(({ kind, stages, to }) => [kind, ...stages, ...(to ? ["to", to] : [])].join(" "));
const follows = (before: Stages, after: Stages) => stageListChanges(before, after)[0]?.follows ?? "";

describe("stageListChanges", () => {
  for (const [after, expected] of [
    [USUAL, []],
    [["dev", "uat", "prod"], ["removed qa"]],
    [["dev", "test", "uat", "prod"], ["renamed qa to test"]],
    [["play", "qa", "uat", "prod"], ["renamed dev to play"]],
    [["dev", "qa", "test", "uat", "prod"], ["inserted test"]],
    [["dev", "uat", "qa", "prod"], ["reordered uat, qa, prod".replaceAll(",", "")]],
    [
      ["dev", "uat", "prod", "live"],
      ["removed qa", "inserted live"],
    ],
    [
      ["dev", "one", "two", "prod"],
      ["renamed qa to one", "renamed uat to two"],
    ],
    [
      ["dev", "prod"],
      ["removed qa", "removed uat"],
    ],
  ] as const) {
    it(`stageListChanges from dev, qa, uat, prod to ${after.join(", ")} is ${expected.join(" and ") || "nothing"}`, () => {
      assert.deepEqual(kinds(USUAL, after), expected);
    });
  }

  it("stageListChanges says that a removed stage stays deployed, who takes its place, and what stops", () => {
    assert.equal(
      follows(USUAL, ["dev", "uat", "prod"]),
      "the stack of qa stays deployed until somebody destroys it (pulumi destroy --stack qa); " +
        "uat takes its releases from dev; gates begin at uat; releases that are open at qa cannot go on",
    );
    assert.match(
      follows(USUAL, ["qa", "uat", "prod"]),
      /; qa becomes the first stage: without gates, fed from main, its tags mutable; gates begin at uat$/,
    );
    assert.match(
      follows(USUAL, ["dev", "qa", "uat"]),
      /; uat becomes the last stage, with its tags and its protection; /,
    );
  });

  it("stageListChanges says that all of a renamed stage is made anew, and the old one stays", () => {
    assert.match(
      follows(USUAL, ["dev", "test", "uat", "prod"]),
      /^names of resources, .* made anew and empty; the stack of qa stays/,
    );
  });

  it("stageListChanges says who takes releases from an inserted stage, and who is last", () => {
    assert.match(
      follows(USUAL, ["dev", "test", "qa", "uat", "prod"]),
      /^qa takes its releases from test from now on; it must be/,
    );
    assert.match(
      follows(USUAL, [...USUAL, "live"]),
      /^live becomes the last stage, .*; prod is the last stage no longer, and loses its tags and its protection; /,
    );
  });

  it("stageListChanges says the old and the new order, and who takes releases from whom", () => {
    assert.match(
      follows(USUAL, ["dev", "uat", "qa", "prod"]),
      /^the order was dev, qa, uat, prod and is dev, uat, qa, prod: uat takes its releases from dev, qa takes its releases from uat, prod /,
    );
  });

  it("stageListChanges says that a stage behind a new first one gets gates, and that nothing passes the first", () => {
    const text = follows(["dev", "qa", "prod"], ["box", "dev", "qa", "prod"]);
    assert.equal(text, "dev gets gates, and its tags become immutable; gates begin at dev; it must be deployed first");
  });

  it("stageListChanges says that what was published before cannot pass a stage that is put in between", () => {
    assert.match(
      follows(["dev", "qa", "prod"], ["dev", "qa", "uat", "prod"]),
      /; releases that are open cannot go on, build a new version$|: releases that are open cannot go on, build a new version$/,
    );
  });
});
