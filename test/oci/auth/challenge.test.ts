import assert from "node:assert/strict";
import fc from "fast-check";
import { parseChallenges } from "../../../src/oci/auth/challenge";

const read = (...headers: string[]): [string, Record<string, string>][] =>
  parseChallenges(headers).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe("parseChallenges", () => {
  const cases: [string, [string, Record<string, string>][]][] = [
    [
      'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:a/b:pull,push"',
      [["bearer", { realm: "https://auth.example.com/token", service: "registry", scope: "repository:a/b:pull,push" }]],
    ],
    ['BEARER Realm = "x" , SERVICE=y', [["bearer", { realm: "x", service: "y" }]]],
    [
      'Basic realm="a, b=\\"c\\"", Bearer realm="d"',
      [
        ["basic", { realm: 'a, b="c"' }],
        ["bearer", { realm: "d" }],
      ],
    ],
    [
      "Negotiate, Basic",
      [
        ["negotiate", {}],
        ["basic", {}],
      ],
    ],
    [
      'Negotiate YWJjZA==, Basic realm="x"',
      [
        ["negotiate", {}],
        ["basic", { realm: "x" }],
      ],
    ],
    [
      "Bearer scope=repository:a/b:pull realm=https://x/y",
      [["bearer", { scope: "repository:a/b:pull", realm: "https://x/y" }]],
    ],
    ['Bearer realm="first",realm="second"', [["bearer", { realm: "first" }]]],
    ['Basic realm="open', [["basic", {}]]],
    ['realm="no scheme"', []],
    ["", []],
    [",,, ,", []],
  ];
  for (const [header, expected] of cases) {
    it(`parseChallenges reads ${header === "" ? "nothing" : header}`, () => assert.deepEqual(read(header), expected));
  }

  it("parseChallenges reads several headers", () => {
    assert.deepEqual(
      read("Basic", 'Bearer realm="x"').map(([scheme]) => scheme),
      ["basic", "bearer"],
    );
  });

  it("parseChallenges ends for any text, soon for a long one", () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseChallenges([text]))));
    for (const piece of ['"\\', "a=", "a ", 'a="', ",", "= ", "Basic a=b,"]) parseChallenges([piece.repeat(15_000)]);
  });

  it("parseChallenges reads back any parameter that was quoted", () => {
    const value = fc.string({ unit: fc.constantFrom(...Array.from('aB9 ,="\\:/?&')) });
    fc.assert(
      fc.property(value, value, (realm, scope) => {
        const quote = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
        assert.deepEqual(read(`Bearer realm=${quote(realm)}, scope=${quote(scope)}`), [["bearer", { realm, scope }]]);
      }),
    );
  });
});
