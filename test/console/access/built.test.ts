import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueToken, revokeToken } from "../../../src/console/access/machineTokens";
import { folderStore } from "../../../src/console/access/tokenStores";
import { settingsOf } from "../../../src/console/settings";
import { KeyFolder } from "../../support/console/accessWorld";
import { buildConsole, type RunningConsole, runConsole } from "../../support/console/built";
import {
  AUDIENCE,
  CLIENT,
  type IdentityProviderStand,
  startIdentityProvider,
} from "../../support/console/identityProvider";
import { CookieBrowser } from "../../support/console/visitor";
import { freePort } from "../../support/registries/freePort";
import { outputsFor } from "../../support/release/outputsFor";

describe("access to the built console", () => {
  let folder: string;
  let keys: KeyFolder;
  let provider: IdentityProviderStand;
  let running: RunningConsole;
  let origin: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "console-built-"));
    keys = new KeyFolder();
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    provider = await startIdentityProvider(origin, [{ login: "alice", groups: ["orders-team"] }]);
    for (const login of ["secure", "standard"]) {
      for (const part of ["username", "password"]) writeFileSync(join(folder, `${login}-${part}`), "reader");
    }
    const policy = { signature: false, signers: [] };
    const outputs = outputsFor({ stage: "qa", host: "localhost:9", kind: "distribution", policy });
    const access = {
      ...{ issuer: provider.issuer, grants: [{ value: "orders-team", repositories: ["orders/*"] }] },
      login: { clientId: CLIENT, redirectUrl: `${origin}/login/callback`, sessionKeys: keys.path },
      ...{ bearer: { audience: AUDIENCE }, machineTokens: { folder: join(folder, "tokens") }, machineTokenSeconds: 1 },
    };
    const settings = settingsOf(outputs, { access, port, secrets: folder });
    running = await runConsole(await buildConsole(join(folder, "program"), settings));
  });
  after(async () => {
    await running.stop();
    await provider.stop();
    keys.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const read = async (headers: Record<string, string>) => {
    const response = await fetch(`${running.address}/api/v1/repositories`, { headers });
    await response.body?.cancel();
    return response.status;
  };

  it("S0-4 is by login, by the provider's JWT and by a machine token, until that is revoked", async () => {
    const browser = new CookieBrowser(origin, (request) => fetch(request));
    assert.equal((await browser.login("alice")).status, 303);
    const list = await (await browser.open("/api/v1/repositories")).json();
    assert.deepEqual(
      (list as { repositories: { repository: string }[] }).repositories.map(({ repository }) => repository),
      ["orders/api", "orders/console", "orders/web"],
    );
    assert.equal(await read({}), 401);
    const jwt = await provider.mint({ claims: { groups: ["orders-team"] } });
    assert.equal(await read({ authorization: `Bearer ${jwt}` }), 200);
    const store = folderStore(join(folder, "tokens"));
    const { token } = await issueToken(store, { name: "a", repositories: ["orders/api"], days: 1 }, new Date());
    assert.equal(await read({ authorization: `Bearer ${token}` }), 200);
    await revokeToken(store, "a", new Date());
    const end = Date.now() + 20_000;
    while ((await read({ authorization: `Bearer ${token}` })) === 200 && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.equal(await read({ authorization: `Bearer ${token}` }), 401);
    const text = JSON.stringify(running.lines);
    for (const secret of [token, jwt, ...browser.cookies().values()]) assert.equal(text.includes(secret), false);
  });
});
