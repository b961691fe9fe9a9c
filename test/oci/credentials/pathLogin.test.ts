import assert from "node:assert/strict";
import { smoke as smokeCommand } from "../../../src/cli/registry/smoke";
import { credentialsFor } from "../../../src/oci/credentials/credentialsFor";
import { openRegistry } from "../../../src/oci/registry/session";
import { runCommand } from "../../support/io";
import { describeWith, startDistribution, startTokenRealm, type TestRegistry } from "../../support/registries";
import { drain, failsAs, makeBlob, opener } from "../registry/support/client";
import { auth, Home } from "./home";

const PASSWORD = "the password of a test";

describeWith(["docker-registry", "htpasswd"], "logins for some repositories of a host", () => {
  let home: Home;
  before(() => (home = new Home()));
  after(() => home.remove());
  const open = (host: string) => openRegistry(host, { credentials: credentialsFor(home.env) });
  const smoke = (repository: string) =>
    runCommand((io) => smokeCommand.run(repository, { format: "text" }, io), { ...home.env });

  it("a session asks for tokens with the login of the repository, and mounts between two of them (S1-3)", async () => {
    const user = (username: string, repository: RegExp) => ({
      ...{ username, password: PASSWORD },
      grants: [{ repository, actions: ["pull", "push", "delete"] as const }],
    });
    const users = [user("company+a", /^team-a\/.*/), user("company+b", /^team-b\/.*/)];
    const realm = await startTokenRealm({ users });
    const registry = await startDistribution({ auth: "token", realm });
    const robot = (name: string) => ({ auth: auth(`company+${name}:${PASSWORD}`) });
    home.docker({ auths: { [`${registry.host}/team-a`]: robot("a"), [`${registry.host}/team-b`]: robot("b") } });
    const session = open(registry.host);
    try {
      const { bytes, descriptor } = makeBlob(2_000_000);
      for (const path of ["team-a/api", "team-b/api", "team-a/web"]) {
        await session.repository(path).writeBlob(descriptor, opener(bytes));
        assert.deepEqual(await drain(await session.repository(path).blob(descriptor)), bytes);
      }
      await assert.rejects(
        session.repository("team-c/api").hasBlob(descriptor),
        failsAs("REGISTRY_AUTH", /no login found/),
      );
    } finally {
      await session.close();
      await registry.stop();
      await realm.stop();
    }
  });

  it("registry smoke takes a login that is for its repository alone, at a registry with a password (S1-2)", async () => {
    const registry: TestRegistry = await startDistribution({ auth: "htpasswd" });
    const { username = "", password = "" } = registry.credentials ?? {};
    try {
      home.docker({ auths: { [`${registry.host}/smoke`]: { auth: auth(`${username}:${password}`) } } });
      const { code, stderr } = await smoke(`${registry.host}/smoke`);
      assert.equal(code, 0, stderr);
      const other = await smoke(`${registry.host}/smokes`);
      assert.equal(other.code, 2);
      assert.match(other.stderr, /no login found/);
    } finally {
      await registry.stop();
    }
  });

  it("credentialsFor asks a helper once for all repositories of a host, and again only where a path has its own", async () => {
    const own = new Home();
    own.helper("counted", `read host; echo x >> "$HOME/asked"; echo "{\\"Username\\":\\"me\\",\\"Secret\\":\\"s\\"}"`);
    const host = "registry.example.com";
    own.docker({ credsStore: "counted", auths: { [`${host}/team`]: { auth: auth("robot:x") } } });
    const source = credentialsFor(own.env);
    try {
      const repositories = ["orders/api", "orders/web", "team/api", "other"];
      const found = await Promise.all([...repositories, undefined].map((repository) => source(host, repository)));
      assert.deepEqual(
        found.map((login) => login.kind === "basic" && login.username),
        ["me", "me", "robot", "me", "me"],
      );
      assert.equal(own.read("asked"), "x\n");
      source.forget(host);
      await source(host, "orders/api");
      assert.equal(own.read("asked"), "x\nx\n");
    } finally {
      own.remove();
    }
  });
});
