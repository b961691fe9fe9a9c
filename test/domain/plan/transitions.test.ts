import assert from "node:assert/strict";
import { budgetTransition, registryTransitions, type RegistryState } from "../../../src/domain/plan/transitions";

const PLAIN: RegistryState = {
  ...{ sku: "Premium", location: "westeurope", replicas: [], firewall: false, publicAccess: true, privateEndpoints: 0 },
  ...{ exportAllowed: true, dataEndpoint: false, retention: false, softDelete: false, customerKey: false },
  zoneRedundant: false,
};

const take = (before: Partial<RegistryState>, after: Partial<RegistryState>) =>
  registryTransitions({ ...PLAIN, ...before }, { ...PLAIN, ...after });

type Row = readonly [
  title: string,
  before: Partial<RegistryState>,
  after: Partial<RegistryState>,
  says: readonly RegExp[],
];

const STANDARD = { sku: "Standard" } as const;

/** A line a change: how many steps each transition takes, and words of it. */
const ROWS: readonly Row[] = [
  ["nothing", {}, {}, []],
  ["nothing but a region's spelling", { location: "West Europe" }, { location: "westeurope" }, []],
  ["a higher tier", STANDARD, {}, [/^one: sku from Standard to Premium is one step/]],
  ["a lower tier", {}, STANDARD, [/^one: sku from Premium to Standard is one step.*nothing that only Premium has/]],
  [
    "a lower tier of a registry that was taken over, of which not all is known",
    { replicas: "unknown", privateEndpoints: "unknown" },
    STANDARD,
    [/^one: sku from Premium to Standard is one step where .*; not known here: replicas, private endpoints$/],
  ],
  ["Basic", STANDARD, { sku: "Basic" }, [/^one: sku from Standard to Basic/]],
  [
    "a lower tier beside a replica and a firewall",
    { replicas: ["northeurope"], firewall: true },
    STANDARD,
    [
      /^two: sku from Premium to Standard takes two steps: first take northeurope out of replicas, take allowedIps out, with sku: Premium, and deploy; then set sku to Standard/,
    ],
  ],
  ["a lower tier beside a firewall", { firewall: true }, STANDARD, [/^two: .*first take allowedIps out, with/]],
  ["a lower tier without a public endpoint", { publicAccess: false }, STANDARD, [/^two: .*set publicAccess to true/]],
  ["a lower tier beside a data endpoint", { dataEndpoint: true }, STANDARD, [/^two: .*set dataEndpoint to false/]],
  ["a lower tier beside retention", { retention: true }, STANDARD, [/^two: .*take untaggedRetentionDays out/]],
  [
    "a lower tier beside a private endpoint",
    { privateEndpoints: 1 },
    STANDARD,
    [/^two: .*delete its private endpoints/],
  ],
  [
    "a lower tier with a key of the customer's",
    { customerKey: true },
    { ...STANDARD, customerKey: true },
    [/^impossible: sku/],
  ],
  ["the firewall off", { firewall: true }, {}, [/^one: the firewall off is one step: every address reaches it/]],
  [
    "the firewall off with the public endpoint",
    { firewall: true },
    { publicAccess: false },
    [/^one: .*no address reaches it/],
  ],
  ["the firewall on", {}, { firewall: true }, [/^one: the firewall on .* shut out/]],
  [
    "the firewall of an adopted registry, named no more",
    { firewall: true },
    { firewall: "unknown" },
    [/^one: .*its rules stay/],
  ],
  ["a replica out", { replicas: ["northeurope"] }, {}, [/^one: northeurope out of replicas is one step/]],
  [
    "another replica",
    { replicas: ["northeurope"] },
    { replicas: ["eastus"] },
    [/^one: northeurope out of replicas.*; eastus into replicas is one step/],
  ],
  ["a replica in another spelling", { replicas: ["North Europe"] }, { replicas: ["northeurope"] }, []],
  [
    "another home region",
    {},
    { location: "northeurope" },
    [/^impossible: location from westeurope to northeurope .*dualreg image export, then import/],
  ],
  [
    "soft delete in place of retention",
    { retention: true },
    { softDelete: true },
    [/^two: takes two steps: first take untaggedRetentionDays out/],
  ],
  [
    "retention in place of soft delete",
    { softDelete: true },
    { retention: true },
    [/^two: takes two steps: first take softDeleteDays out/],
  ],
  [
    "soft delete in place of a replica",
    { replicas: ["northeurope"] },
    { softDelete: true },
    [/^one: northeurope out of replicas/, /^two: takes two steps: first take replicas out/],
  ],
  [
    "a replica in place of soft delete",
    { softDelete: true },
    { replicas: ["northeurope"] },
    [/^one: northeurope into replicas/, /^two: takes two steps: first take softDeleteDays out/],
  ],
  ["soft delete alone", {}, { softDelete: true }, []],
  ["zone redundancy on", {}, { zoneRedundant: true }, [/^impossible: another zone redundancy/]],
  ["a key of the customer's on", {}, { customerKey: true }, [/^impossible: encryption with a key/]],
  ["a key of the customer's off", { customerKey: true }, {}, [/^impossible: to go back/]],
  ["the data endpoint on", {}, { dataEndpoint: true }, [/^one: the data endpoint on .*data\.azurecr\.io/]],
  ["the data endpoint off", { dataEndpoint: true }, {}, [/^one: the data endpoint off .*blob\.core\.windows\.net/]],
  ["what is not known", { sku: "unknown", firewall: "unknown" }, { ...STANDARD, firewall: false }, []],
];

describe("registryTransitions", () => {
  for (const [title, before, after, says] of ROWS) {
    it(`registryTransitions says what ${title} takes`, () => {
      const said = take(before, after).map(({ steps, text }) => `${steps}: ${text}`);
      assert.equal(said.length, says.length, said.join("\n"));
      says.forEach((pattern, at) => assert.match(said[at] ?? "", pattern));
    });
  }

  it("registryTransitions says nothing of any state against itself", () => {
    for (const [, before, after] of ROWS) {
      for (const state of [before, after]) assert.deepEqual(take(state, state), []);
    }
  });
});

describe("budgetTransition", () => {
  const TODAY = new Date("2026-11-30T23:59:59Z");
  for (const [before, after, steps] of [
    ["2026-01-01", "2026-01-01", undefined],
    ["2026-01-01", "2026-11-01", "one"],
    ["2026-01-01", "2027-11-01", "one"],
    ["2026-01-01", "2026-10-01", "impossible"],
    ["2026-01-01", "2027-12-01", "impossible"],
    [undefined, "2026-11-01", undefined],
    [undefined, "2026-10-01", "one"],
    [undefined, "2099-01-01", "one"],
  ] as const) {
    it(`S1-21 budgetTransition from ${before ?? "none"} to ${after} takes ${steps ?? "nothing"}`, () => {
      assert.equal(budgetTransition(before, after, TODAY)?.steps, steps);
    });
  }
});
