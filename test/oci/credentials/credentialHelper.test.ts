import assert from "node:assert/strict";
import { askHelper } from "../../../src/oci/credentials/credentialHelper";
import { fileLogin } from "../../../src/oci/credentials/loginFile";
import { auth, Home, says } from "./home";

const HOST = "registry.example.com";
const SHOWN = "~/.docker/config.json";

describe("credential helpers", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => {
    home.remove();
  });

  const answering = (user: string, secret: string): string =>
    `read host; echo "{\\"ServerURL\\":\\"$host\\",\\"Username\\":\\"${user}\\",\\"Secret\\":\\"${secret}-$1-$host\\"}"`;

  it("fileLogin asks the host's helper by standard input, and says which it was", async () => {
    home.helper("mine", answering("me", "s"));
    home.helper("other", "exit 3");
    home.docker({ credHelpers: { [HOST]: "mine" }, credsStore: "other", auths: { [HOST]: { auth: auth("old:x") } } });
    assert.deepEqual(await fileLogin(HOST, home.env), {
      kind: "basic",
      username: "me",
      password: `s-get-${HOST}`,
      from: `credential helper "mine" of ${SHOWN}`,
    });
  });

  it("fileLogin asks the store for every other host, and reads an identity token", async () => {
    home.helper("store", answering("<token>", "t"));
    home.docker({ credHelpers: { "other.example.com": "absent" }, credsStore: "store" });
    const found = await fileLogin(HOST, home.env);
    assert.deepEqual(found, {
      kind: "identity-token",
      token: `t-get-${HOST}`,
      from: `credential helper "store" of ${SHOWN}`,
    });
  });

  it("fileLogin asks for Docker Hub under the name its login is stored under", async () => {
    home.helper("store", answering("me", "s"));
    home.docker({ credsStore: "store" });
    const found = await fileLogin("docker.io", home.env);
    assert.equal(found?.kind === "basic" && found.password, "s-get-https://index.docker.io/v1/");
  });

  it("fileLogin goes on to the file where the helper keeps no login", async () => {
    home.helper("store", `cat >/dev/null; echo "credentials not found in native keychain"; exit 1`);
    home.docker({ credsStore: "store", auths: { [HOST]: { auth: auth("me:x") } } });
    assert.equal((await fileLogin(HOST, home.env))?.from, SHOWN);
    assert.equal(await fileLogin("other.example.com", home.env), undefined);
  });

  it("fileLogin asks the store where the host's helper keeps no login, and then the file", async () => {
    home.helper("empty", `cat >/dev/null; echo "credentials not found in native keychain"; exit 1`);
    home.helper("blank", `cat >/dev/null; echo "{}"`);
    home.helper("full", answering("me", "s"));
    for (const own of ["empty", "blank"]) {
      home.docker({ credHelpers: { [HOST]: own }, credsStore: "full", auths: { [HOST]: { auth: auth("old:x") } } });
      assert.equal((await fileLogin(HOST, home.env))?.from, `credential helper "full" of ${SHOWN}`);
      home.docker({ credHelpers: { [HOST]: own }, credsStore: "empty", auths: { [HOST]: { auth: auth("old:x") } } });
      assert.equal((await fileLogin(HOST, home.env))?.from, SHOWN);
    }
    home.docker({ credHelpers: { [HOST]: "" }, credsStore: "full" });
    assert.equal((await fileLogin(HOST, home.env))?.from, `credential helper "full" of ${SHOWN}`);
    home.docker({ credHelpers: { [HOST]: "full" }, credsStore: "absent" });
    assert.equal((await fileLogin(HOST, home.env))?.from, `credential helper "full" of ${SHOWN}`);
    home.helper("fails", "exit 7");
    home.docker({ credHelpers: { [HOST]: "fails" }, credsStore: "full" });
    await assert.rejects(fileLogin(HOST, home.env), says("REGISTRY_AUTH", /it ended with 7/));
  });

  for (const name of ["desktop.exe", "wincred.exe", "ecr-login", "my_helper", "Helper2", "osxkeychain.v2", "a b"]) {
    it(`fileLogin asks a helper that is called ${name}`, async () => {
      home.helper(name, answering("me", "s"));
      for (const config of [{ credsStore: name }, { credHelpers: { [HOST]: name } }]) {
        home.docker(config);
        assert.equal((await fileLogin(HOST, home.env))?.from, `credential helper "${name}" of ${SHOWN}`);
      }
    });
  }

  it("fileLogin shows a helper's command as one word of a shell", async () => {
    home.helper("a;b'c", "exit 7");
    home.docker({ credsStore: "a;b'c" });
    await assert.rejects(fileLogin(HOST, home.env), says("REGISTRY_AUTH", /\| 'docker-credential-a;b'\\''c' get"/));
  });

  it("fileLogin says what to install where the helper is not there", async () => {
    home.docker({ credsStore: "absent" });
    const pattern = /names the credential helper "absent", but docker-credential-absent cannot be started; install it/;
    await assert.rejects(fileLogin(HOST, home.env), says("CONFIG_INVALID", pattern));
  });

  it("askHelper tells nothing of what a failing helper wrote", async () => {
    home.helper("fails", `echo hunter2; echo hunter2 >&2; exit 7`);
    home.helper("babbles", `echo hunter2`);
    const ask = (name: string): Promise<unknown> => askHelper({ name, shown: SHOWN, env: home.env }, HOST);
    await assert.rejects(ask("fails"), says("REGISTRY_AUTH", /it ended with 7; try "echo registry.example.com \|/));
    await assert.rejects(ask("babbles"), says("REGISTRY_AUTH", /it gave no login in JSON/));
  });

  it("askHelper ends a helper that hangs, also one that left a child behind", async () => {
    home.helper("hangs", "sleep 4 & wait");
    const began = Date.now();
    const asked = askHelper({ name: "hangs", shown: SHOWN, env: home.env, timeout: 300 }, HOST);
    await assert.rejects(asked, says("REGISTRY_AUTH", /it took longer than 0.3 s/));
    assert.ok(Date.now() - began < 3000);
  });

  it("askHelper ends a helper that writes without end", async () => {
    home.helper("endless", "yes hunter2");
    const asked = askHelper({ name: "endless", shown: SHOWN, env: home.env }, HOST);
    await assert.rejects(asked, says("REGISTRY_AUTH", /it wrote more than 65536 bytes/));
  });
});
