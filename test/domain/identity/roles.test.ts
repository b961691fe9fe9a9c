import assert from "node:assert/strict";
import { ROLE_ACTIONS, type RoleKey, roleOf, ROLES } from "../../../src/domain/identity/roles";

const KEYS = Object.keys(ROLES) as RoleKey[];

/** The management rights by which a registry in its own permission mode lets somebody at images. */
const IMAGE_RIGHTS = {
  pull: "Microsoft.ContainerRegistry/registries/pull/read",
  push: "Microsoft.ContainerRegistry/registries/push/write",
  delete: "Microsoft.ContainerRegistry/registries/artifacts/delete",
  lock: "Microsoft.ContainerRegistry/registries/metadata/write",
};

describe("ROLES", () => {
  it("ROLES gives no role a wildcard: a registry takes none, and it is more than anybody needs", () => {
    for (const key of Object.keys(ROLES) as RoleKey[]) {
      const role = roleOf(key);
      const asked = "guid" in role ? [] : [...role.actions, ...role.dataActions];
      assert.deepEqual(
        asked.filter((action) => action.includes("*")),
        [],
        key,
      );
      assert.deepEqual(
        asked.filter((action) => /roleAssignments\/write|tokens\/write|getSecret/.test(action)),
        [],
        key,
      );
    }
  });

  it("ROLES of our own allow what the matrix says of them, and nothing else with images", () => {
    for (const key of KEYS) {
      const role = roleOf(key);
      if ("guid" in role) continue;
      for (const [action, right] of Object.entries(IMAGE_RIGHTS)) {
        const told = ROLE_ACTIONS[key].some((one) => one === action);
        assert.equal(role.actions.includes(right), told, `${key} ${action}`);
      }
    }
  });
});
