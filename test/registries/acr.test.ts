import assert from "node:assert/strict";
import { type AcrStandIn, startAcr } from "../support/registries/acr";
import { startDistribution } from "../support/registries/distribution";
import { describeWith } from "../support/registries/skipWithout";
import type { TestRegistry } from "../support/registries/testRegistry";
import { getManifest, push, putManifest, tinyImage } from "./tinyImage";

const ALL = "pull,push,delete,metadata_read,metadata_write";

describeWith(["docker-registry"], "startAcr", () => {
  let backend: TestRegistry;
  let acr: AcrStandIn;
  before(async () => {
    backend = await startDistribution();
    acr = await startAcr(backend);
  });
  after(async () => {
    await acr.stop();
    await backend.stop();
  });

  const form = (path: string, fields: Record<string, string>): Promise<Response> =>
    fetch(`http://${acr.host}/oauth2/${path}`, {
      method: "POST",
      body: new URLSearchParams({ service: acr.host, ...fields }),
    });

  const bearer = async (repository: string, actions = ALL): Promise<{ authorization: string }> => {
    const exchanged = await form("exchange", { grant_type: "access_token", access_token: acr.tokens.entraToken });
    const { refresh_token } = (await exchanged.json()) as { refresh_token: string };
    const scope = `repository:${repository}:${actions}`;
    const answer = await form("token", { grant_type: "refresh_token", refresh_token, scope });
    const { access_token } = (await answer.json()) as { access_token: string };
    return { authorization: `Bearer ${access_token}` };
  };

  const patch = async (path: string, body: object, headers: Record<string, string>): Promise<Response> =>
    fetch(`http://${acr.host}/acr/v1/${path}?api-version=2021-07-01`, {
      method: "PATCH",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  it("startAcr challenges with the scope that is missing, and takes no other token", async () => {
    const none = await fetch(`http://${acr.host}/acr/v1/a%2Fb/_tags/v1`);
    assert.equal(none.status, 401);
    assert.equal(
      none.headers.get("www-authenticate"),
      `Bearer realm="http://${acr.host}/oauth2/token",service="${acr.host}",scope="repository:a/b:metadata_read"`,
    );
    const pull = await bearer("a/b", "pull");
    assert.match((await patch("a/b/_tags/v1", {}, pull)).headers.get("www-authenticate") ?? "", /insufficient_scope/);
    assert.equal((await form("exchange", { grant_type: "access_token", access_token: "x" })).status, 401);
  });

  it("startAcr keeps a locked tag where it is, and the manifest's lock is another", async () => {
    const headers = await bearer("locks");
    const [image, other] = [tinyImage("one"), tinyImage("two")];
    assert.equal(await push(acr.host, "locks", "v1", image, headers), 201);
    assert.equal(await push(acr.host, "locks", "other", other, headers), 201);
    const locked = await patch("locks/_tags/v1", { writeEnabled: false }, headers);
    const { tag } = (await locked.json()) as { tag: { digest: string; changeableAttributes: object } };
    assert.equal(tag.digest, image.digest);
    const attributes = { deleteEnabled: true, writeEnabled: false, readEnabled: true, listEnabled: true };
    assert.deepEqual(tag.changeableAttributes, attributes);
    assert.equal(await putManifest(acr.host, "locks", "v1", other, headers), 405);
    assert.equal(acr.attributes(`locks@${image.digest}`).writeEnabled, true);
    assert.equal(await putManifest(acr.host, "locks", image.digest, image, headers), 201);
    assert.equal((await patch(`locks/_manifests/${image.digest}`, { writeEnabled: false }, headers)).status, 200);
    assert.equal(await putManifest(acr.host, "locks", "v2", image, headers), 405);
    assert.equal((await getManifest(acr.host, "locks", "v1", headers)).status, 200);
  });

  it("startAcr deletes neither locked manifests, nor those with a locked tag, nor locked tags", async () => {
    const headers = await bearer("deletes");
    const image = tinyImage("deleted");
    await push(acr.host, "deletes", "v1", image, headers);
    const remove = async (path: string): Promise<number> =>
      (await fetch(`http://${acr.host}/${path}`, { method: "DELETE", headers })).status;
    await patch("deletes/_tags/v1", { deleteEnabled: false }, headers);
    assert.equal(await remove(`v2/deletes/manifests/${image.digest}`), 405);
    assert.equal(await remove("acr/v1/deletes/_tags/v1"), 405);
    await patch("deletes/_tags/v1", { deleteEnabled: true }, headers);
    await patch(`deletes/_manifests/${image.digest}`, { deleteEnabled: false }, headers);
    assert.equal(await remove("acr/v1/deletes/_tags/v1"), 202);
    assert.equal((await getManifest(acr.host, "deletes", "v1", headers)).status, 404);
    assert.equal(await remove(`v2/deletes/manifests/${image.digest}`), 405);
    acr.change(`deletes@${image.digest}`, { deleteEnabled: true });
    assert.equal(await remove(`v2/deletes/manifests/${image.digest}`), 202);
  });

  it("startAcr lets nothing refer to a locked manifest", async () => {
    const headers = await bearer("subjects");
    const image = tinyImage("subject");
    await push(acr.host, "subjects", "v1", image, headers);
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const subject = { mediaType, digest: image.digest, size: image.manifest.length };
    const [first, second] = [tinyImage("first", { subject }), tinyImage("second", { subject })];
    assert.equal(await push(acr.host, "subjects", first.digest, first, headers), 201);
    acr.change(`subjects@${image.digest}`, { writeEnabled: false });
    assert.equal(await push(acr.host, "subjects", second.digest, second, headers), 405);
  });

  it("startAcr refuses what adds to it once its quota is used up", async () => {
    const headers = await bearer("quota");
    acr.quotaExceeded = true;
    assert.equal(await push(acr.host, "quota", "v1", tinyImage("quota"), headers), 403);
    acr.quotaExceeded = false;
    assert.equal(await push(acr.host, "quota", "v1", tinyImage("quota"), headers), 201);
  });

  it("startAcr gives out tokens that run out", async () => {
    acr.tokens.accessSeconds = -1;
    const headers = await bearer("a");
    acr.tokens.accessSeconds = 60;
    assert.equal((await getManifest(acr.host, "a", "v1", headers)).status, 401);
    assert.equal((await getManifest(acr.host, "a", "v1", await bearer("a"))).status, 404);
  });
});
