import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import fc from "fast-check";
import { DualRegistryError } from "../../../src/base/errors";
import { fileLogin } from "../../../src/oci/credentials/loginFile";
import { auth, Home, says } from "./home";

const HOST = "registry.example.com";

describe("fileLogin", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => {
    home.remove();
  });
  const login = (host = HOST, more: Record<string, string> = {}): ReturnType<typeof fileLogin> =>
    fileLogin(host, { ...home.env, ...more });
  const basic = (username: string, password: string, from: string): object => ({
    kind: "basic",
    username,
    password,
    from,
  });

  it("fileLogin finds nothing where there is no file", async () => {
    assert.equal(await login(), undefined);
  });

  it("fileLogin reads user and password, with colons in it and zero bytes after it", async () => {
    home.docker({ auths: { [HOST]: { auth: auth("me:a:b\0\0") } } });
    assert.deepEqual(await login(), basic("me", "a:b", "~/.docker/config.json"));
  });

  it("fileLogin reads an identity token, which goes before a password", async () => {
    home.docker({ auths: { [HOST]: { auth: auth("me:x"), identitytoken: "t" } } });
    assert.deepEqual(await login(), { kind: "identity-token", token: "t", from: "~/.docker/config.json" });
  });

  it("fileLogin compares the host whole", async () => {
    home.docker({ auths: { [HOST]: { auth: auth("me:x") } } });
    const others = [
      "example.com",
      `a.${HOST}`,
      `${HOST}.evil.com`,
      `${HOST}:443`,
      "registry.example.co",
      `evil${HOST}`,
    ];
    for (const other of others) assert.equal(await login(other), undefined, other);
    assert.notEqual(await login(HOST.toUpperCase()), undefined);
  });

  it("fileLogin takes the addresses older tools wrote for exactly this host", async () => {
    for (const [name, found] of [
      [`https://${HOST}`, true],
      [`https://${HOST}/`, true],
      [`https://${HOST}/v1/`, true],
      [`https://${HOST}/v2/`, true],
      [`HTTPS://${HOST.toUpperCase()}/v2/`, true],
      [`http://${HOST}`, true],
      [`http://${HOST}/v2/`, true],
      [`https://${HOST}/v0/`, true],
      [`${HOST}/`, true],
      [`${HOST}/v2/`, true],
      [`${HOST}/team`, false],
      [`http://${HOST}.evil.com`, false],
      [`http://${HOST}.evil.com/v2/`, false],
      [`${HOST}.evil.com/`, false],
      [`http://evil.com/${HOST}`, false],
      [`http://${HOST}:8443/`, false],
      [`${HOST}:443/`, false],
      [`ftp://${HOST}`, false],
      [`//${HOST}`, false],
      [`http:/${HOST}`, false],
      [`http://http://${HOST}`, false],
      [`https://user@${HOST}`, false],
      [`https://${HOST}@evil.com/`, false],
      [`https://${HOST}#x`, false],
      [`https://${HOST}?x`, false],
      [`https://${HOST}\\team`, false],
      [` ${HOST}`, false],
    ] as const) {
      home.docker({ auths: { [name]: { auth: auth("me:x") } } });
      assert.equal((await login()) !== undefined, found, name);
    }
  });

  it("fileLogin takes the entry with the longest path above the repository, whatever their order", async () => {
    const keys = [`${HOST}/team`, HOST, `${HOST}/team/api/`, `${HOST}/teamwork`, `${HOST}/team/ap`];
    const auths = (names: readonly string[]) => ({
      auths: Object.fromEntries(names.map((name) => [name, { auth: auth(`${name.replaceAll("/", "+")}:x`) }])),
    });
    for (const names of [keys, [...keys].reverse()]) {
      home.docker(auths(names));
      for (const [repository, key] of [
        ["team/api", `${HOST}/team/api/`],
        ["team/api/v2", `${HOST}/team/api/`],
        ["team/apis", `${HOST}/team`],
        ["team", `${HOST}/team`],
        ["team/ap", `${HOST}/team/ap`],
        ["other", HOST],
        [undefined, HOST],
      ] as const) {
        const found = await fileLogin(HOST, home.env, repository);
        assert.equal(found?.kind === "basic" && found.username, key.replaceAll("/", "+"), repository);
      }
    }
    home.docker(auths([`${HOST}/team`, `${HOST}.evil.com/team/api`]));
    for (const other of ["teams", "other/team", undefined]) {
      assert.equal(await fileLogin(HOST, home.env, other), undefined, other);
    }
    assert.equal(await fileLogin(`${HOST}:8443`, home.env, "team"), undefined);
  });

  it("fileLogin takes a path's entry before the host's helper, and goes on where it is empty", async () => {
    home.helper("mine", `read host; echo "{\\"Username\\":\\"helper\\",\\"Secret\\":\\"s\\"}"`);
    const robot = { auth: auth("robot:x") };
    home.docker({ credHelpers: { [HOST]: "mine" }, auths: { [`${HOST}/team`]: robot, [`${HOST}/empty`]: {} } });
    const nameOf = async (repository?: string) => {
      const found = await fileLogin(HOST, home.env, repository);
      return found?.kind === "basic" ? found.username : found?.kind;
    };
    assert.deepEqual(
      [await nameOf("team/api"), await nameOf("empty/api"), await nameOf("other"), await nameOf()],
      ["robot", "helper", "helper", "helper"],
    );
  });

  it("fileLogin finds an exact name before another for the same host", async () => {
    home.docker({ auths: { [`http://${HOST}/`]: { auth: auth("old:x") }, [HOST]: { auth: auth("new:x") } } });
    assert.deepEqual(await login(), basic("new", "x", "~/.docker/config.json"));
  });

  it("fileLogin knows the name that Docker Hub's login is stored under", async () => {
    home.docker({ auths: { "https://index.docker.io/v1/": { auth: auth("me:x") } } });
    for (const host of ["docker.io", "index.docker.io", "registry-1.docker.io"]) assert.ok(await login(host), host);
    assert.equal(await login("hub.docker.io"), undefined);
  });

  it("fileLogin looks where the variables say, and in Podman's file last", async () => {
    home.write("run/containers/auth.json", { auths: { [HOST]: { auth: auth("podman:x") } } });
    home.write("conf/config.json", { auths: { [HOST]: { auth: auth("docker:x") } } });
    home.write("named.json", { auths: { [HOST]: { auth: auth("named:x") } } });
    const podman = { XDG_RUNTIME_DIR: home.path("run") };
    const docker = { ...podman, DOCKER_CONFIG: home.path("conf") };
    assert.deepEqual(await login(HOST, podman), basic("podman", "x", "~/run/containers/auth.json"));
    assert.deepEqual(await login(HOST, docker), basic("docker", "x", "~/conf/config.json"));
    const named = { ...docker, REGISTRY_AUTH_FILE: home.path("named.json") };
    assert.deepEqual(await login(HOST, named), basic("named", "x", "~/named.json"));
  });

  it("fileLogin refuses a broken file by its name, and says nothing of what it holds", async () => {
    const secret = auth("me:hunter2");
    const broken: [unknown, RegExp][] = [
      [`{"auths": {"x": {"auth": "hunter2"`, /it is not JSON/],
      [`hunter2`, /it is not JSON/],
      ["[]", /it is not JSON; allowed: a JSON object/],
      ["null", /it is not JSON/],
      [{ auths: [{ auth: secret }] }, /"auths" has the wrong type/],
      [{ auths: "hunter2" }, /"auths" has the wrong type/],
      [{ credHelpers: 7 }, /"credHelpers" has the wrong type/],
      [{ credsStore: { hunter2: 1 } }, /"credsStore" has the wrong type/],
      [{ credsStore: "../hunter2" }, /the name of a credential helper/],
      [{ credsStore: "/usr/bin/hunter2" }, /the name of a credential helper/],
      [{ credsStore: "..\\hunter2" }, /the name of a credential helper/],
      [{ credsStore: ".hunter2" }, /the name of a credential helper/],
      [{ credsStore: "-hunter2" }, /the name of a credential helper/],
      [{ credsStore: "hunter2\0" }, /the name of a credential helper/],
      [{ credsStore: "hunter2\n" }, /the name of a credential helper/],
      [{ credHelpers: { [HOST]: ["hunter2"] } }, /the name of a credential helper/],
      [{ auths: { [HOST]: "hunter2" } }, /auths for "registry.example.com" has the wrong type/],
      [{ auths: { [HOST]: { auth: 5 } } }, /auths for "registry.example.com" has the wrong type/],
      [{ auths: { [HOST]: { auth: "hunter2!" } } }, /auths for "registry.example.com" has an "auth" that is none/],
      [{ auths: { [HOST]: { auth: auth("hunter2") } } }, /auths for "registry.example.com" has an "auth" that is none/],
      [`{"auths":{}}${" ".repeat(1 << 20)}`, /it has \d+ bytes/],
    ];
    for (const [content, pattern] of broken) {
      home.docker(content);
      const named = new RegExp(`^~/\\.docker/config\\.json: ${pattern.source}`);
      await assert.rejects(login(), says("CONFIG_INVALID", named), JSON.stringify(content).slice(0, 80));
    }
  });

  it("fileLogin refuses a folder, and a file it may not read", async () => {
    home.write(".docker/config.json/x", "");
    await assert.rejects(login(), says("CONFIG_INVALID", /cannot be read \(EISDIR\)/));
    if (process.getuid?.() === 0) return;
    home.write("locked.json", {});
    chmodSync(home.path("locked.json"), 0);
    const named = { REGISTRY_AUTH_FILE: home.path("locked.json") };
    await assert.rejects(login(HOST, named), says("CONFIG_INVALID", /cannot be read \(EACCES\)/));
  });

  it("fileLogin leaves another host's broken entry to that host", async () => {
    home.docker({ auths: { other: 5, [HOST]: { auth: auth("me:x") } } });
    assert.ok(await login());
  });

  it("fileLogin takes names of prototypes for names", async () => {
    home.docker(`{"__proto__": {"auths": {"${HOST}": {"auth": "${auth("evil:x")}"}}, "credsStore": "evil"},
      "auths": {"__proto__": {"auth": "${auth("evil:x")}"}, "toString": {"auth": 7}}}`);
    for (const host of [HOST, "constructor", "toString2", "hasOwnProperty"]) assert.equal(await login(host), undefined);
    assert.equal(Object.hasOwn(Object.prototype, "auth"), false);
  });

  it("fileLogin fails on any JSON only with an error of its own", async () => {
    const names = fc.constantFrom(
      "auths",
      "credsStore",
      "credHelpers",
      HOST,
      "auth",
      "identitytoken",
      "__proto__",
      "x",
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("", "x", "bWU6eA==", 0, null, true),
        fc.array(tie("tree"), { maxLength: 2 }),
        fc.dictionary(names, tie("tree"), { maxKeys: 4 }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(tree, async (content) => {
        home.docker(content);
        try {
          const found = await login();
          assert.ok(found === undefined || ["basic", "identity-token"].includes(found.kind));
        } catch (error) {
          assert.ok(error instanceof DualRegistryError && error.code === "CONFIG_INVALID", String(error));
        }
      }),
      { numRuns: 200 },
    );
  });
});
