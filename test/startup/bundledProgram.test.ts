import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const REPOSITORY = resolve(__dirname, "../..");
const TYPESCRIPT = `require("@pulumi/pulumi/vendor/ts-node@7.0.1").register({ transpileOnly: true });`;

describe("bundledModule", () => {
  let folder: string;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "dualreg-run-")));
    symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"), "junction");
    mkdirSync(join(folder, "room"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** What a process of Pulumi's TypeScript runtime prints: the program's answer, or its error's trace. */
  function run(files: Record<string, string>, how: { env?: Record<string, string>; node?: string[] } = {}): string {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const code = `${TYPESCRIPT} const { bundledModule } = require(${JSON.stringify(join(REPOSITORY, "src/startup/bundledProgram.ts"))});
      bundledModule(${JSON.stringify(join(folder, "program.ts"))})().then((main) => JSON.stringify(main())).catch((error) => error.stack).then((said) => console.log(said));`;
    const options = { cwd: REPOSITORY, encoding: "utf8", env: { ...process.env, ...how.env } } as const;
    const { stdout, stderr } = spawnSync(process.execPath, [...(how.node ?? []), "-e", code], options);
    if (how.node === undefined) assert.equal(stderr, "");
    return stdout.trim();
  }

  const room = `interface Room { name: string }\n\n\nexport const room: Room = { name: "room" };
export function fail(): never {
  throw new TypeError("no room");
}\n`;

  it("bundledModule gives what a module exports that imports others, JSON and packages", () => {
    const program = `import { room } from "./room/room"; import facts from "./facts.json"; import { URN } from "@pulumi/pulumi";
      import { basename } from "node:path";
      export = () => ({ room, facts, dir: basename(__dirname) === basename(${JSON.stringify(folder)}), late: typeof require("js-yaml").load });`;
    const said = run({ "program.ts": program, "room/room.ts": room, "facts.json": '{ "of": 1 }' });
    assert.deepEqual(JSON.parse(said), { room: { name: "room" }, facts: { of: 1 }, dir: true, late: "function" });
  });

  it("bundledModule lets a trace name the lines of the sources", () => {
    const program = `import { fail } from "./room/room";\n\nexport = () => {\n  fail();\n};\n`;
    const lines = run({ "program.ts": program, "room/room.ts": room }).split("\n");
    assert.equal(lines[0], "TypeError: no room");
    assert.match(lines[1] ?? "", /^ {4}at .*fail.*room\/room\.ts:6:9\)$/);
    assert.match(lines[2] ?? "", /program\.ts:4:3\)$/);
    assert.ok(!lines.some((line) => line.includes("bundle.js")), lines.join("\n"));
  });

  it("bundledModule loads the files one by one where no bundle can be made, with the same answer", () => {
    const program = `import { room } from "./room/room";\nexport = () => room;\n`;
    const broken = join(folder, "esbuild");
    writeFileSync(broken, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const said = run({ "program.ts": program, "room/room.ts": room }, { env: { ESBUILD_BINARY_PATH: broken } });
    assert.deepEqual(JSON.parse(said), { name: "room" });
  });

  it("bundledModule loads the files one by one under a debugger, which looks for breakpoints in them", () => {
    const program = `export = () => Object.keys(require.cache).some((name) => name.endsWith("program.ts"));\n`;
    assert.equal(run({ "program.ts": program }), "false");
    assert.equal(run({ "program.ts": program }, { node: ["--inspect=127.0.0.1:0"] }), "true");
  });
});
