import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { startDistribution } from "../support/registries/distribution";
import { startReferrers } from "../support/registries/referrers";
import { describeWith, skipWithout } from "../support/registries/skipWithout";
import { startTokenRealm } from "../support/registries/tokenRealm";
import { getManifest, push, tinyImage } from "./tinyImage";

const run = promisify(execFile);

describeWith(["docker-registry", "htpasswd", "openssl"], "startDistribution", () => {
  it("startDistribution takes an image, gives it back, and is gone after stop", async () => {
    const registry = await startDistribution();
    const image = tinyImage("plain");
    assert.equal(await push(registry.host, "orders/api", "v1", image), 201);
    const back = await getManifest(registry.host, "orders/api", "v1");
    assert.deepEqual(Buffer.from(await back.arrayBuffer()), image.manifest);
    await registry.stop();
    await assert.rejects(getManifest(registry.host, "orders/api", "v1"));
    assert.equal(existsSync(registry.storageDir), false);
    assert.match(registry.log(), /orders\/api/);
  });

  it("startDistribution lets manifests be deleted, unless told otherwise", async () => {
    for (const deleteEnabled of [true, false]) {
      const registry = await startDistribution({ deleteEnabled });
      const image = tinyImage("deleted");
      await push(registry.host, "a", "v1", image);
      const gone = await fetch(`http://${registry.host}/v2/a/manifests/${image.digest}`, { method: "DELETE" });
      assert.equal(gone.status, deleteEnabled ? 202 : 405);
      await registry.stop();
    }
  });

  it("startDistribution asks for its password with htpasswd, and takes it", async () => {
    const registry = await startDistribution({ auth: "htpasswd" });
    const { username, password } = registry.credentials ?? assert.fail();
    const refused = await fetch(`http://${registry.host}/v2/`);
    assert.match(refused.headers.get("www-authenticate") ?? "", /^Basic/);
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    assert.equal(await push(registry.host, "a", "v1", tinyImage("basic"), { authorization }), 201);
    await registry.stop();
  });

  it("startDistribution with a realm takes a real client's login", async function () {
    const skopeo = skipWithout(this, "skopeo");
    const registry = await startDistribution({ auth: "token" });
    const { username, password } = registry.credentials ?? assert.fail();
    const login = ["--creds", `${username}:${password}`, "--tls-verify=false"];
    const image = `docker://${registry.host}/orders/api`;
    await assert.rejects(run(skopeo, ["list-tags", ...login, image]), /name unknown|not found/i);
    assert.equal(registry.realm?.requests.at(-1)?.how, "basic");
    await registry.stop();
  });

  it("processes end with the one that started them, even after kill -9", async () => {
    const script = `
      const { startDistribution } = require(${JSON.stringify(join(__dirname, "../support/registries/distribution"))});
      startDistribution().then(({ host, storageDir }) => { console.log(host + " " + storageDir); setInterval(() => {}, 1000); });`;
    const child = spawn(process.execPath, ["--import", "tsx", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const [host = "", storageDir = ""] = line.toString().trim().split(" ");
    const address = `http://${host}/v2/`;
    assert.equal((await fetch(address)).status, 200);
    child.kill("SIGKILL");
    await once(child, "exit");
    let answers = true;
    for (let tries = 0; answers && tries < 50; tries++) {
      await sleep(100);
      answers = await fetch(address).then(
        () => true,
        () => false,
      );
    }
    assert.equal(answers, false);
    await sleep(1500);
    assert.equal(existsSync(storageDir), false);
  });
});

describeWith(["docker-registry", "openssl"], "startTokenRealm", () => {
  const user = { username: "reader", password: "not-guessed" };

  it("startTokenRealm grants what a user may, and the registry keeps to it", async () => {
    const realm = await startTokenRealm({
      users: [{ ...user, grants: [{ repository: /orders\/.*/, actions: ["pull"] }] }],
    });
    const registry = await startDistribution({ auth: "token", realm });
    const token = await tokenOf(realm.url, ["orders/api:pull,push", "team/orders/api:pull"], user);
    assert.deepEqual(
      realm.requests[0]?.granted.map(({ actions }) => actions),
      [["pull"], []],
    );
    const bearer = { authorization: `Bearer ${token}` };
    assert.equal((await getManifest(registry.host, "orders/api", "v1", bearer)).status, 404);
    assert.equal(await push(registry.host, "orders/api", "v1", tinyImage("x"), bearer), 401);
    await registry.stop();
    await realm.stop();
  });

  it("startTokenRealm makes tokens that the registry refuses once their time is over", async () => {
    const everything = [{ repository: /.*/, actions: ["*" as const] }];
    const realm = await startTokenRealm({ users: [{ ...user, grants: everything }], lifetimeSeconds: 2 });
    const registry = await startDistribution({ auth: "token", realm });
    const authorization = `Bearer ${await tokenOf(realm.url, ["a:pull"], user)}`;
    assert.equal((await getManifest(registry.host, "a", "v1", { authorization })).status, 404);
    await sleep(3100);
    assert.equal((await getManifest(registry.host, "a", "v1", { authorization })).status, 401);
    await registry.stop();
    await realm.stop();
  });

  it("startTokenRealm takes an identity token until it is revoked, and fails when told to", async () => {
    const realm = await startTokenRealm({ users: [{ ...user, grants: [{ repository: /a/, actions: ["pull"] }] }] });
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      service: realm.service,
      client_id: "test",
      scope: "repository:a:pull",
      refresh_token: realm.refreshTokenOf(user.username),
    });
    const ask = async (): Promise<number> => (await fetch(realm.url, { method: "POST", body: form })).status;
    realm.failNext.push(503);
    assert.equal(await ask(), 503);
    assert.equal(await ask(), 200);
    realm.revokeRefreshTokens();
    assert.equal(await ask(), 401);
    await realm.stop();
  });
});

describeWith(["referrers-registry"], "startReferrers", () => {
  it("startReferrers lists what refers to a manifest, and keeps blobs on disk", async () => {
    const registry = await startReferrers();
    const image = tinyImage("subject");
    assert.equal(await push(registry.host, "a", "v1", image), 201);
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const subject = { mediaType, digest: image.digest, size: image.manifest.length };
    const referrer = tinyImage("referrer", { subject, artifactType: "application/vnd.example" });
    assert.equal(await push(registry.host, "a", referrer.digest, referrer), 201);
    const listed = await fetch(`http://${registry.host}/v2/a/referrers/${image.digest}`);
    const { manifests } = (await listed.json()) as { manifests: { digest: string }[] };
    assert.deepEqual(
      manifests.map(({ digest }) => digest),
      [referrer.digest],
    );
    assert.equal(existsSync(join(registry.storageDir, "sha256")), true);
    await registry.stop();
  });
});

async function tokenOf(
  url: string,
  scopes: readonly string[],
  { username, password }: { username: string; password: string },
): Promise<string> {
  const address = new URL(url);
  for (const scope of scopes) address.searchParams.append("scope", `repository:${scope}`);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const answer = await fetch(address, { headers: { authorization } });
  return ((await answer.json()) as { token: string }).token;
}
