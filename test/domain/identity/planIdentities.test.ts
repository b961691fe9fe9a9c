import assert from "node:assert/strict";
import { decodeConfig } from "../../../src/config";
import {
  ENTRA_AUDIENCE,
  GITHUB_ISSUER,
  type IdentityPlan,
  workflowSubject,
} from "../../../src/domain/identity/identities";
import { ROLES } from "../../../src/domain/identity/roles";
import { SUBJECT_CLAIMS } from "../../../src/domain/identity/rulesets";
import { NAME_LIMITS } from "../../../src/domain/plan/names";
import { planStage } from "../../../src/domain/plan/planStage";
import type { StagePlan } from "../../../src/domain/plan/stagePlan";
import { facts, rawConfig } from "../../support/rawConfig";

type Parts = Parameters<typeof rawConfig>[0];

const plan = (parts: Parts = {}): StagePlan => planStage(decodeConfig(rawConfig(parts)));
const identities = (parts: Parts = {}) => plan(parts).identities.identities;

function the(found: readonly IdentityPlan[], name: string): IdentityPlan {
  const one = found.find((identity) => identity.name === name);
  assert.ok(one, `${name} is not among ${found.map((identity) => identity.name).join(", ")}`);
  return one;
}

const rights = ({ grants }: IdentityPlan) =>
  grants.map(({ role, on }) => `${role} on ${on.at}${"class" in on ? ` ${on.class}` : ""}`);

const NAMED = "{ mode: reference, kind: ghcr, host: ghcr.io, namespace: company }";
const ADOPTED =
  "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/old/providers/Microsoft.ContainerRegistry/registries/companyold";

describe("planIdentities", () => {
  it("S1-1 planIdentities gives each class that may push an identity that pushes to its registry alone", () => {
    const all = identities();
    assert.deepEqual(rights(the(all, "id-orders-qa-publish-secure")), ["AcrPush on registry secure"]);
    assert.deepEqual(rights(the(all, "id-orders-qa-publish-standard")), ["AcrPush on registry standard"]);
  });

  it("S1-1 planIdentities lets nobody in but by environment and reusable workflow, at its ref", () => {
    const [credential, ...more] = the(identities(), "id-orders-qa-publish-secure").credentials;
    assert.deepEqual(more, []);
    assert.deepEqual(credential, {
      name: "qa-publish-secure-build-publish-yml",
      issuer: GITHUB_ISSUER,
      subject:
        "repo:company/orders:environment:qa-publish-secure:ref:refs/heads/main:" +
        "job_workflow_ref:company/orders/.github/workflows/build-publish.yml@refs/heads/main",
    });
    assert.equal(ENTRA_AUDIENCE, "api://AzureADTokenExchange");
  });

  it("S3-6 planIdentities lets whoever asks GitOps repositories read images, push none, and be nobody where there are none", () => {
    const gitops = { repositories: { deploy: { address: "https://github.com/company/deploy", forge: "github" } } };
    const found = the(identities({ shared: { gitops }, stage: { before: "dev" } }), "id-orders-qa-gitops");
    assert.deepEqual(rights(found), [
      ...["AcrPull on registry secure", "AcrPull on registry standard"],
      ...["AcrPull on before secure", "AcrPull on before standard"],
    ]);
    const [{ subject } = { subject: "" }, ...more] = found.credentials;
    assert.match(subject, /:environment:qa-operations:ref:refs\/heads\/main:.*\/gitops\.yml@refs\/heads\/main$/);
    assert.deepEqual(more, []);
    assert.ok(identities({ stage: { before: "dev" } }).every(({ purpose }) => purpose !== "gitops"));
  });

  it("S1-1 planIdentities binds every identity to an environment that is planned, each by a workflow of its own", () => {
    const { gates, identities: planned } = plan({ stage: { before: "dev" } });
    const names = gates.environments.map((environment) => environment.name);
    const subjects = planned.identities.flatMap(({ credentials }) => credentials.map(({ subject }) => subject));
    for (const subject of subjects) {
      const environment = /:environment:([^:]+):ref:refs\/heads\/main:job_workflow_ref:/.exec(subject)?.[1];
      assert.ok(environment !== undefined && names.includes(environment), subject);
    }
    assert.equal(new Set(subjects).size, subjects.length);
    const ways = planned.identities.filter(({ credentials }) => credentials.length !== 1);
    assert.deepEqual(
      ways.map(({ name, credentials }) => [name, credentials.length]),
      [["id-orders-qa-preview", 2]],
    );
  });

  it("workflowSubject is composed of the claims that the repository's subject template names, in their order", () => {
    const at = { owner: "company", repository: "orders", ref: "refs/heads/main" };
    const keys = workflowSubject(at, "qa", "promote.yml").match(/(?:^|:)(repo|environment|ref|job_workflow_ref)(?=:)/g);
    const context = (claim: string) => (claim === "context" ? "environment" : claim);
    assert.deepEqual(
      keys?.map((key) => key.replace(":", "")),
      SUBJECT_CLAIMS.map(context),
    );
  });

  it("planIdentities keeps the former subjects beside the new ones while they change, and not longer", () => {
    const ways = (more: Record<string, unknown>) =>
      the(identities({ shared: more }), "id-orders-qa-lock-secure").credentials.map(({ name, subject }) => [
        name,
        subject,
      ]);
    const code = "job_workflow_ref:company/orders/.github/workflows/lock.yml@refs/heads/main";
    const at = "repo:company/orders:environment:qa-publish-secure";
    const now = ["qa-publish-secure-lock-yml", `${at}:ref:refs/heads/main:${code}`];
    assert.deepEqual(ways({}), [now]);
    assert.deepEqual(ways({ identities: { formerSubjects: true } }), [
      now,
      ["qa-publish-secure-lock-yml-former", `${at}:${code}`],
    ]);
  });

  it("workflowSubject carries the numbers of owner and repository where the repository's subjects do", () => {
    const at = { owner: "company", repository: "orders", ref: "refs/heads/main", ids: { owner: 12, repository: 34 } };
    assert.match(workflowSubject(at, "qa", "promote.yml"), /^repo:company@12\/orders@34:environment:qa:/);
    assert.match(workflowSubject(at, "qa", "promote.yml"), /:company\/orders\/\.github\/workflows\/promote\.yml@/);
  });

  it("planIdentities gives promotion an identity of its own for each class, which also reads the stage before", () => {
    const all = identities({ stage: { before: "dev" }, others: { dev: {} } });
    assert.deepEqual(rights(the(all, "id-orders-qa-promote-standard")), [
      "AcrPush on registry standard",
      "AcrPull on before standard",
    ]);
    assert.ok(!identities().some(({ purpose }) => purpose === "promote"), "nothing before, nothing to promote");
  });

  it("planIdentities asks for no right on a registry that the stage before only names", () => {
    const others = { dev: facts(`registries: { standard: ${NAMED} }`) };
    const all = identities({ stage: { before: "dev" }, others });
    assert.deepEqual(rights(the(all, "id-orders-qa-promote-standard")), ["AcrPush on registry standard"]);
    assert.equal(the(all, "id-orders-qa-promote-secure").grants.length, 2);
  });

  it("planIdentities keeps locking apart from pushing: AcrPush writes no metadata, and the locker no image", () => {
    assert.deepEqual(rights(the(identities(), "id-orders-qa-lock-secure")), ["Lock on registry secure"]);
    assert.deepEqual(
      ROLES.Lock.actions.filter((action) => /write|delete|action$/.test(action)),
      ["Microsoft.ContainerRegistry/registries/metadata/write"],
    );
  });

  it("planIdentities lets the sweeper read, delete and ask the log, and neither push nor lock", () => {
    const sweep = the(identities(), "id-orders-qa-sweep");
    assert.deepEqual(rights(sweep), [
      "Sweep on registry secure",
      "Sweep on registry standard",
      "LogReader on workspace",
    ]);
    assert.ok(ROLES.Sweep.actions.every((action) => !action.endsWith("/write")));
  });

  it("planIdentities shows previews settings alone: no image, no log, no secret", () => {
    assert.deepEqual(rights(the(identities(), "id-orders-qa-preview")), ["Settings on resource-group"]);
    assert.ok(ROLES.Settings.actions.every((action) => action.endsWith("/read")));
    const data = /pull|metadata|quarantine|deleted|\/query\/|secrets|sharedKeys|listKeys|getCallbackConfig/i;
    assert.deepEqual(
      ROLES.Settings.actions.filter((action) => data.test(action)),
      [],
    );
    assert.deepEqual(ROLES.Settings.dataActions, []);
  });

  it("S0-5 planIdentities gives rights on an adopted registry too, and reads its settings where it stands", () => {
    const stage = { registries: { standard: { mode: "adopt", id: ADOPTED, sku: "Standard" } } };
    const all = identities({ stage });
    assert.deepEqual(rights(the(all, "id-orders-qa-publish-standard")), ["AcrPush on registry standard"]);
    assert.deepEqual(rights(the(all, "id-orders-qa-preview")), [
      "Settings on resource-group",
      "Settings on registry standard",
    ]);
  });

  it("planIdentities gives nobody a right on a registry that is only named, and makes nobody where both are", () => {
    const one = identities({ stage: facts(`registries: { standard: ${NAMED} }`) });
    assert.ok(one.every(({ name }) => !name.endsWith("-standard")));
    assert.ok(one.every(({ grants }) => grants.every(({ on }) => !("class" in on) || on.class === "secure")));
    const both = facts(`registries: { secure: ${NAMED.replace("company", "company/secure")}, standard: ${NAMED} }`);
    assert.deepEqual(plan({ stage: both }).identities, { identities: [], roles: [] });
  });

  it("planIdentities makes nobody where it is switched off, and no environment tells of an identity", () => {
    const off = plan({ shared: { identities: { enabled: false } } });
    assert.deepEqual(off.identities, { identities: [], roles: [] });
    const variables = off.gates.environments.flatMap((environment) => environment.variables);
    assert.ok(variables.every((variable) => "of" in variable));
  });

  it("planIdentities names assignments and roles by what they stand for, each once, and the same again", () => {
    const [first, again] = [plan().identities, plan().identities];
    assert.deepEqual(first, again);
    const names = first.identities.flatMap(({ grants }) => grants.map(({ name }) => name));
    assert.equal(new Set([...names, ...first.roles.map(({ guid }) => guid)]).size, names.length + first.roles.length);
    const elsewhere = plan({ stage: { resourceGroup: "rg-other" } }).identities;
    assert.notEqual(elsewhere.roles[0]?.guid, first.roles[0]?.guid);
    assert.notEqual(elsewhere.roles[0]?.roleName, first.roles[0]?.roleName);
  });

  it("planIdentities keeps to the lengths that Azure allows, for the longest names there are", () => {
    const shared = {
      product: { name: `o${"r".repeat(23)}`, domain: "company.com", repository: "orders" },
      identities: { promoteWorkflow: `${"w".repeat(92)}.yml` },
    };
    for (const { name, credentials } of identities({ shared, stage: { before: "dev" } })) {
      assert.ok(name.length <= NAME_LIMITS.identity.max && /^[a-zA-Z0-9][\w-]{2,}$/.test(name), name);
      for (const credential of credentials) {
        assert.match(credential.name, /^[a-zA-Z0-9][a-zA-Z0-9-_]{2,119}$/);
        assert.ok(credential.subject.length <= 600);
      }
    }
  });

  it("withIdentities tells each environment whom its jobs log in as, each variable once", () => {
    const { environments } = plan({ stage: { before: "dev" } }).gates;
    const told = (name: string) => {
      const variables = environments.find((one) => one.name === name)?.variables ?? [];
      return variables.flatMap((one) => ("identity" in one ? [`${one.name}: ${one.identity} ${one.value}`] : []));
    };
    assert.deepEqual(told("qa-publish-secure"), [
      "AZURE_CLIENT_ID: id-orders-qa-publish-secure clientId",
      "AZURE_PROMOTE_CLIENT_ID: id-orders-qa-promote-secure clientId",
      "AZURE_LOCK_CLIENT_ID: id-orders-qa-lock-secure clientId",
      "AZURE_TENANT_ID: id-orders-qa-publish-secure tenantId",
      "AZURE_SUBSCRIPTION_ID: id-orders-qa-publish-secure subscriptionId",
    ]);
    assert.deepEqual(told("qa"), []);
    for (const { variables } of environments) {
      assert.equal(new Set(variables.map(({ name }) => name)).size, variables.length);
    }
  });
});
