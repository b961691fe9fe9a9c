import { readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { type EngineEvent, type ImportOptions, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { defined } from "../../../src/base/defined";
import type { Providers } from "../providers/startProviders";
import { engineCommand } from "./engineCommand";
import type { EngineProject } from "./engineProject";
import { EngineRun } from "./engineRun";
import type { EngineState } from "./engineState";
import { asRecorded } from "./engineValues";

/** The project's name in every Pulumi.yaml of this repository. */
export const PROJECT = "dual-registry";

/** Holds the script that runs dynamic resources; a Pulumi that is built from source has none beside it. */
const DYNAMIC_PROVIDER = dirname(require.resolve("@pulumi/pulumi/package.json"));

/** Encrypts the secrets of stacks that live for a test. */
const PASSPHRASE = "a passphrase of a test";

type Operation = (stack: Stack, onEvent: (event: EngineEvent) => void) => Promise<unknown>;

/** A stack of a project in the temporary folder, run by the real engine over the stand-ins. */
export class EngineStack {
  private constructor(
    private readonly stack: Stack,
    private readonly backend: string,
  ) {}

  /** Makes the stack; its state is a file, and no provider is looked for: the engine connects to the stand-ins. */
  static async create(
    project: EngineProject,
    name: string,
    providers?: Providers,
    azure?: string,
  ): Promise<EngineStack> {
    const stack = await LocalWorkspace.createStack(
      { stackName: name, workDir: project.dir },
      {
        pulumiCommand: await engineCommand(),
        pulumiHome: project.home,
        secretsProvider: "passphrase",
        envVars: {
          PULUMI_BACKEND_URL: `file://${project.backend}`,
          PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
          PULUMI_DEBUG_PROVIDERS: providers?.debugProviders ?? "",
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          ...defined({ DUALREG_TEST_AZURE: azure }),
          PATH: `${process.env["PATH"] ?? ""}${delimiter}${DYNAMIC_PROVIDER}`,
        },
      },
    );
    return new EngineStack(stack, project.backend);
  }

  preview(): Promise<EngineRun> {
    return run(this.stack, (stack, onEvent) => stack.preview({ onEvent, diff: true }));
  }

  /**
   * What the drift workflow runs: a preview behind a refresh that is not kept.
   *
   * @param exclude URNs, with wildcards, that it does not look at
   */
  previewDrift(...exclude: readonly string[]): Promise<EngineRun> {
    return run(this.stack, (stack, onEvent) =>
      stack.preview({ onEvent, diff: true, refresh: true, exclude: [...exclude] }),
    );
  }

  up(): Promise<EngineRun> {
    return run(this.stack, (stack, onEvent) => stack.up({ onEvent }));
  }

  refresh(): Promise<EngineRun> {
    return run(this.stack, (stack, onEvent) => stack.refresh({ onEvent }));
  }

  /** Imports what a file for `pulumi import --file` names. */
  import(file: string): Promise<EngineRun> {
    const { resources, nameTable } = JSON.parse(file) as Pick<ImportOptions, "resources" | "nameTable">;
    return run(this.stack, (stack) =>
      stack.import({ ...defined({ resources, nameTable }), protect: false, generateCode: false }),
    );
  }

  /** Takes protection off in the state, as `pulumi state unprotect` does. */
  async unprotect(...urns: readonly string[]): Promise<void> {
    const exported: { version: number; deployment: EngineState } = await this.stack.exportStack();
    for (const resource of exported.deployment.resources) if (urns.includes(resource.urn)) resource.protect = false;
    await this.stack.importStack(exported);
  }

  /** What `pulumi destroy` shows before it asks. */
  previewDestroy(): Promise<EngineRun> {
    return run(this.stack, (stack, onEvent) => stack.destroy({ onEvent, previewOnly: true }));
  }

  destroy(): Promise<EngineRun> {
    return run(this.stack, (stack, onEvent) => stack.destroy({ onEvent }));
  }

  /** Writes an encrypted value into the stage's file. */
  async setSecret(key: string, value: string): Promise<void> {
    await this.stack.setConfig(key, { value, secret: true });
  }

  /** The stack's outputs as the engine gives them to anybody who asks. */
  async outputs(): Promise<Record<string, unknown>> {
    const outputs = await this.stack.outputs();
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]));
  }

  /** What `pulumi stack export --show-secrets` gives, with `[secret]` for whatever it marks as one. */
  async exported(): Promise<string> {
    return JSON.stringify(asRecorded(await this.stack.exportStack()));
  }

  /** The state as it stands in the backend. */
  state(): EngineState {
    const file = join(this.backend, ".pulumi/stacks", PROJECT, `${this.stack.name}.json`);
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest?: EngineState } };
    return { resources: checkpoint.latest?.resources ?? [] };
  }
}

/** Runs the engine and gathers what it says; that it ends badly is an answer, not an error. */
async function run(stack: Stack, operation: Operation): Promise<EngineRun> {
  const events: EngineEvent[] = [];
  try {
    await operation(stack, (event) => events.push(event));
    return new EngineRun(events, undefined);
  } catch (error) {
    return new EngineRun(events, error instanceof Error ? error.message : String(error));
  }
}
