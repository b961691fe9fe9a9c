import assert from "node:assert/strict";
import { azureNeeds, githubNeeds, type Planned } from "../../src/doctor/needs";
import { golden, goldenFiles } from "../support/golden";
import { AZURE } from "../support/providers/azureTypes";

/** What a kept preview plans: each resource's type, name, and of its inputs what the doctor reads. */
function plannedIn(text: string): Planned {
  const parts = text.split(/^(?=[│├└ ]*[├└]─ .* {2}\S+:\S+$)/m);
  const resources = parts.flatMap((part) => {
    const [, name, type] = /─ \S+ (.+) {2}(\S+)\n/.exec(part) ?? [];
    if (name === undefined || type === undefined) return [];
    const environment = /^[│ ]+environment: (\S+)$/m.exec(part)?.[1];
    const reviewers = /^[│ ]+reviewers:\n[│ ]+- /m.test(part) ? [{}] : [];
    return [{ type, name, inputs: { ...(environment === undefined ? {} : { environment }), reviewers } }];
  });
  return { resources };
}

/** How many resources of a type the tree holds; the summary at its end names each type once more. */
const linesWith = (text: string, token: string) => [...text.matchAll(new RegExp(`─ .* {2}${token}$`, "gm"))].length;

/** How Azure writes the namespaces of the SDK's modules. */
const NAMESPACES: Readonly<Record<string, string>> = {
  ...{ applicationinsights: "Insights", monitor: "Insights", authorization: "Authorization", storage: "Storage" },
  ...{ consumption: "Consumption", containerregistry: "ContainerRegistry", eventgrid: "EventGrid" },
  ...{ keyvault: "KeyVault", managedidentity: "ManagedIdentity", operationalinsights: "OperationalInsights" },
  ...{ app: "App", resources: "Resources", security: "Security" },
};

describe("azureNeeds", () => {
  for (const file of goldenFiles()) {
    it(`azureNeeds knows all that ${file} plans`, () => {
      const text = golden(file);
      const { providers, actions, unknown } = azureNeeds(plannedIn(text));
      const tokens = [...text.matchAll(/─ .* {2}azure-native:(\w+):(\w+)$/gm)];
      const modules = new Set(tokens.map(([, module = ""]) => `Microsoft.${NAMESPACES[module] ?? module}`));
      assert.deepEqual(unknown, []);
      assert.deepEqual(providers, [...modules].sort());
      assert.equal(
        actions.reduce((sum, { count }) => sum + count, 0),
        tokens.length,
      );
      const written = [
        [AZURE.lock, "locks"],
        [AZURE.roleDefinition, "roleDefinitions"],
        [AZURE.roleAssignment, "roleAssignments"],
      ] as const;
      for (const [token, type] of written) {
        const needed = actions.find(({ action }) => action === `Microsoft.Authorization/${type}/write`);
        assert.equal(needed?.count ?? 0, linesWith(text, token), type);
      }
    });
  }

  it("azureNeeds knows every type of Azure that the program can make, and names one that it does not", () => {
    const planned = (types: readonly string[]) => ({
      resources: types.map((type) => ({ type, name: "x", inputs: {} })),
    });
    const all = azureNeeds(planned(Object.values(AZURE)));
    assert.deepEqual(all.unknown, []);
    assert.equal(all.actions.length, Object.keys(AZURE).length);
    const spellings = ["azure-native:keyvault/v20230701:Vault", "azure-native_keyvault_v20230701:keyvault:Vault"];
    assert.deepEqual(azureNeeds(planned(spellings)), {
      ...{ providers: ["Microsoft.KeyVault"], unknown: [] },
      actions: [{ action: "Microsoft.KeyVault/vaults/write", type: "Vault", count: 2 }],
    });
    assert.deepEqual(azureNeeds(planned(["azure-native:web:WebApp", "github:index/x:X"])), {
      ...{ providers: [], actions: [], unknown: ["web:WebApp"] },
    });
  });
});

describe("githubNeeds", () => {
  for (const file of goldenFiles()) {
    it(`githubNeeds counts what ${file} plans for the repository`, () => {
      const text = golden(file);
      const { environments, reviewed, rulesets } = githubNeeds([plannedIn(text)]);
      const ends = text.slice(text.lastIndexOf("\n  gates:"));
      assert.equal(environments.length, linesWith(text, "github:index/repositoryEnvironment:RepositoryEnvironment"));
      assert.equal(reviewed.length, [...ends.matchAll(/^ +reviewers: \[(?:team|user) /gm)].length);
      assert.equal(rulesets, linesWith(text, "github:index/repositoryRuleset:RepositoryRuleset"));
    });
  }

  it("githubNeeds takes several stages together", () => {
    const all = goldenFiles().filter((file) => file.startsWith("company."));
    const { environments, reviewed, rulesets } = githubNeeds(all.map((file) => plannedIn(golden(file))));
    assert.ok(environments.length > 20 && reviewed.length > 5 && rulesets > 2);
    assert.ok(reviewed.includes("uat-signoff-qa"), reviewed.join(", "));
  });
});
