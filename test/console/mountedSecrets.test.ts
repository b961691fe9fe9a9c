import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mountedLogin, mountedSecret } from "../../src/console/mountedSecrets";
import { buildConsole, runConsole } from "../support/console/built";
import { ConsoleGround } from "../support/console/ground";
import { describeWith, REFERRERS_TOOL } from "../support/registries";
import { instead } from "../support/registries/quirks";

describe("mountedLogin", () => {
  const folder = mkdtempSync(join(tmpdir(), "dualreg-secrets-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("S0-9 mountedLogin reads the login of a class anew each time, without the line feed at its end", async () => {
    const login = mountedLogin(folder, "secure");
    assert.equal((await login("h")).kind, "anonymous");
    for (const password of ["first", "second"]) {
      writeFileSync(join(folder, "secure-username"), "reader\n");
      writeFileSync(join(folder, "secure-password"), `${password}\n`);
      const from = join(folder, "secure-password");
      assert.deepEqual(await login("h"), { kind: "basic", username: "reader", password, from });
    }
    assert.equal((await mountedLogin(folder, "standard")("h")).kind, "anonymous");
  });

  it("S0-4 mountedLogin takes the name that is known where none is mounted, and asks as nobody without a password", async () => {
    writeFileSync(join(folder, "standard-password"), "second\n");
    const from = join(folder, "standard-password");
    const known = { kind: "basic", username: "orders-pull", password: "second", from };
    assert.deepEqual(await mountedLogin(folder, "standard", "orders-pull")("h"), known);
    rmSync(from);
    assert.equal((await mountedLogin(folder, "standard", "orders-pull")("h")).kind, "anonymous");
  });

  it("mountedSecret refuses what is no small file, and says nothing of what it holds", async () => {
    writeFileSync(join(folder, "large"), "a-secret-value".repeat(10_000));
    await assert.rejects(mountedSecret(folder, "large"), (error: Error) => {
      assert.match(error.message, /larger than allowed/);
      return !error.message.includes("a-secret-value");
    });
    await assert.rejects(mountedSecret(join(folder, ".."), folder.split("/").at(-1) ?? ""), { code: "CONFIG_INVALID" });
    chmodSync(join(folder, "large"), 0o600);
  });
});

describeWith(["docker-registry", REFERRERS_TOOL], "a built console whose password rotates", () => {
  let ground: ConsoleGround;
  before(async () => {
    ground = await ConsoleGround.begin();
    for (const tag of ["v1", "v2", "v3"]) await ground.image("secure", "orders/api", tag);
  });
  after(() => ground.end());

  it("S0-9 the built console reads a rotated password without a restart, and writes none of them anywhere", async () => {
    let valid = "first-password";
    // As a registry with basic authentication answers. Source: distribution specification 1.1; RFC 7617.
    ground.fronts.secure.use(async ({ headers }, next) => {
      const wanted = `Basic ${Buffer.from(`reader:${valid}`).toString("base64")}`;
      if (headers.authorization === wanted) return next();
      return instead(401, { errors: [{ code: "UNAUTHORIZED" }] }, { "www-authenticate": 'Basic realm="registry"' });
    });
    const secrets = mkdtempSync(join(ground.dir, "secrets-"));
    const rotate = (password: string) => writeFileSync(join(secrets, "secure-password"), password);
    writeFileSync(join(secrets, "secure-username"), "reader");
    rotate(valid);
    const file = await buildConsole(join(ground.dir, "rotating"), { ...ground.settings, port: 0, secrets });
    const console = await runConsole(file);
    const statusOf = async (tag: string) =>
      (await fetch(`${console.address}/api/v1/image?repository=orders/api&reference=${tag}`)).status;
    assert.equal(await statusOf("v1"), 200);
    valid = "second-password";
    assert.equal(await statusOf("v2"), 503);
    rotate(valid);
    // A refused login is looked for anew after a second.
    const until = Date.now() + 20_000;
    while ((await statusOf("v3")) !== 200) assert.ok(Date.now() < until, JSON.stringify(console.lines));
    await console.stop();
    const text = JSON.stringify(console.lines);
    for (const secret of ["first-password", "second-password", Buffer.from("reader:first").toString("base64")]) {
      assert.ok(!text.includes(secret));
    }
  });
});
