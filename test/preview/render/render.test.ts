import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { fenced } from "../../../src/base/text/markdown";
import { judge } from "../../../src/preview/change/changes";
import { diffRecordings } from "../../../src/preview/change/diff";
import { type Format, RENDERERS } from "../../../src/preview/render";
import type { Recordings, Review } from "../../../src/preview/render/render";
import { FACTS, GROUP, recording, REGISTRY, resource, type Sample, TOKEN } from "../../support/sampleRecording";

const FORMATS: readonly Format[] = ["summary", "tree", "json", "markdown", "html"];

const pair: Sample = { type: "sample:index:Pair", name: "pair", custom: false, outputs: { host: "[unknown]" } };
const parent = resource(pair).urn;
const secure: Sample = {
  ...{ type: REGISTRY, name: "secure", parent },
  inputs: {
    registryName: "contososecure",
    sku: { name: "Premium" },
    rules: [{ ip: "10.0.0.0/8", on: true }],
    key: "[secret]",
  },
  options: { protect: true, ignoreChanges: ["identity"], dependsOn: [resource({ type: GROUP, name: "group" }).urn] },
};
const token: Sample = {
  type: TOKEN,
  name: "pull",
  parent,
  inputs: { registryName: "contososecure", scopeMapId: "[unknown]" },
};
const dev = recording([pair, secure, token, { type: GROUP, name: "group" }], { outputs: { version: 1 } });
const qa = recording([], { stack: "qa", references: [{ name: "dev", stack: "company/sample/dev" }] });
const sample: Recordings = new Map([
  ["qa", qa],
  ["dev", dev],
]);

const NASTY =
  "</code></pre><script>alert(1)</script>|``` \n```` @team #1 [x](http://example.com) \u001b[31m\u202e\u0007 <!-- '\"&";
const nasty = recording([{ type: REGISTRY, name: NASTY, inputs: { [NASTY]: NASTY } }], {
  ...{ outputs: { [NASTY]: NASTY }, project: NASTY, logs: [{ severity: "error" as const, message: NASTY }] },
  references: [{ name: NASTY, stack: NASTY }],
});

function reviewOf(base: Recordings, head: Recordings): Review {
  const stages = [...head.keys()].map((stack) => diffRecordings(base.get(stack), head.get(stack), FACTS));
  return { base: NASTY, stages, verdict: judge(stages, false) };
}

const hostile: Recordings = new Map([["dev", nasty]]);
const hostileReview = reviewOf(
  new Map([["dev", recording([{ type: REGISTRY, name: NASTY, inputs: { [NASTY]: 1 } }])]]),
  hostile,
);

/** What a reader of the format gets at most: no control character but the line break. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

describe("renderers", () => {
  for (const format of FORMATS) {
    const { render, changes } = RENDERERS[format];

    it(`${format} is the same for equal recordings`, () => {
      assert.equal(render(sample), render(structuredClone(sample)));
    });

    it(`${format} ends with one line break`, () => assert.match(render(sample), /[^\n]\n$/));

    it(`${format} lets no control character of a value through`, () => {
      for (const text of [
        render(hostile),
        render(hostile, { review: hostileReview }),
        changes(hostile, hostileReview),
      ]) {
        assert.doesNotMatch(text.replaceAll("\n", ""), CONTROL);
      }
    });
  }

  it("tree shows parents, inputs, options, outputs and the summary", () => {
    const text = RENDERERS.tree.render(new Map([["dev", dev]]));
    for (const part of [
      "├─ Pair pair  sample:index:Pair\n",
      "│  ├─ Registry secure",
      "» protect\n",
      "» depends on group\n",
      "» ignore changes identity\n",
      "│     rules:\n│  │       - ip: 10.0.0.0/8\n│  │         on: true",
      "host: [unknown]",
      "Outputs\n  version: 1",
      "5 resources, 1 protected, 1 secret, 1 value known only after the update",
    ]) {
      assert.ok(text.includes(part), `${part}\nis not in\n${text}`);
    }
  });

  it("tree colours only when told so, and says the same", () => {
    const plain = RENDERERS.tree.render(sample);
    const coloured = RENDERERS.tree.render(sample, { color: true });
    assert.equal(plain, stripVTControlCharacters(plain));
    assert.notEqual(coloured, plain);
    assert.equal(stripVTControlCharacters(coloured), plain);
  });

  it("tree shows what changes alone when there is a review", () => {
    const head = recording([{ ...secure, inputs: { ...secure.inputs, registryName: "other" } }, pair, token]);
    const text = RENDERERS.tree.render(sample, { review: reviewOf(sample, new Map([["dev", head]])) });
    assert.match(text, /± REPLACE {2}Registry secure/);
    assert.match(text, /REFUSED it is protected/);
    assert.match(text, /registryName {2}FORCES REPLACEMENT: path parameter\n\s+- contososecure\n\s+\+ other/);
    assert.match(
      text,
      /^Changes against .*\n\nVerdict {2}1 refused\n {2}REFUSED {2}dev: Registry secure\n {11}it is protected/,
    );
  });

  it("json holds everything and sorts keys", () => {
    const text = RENDERERS.json.render(sample);
    assert.deepEqual(JSON.parse(text), { version: 1, stages: { dev, qa } });
    assert.ok(text.indexOf('"dev"') < text.indexOf('"qa"'));
  });

  it("json keeps a key that is called __proto__", () => {
    const inputs: Sample["inputs"] = JSON.parse('{"__proto__": 1}') as Record<string, number>;
    assert.match(RENDERERS.json.render(new Map([["dev", recording([{ ...token, inputs }])]])), /"__proto__": 1/);
  });

  it("markdown keeps hostile text inside its fence and its cells", () => {
    const text = RENDERERS.markdown.render(hostile, { review: hostileReview });
    let fence = "";
    for (const line of text.split("\n")) {
      const mark = /^`{3,}/.exec(line)?.[0] ?? "";
      if (fence !== "") {
        if (mark.length >= fence.length) fence = "";
        continue;
      }
      if (mark !== "") fence = mark;
      else assert.doesNotMatch(line, /<script|<!--|@team|#1 |\]\(|http:|\|```/);
      if (line.startsWith("| ")) assert.equal(line.split("|").length, tableWidth(line, text));
    }
    assert.equal(fence, "");
  });

  it("fenced takes a fence longer than any in the text", () => {
    assert.equal(fenced("text", "````\n"), "`````text\n````\n`````");
  });

  it("html escapes everything, and its policy allows its own style alone", () => {
    const text = RENDERERS.html.render(hostile, { review: hostileReview });
    assert.doesNotMatch(text, /<script|<!--|<a |src=|url\((?!#tip)|https?:\/\/[^e]/);
    assert.match(text, /default-src 'none'; style-src 'sha256-[\w+/]+=*'; base-uri 'none'; form-action 'none'"/);
    assert.doesNotMatch(text, /\sstyle=/);
  });

  it("html counts each registry's tokens and draws an arrow from the stage that is read", () => {
    const text = RENDERERS.html.render(sample);
    assert.match(text, />contososecure</);
    assert.match(text, />1 token</);
    assert.equal(text.match(/class="arrow"/g)?.length, 1);
  });
});

/** Cells of the table a row stands in: those of the heading above it. */
function tableWidth(row: string, text: string): number {
  const before = text.slice(0, text.indexOf(row)).split("\n\n").at(-1) ?? "";
  return (before.split("\n")[0] || row).split("|").length;
}
