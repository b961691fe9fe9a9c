import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Mint } from "../azure/mint";
import { type ApiService, startStandIn } from "../azure/standIn";
import type { Ran } from "../release/dualreg";
import { entra, workflowIdentity } from "./entra";

const BIN = resolve(__dirname, "../../../bin/dualreg.js");
const PRELOAD = [require.resolve("tsx/cjs"), resolve(__dirname, "azureOnLoopback.ts")];

/** Where the commands of one part of the runbook run: a folder, the hosts of the document, Azure. */
export class RunbookGround {
  /** The folder that commands run in; a part that needs a project names another. */
  dir = mkdtempSync(join(tmpdir(), "dualreg-runbook-"));
  /** By the host that the document names, the one on this machine. */
  readonly hosts = new Map<string, string>();
  /** More variables of the commands. */
  env: Record<string, string> = {};
  private readonly own = this.dir;
  private readonly ends: (() => unknown)[] = [];

  /** Something to do at the end. */
  onEnd(end: () => unknown): void {
    this.ends.unshift(end);
  }

  /** Answers Azure with these services from now on; the command logs in as a workflow does. */
  async azure(mint: Mint, ...services: readonly ApiService[]): Promise<void> {
    const standIn = await startStandIn(entra(mint), ...services);
    this.onEnd(() => standIn.stop());
    const identity = workflowIdentity(this.file("workflow.jwt", "of the workflow"));
    Object.assign(this.env, identity, {
      DUALREG_TEST_AZURE: standIn.url,
      NODE_OPTIONS: PRELOAD.map((file) => `--require=${file}`).join(" "),
    });
  }

  /** Writes a file beside the others of this ground. */
  file(name: string, content: string | object): string {
    const path = join(this.own, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
    return path;
  }

  /** A login at a registry, as Docker keeps it. */
  login(host: string, username: string, password: string): void {
    const auth = Buffer.from(`${username}:${password}`).toString("base64");
    this.file("config.json", { auths: { [host]: { auth } } });
  }

  /** Runs the command line in a process of its own; of the document's words only the hosts are others. */
  run(words: readonly string[], input = ""): Promise<Ran> {
    const args = words.map((word) => [...this.hosts].reduce((text, [from, to]) => text.replaceAll(from, to), word));
    const env = { PATH: dirname(process.execPath), HOME: this.own, DOCKER_CONFIG: this.own, ...this.env };
    return new Promise((done) => {
      const options = { cwd: this.dir, maxBuffer: 64 << 20, env };
      const child = execFile(process.execPath, [BIN, ...args], options, (error, stdout, stderr) => {
        done({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr });
      });
      child.stdin?.on("error", () => undefined).end(input);
    });
  }

  async end(): Promise<void> {
    for (const end of this.ends) await end();
    rmSync(this.own, { recursive: true, force: true });
  }
}

/** One run of one command: what stands there before, what it reads, and how it must end. */
export interface Expected {
  before?: () => unknown;
  input?: string;
  code: number;
  says: RegExp;
}

/** Prepares a part of the runbook; of each of its commands, in order, the runs. */
export type Scene = (ground: RunbookGround) => Promise<readonly (readonly Expected[])[]>;
