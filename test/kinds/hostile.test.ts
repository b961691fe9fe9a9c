import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import type { RegistryKind } from "../../src/domain/image/registryKind";
import type { Reading, RepositorySettings } from "../../src/domain/settings/registrySettings";
import { openApi, apiTransport } from "../../src/kinds/api";
import type { Credential } from "../../src/oci";
import { type ApiStandIn, startApi } from "../support/registries/kinds/apiStandIn";
import { settingsAt } from "./ground";

const LOGIN: Credential = {
  kind: "basic",
  username: "oauth2accesstoken",
  password: "secret-of-a-test",
  from: "a test",
};
const ENV = { QUAY_TOKEN: "secret-of-a-test", GITLAB_TOKEN: "secret-of-a-test", GITHUB_TOKEN: "secret-of-a-test" };
const KINDS: readonly RegistryKind[] = ["gar", "quay", "harbor", "gitlab", "dockerhub"];

describe("readSettings of an interface that answers what it should not", () => {
  let api: ApiStandIn;
  let elsewhere: ApiStandIn;
  before(async () => {
    api = await startApi(() => ({ status: 500, body: {} }));
    elsewhere = await startApi(() => ({ status: 200, body: { is_public: false } }));
  });
  after(async () => {
    await api.stop();
    await elsewhere.stop();
  });
  const pathOf = (kind: RegistryKind) => (kind === "dockerhub" ? "company/web" : "company/orders/web");
  const hostOf = (kind: RegistryKind) => (kind === "gar" ? "europe-west3-docker.pkg.dev" : api.host);
  const read = (kind: RegistryKind, timeout = 5_000) =>
    settingsAt(kind, hostOf(kind), pathOf(kind), { env: ENV, login: LOGIN, api: `http://${api.host}/api`, timeout });
  const readings = ({ immutability, retention, scanning, visibility, owner, place }: RepositorySettings) =>
    [immutability, retention, scanning, visibility, owner, place] as readonly Reading<unknown>[];

  const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
    HTML: (response) => void response.end("<!doctype html><title>log in</title>"),
    null: (response) => void response.end("null"),
    "null in every field": (response) =>
      void response.end(
        JSON.stringify({
          ...{ policies: null, is_public: null, namespace: null, name: null, project_id: null, metadata: null },
          ...{ id: null, visibility: null, format: null, is_private: null, access_token: null },
        }),
      ),
    "a list": (response) => void response.end("[]"),
    "deep brackets": (response) => void response.end("[".repeat(100_000)),
    "status 500": (response) => void response.writeHead(500).end("{}"),
    "status 429": (response) => void response.writeHead(429, { "retry-after": "3600" }).end("{}"),
    "a redirect elsewhere": (response) =>
      void response.writeHead(302, { location: `http://${elsewhere.host}/api/v1/x` }).end(),
    "a broken connection": (response) => void response.destroy(),
    "100 MB": (response) => {
      const piece = Buffer.alloc(64 * 1024, 0x20);
      let left = 1_600;
      const more = () => {
        while (left-- > 0 && !response.destroyed && response.write(piece));
        if (left <= 0) response.end();
      };
      response.on("drain", more);
      more();
    },
  };
  for (const kind of KINDS) {
    it(`readSettings reads nothing of ${kind} from any of ${Object.keys(answers).length} wrong answers, and sends its token nowhere else`, async () => {
      for (const [name, answer] of Object.entries(answers)) {
        api.instead = (_, response) => {
          answer(response);
        };
        const found = await read(kind);
        const texts = readings(found).map((one) => (one.state === "read" ? "read" : one.because));
        assert.equal(
          readings(found).some(({ state }) => state === "read"),
          false,
          `${name}: ${texts.join("; ")}`,
        );
        assert.equal(JSON.stringify(found).includes("secret-of-a-test"), false, name);
      }
      // Who is only asked whether it has the referrers API may point elsewhere, and no login goes along.
      const sent = JSON.stringify(elsewhere.asked.map(({ headers }) => headers));
      assert.equal(/secret-of-a-test|authorization|private-token/i.test(sent), false);
    });
  }

  it("readSettings waits for an answer that never ends no longer than it was told", async () => {
    api.instead = (_, response) => void response.writeHead(200).write("{");
    for (const kind of KINDS) {
      const found = await read(kind, 300);
      assert.equal(
        readings(found).some(({ state }) => state === "read"),
        false,
        kind,
      );
    }
  });

  it("openApi takes no address in plain text but this machine's", () => {
    const transport = apiTransport();
    assert.throws(() => openApi("http://gitlab.example.com/api/v4", transport), /refused; allowed: https/);
    assert.ok(openApi("https://gitlab.example.com/api/v4", transport));
  });
});
