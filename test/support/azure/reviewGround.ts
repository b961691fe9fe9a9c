import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccessReview } from "../../../src/access/review";
import { type ReviewOptions, runReview } from "../../../src/cli/access";
import type { StageOutputs } from "../../../src/outputs";
import { runCommand } from "../io";
import { outputsFor } from "../release/outputsFor";
import { LogWorkspace } from "./logAnalytics";
import { Mint } from "./mint";
import { AccessApi, type RegistryState } from "./roleAssignments";
import { type StandIn, startStandIn } from "./standIn";
import { throughStandIn } from "./throughStandIn";

/** ARM id of the resource group. */
export const GROUP = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-orders";
const idOf = (name: string) => `${GROUP}/providers/Microsoft.ContainerRegistry/registries/${name}`;
const WORKSPACE = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-orders`;
/** Guids of two roles. */
export const [PUSH, PULL] = ["8311e382-0749-4cb8-b61a-304f252e45ec", "7f951dda-4ed3-4680-a7ca-43fe172d538d"];
const SECRET = "a password that nobody sees";
const READ = ["repositories/orders/api/content/read", "repositories/orders/api/metadata/read"];
const DAY = 86_400_000;
/** ISO 8601, so many days from now. */
export const at = (days: number) => new Date(Date.now() + days * DAY).toISOString();

/** An identity of the secure registry, as outputs name it. */
export const identity = (name: string, principalId: string) => ({
  ...{ name, principalId, clientId: `client-of-${name}`, purpose: "publish" as const, class: "secure" as const },
});

/** Outputs of qa, whose secure registry has one publisher and one token. */
export function outputs(): StageOutputs {
  const policy = { signature: false, signers: [] };
  const base = outputsFor({ stage: "qa", host: "ordersqasecure.azurecr.io", kind: "acr", policy });
  const of = { kind: "identity", purpose: "publish", stage: "qa", assumedBy: [] } as const;
  return {
    ...base,
    registries: {
      secure: { ...base.registries.secure, id: idOf("ordersqasecure") },
      standard: base.registries.standard,
    },
    logging: { workspaceId: WORKSPACE, categories: ["ContainerRegistryLoginEvents"] },
    tokens: [{ name: "shop-pull", consumer: "shop", registry: "secure", actions: READ, expiresAfterDays: 90 }],
    access: [
      {
        ...of,
        who: "id-publish",
        registry: "secure",
        actions: ["list", "pull", "push"],
        repositories: ["*"],
        role: "AcrPush",
      },
      {
        ...{ who: "shop-pull", kind: "token", purpose: "pull", stage: "qa", registry: "secure", actions: ["pull"] },
        ...{ repositories: ["orders/api"], assumedBy: ["shop"], expiresAfterDays: 90 },
      },
    ],
    identities: [identity("id-publish", "principal-1")],
  };
}

/** A stage as deployed, exactly as its matrix says; tests make it different. */
export class ReviewGround {
  private readonly dir = mkdtempSync(join(tmpdir(), "dualreg-review-"));

  private constructor(
    readonly api: AccessApi,
    readonly registry: RegistryState,
    readonly workspace: LogWorkspace,
    readonly standIn: StandIn,
    readonly mint: Mint,
  ) {}

  static async begin(): Promise<ReviewGround> {
    const mint = new Mint();
    const api = new AccessApi(mint);
    const workspace = new LogWorkspace(WORKSPACE, mint);
    const standIn = await startStandIn(api.service, workspace.service);
    Object.assign(api.roles, {
      [PUSH]: "AcrPush",
      [PULL]: "AcrPull",
      owner: "Owner",
      other: "Contributor",
      more: "Reader",
    });
    const passwords = [{ name: "password1", creationTime: at(-5), expiry: at(60), value: SECRET }];
    const system = { actions: ["repositories/*/content/read"], type: "SystemDefined" };
    const registry: RegistryState = {
      ...{ id: idOf("ordersqasecure"), adminUserEnabled: false },
      tokens: [{ name: "shop-pull", scopeMap: "shop-pull", creationDate: at(-200), passwords }],
      scopeMaps: { "shop-pull": { actions: READ }, _repositories_pull: system },
    };
    api.registries.push(registry);
    api.assignments.push({ name: "1", principalId: "principal-1", role: PUSH, scope: registry.id });
    const table = "ContainerRegistryLoginEvents" as const;
    for (const days of [-100, -3]) {
      workspace.events.push({ table, at: new Date(at(days)), resourceId: registry.id, identity: "Shop-Pull" });
    }
    return new ReviewGround(api, registry, workspace, standIn, mint);
  }

  async end(): Promise<void> {
    await this.standIn.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  file(name: string, value: unknown): string {
    const path = join(this.dir, name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  }

  /** Runs the review; whatever it prints holds neither a password nor a token of Entra. */
  async run(different: Partial<ReviewOptions> = {}) {
    const file = this.file("qa.json", outputs());
    const options: ReviewOptions = { stage: "qa", outputs: file, staleDays: 90, format: "json", ...different };
    const account = throughStandIn(this.standIn.url, this.mint);
    const { code, ...said } = await runCommand((io) => runReview(options, io, account));
    assert.doesNotMatch(said.stdout + said.stderr, new RegExp(`${SECRET}|bearer-`, "i"));
    const review = said.stdout.startsWith("{") ? (JSON.parse(said.stdout) as AccessReview) : undefined;
    return { code, ...said, found: review?.findings.map(({ kind, who }) => `${kind} ${who}`) ?? [] };
  }
}
