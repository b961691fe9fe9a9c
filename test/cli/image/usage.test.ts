import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { limiter } from "../../../src/base/limit";
import { DEFAULT_SCAN } from "../../../src/domain/image/policy";
import { outputsFor } from "../../support/release/outputsFor";

const BINARY = resolve(__dirname, "../../../bin/dualreg.js");
const POLICY = { scan: DEFAULT_SCAN, signature: false, signers: [] };

/** What was asked for in a way that cannot be answered, and what must be said; all end with 2. */
const WRONG: readonly { args: string; says: RegExp }[] = [
  { args: "image publish oci:x --image orders/api --build b.json", says: /--outputs <file>/ },
  { args: "image publish oci:x --outputs none.json --image orders/api --build b.json", says: /"none\.json" cannot be/ },
  {
    args: "image publish tar:x --outputs qa.json --image orders/api --build b.json",
    says: /"tar:x".*allowed: oci:DIR/,
  },
  { args: "image publish oci:x --outputs qa.json --image a/b --build b.json", says: /"a\/b" is not mapped/ },
  {
    args: "image publish oci:x --outputs qa.json --image orders/api --build b.json --key k --keyless",
    says: /--key.*cannot be used with/,
  },
  {
    args: "image publish oci:x --outputs bad.json --image orders/api --build b.json",
    says: /bad\.json.*pulumi stack/s,
  },
  { args: "image promote orders/api --outputs qa.json", says: /"orders\/api".*such as orders\/api:v1\.2\.3/ },
  { args: "image promote orders/api:v1.0.0-rc1 --outputs qa.json", says: /qa name no stage before/ },
  { args: "image promote orders/api:v1 --outputs qa.json --nonsense", says: /--nonsense/ },
  { args: "image verify orders/api:v1 --outputs qa.json --format xml", says: /xml.*text, json/s },
  { args: "image verify orders/api@sha256:zz --outputs qa.json", says: /sha256:zz/ },
  { args: "image unlock Orders/Api:v1 --outputs qa.json", says: /Orders\/Api:v1/ },
  { args: "image labels localhost:1/UPPER:v1", says: /UPPER/ },
  { args: "image export localhost:1/a:v1", says: /--to/ },
  { args: "image import --outputs qa.json", says: /missing required argument/ },
  { args: "image sweep orders/api --outputs qa.json --deployed none.txt", says: /"none\.txt" cannot be read/ },
  { args: "image sweep --outputs qa.json --max-gap soon", says: /^--max-gap "soon": allowed: 1 to 999, in days$/m },
  { args: "access review --stage qa --outputs qa.json --stale-days -1", says: /^--stale-days "-1": allowed: 1 to 999/ },
  { args: "image sweep orders/api --outputs qa.json --apply", says: /--apply needs to know what runs/ },
  { args: "image nonsense", says: /nonsense/ },
  { args: "registry login", says: /No registry is named; allowed: a host, or --outputs with --class/ },
  { args: "registry login --class secure", says: /--class and --stage-before need --outputs/ },
  { args: "registry login localhost:1 --stage-before", says: /--class and --stage-before need --outputs/ },
  {
    args: "registry login localhost:1 --outputs o.json",
    says: /A host \("localhost:1"\) and --outputs are both given/,
  },
  { args: "registry login --outputs o.json", says: /--outputs says nothing of the class/ },
  { args: "registry login --outputs o.json --class secured", says: /Allowed choices are secure, standard/ },
  { args: "registry login localhost:1 --username ada", says: /--username needs --password-stdin/ },
  { args: "registry login localhost:1 --password secret", says: /unknown option '--password'/ },
  { args: "registry smoke localhost:1/smoke --format pdf", says: /pdf/ },
];

describe("dualreg image and dualreg registry, wrong usage", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-usage-"));
  before(() => {
    const outputs = outputsFor({ stage: "qa", host: "localhost:1", kind: "distribution", policy: POLICY });
    writeFileSync(join(dir, "qa.json"), JSON.stringify(outputs));
    writeFileSync(join(dir, "bad.json"), "{");
    const commit = "0".repeat(40);
    const build = { source: "https://example.com/x", commit, version: "v1.0.0-rc1", createdAt: "2026-11-01T08:00:00Z" };
    writeFileSync(join(dir, "b.json"), JSON.stringify(build));
  });
  after(() => rmSync(dir, { recursive: true }));

  interface Ended {
    code: unknown;
    stdout: string;
    stderr: string;
  }
  const ended = new Map<string, Promise<Ended>>();
  const dualreg = (args: string): Promise<Ended> =>
    new Promise((done) => {
      const env = { PATH: process.env["PATH"], HOME: dir, DOCKER_CONFIG: dir };
      execFile(process.execPath, [BINARY, ...args.split(" ")], { cwd: dir, env }, (error, stdout, stderr) => {
        done({ code: error?.code ?? 0, stdout, stderr });
      });
    });
  // Begun together, two at a time: most of what each takes is a process's start.
  before(() => {
    const run = limiter(2);
    for (const { args } of WRONG)
      ended.set(
        args,
        run(() => dualreg(args)),
      );
  });

  for (const { args, says } of WRONG) {
    it(`dualreg ${args} ends with 2 and says why on stderr`, async () => {
      const result = await ended.get(args);
      assert.ok(result);
      const { code, stdout, stderr } = result;
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, says);
      assert.ok(!stderr.includes("    at "), stderr);
    });
  }
});
