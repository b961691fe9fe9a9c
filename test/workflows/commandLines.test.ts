import assert from "node:assert/strict";
import { parseWords } from "../support/inertProgram";
import { COMMAND_LINES, commandsIn } from "./commandLines";
import { WORKFLOWS } from "./read";

describe("the commands in the workflows", () => {
  it("commandsIn reads words, quotes, continued lines, and optional parts as a shell does", () => {
    const run = [
      'empty=$(x || echo yes)\nnode bin/dualreg.js preview --base "$BASE" ${empty:+--base-or-empty} \\',
      "  --format markdown | tee x",
      'node bin/dualreg.js notify --title "On $STAGE" --body "a | b; c"',
      'node bin/dualreg.js release request "$TAG" ${images:+--image "${images[@]}"} > x',
      'node bin/dualreg.js release check x --commit "$(git rev-parse HEAD)"',
    ].join("\n");
    assert.deepEqual(commandsIn(run), [
      ["preview", "--base", "value", "--base-or-empty", "--format", "markdown"],
      ["notify", "--title", "On qa", "--body", "a | b; c"],
      ["release", "request", "value", "--image", "value"],
      ["release", "check", "x", "--commit", "value"],
    ]);
  });

  it("each is one that the command line takes: no unknown option, none missing, no word it does not know", () => {
    assert.ok(COMMAND_LINES.length > 20, String(COMMAND_LINES.length));
    for (const { where, words } of COMMAND_LINES)
      assert.doesNotThrow(() => parseWords(words), `${where}: dualreg ${words.join(" ")}`);
  });

  it("the test would notice: an unknown option, and a missing one are refused", () => {
    for (const words of [
      ["image", "sweep", "--outputs", "x", "--all"],
      ["image", "lock", "orders/api:v1"],
      ["release", "next"],
      ["images", "lock"],
    ])
      assert.throws(() => parseWords(words), words.join(" "));
  });

  it("no workflow calls the command line in another way, which this test would not see", () => {
    for (const { file, text } of WORKFLOWS)
      for (const line of text.split("\n").filter((each) => /dualreg(?:\.js)? [a-z]/.test(each) && !/^\s*#/.test(each)))
        assert.match(line, /node bin\/dualreg\.js /, `${file}: ${line}`);
  });

  it("a workflow that deletes says what runs, and one that reviews gives the other stages (S1-4)", () => {
    const find = (...start: string[]) =>
      COMMAND_LINES.filter(({ words }) => start.every((word, at) => words[at] === word));
    const [sweep, ...more] = find("image", "sweep");
    assert.deepEqual(more, []);
    for (const option of ["--apply", "--gitops", "--stage"]) assert.ok(sweep?.words.includes(option), option);
    assert.ok(!sweep?.words.includes("--nothing-deployed"));
    assert.ok(find("access", "review").every(({ words }) => words.includes("--others")));
  });

  it("publishing and promoting leave locking to the workflow that may, and sign by their own identity (S1-2, S2-8)", () => {
    const moves = COMMAND_LINES.filter(
      ({ words }) => words[0] === "image" && ["publish", "promote", "tag"].includes(words[1] ?? ""),
    );
    assert.equal(moves.length, 3);
    for (const { words } of moves) {
      const later = words[1] === "tag" ? "--lock later" : "--push-by-digest --keyless --lock later";
      assert.ok(words.join(" ").includes(later), words.join(" "));
    }
  });
});
