import assert from "node:assert/strict";
import { isUnsafe } from "../../../src/base/text/unsafe";
import { EXERCISES, HOSTILE_TEXT } from "../../support/sinks/exercises";
import { sinkFiles } from "../../support/sinks/scan";
import { NO_OUTSIDE_TEXT } from "../../support/sinks/withoutOutsideText";

const listed = (file: string): boolean =>
  EXERCISES.some(({ files }) => files.includes(file)) || NO_OUTSIDE_TEXT.some(({ files }) => files.test(file));

describe("sinks of text", () => {
  for (const { name, print } of EXERCISES) {
    it(`lets no unsafe character out: ${name}`, async () => {
      for (const text of await print(HOSTILE_TEXT)) {
        assert.ok(text.includes("\\u2066"), `the hostile text is not in: ${text.slice(0, 300)}`);
        const raw = text.split("\n").filter(isUnsafe);
        assert.deepEqual(
          raw.map((line) => JSON.stringify(line.slice(0, 200))),
          [],
        );
      }
    });
  }

  it("every file that prints, writes or sends text is on the list", () => {
    assert.deepEqual(
      sinkFiles()
        .filter(({ file }) => !listed(file))
        .map(
          ({ file, calls }) => `${file}: ${calls.join(", ")}; exercise it, or say why it holds no text from outside`,
        ),
      [],
    );
  });

  it("every exercised file is one that prints, writes or sends text", () => {
    const known = sinkFiles().map(({ file }) => file);
    const stale = EXERCISES.flatMap(({ files }) => files).filter((file) => !known.includes(file));
    assert.deepEqual(stale, []);
  });
});
