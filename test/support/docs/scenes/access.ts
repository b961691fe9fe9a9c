import assert from "node:assert/strict";
import { at, outputs, PULL, PUSH, ReviewGround } from "../../azure/reviewGround";
import { startDistribution, startTokenRealm, type TestRegistry } from "../../registries";
import type { Expected, RunbookGround, Scene } from "../runbookGround";

const HOST = "ordersqasecure.azurecr.io";
const PASSWORD = "the password of the vault";
const FINE = { code: 0, says: /^qa: 0 differences from the access matrix/m };

/** A stage as its matrix says, which the review's commands ask. */
async function reviewed(ground: RunbookGround): Promise<ReviewGround> {
  const review = await ReviewGround.begin();
  ground.onEnd(() => review.end());
  Object.assign(review.api, { pageSize: 100 });
  await ground.azure(review.mint, review.api.service, review.workspace.service);
  ground.file("qa.json", outputs());
  return review;
}

/** The two registries of the stage, which know the one consumer by its password. */
async function registries(ground: RunbookGround): Promise<Record<"secure" | "standard", TestRegistry>> {
  const start = async (repositories: readonly RegExp[]) => {
    const grants = repositories.map((repository) => ({ repository, actions: ["pull" as const] }));
    const realm = await startTokenRealm({ users: [{ username: "shop-pull", password: PASSWORD, grants }] });
    const registry = await startDistribution({ auth: "token", realm });
    ground.onEnd(() => realm.stop());
    ground.onEnd(() => registry.stop());
    return registry;
  };
  const [secure, standard] = [await start([/^orders\/api$/]), await start([])];
  ground.hosts.set(HOST, secure.host);
  return { secure, standard };
}

/** The runbook's parts about passwords and rights, but for what only the engine does. */
export const ACCESS_SCENES: Readonly<Record<string, Scene>> = {
  "Rotate the passwords": async (ground) => {
    const { registry } = await reviewed(ground);
    registry.tokens[0] = {
      ...shopPull(registry),
      passwords: [password("password1", -80, 5), password("password2", -1, 89)],
    };
    const hosts = await registries(ground);
    const said = outputs();
    const { secure, standard } = said.registries;
    const served = {
      secure: { ...secure, kind: "distribution", loginServer: hosts.secure.host },
      standard: { ...standard, kind: "distribution", loginServer: hosts.standard.host },
    };
    ground.file("qa.json", { ...said, registries: served });
    ground.login(hosts.standard.host, "shop-pull", PASSWORD);
    return [
      [FINE],
      [{ code: 0, says: /takes the login of shop-pull/, input: `${PASSWORD}\n` }],
      [{ code: 0, says: /shop-pull at qa: \d+ tried, as the access matrix says/ }],
    ];
  },

  "A password leaked": async (ground) => {
    await registries(ground);
    return [[{ code: 2, says: /401/, input: "the password that leaked\n" }]];
  },

  "Revoke a consumer": async (ground) => {
    const { registry } = await reviewed(ground);
    const said = outputs();
    const access = said.access?.filter(({ who }) => who !== "shop-pull");
    ground.file("qa.json", { ...said, tokens: [], access });
    const still: Expected = { code: 1, says: /! +secure +extra +shop-pull +a token that the matrix does not list/ };
    const revoke = () => {
      registry.tokens.length = 0;
      delete registry.scopeMaps["shop-pull"];
    };
    return [[still, { ...FINE, before: revoke }]];
  },

  "A secure image where it does not belong": async (ground) => {
    const { api, registry } = await reviewed(ground);
    const pusher = { name: "3", principalId: "a-stranger", role: PUSH, scope: registry.id };
    const given = () => void api.assignments.push(pusher);
    const taken = () => void api.assignments.pop();
    return [
      [
        { before: given, code: 1, says: /extra +a-stranger +AcrPush is assigned/ },
        { ...FINE, before: taken },
      ],
    ];
  },

  "The access review differs": async (ground) => {
    const { api, registry } = await reviewed(ground);
    const wrong = () => {
      api.assignments.push({ name: "2", principalId: "a-stranger", role: PULL, scope: registry.id });
      registry.adminUserEnabled = true;
      registry.tokens[0] = { ...shopPull(registry), status: "disabled" };
    };
    const right = () => {
      api.assignments.pop();
      registry.adminUserEnabled = false;
      registry.tokens[0] = { ...shopPull(registry), status: "enabled" };
    };
    const says = /extra +a-stranger[^]*qa: 3 differences/;
    return [[{ before: wrong, code: 1, says }], [{ ...FINE, before: right }]];
  },
};

function shopPull({ tokens }: ReviewGround["registry"]) {
  const [token] = tokens;
  assert.ok(token);
  return token;
}

const password = (name: string, made: number, ends: number) => ({ name, creationTime: at(made), expiry: at(ends) });
