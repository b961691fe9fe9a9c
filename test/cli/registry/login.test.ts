import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  deletesNothing,
  describeWith,
  instead,
  refusal,
  startDistribution,
  startQuirky,
  type TestRegistry,
} from "../../support/registries";

import { outputsFor } from "../../support/release/outputsFor";

const BINARY = resolve(__dirname, "../../../bin/dualreg.js");

interface Ended {
  code: unknown;
  stdout: string;
  stderr: string;
}

describeWith(["docker-registry", "htpasswd"], "dualreg registry login and smoke", () => {
  let basic: TestRegistry;
  let token: TestRegistry;
  let dir = "";
  const said: string[] = [];
  before(async () => {
    [basic, token] = await Promise.all([startDistribution({ auth: "htpasswd" }), startDistribution({ auth: "token" })]);
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "dualreg-login-"));
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  after(async () => {
    await Promise.all([basic.stop(), token.stop()]);
  });

  /** Runs the command line with a password on standard input. */
  const dualreg = (args: readonly string[], input = "", more: Record<string, string> = {}): Promise<Ended> =>
    new Promise((done) => {
      const env = { PATH: process.env["PATH"], HOME: dir, DOCKER_CONFIG: join(dir, "docker"), ...more };
      const child = execFile(process.execPath, [BINARY, ...args], { cwd: dir, env }, (error, stdout, stderr) => {
        said.push(stdout, stderr);
        done({ code: error?.code ?? 0, stdout, stderr });
      });
      child.stdin?.on("error", () => undefined).end(input);
    });
  const login = (registry: TestRegistry, password: string) =>
    dualreg(["registry", "login", registry.host, "--username", "tester", "--password-stdin"], password);
  const passwordOf = ({ credentials }: TestRegistry) => credentials?.password ?? "";
  const configFile = () => join(dir, "docker", "config.json");

  for (const [how, registryOf] of [
    ["a password", () => basic],
    ["tokens", () => token],
  ] as const) {
    it(`registry login keeps a login that a registry with ${how} took on standard input, where Docker keeps it, for nobody else to read (S4-2)`, async () => {
      const registry = registryOf();
      const { code, stdout, stderr } = await login(registry, `${passwordOf(registry)}\n`);
      assert.equal(code, 0, stderr);
      assert.ok(stdout.includes(`${registry.host} takes the login of tester`), stdout);
      assert.equal(statSync(configFile()).mode & 0o777, 0o600);
      const { auths } = JSON.parse(readFileSync(configFile(), "utf8")) as { auths: Record<string, { auth: string }> };
      const auth = Buffer.from(auths[registry.host]?.auth ?? "", "base64").toString();
      assert.equal(auth, `tester:${passwordOf(registry)}`);
    });

    it(`registry login refuses a wrong password for ${how}, says which credential and what to do, and keeps nothing (S1-3)`, async () => {
      const registry = registryOf();
      const { code, stdout, stderr } = await login(registry, "not the password");
      assert.deepEqual([code, stdout], [2, ""]);
      for (const words of [registry.host, "401", "used: standard input", `dualreg registry login ${registry.host}`]) {
        assert.ok(stderr.includes(words), `${words}: ${stderr}`);
      }
      assert.deepEqual(readdirSync(dir), []);
    });

    it(`registry smoke pushes, pulls, compares and deletes with the login kept, with ${how} (S1-2)`, async () => {
      const registry = registryOf();
      assert.equal((await login(registry, passwordOf(registry))).code, 0);
      const { code, stdout, stderr } = await dualreg([
        "registry",
        "smoke",
        `${registry.host}/smoke`,
        "--format",
        "json",
      ]);
      assert.equal(code, 0, stderr);
      const result = JSON.parse(stdout) as { repository: string; phases: { phase: string }[] };
      assert.equal(result.repository, `${registry.host}/smoke`);
      assert.equal(result.phases.map(({ phase }) => phase).join(), "login,push,pull and compare,delete");
    });

    it(`registry smoke without a login ends with 2 and says what a registry with ${how} asks for (S1-3)`, async () => {
      const registry = registryOf();
      const { code, stdout, stderr } = await dualreg(["registry", "smoke", `${registry.host}/smoke`]);
      assert.deepEqual([code, stdout], [2, ""]);
      for (const words of ["no login found", "asks for", `log in with: dualreg registry login ${registry.host}`]) {
        assert.ok(stderr.includes(words), `${words}: ${stderr}`);
      }
    });
  }

  it("registry login without a name tries what this machine has, and keeps nothing", async () => {
    assert.equal((await login(basic, passwordOf(basic))).code, 0);
    const kept = readFileSync(configFile(), "utf8");
    const known = await dualreg(["registry", "login", basic.host]);
    assert.equal(known.code, 0, known.stderr);
    assert.match(known.stdout, /takes .*config\.json.*; nothing was kept/);
    assert.equal(readFileSync(configFile(), "utf8"), kept);
    const open = await startDistribution();
    try {
      const { code, stdout } = await dualreg(["registry", "login", open.host]);
      assert.deepEqual([code, stdout], [0, `${open.host} lets in whoever asks (no login found); nothing was kept\n`]);
    } finally {
      await open.stop();
    }
  });

  it("registry login refuses an empty password", async () => {
    const { code, stderr } = await login(basic, "\n");
    assert.equal(code, 2);
    assert.match(stderr, /Standard input holds no password/);
  });

  it("registry smoke ends with 0 where a registry deletes nothing, and says what it left where and why (S1-2)", async () => {
    const keeps = await startDistribution({ deleteEnabled: false });
    const open = await startDistribution();
    const quirky = await startQuirky(open.host);
    try {
      for (const [host, quirk, why] of [
        [keeps.host, [], /DELETE .*405 UNSUPPORTED/],
        [quirky.host, [deletesNothing()], /DELETE .*405 UNSUPPORTED.*does not support this/],
        [quirky.host, [deletesNothing(refusal(403, "DENIED", "requested access"))], /DELETE .*403 DENIED/],
        [quirky.host, [deletesNothing(refusal(401, "UNAUTHORIZED"))], /DELETE .*401/],
        [quirky.host, [deletesNothing(refusal(400, "MANIFEST_INVALID", "immutable"))], /DELETE .*400/],
        [quirky.host, [deletesNothing(instead(202, ""))], /says that it is deleted, and still has it/],
        [quirky.host, [deletesNothing(refusal(404, "MANIFEST_UNKNOWN"))], /says that it is deleted, and still has it/],
      ] as const) {
        quirky.use(...quirk);
        const { code, stdout, stderr } = await dualreg(["registry", "smoke", `${host}/smoke`]);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /push \d+.*, pull and compare \d+.*, delete \d+/);
        assert.match(stdout, new RegExp(`^warning: ${host}/smoke@sha256:[0-9a-f]{64} is left: `, "m"));
        assert.match(stdout, why);
        const json = await dualreg(["registry", "smoke", `${host}/smoke`, "--format", "json"]);
        const { left, digest } = JSON.parse(json.stdout) as { left: string; digest: string };
        assert.equal(left, `${host}/smoke@${digest}`);
        const headers = { accept: "application/vnd.oci.image.manifest.v1+json" };
        assert.equal((await fetch(`http://${host}/v2/smoke/manifests/${digest}`, { headers })).status, 200);
      }
    } finally {
      await Promise.all([keeps.stop(), open.stop(), quirky.stop()]);
    }
  });

  it("registry login --stage-before goes where image promote takes an image from, whatever REGISTRY_TYPE is (S4-1)", async () => {
    const [own, other] = [await startDistribution(), await startDistribution()];
    try {
      const policy = { signature: false, signers: [] };
      const made = outputsFor({
        ...{ stage: "qa", host: "localhost:1", kind: "distribution", policy },
        before: { stage: "dev", host: own.host, kind: "distribution" },
      });
      const beside = outputsFor({ stage: "dev", host: other.host, kind: "ecr", policy }).registries.standard;
      const stageBefore = made.stageBefore && {
        ...made.stageBefore,
        alternatives: { secure: [], standard: [beside] },
      };
      writeFileSync(join(dir, "qa.json"), JSON.stringify({ ...made, stageBefore }));
      const args = ["registry", "login", "--outputs", join(dir, "qa.json"), "--class", "standard"];
      const hostOf = async (more: readonly string[], type: string) => {
        const { code, stdout, stderr } = await dualreg([...args, ...more, "--format", "json"], "", {
          REGISTRY_TYPE: type,
        });
        assert.equal(code, 0, stderr);
        return (JSON.parse(stdout) as { host: string }).host;
      };
      assert.equal(await hostOf(["--stage-before"], "quay"), own.host);
      assert.equal(await hostOf(["--stage-before", "--from-type", "ecr"], "quay"), other.host);
      const alone = await dualreg([...args, "--from-type", "ecr"]);
      assert.equal(alone.code, 2);
      assert.match(alone.stderr, /--from-type goes with --stage-before/);
    } finally {
      await Promise.all([own.stop(), other.stop()]);
    }
  });

  it("registry login and smoke never print a password", () => {
    for (const secret of [passwordOf(basic), passwordOf(token), "not the password"]) {
      const encoded = Buffer.from(`tester:${secret}`).toString("base64");
      assert.ok(secret.length > 8 && said.every((text) => !text.includes(secret) && !text.includes(encoded)));
    }
  });
});
