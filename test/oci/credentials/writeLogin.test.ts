import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { fileLogin, writeLogin } from "../../../src/oci/credentials/loginFile";
import { auth, Home, says } from "./home";

const HOST = "registry.example.com:8443";
const FILE = ".docker/config.json";

describe("writeLogin", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => {
    home.remove();
  });

  it("writeLogin writes what fileLogin reads, for this user's eyes only", async () => {
    assert.equal(await writeLogin(HOST, "me", "s:3", home.env), home.path(FILE));
    assert.deepEqual(await fileLogin(HOST, home.env), {
      kind: "basic",
      username: "me",
      password: "s:3",
      from: "~/.docker/config.json",
    });
    assert.equal(statSync(home.path(FILE)).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(home.path(".docker")), ["config.json"]);
  });

  it("writeLogin keeps everything else, and narrows who may read", async () => {
    const content = `{"HttpHeaders":{"a":"b"},"__proto__":{"x":1},"auths":{"a":{"auth":"${auth("a:b")}"},"b":{}}}`;
    home.docker(content);
    assert.equal(await writeLogin(HOST, "me", "new", home.env), "~/.docker/config.json");
    const expected = content.replace('"b":{}', `"b":{},"${HOST}":{"auth":"${auth("me:new")}"}`);
    assert.equal(JSON.stringify(JSON.parse(home.read(FILE))), expected);
    assert.equal(statSync(home.path(FILE)).mode & 0o777, 0o600);
  });

  it("writeLogin follows a link instead of replacing it", async () => {
    home.write("dotfiles/docker.json", { credHelpers: {} });
    mkdirSync(home.path(".docker"));
    symlinkSync(home.path("dotfiles/docker.json"), home.path(FILE));
    await writeLogin(HOST, "me", "x", home.env);
    assert.ok(lstatSync(home.path(FILE)).isSymbolicLink());
    assert.match(home.read("dotfiles/docker.json"), /registry\.example\.com/);
  });

  it("writeLogin hands the login to the helper, and leaves none in the file", async () => {
    home.helper("keeps", `cat > ${home.path("kept")}; echo "$1" "$#" > ${home.path("arguments")}`);
    home.docker({ credsStore: "keeps", auths: { [HOST]: { auth: auth("me:old") } } });
    const kept = await writeLogin(HOST, "me", "hunter2", home.env);
    assert.equal(kept, 'credential helper "keeps" of ~/.docker/config.json');
    assert.deepEqual(JSON.parse(home.read("kept")), { ServerURL: HOST, Username: "me", Secret: "hunter2" });
    assert.equal(home.read("arguments").trim(), "store 1");
    assert.deepEqual(JSON.parse(home.read(FILE)), { credsStore: "keeps", auths: { [HOST]: {} } });
  });

  it("writeLogin leaves the file as it is where the helper fails or the file is broken", async () => {
    home.helper("fails", "cat; exit 1");
    home.docker({ credsStore: "fails" });
    const before = home.read(FILE);
    await assert.rejects(writeLogin(HOST, "me", "hunter2", home.env), says("REGISTRY_AUTH", /when it was to store/));
    assert.equal(home.read(FILE), before);
    home.docker("{");
    await assert.rejects(writeLogin(HOST, "me", "hunter2", home.env), says("CONFIG_INVALID", /it is not JSON/));
    assert.equal(home.read(FILE), "{");
  });

  it("writeLogin refuses what is no host, no user or no password", async () => {
    for (const [host, user, password] of [
      ["https://registry.example.com", "me", "x"],
      ["registry.example.com/team", "me", "x"],
      ["", "me", "x"],
      [HOST, "m:e", "x"],
      [HOST, "", "x"],
      [HOST, "me", ""],
    ] as const)
      await assert.rejects(writeLogin(host, user, password, home.env), says("USAGE", /^Cannot store a login: /));
    assert.equal(existsSync(home.path(".docker")), false);
  });
});
