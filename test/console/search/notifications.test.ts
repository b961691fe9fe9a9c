import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NOTIFICATIONS_PATH } from "../../../src/console/search";
import { readNotification } from "../../../src/console/search/notifications";
import { ConsoleGround, type GroundSearch, until } from "../../support/console/ground";
import { built, namesOf, type SearchedStage, searchedStage } from "../../support/console/searchedStage";
import { type ShownConsole, showConsole } from "../../support/console/shown";
import { describeWith, REFERRERS_TOOL } from "../../support/registries";
import { freePort } from "../../support/registries/freePort";

const DIGEST = `sha256:${"0".repeat(64)}`;
const SECRET = "a-secret-of-a-test";
const NEVER = 3_600_000;

/** An event as Azure Container Registry posts it. Source: Azure Container Registry, webhook schema reference. */
const acrEvent = (target: object, action = "push") => ({
  ...{ id: "a6ba9b79", timestamp: "2026-12-01T08:00:00Z", action },
  target: { mediaType: "application/vnd.oci.image.manifest.v1+json", size: 524, length: 524, ...target },
  request: { id: "3cbb6949", host: "contoso.azurecr.io", method: "PUT", useragent: "docker/27" },
});

describe("readNotification", () => {
  it("readNotification reads an event of Azure Container Registry and an envelope of Distribution", () => {
    assert.deepEqual(readNotification(acrEvent({ repository: "orders/api", digest: DIGEST, tag: "v1" })), [
      { path: "orders/api", reference: "v1" },
    ]);
    assert.deepEqual(readNotification(acrEvent({ repository: "orders/api", digest: DIGEST }, "delete")), [
      { path: "orders/api", reference: DIGEST, isDeleted: true },
    ]);
    const events = [
      { action: "push", target: { mediaType: "application/octet-stream", repository: "orders/api", digest: DIGEST } },
      { action: "push", target: { repository: "orders/api", tag: "v1", digest: DIGEST } },
      { action: "pull", target: { repository: "orders/api", tag: "v2" } },
      { action: "delete", target: { repository: "orders/api", digest: DIGEST } },
    ];
    assert.deepEqual(readNotification({ events }), [
      { path: "orders/api", reference: "v1" },
      { path: "orders/api", reference: DIGEST, isDeleted: true },
    ]);
  });

  it("readNotification leaves out what has not the form, and reads no more than 200 events", () => {
    for (const body of [null, 1, "text", [], {}, { events: "x" }, { events: [null, { target: 1 }] }]) {
      assert.deepEqual(readNotification(body), [], JSON.stringify(body));
    }
    for (const target of [{ repository: "a", tag: "../x" }, { repository: "a", digest: "sha256:1" }, { tag: "v1" }]) {
      assert.deepEqual(readNotification(acrEvent(target)), []);
    }
    const event = acrEvent({ repository: "orders/api", tag: "v1" });
    assert.equal(readNotification({ events: Array.from({ length: 300 }, () => event) }).length, 200);
  });
});

describeWith(["docker-registry", REFERRERS_TOOL], "notifications of registries", () => {
  let stage: SearchedStage;
  let search: GroundSearch;
  beforeEach(async () => {
    stage = await searchedStage();
    search = stage.ground.search({ every: NEVER });
    await built(search);
  });
  afterEach(async () => {
    await search.close();
    await stage.end();
  });

  it("a hint lets the index look at what it names: tags that came, moved and went, and what was attached", async () => {
    await stage.ground.image("secure", "orders/api", "v3", { labels: { "com.example.team": "billing" } });
    search.hint({ path: "orders/api", reference: "v3" });
    await until("the new tag is found", () => namesOf(search, "owner", "billing").length === 1);
    const web = await stage.ground.repository("standard", "orders/web").resolve("plain");
    assert.ok(web);
    await stage.attachSbom("standard", "orders/web", web.digest, [{ name: "zlib", versionInfo: "1" }]);
    await stage.attachSbom("secure", "orders/api", stage.index, [{ name: "zlib", versionInfo: "2" }]);
    for (const [imageClass, path, subject] of [
      ["secure", "orders/api", stage.index],
      ["standard", "orders/web", web.digest],
    ] as const) {
      for (const { digest } of await stage.ground.repository(imageClass, path).referrers(subject)) {
        search.hint({ path, reference: digest });
      }
    }
    await until("what was attached is found", () => namesOf(search, "package", "zlib").length === 2);
    await stage.ground.delete("secure", "orders/api", stage.index);
    search.hint({ path: "orders/api", reference: stage.index });
    await until("the deleted digest is gone", () => namesOf(search, "digest", stage.index).length === 0);
    assert.deepEqual(namesOf(search, "owner", "orders"), ["orders/api:v2"]);
  });

  it("a hint of what is not there, not mapped or repeated changes nothing, and costs one look at most", async () => {
    const before = search.state(() => true);
    const requests = await stage.ground.requestsOf("secure", async () => {
      for (let at = 0; at < 1_000; at += 1) {
        search.hint({ path: "orders/unmapped", reference: "v1" });
        search.hint({ path: "../../v2/_catalog", reference: "v1" });
        search.hint({ path: "orders/api", reference: "v2" });
      }
      search.hint({ path: "orders/api", reference: "nothing" });
      search.hint({ path: "orders/api", reference: DIGEST });
      await until("hints were followed", () =>
        stage.ground.fronts.secure.requests.some((line) => line.includes(DIGEST)),
      );
    });
    assert.deepEqual({ ...search.state(() => true), asOf: "" }, { ...before, asOf: "" });
    assert.equal(requests.filter((line) => line.includes("/manifests/v2")).length, 1, requests.join("\n"));
    assert.deepEqual(
      requests.filter((line) => /unmapped|_catalog/.test(line)),
      [],
    );
  });
});

describeWith(["docker-registry", REFERRERS_TOOL], "the console's address for notifications", () => {
  let secrets: string;
  let ground: ConsoleGround;
  let shown: ShownConsole;
  const access = { machineTokens: { folder: "/nonexistent" } };
  before(async () => {
    secrets = mkdtempSync(join(tmpdir(), "dualreg-secrets-"));
    writeFileSync(join(secrets, "notification-secret"), `${SECRET}\n`);
    const port = await freePort();
    const notify = `http://127.0.0.1:${port}${NOTIFICATIONS_PATH}`;
    ground = await ConsoleGround.begin({ notify, notifyHeaders: { authorization: `Bearer ${SECRET}` } });
    shown = await showConsole(ground, { anonymous: "read" }, { port, secrets });
  });
  after(async () => {
    await shown.stop();
    await ground.end();
    rmSync(secrets, { recursive: true, force: true });
  });

  const post = (body: string, headers: Record<string, string> = {}, address = shown.address) =>
    fetch(`${address}${NOTIFICATIONS_PATH}`, { method: "POST", body, headers });
  const by = (secret: string) => ({ authorization: `Bearer ${secret}` });

  it("a real registry's notification brings what was pushed into the search, long before all is read again", async () => {
    await ground.image("secure", "orders/api", "pushed", { labels: { "com.example.team": "pushers" } });
    const found = async () => {
      const answer = await fetch(`${shown.address}/api/v1/search?in=owner&q=pushers`);
      return ((await answer.json()) as { total: number }).total;
    };
    const end = Date.now() + 30_000;
    while ((await found()) === 0) {
      assert.ok(Date.now() < end, shown.lines.filter((line) => !line.includes("/api/v1/search")).join(""));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it("what does not bring the secret is refused, however it is written, and so is what is no JSON or too large", async () => {
    const body = JSON.stringify(acrEvent({ repository: "orders/api", tag: "v1" }));
    assert.equal((await post(body)).status, 401);
    for (const secret of ["", "wrong", `${SECRET}x`, SECRET.slice(1)]) {
      assert.equal((await post(body, by(secret))).status, 401, secret);
    }
    assert.equal((await post(body, { authorization: `Basic ${SECRET}` })).status, 401);
    assert.equal((await post("{", by(SECRET))).status, 400);
    assert.equal((await post("x".repeat(600 * 1024), by(SECRET))).status, 413);
    assert.equal((await post(body, by(SECRET))).status, 202);
    assert.ok(!shown.lines.join("").includes(SECRET));
  });

  it("an address that brings wrong secrets again and again is not listened to any more", async () => {
    const other = await showConsole(ground, { anonymous: "read" }, { secrets });
    try {
      let status = 0;
      for (let at = 0; at < 25 && status !== 429; at += 1) ({ status } = await post("{}", by("wrong"), other.address));
      assert.equal(status, 429);
      assert.equal((await post("{}", by(SECRET), other.address)).status, 429);
    } finally {
      await other.stop();
    }
  });

  it("a console without a secret takes nothing, and the secret opens nothing else", async () => {
    const closed = await showConsole(ground, access, { secrets: "/nonexistent" });
    const open = await showConsole(ground, access, { secrets });
    try {
      assert.equal((await post("{}", by(""), closed.address)).status, 404);
      assert.equal((await post("{}", by("undefined"), closed.address)).status, 404);
      const answer = await fetch(`${open.address}/api/v1/search?q=orders`, { headers: by(SECRET) });
      assert.equal(answer.status, 401);
    } finally {
      await closed.stop();
      await open.stop();
    }
  });
});
