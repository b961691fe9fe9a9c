import assert from "node:assert/strict";
import { Mint } from "../../azure/mint";
import { type RegistryResource, RegistryResources } from "../../azure/registryResources";
import { PEOPLE } from "../../github/company";
import { GatesGround } from "../../github/gatesGround";
import { IMAGE, takeTo, withReleaseBranch } from "../../github/released";
import type { Scene } from "../runbookGround";
import { example } from "../../examples";

const GROUP = "/subscriptions/00000000-0000-0000-0000-0000000000a1/resourceGroups/rg-legacy/providers";

/** The registry that stage qa of the fixture takes over, as it was found. */
const found = (adminUserEnabled: boolean): RegistryResource => ({
  id: `${GROUP}/Microsoft.ContainerRegistry/registries/companylegacy`,
  location: "westeurope",
  sku: "Standard",
  properties: { adminUserEnabled, policies: { softDeletePolicy: { retentionDays: 14, status: "enabled" } } },
  inside: { tokens: ["a-pull"], scopeMaps: ["a-pull"] },
});

const TAG = "v0.0.1-uat";

/** The runbook's parts that look at a project's files. */
export const PROJECT_SCENES: Readonly<Record<string, Scene>> = {
  "Adopt a registry that exists": async (ground) => {
    const mint = new Mint();
    const resources = new RegistryResources(mint);
    resources.registries.push(found(true));
    await ground.azure(mint, resources.service);
    ground.dir = example("everything");
    const adopted = () => void resources.registries.splice(0, 1, found(false));
    return [
      [{ code: 1, says: /adminUserEnabled .*changes[^]*qa: 1 would change/ }],
      [{ before: adopted, code: 0, says: /qa: 0 would change, 0 differ and stay, 0 would fail/ }],
    ];
  },

  "A deployment failed": (ground) => {
    ground.dir = example("minimal");
    return Promise.resolve([[{ code: 1, says: /pulumi/i }], [{ code: 0, says: /^Stage qa/m }]]);
  },

  "A gate that is not as planned": async (ground) => {
    const gates = await GatesGround.begin();
    ground.onEnd(() => gates.github.stop());
    gates.environment("qa-signoff-qa").protection_rules = [];
    ground.dir = example("company");
    ground.env = { GITHUB_TOKEN: "ghs_admin", GITHUB_API_URL: gates.github.url };
    return [
      [{ code: 1, says: /environment qa-signoff-qa +reviewers[^]*company\/orders: 1 difference/ }],
      [{ before: () => gates.reset(), code: 0, says: /0 differences from the plan/ }],
    ];
  },

  "GitHub says that something exists already": async (ground) => {
    const gates = await GatesGround.begin();
    ground.onEnd(() => gates.github.stop());
    ground.dir = example("company");
    ground.env = { GITHUB_TOKEN: "ghs_admin", GITHUB_API_URL: gates.github.url };
    ground.hosts.set("state.json", ground.file("state.json", { deployment: { resources: [] } }));
    return [
      [{ code: 1, says: /orders-gates-qa-signoff-qa +orders:qa-signoff-qa[^]*GitHub: \d+ of what is planned/ }],
      [{ code: 1, says: /"logicalName": "orders-gates",[^]*"component": true[^]*"id": "orders:qa-signoff-qa"/ }],
    ];
  },

  "A release stopped": async (ground) => {
    const { company, dualreg, end } = await withReleaseBranch();
    ground.onEnd(end);
    await takeTo("qa", company, dualreg);
    ground.dir = dualreg.project;
    ground.env = { ...company.envOf(PEOPLE.automation) };
    const signOff = async () => {
      assert.equal((await dualreg.request(TAG, { image: [IMAGE] })).code, 0);
      for (const manager of [PEOPLE.qaManager, PEOPLE.uatManager]) company.approve(manager);
    };
    const place = async () => {
      assert.equal((await dualreg.tag(TAG)).code, 0);
      company.deploy(TAG, "uat");
    };
    return [
      [{ code: 0, says: /v0\.0\.1-uat/ }],
      [{ code: 1, says: /REFUSED v0\.0\.1-uat[^]*\[not-asked\]/ }],
      [{ before: signOff, code: 0, says: /v0\.0\.1-uat/ }],
      [{ before: place, code: 0, says: /qa-manager[^]*uat-manager/ }],
    ];
  },
};
