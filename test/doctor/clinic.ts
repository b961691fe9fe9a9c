import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { defined } from "../../src/base/defined";
import { examine } from "../../src/doctor/examine";
import type { Finding } from "../../src/doctor/finding";
import { makeProbe } from "../../src/doctor/probe";
import { type RecordRequest, type RecordResult, recordStages } from "../../src/preview/record/recordStages";
import { readProjectFile } from "../../src/project";

export const QA_SUBSCRIPTION = "7d3b2c1a-5f60-4e8b-9a3d-2f1c0b9e8d7c";

/** The namespaces of Azure that a new subscription registers one by one. */
const PROVIDERS = ["ContainerRegistry", "EventGrid", "Insights", "KeyVault", "ManagedIdentity", "OperationalInsights"]
  .concat(["Authorization", "Consumption", "Resources", "Security", "Storage"])
  .map((name) => `Microsoft.${name}`);

/** What Azure says of its own roles. Source: Azure built-in roles, Privileged and General. */
const ROLE_DEFINITIONS = {
  Owner: { actions: ["*"], notActions: [] as string[] },
  Contributor: {
    actions: ["*"],
    notActions: ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"],
  },
  Reader: { actions: ["*/read"], notActions: [] },
  "User Access Administrator": {
    actions: ["*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"],
    notActions: [],
  },
  "Role Based Access Control Administrator": {
    actions: ["Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"].concat(
      ["*/read", "Microsoft.Support/*"],
    ),
    notActions: [],
  },
  "Locks Contributor": {
    actions: ["read", "write", "delete"].map((verb) => `Microsoft.Authorization/locks/${verb}`),
    notActions: [],
  },
};

/** What the stand-ins know; a test changes what it is about. */
export function healthyWorld() {
  return {
    pulumi: { version: "v3.248.0", url: "azblob://state-qa?storage_account=contosostate" },
    az: {
      user: { name: "ada@contoso.com", type: "user", id: "0b1f6471-1bf0-4dda-aec3-111122223333" } as {
        name: string;
        type: string;
        id: string;
      } | null,
      subscriptions: [
        { id: "11111111-2222-4333-8444-555555555555", name: "Contoso Sandbox", state: "Enabled" },
        { id: QA_SUBSCRIPTION, name: "Contoso QA", state: "Enabled" },
      ],
      roles: { [QA_SUBSCRIPTION]: ["Contributor", "User Access Administrator"] } as Record<string, string[]>,
      /** Conditions of assignments, by role. */
      conditions: {} as Record<string, string>,
      /** Questions that the login may not ask. */
      silent: [] as string[],
      definitions: ROLE_DEFINITIONS as Record<string, { actions: string[]; notActions: string[] }>,
      providers: Object.fromEntries(PROVIDERS.map((name) => [name, "Registered"])) as Record<string, string>,
    },
    gh: {
      loggedIn: true,
      repository: "contoso/orders",
      /** What GitHub itself calls it. */
      fullName: "contoso/orders",
      ids: { owner: 1001, repository: 2002 },
      createdAt: "2024-03-01T10:00:00Z",
      immutableSubject: false as boolean | null,
      visibility: "private",
      admin: true,
      archived: false,
      plan: "enterprise",
      teams: { "qa-managers": 811, "uat-managers": 812 } as Record<string, number>,
      users: { ada: 42 } as Record<string, number>,
    },
  };
}

export type World = ReturnType<typeof healthyWorld>;

/** The project's files, each as text. */
export function healthyFiles() {
  return {
    "Pulumi.yaml": `name: orders
runtime: nodejs
requiredPulumiVersion: ">=3.248.0"
config:
  stages: { value: [qa] }
  product: { value: { name: orders, domain: contoso.com, repository: orders } }
  images: { value: [{ repository: orders/api, class: secure }, { repository: orders/web, class: standard }] }
  gates:
    value:
      roles: { qa: [{ team: qa-managers, id: 811 }, { user: ada, id: 42 }], uat: [{ team: uat-managers, id: 812 }] }
      signOffs: { qa: [qa, uat] }
      automation: { app: 4711 }
`,
    "Pulumi.qa.yaml": `secretsprovider: azurekeyvault://contoso-qa.vault.azure.net/keys/pulumi
encryptedkey: c3RhbmQtaW4=
config:
  github:owner: contoso
  azure-native:subscriptionId: ${QA_SUBSCRIPTION}
  orders:owns: [repository, subscription]
  orders:location: westeurope
`,
  };
}

export type Files = ReturnType<typeof healthyFiles> & Record<string, string>;

const REPOSITORY = resolve(__dirname, "../..");

/** Recordings by what was recorded: a test that changes the world alone does not run the program again. */
const recorded = new Map<string, Promise<RecordResult>>();

/** A project of this program and the tools it is examined with, in a folder of their own. */
export class Clinic {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "dualreg-doctor-")));
  readonly bin = join(this.root, "bin");
  readonly project = join(this.root, "project");
  /** Variables of the process: the stand-ins are all there is on PATH. */
  readonly env: Record<string, string> = { PATH: this.bin, HOME: this.root };

  constructor(world: World = healthyWorld(), files: Readonly<Record<string, string>> = healthyFiles()) {
    mkdirSync(this.bin);
    mkdirSync(this.project);
    writeFileSync(join(this.bin, "world.json"), JSON.stringify(world));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.project, name), text);
    for (const tool of ["az", "gh", "pulumi"]) this.install(tool);
    const main = relative(this.project, join(REPOSITORY, "src/index.ts"));
    writeFileSync(join(this.project, "package.json"), JSON.stringify({ name: "clinic", private: true, main }));
    writeFileSync(
      join(this.project, "tsconfig.json"),
      JSON.stringify({ extends: join(REPOSITORY, "tsconfig.json"), compilerOptions: { noCheck: true } }),
    );
    symlinkSync(join(REPOSITORY, "node_modules"), join(this.project, "node_modules"));
  }

  /** Runs the program, once for what stands in the files. */
  private record(request: RecordRequest): Promise<RecordResult> {
    const files = readdirSync(this.project).filter((name) => name.endsWith(".yaml"));
    // What stands before `config:` is the engine's business: secrets providers, and which Pulumi is needed.
    const key = JSON.stringify([request.stages, files.map((name) => this.read(name).replace(/^[^]*?^config:/m, ""))]);
    const known = recorded.get(key) ?? recordStages(request);
    recorded.set(key, known);
    return known;
  }

  private install(tool: string): void {
    const standIn = pathToFileURL(join(__dirname, "standIn.mjs")).href;
    this.script(tool, `#!${process.execPath}\nimport(${JSON.stringify(standIn)});\n`);
  }

  /** Puts a command on PATH. */
  script(name: string, text: string): void {
    writeFileSync(join(this.bin, name), text, { mode: 0o755 });
  }

  /** Takes a command off PATH. */
  remove(tool: string): void {
    rmSync(join(this.bin, tool), { force: true });
  }

  read(file: string): string {
    return readFileSync(join(this.project, file), "utf8");
  }

  /** Examines the project; the stage is qa where none is given, and every stage for `null`. */
  examine(stage: string | null = "qa", timeout?: number): Promise<Finding[]> {
    return examine({
      project: readProjectFile(this.project),
      ...(stage === null ? {} : { stage }),
      nodeVersion: "v20.19.0",
      env: this.env,
      probe: makeProbe({ cwd: this.project, env: this.env, ...defined({ timeout }) }),
      record: (request) => this.record(request),
    });
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The one finding of an id. */
export function findingOf(findings: readonly Finding[], id: string): Finding {
  const found = findings.filter((finding) => finding.id === id);
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`${found.length} findings ${id} among ${findings.map((finding) => finding.id).join(", ")}`);
  }
  return found[0];
}
