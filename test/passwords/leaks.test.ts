import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { inspect } from "node:util";
import { TokenPasswordProvider } from "../../src/passwords/provider";
import { type PasswordWorld, startPasswordWorld } from "../support/azure/passwordWorld";
import type { ApiRequest } from "../support/azure/standIn";

const PLANTED = ["planted-one-+/=\"'", "planted-two-{{}}", "planted-three"];

/** Every form a planted password could be found in: itself, as JSON, in base64 as Docker writes logins. */
const forms = (value: string): string[] => [
  value,
  JSON.stringify(value).slice(1, -1),
  encodeURIComponent(value),
  Buffer.from(value).toString("base64"),
  Buffer.from(`shop-pull:${value}`).toString("base64"),
];

/** Fails where a planted password is in anything that somebody may see. */
function assertClean(what: string, thing: unknown): void {
  const text = [inspect(thing, { depth: 20, showHidden: true }), JSON.stringify([thing])].join("\n");
  for (const form of PLANTED.flatMap(forms)) assert.ok(!text.includes(form), `${what} holds ${form}`);
}

describe("A password", () => {
  let world: PasswordWorld;
  let provider: TokenPasswordProvider;
  beforeEach(async () => {
    world = await startPasswordWorld();
    world.tokens.next = [...PLANTED];
    provider = new TokenPasswordProvider(world.access);
  });
  afterEach(() => world.azure.stop());

  const inputs = (rotate = "") => ({ ...world.place, days: 30, rotate });
  const to = (method: string, end: string) => (request: ApiRequest) =>
    request.method === method && request.path.includes(end);

  it("is in no state, in none of its life (S0-4)", async () => {
    const created = await provider.create(inputs());
    assert.equal(world.vault.latest(world.place.secretName)?.value, PLANTED[0], "it was planted");
    assert.ok(created.outs);
    const updated = await provider.update(created.id, created.outs, inputs("2026-10-01"));
    assert.ok(updated.outs);
    const read = await provider.read(created.id, updated.outs);
    assertClean("the state", [created, updated, read]);
    const keys = ["days", "expiry", "loginServer", "registryId", "rotate", "rotated", "secretName", "secretUri"];
    assert.deepEqual(Object.keys(updated.outs).sort(), [...keys, "secretVersion", "slot", "token", "vaultUri"]);
  });

  it("is in no tag, no name and no address of the vault", async () => {
    await provider.create(inputs());
    const [version] = world.vault.versions(world.place.secretName);
    assert.ok(version);
    assertClean("a version's properties", { ...version, value: "" });
    assertClean(
      "addresses",
      world.azure.seen.map(({ path, query, headers }) => [path, [...query], headers]),
    );
    const bodies = world.azure.seen.filter(({ body }) => JSON.stringify(body ?? "").includes("planted"));
    assert.deepEqual(
      bodies.map(({ method, path }) => `${method} ${path}`),
      [`PUT /secrets/${world.place.secretName}`],
    );
  });

  it("is in no error, whatever answer holds it (S0-4)", async () => {
    const hurt = `{"username":"shop-pull","passwords":[{"name":"password1","value":"${PLANTED[1] ?? ""}"`;
    const says = { error: { code: PLANTED[1], message: `refused ${PLANTED[1] ?? ""}` } };
    const errors: unknown[] = [];
    for (const [method, end] of [
      ["POST", "/generateCredentials"],
      ["PUT", "/secrets/"],
      ["GET", "/versions"],
      ["GET", "/tokens/"],
    ] as const) {
      for (const answer of [
        { status: 200, text: hurt },
        { status: 400, body: says },
        { status: 409, body: says },
      ]) {
        world.azure.answerNext(to(method, end), answer);
        if (end === "/secrets/" && answer.status === 409) world.azure.answerNext(to("POST", "/recover"), answer);
        await provider.create(inputs("2026-10-01")).catch((error: unknown) => errors.push(error));
        world.tokens.next = [...PLANTED];
      }
    }
    assert.ok(errors.length >= 6, `${errors.length} errors`);
    assertClean("an error", errors);
    for (const error of errors) assert.ok(error instanceof Error && error.cause === undefined, String(error));
  });

  it("is in no log, the SDKs' most talkative ones included (S0-4)", () => {
    const child = join(__dirname, "../support/azure/rotateOnce.ts");
    const run = spawnSync(process.execPath, ["--import", "tsx", child], {
      encoding: "utf8",
      env: { ...process.env, AZURE_LOG_LEVEL: "verbose", DEBUG: "*", NODE_DEBUG: "", PLANTED: PLANTED.join(" ") },
      timeout: 60_000,
    });
    assert.equal(run.status, 0, run.stderr.slice(-2000));
    assert.match(run.stderr, /azure:core-rest-pipeline|azure:.*verbose|azure:.*info/, "the SDKs do log");
    for (const form of PLANTED.flatMap(forms)) assert.ok(!`${run.stdout}${run.stderr}`.includes(form), form);
  });
});
