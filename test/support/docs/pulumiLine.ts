import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { PROJECT } from "../engine/engineStack";
import { findPulumi } from "../engine/findPulumi";
import type { StageBench } from "../engine/stageBench";
import type { Ran } from "../release/dualreg";
import { argumentsOf, type DocCommand } from "./shellBlocks";

/** Holds the script that runs dynamic resources; a Pulumi that is built from source has none beside it. */
const DYNAMIC_PROVIDER = dirname(require.resolve("@pulumi/pulumi/package.json"));

/** The Pulumi command line in a bench's project, as somebody types it who says yes to everything. */
export class PulumiLine {
  constructor(private readonly bench: StageBench) {}

  /** Runs a document's command; what it sends to a file stands in the project's folder afterwards. */
  async line(command: DocCommand): Promise<Ran> {
    const ran = await this.run(...(argumentsOf(command, "pulumi") ?? []));
    if (command.into !== undefined) writeFileSync(join(this.bench.project.dir, command.into), ran.stdout);
    return ran;
  }

  run(...args: readonly string[]): Promise<Ran> {
    const { project, providers, azure } = this.bench;
    const root = findPulumi()?.root;
    const path = [process.env["PATH"] ?? "", DYNAMIC_PROVIDER, ...(root === undefined ? [] : [join(root, "bin")])];
    const env = {
      ...process.env,
      PATH: path.join(delimiter),
      PULUMI_HOME: project.home,
      PULUMI_BACKEND_URL: `file://${project.backend}`,
      PULUMI_CONFIG_PASSPHRASE: "a passphrase of a test",
      PULUMI_DEBUG_PROVIDERS: providers.debugProviders,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_SKIP_CONFIRMATIONS: "true",
      // Previews have lines of their own; what is asked first would only take twice the time.
      PULUMI_OPTION_SKIP_PREVIEW: "true",
      DUALREG_TEST_AZURE: azure.azure.url,
    };
    return new Promise((done) => {
      execFile("pulumi", args, { cwd: project.dir, env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
        done({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
      });
    });
  }

  /** Leaves the lock of a run that died. Source: pulumi, pkg/backend/diy/lock.go. */
  lockAsTheDead(stack: string): void {
    const folder = join(this.bench.project.backend, ".pulumi/locks/organization", PROJECT, stack);
    mkdirSync(folder, { recursive: true });
    const lock = { pid: 1, username: "somebody", hostname: "elsewhere", timestamp: new Date().toISOString() };
    writeFileSync(join(folder, "00000000-0000-4000-8000-000000000000.json"), JSON.stringify(lock));
  }

  /** The id that the state has of a resource. */
  idOf(stack: string, name: string): string {
    const file = readdirSync(join(this.bench.project.backend, ".pulumi/stacks", PROJECT)).find(
      (one) => one === `${stack}.json`,
    );
    const text = readFileSync(join(this.bench.project.backend, ".pulumi/stacks", PROJECT, file ?? ""), "utf8");
    const { checkpoint } = JSON.parse(text) as {
      checkpoint: { latest: { resources: { urn: string; id?: string }[] } };
    };
    const id = checkpoint.latest.resources.find(({ urn }) => urn.endsWith(`::${name}`))?.id;
    if (id === undefined) throw new Error(`${stack} has no ${name}`);
    return id;
  }
}
