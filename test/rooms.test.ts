import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { spawnSync } from "node:child_process";

const REPOSITORY = resolve(__dirname, "..");

interface Room {
  readonly knows: readonly string[];
  readonly what: string;
  readonly never: string;
  /** Files that others may import, where it is not all of them. */
  readonly faces?: readonly string[];
}

const text = (name: string) => readFileSync(join(REPOSITORY, name), "utf8");
const ROOMS = JSON.parse(text("tools/rooms.json")) as Readonly<Record<string, Room>>;
const NAMES = Object.keys(ROOMS);

/** A file of a room that others may import. */
const faceOf = (room: string) => (room.endsWith(".ts") ? `src/${room}` : `src/${room}/index.ts`);
const fileIn = (room: string, name: string) => (room.endsWith(".ts") ? `src/${room}` : `src/${room}/${name}.ts`);

/** `rule: from → to` of each violation of the rules in a tree of these files. */
function violations(files: Readonly<Record<string, string>>): string[] {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "dualreg-rooms-")));
  try {
    for (const name of ["node_modules", "tools", "tsconfig.json", "package.json", ".dependency-cruiser.cjs"])
      symlinkSync(join(REPOSITORY, name), join(folder, name));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    const cli = join(REPOSITORY, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
    const args = [cli, "--config", ".dependency-cruiser.cjs", "--output-type", "json", "src"];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28 });
    assert.equal(stderr, "");
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: { from: string; to: string; rule: { name: string } }[] };
    };
    return summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`).sort();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const folders = NAMES.filter((name) => !name.endsWith(".ts"));
const rooms = Object.fromEntries(folders.map((room) => [faceOf(room), "export const face = 1;\n"]));

describe("the rules of the rooms", () => {
  it("the rules of the rooms refuse every import that the table does not allow, type-only ones too, and no other", () => {
    const files: Record<string, string> = { ...rooms };
    const refused: string[] = [];
    for (const from of folders) {
      for (const to of folders.filter((name) => name !== from)) {
        const file = fileIn(from, `to-${to}`);
        files[file] = `import type { face } from "../${to}/index";\nexport type Face = typeof face;\n`;
        if (!ROOMS[from]?.knows.includes(to)) refused.push(`room-${from}: ${file} → ${faceOf(to)}`);
      }
    }
    assert.ok(refused.length > 100);
    assert.deepEqual(violations(files), refused.sort());
  });

  it("the rules of the rooms refuse a cycle of types, a room that is not in the table, and code of tests", () => {
    const files = {
      "src/base/one.ts": `import type { Two } from "./two";\nexport interface One { two?: Two }\n`,
      "src/base/two.ts": `import type { One } from "./one";\nexport interface Two { one?: One }\n`,
      "src/attic/thing.ts": `import { two } from "../base/three";\nexport const thing = two;\n`,
      "src/base/three.ts": `import { help } from "../../test/help";\nexport const two = help;\n`,
      "test/help.ts": "export const help = 1;\n",
      "src/base/four.ts": `import { gone } from "./gone";\nexport const four: unknown = gone;\n`,
    };
    assert.deepEqual(violations(files), [
      "no-cycle: src/base/one.ts → src/base/two.ts",
      "no-tests-in-source: src/base/three.ts → test/help.ts",
      "no-unresolvable: src/base/four.ts → ./gone",
      "room-unknown: src/attic/thing.ts → src/base/three.ts",
    ]);
  });

  it("the rules of the rooms refuse what lies behind a face", () => {
    for (const room of folders.filter((name) => ROOMS[name]?.faces)) {
      const from = NAMES.find((name) => ROOMS[name]?.knows.includes(room)) ?? assert.fail(room);
      const file = fileIn(from, "user");
      const path = from.endsWith(".ts") ? `./${room}/inner` : `../${room}/inner`;
      const files = {
        ...rooms,
        [fileIn(room, "inner")]: "export const inner = 1;\n",
        [file]: `import { inner } from "${path}";\nexport const user = inner;\n`,
      };
      assert.deepEqual(violations(files), [`room-${from}: ${file} → src/${room}/inner.ts`]);
    }
  });

  it("the rules of the rooms keep packages of clients and engines where they belong, and development's out", () => {
    const lines: Record<string, string> = {
      "src/domain/rule.ts": `import type { Output } from "@pulumi/pulumi";\nexport type Rule = Output<string>;\n`,
      "src/reports/command.ts": `import { Command } from "commander";\nexport const command = new Command();\n`,
      "src/images/fetch.ts": `import { fetch } from "undici";\nexport const get = fetch;\n`,
      "src/reports/check.ts": `import Ajv from "ajv";\nexport const ajv = new Ajv();\n`,
    };
    const found = violations(lines).map((line) => line.replace(/ → .*/, ""));
    assert.deepEqual(found, [
      "no-development-package: src/reports/check.ts",
      "package-@pulumi: src/domain/rule.ts",
      "package-commander: src/reports/command.ts",
      "package-undici: src/images/fetch.ts",
    ]);
  });

  it("the table of docs/architecture.md is the table of the rules", () => {
    const rows = [
      ...text("docs/architecture.md").matchAll(/^\| `([\w.]+)` +\| ([^|]*?) +\| ([^|]*?) +\| ([^|]*?) +\|$/gm),
    ];
    const known = (cell: string) => (cell === "nothing" ? [] : cell.replaceAll("`", "").split(", "));
    assert.deepEqual(
      rows.map(([, room, what, knows = "", never]) => [room, what, known(knows), never]),
      Object.entries(ROOMS).map(([room, { what, knows, never }]) => [room, what, knows, never]),
    );
  });
});
