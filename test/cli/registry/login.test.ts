import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describeWith, startDistribution, type TestRegistry } from "../../support/registries";

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
  const dualreg = (args: readonly string[], input = ""): Promise<Ended> =>
    new Promise((done) => {
      const env = { PATH: process.env["PATH"], HOME: dir, DOCKER_CONFIG: join(dir, "docker") };
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
    it(`registry login keeps a login that a registry with ${how} took, where Docker keeps it, for nobody else to read`, async () => {
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

  it("registry smoke ends with 1 where a registry takes images and deletes none, and says so (S1-2)", async () => {
    const keeps = await startDistribution({ deleteEnabled: false });
    try {
      const { code, stdout, stderr } = await dualreg(["registry", "smoke", `${keeps.host}/smoke`]);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /DELETE .*405/);
    } finally {
      await keeps.stop();
    }
  });

  it("registry login and smoke never print a password", () => {
    for (const secret of [passwordOf(basic), passwordOf(token), "not the password"]) {
      const encoded = Buffer.from(`tester:${secret}`).toString("base64");
      assert.ok(secret.length > 8 && said.every((text) => !text.includes(secret) && !text.includes(encoded)));
    }
  });
});
