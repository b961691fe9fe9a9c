import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAllDocuments } from "yaml";
import type { Digest } from "../../../src/base/digest";
import { findImages, setImages } from "../../../src/gitops/documents";

const A: Digest = `sha256:${"a".repeat(64)}`;
const B: Digest = `sha256:${"b".repeat(64)}`;
const HEAD = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: inventory }\nspec:\n";

describe("setImages", () => {
  // A document is made of lines whose value is known, so that what may change is known without reading YAML.
  const tag = fc.oneof(
    fc.constantFrom("1.10", "12e3", "0123", "on", "null", "v1.2.3-rc.1", "latest", "2026-01-01", "1_0"),
    fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
  );
  const digest = fc.constantFrom<Digest>(A, B, `sha512:${"0".repeat(128)}`);
  const host = fc.constantFrom(
    "ghcr.io",
    "registry.example.com:5000",
    "localhost:5000",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
  );
  const repository = fc.stringMatching(/^[a-z][a-z0-9]{0,8}(?:\/[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,4})?){0,2}$/);
  const quotes = fc.constantFrom<Quotes>("", "'", '"');
  const comment = fc.constantFrom("", " # c", ' # {"$imagepolicy": "flux-system:a:tag"}', "   #: 'x\" {", "\t");
  const noise = fc.constantFrom(
    "# between",
    "",
    "replicas: 3",
    "text: 'image: ghcr.io/x:v1'",
    "list: [a, {b: c}, 'd']",
    "multi: |\n  image: ghcr.io/no:v1\n\n  more",
    "anchor: &N x",
    "number: 1.10",
    "date: 2026-01-01",
    'escaped: "\\u0041\\n"',
    "folded: >-\n  a\n  b",
    "? odd\n: key",
    "empty:",
    "unicode: größe 🚢",
    "nothing: ~",
  );
  type Quotes = "" | "'" | '"';
  interface Block {
    form: "string" | "parts" | "flow" | "registry" | "beside" | "list";
    from: { host: string; repository: string; tag: string; digest: Digest | undefined };
    to: { host: string; tag: string; digest: Digest };
    quotes: Quotes;
    comment: string;
    noise: string;
    chosen: boolean;
  }
  const block: fc.Arbitrary<Block> = fc.record({
    form: fc.constantFrom("string", "parts", "flow", "registry", "beside", "list"),
    from: fc.record({
      host,
      repository,
      tag: tag.filter((text) => text !== "null"),
      digest: fc.option(digest, { nil: undefined }),
    }),
    to: fc.record({ host, tag, digest }),
    quotes,
    comment,
    noise,
    chosen: fc.boolean(),
  });
  /** Unquoted, some of these would be no texts, which no careful writer leaves so; they are read as what stands there. */
  const scalar = (text: string, q: Quotes) => `${q}${text}${q}`;

  /** The lines of a block; with `to` as they are to be, a value without quotes perhaps in double ones. */
  function linesOf(
    { form, from, to, quotes: q, comment: c, noise: n }: Block,
    at: number,
    isChanged: boolean,
  ): string[] {
    const now = isChanged ? { ...from, ...to } : from;
    const write = (text: string, old: string) => (q === "" && text !== old ? `<${text}>` : scalar(text, q));
    const behind = (d: Digest | undefined) => (d === undefined ? "" : `@${d}`);
    const [name, oldName] = [`${now.host}/${from.repository}`, `${from.host}/${from.repository}`];
    const tags = [`${now.tag}${behind(now.digest)}`, `${from.tag}${behind(from.digest)}`] as const;
    const [t, r] = [write(...tags), write(name, oldName)];
    const whole = write(`${name}:${tags[0]}`, `${oldName}:${tags[1]}`);
    const noiseLines = n
      .replaceAll(/^(\w+|\? odd)(?=:|$)/gm, (key) => (key.startsWith("?") ? `? odd${at}` : `${key}${at}`))
      .replace("&N", `&n${at}`);
    const value = {
      string: [`image: ${whole}${c}`],
      list: [`- image: ${whole}${c}`],
      parts: ["image:", `  repository: ${r}${c}`, "  # about the tag", `  tag: ${t}${c}`],
      flow: [`image: {repository: ${r} , tag: ${t}}${c}`],
      registry: [],
      beside: [`image: ${r}${c}`, `imageTag: ${t}${c}`],
    };
    const apart = [
      "image:",
      `    registry: ${write(now.host, from.host)}${c}`,
      `    repository: ${scalar(from.repository, q)}`,
      `    tag: ${write(now.tag, from.tag)}${c}`,
      ...(now.digest === undefined
        ? []
        : [
            from.digest === undefined
              ? `    digest: <${now.digest}>`
              : `    digest: ${write(now.digest, from.digest)}${c}`,
          ]),
    ];
    const lines = form === "registry" ? apart : value[form];
    return [`block${at}:`, ...lines.map((line) => `  ${line}`), ...noiseLines.split("\n")];
  }

  it("S3-5 setImages leaves every other byte of any release as it is, whatever its style (property)", () => {
    const style = fc.record({
      eol: fc.constantFrom("\n", "\r\n"),
      bom: fc.constantFrom("", "\ufeff"),
      end: fc.boolean(),
      release: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), style, (blocks, { eol, bom, end, release }) => {
        const all = (isChanged: boolean) => {
          const lines = blocks.flatMap((each, at) => linesOf(each, at, isChanged && each.chosen));
          const indented = release
            ? [...`${HEAD}  values:`.split("\n"), ...lines.map((line) => (line === "" ? line : `    ${line}`))]
            : lines;
          return bom + indented.join(eol) + (end ? eol : "");
        };
        const text = all(false);
        const { images } = findImages("release.yaml", text);
        assert.equal(images.length, blocks.length);
        const changes = blocks.flatMap(({ chosen, to }, at) => {
          const site = images[at];
          return chosen && site !== undefined ? [{ site, to }] : [];
        });
        const result = setImages("release.yaml", text, changes);
        // What had no quotes may have got them: both are taken, as long as every reader sees a text.
        const expected = all(true).split(/(<[^<>\n]*>)(?!\w)/);
        let rest = result;
        for (const piece of expected) {
          const value = /^<(.*)>$/.exec(piece)?.[1];
          const form = [
            value === undefined ? piece : undefined,
            value,
            value === undefined ? undefined : JSON.stringify(value),
          ].find((each) => each !== undefined && rest.startsWith(each));
          assert.ok(form !== undefined, `${JSON.stringify(piece)} is not at the beginning of ${JSON.stringify(rest)}`);
          rest = rest.slice(form.length);
        }
        assert.equal(rest, "");
        for (const version of ["1.1", "1.2"] as const) {
          for (const document of parseAllDocuments(result, { version })) assert.deepEqual(document.errors, []);
        }
        const found = findImages("release.yaml", result).images;
        blocks.forEach(({ from, to, chosen }, at) => {
          const { host: h, repository: r, tag: t, digest: d } = found[at] ?? {};
          const want = { ...from, ...(chosen ? to : {}) };
          assert.deepEqual({ host: h, repository: r, tag: t, digest: d }, want);
        });
        assert.equal(
          setImages(
            "release.yaml",
            result,
            blocks.flatMap(({ chosen, to }, at) =>
              chosen && found[at] !== undefined ? [{ site: found[at], to }] : [],
            ),
          ),
          result,
        );
      }),
      { numRuns: 300 },
    );
  });
});
