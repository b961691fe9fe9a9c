import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

const REPOSITORY = resolve(__dirname, "../../..");

type Reply<T> = (error: ServiceError | null, answer: T) => void;

const load = createRequire(__filename);

/** A resource as the engine sends it at the end of a preview or an update. */
export interface SentResource {
  type: string;
  name: string;
  urn: string;
  parent?: string;
  properties: Record<string, JavaScriptValue>;
  protect?: boolean;
}

function toWire({ type, name, urn, parent, properties, protect = false }: SentResource): analyzer.AnalyzerResource {
  return new analyzer.AnalyzerResource()
    .setType(type)
    .setName(name)
    .setUrn(urn)
    .setParent(parent ?? "")
    .setProperties(Struct.fromJavaScript(properties))
    .setOptions(new analyzer.AnalyzerResourceOptions().setProtect(protect));
}

/** Bundles the pack and copies its folder elsewhere, as publishing does; who asks removes it. */
export async function copyPack(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "dualreg-policy-"));
  for (const file of ["PulumiPolicy.yaml", "package.json"]) {
    await cp(join(REPOSITORY, "policy", file), join(folder, file));
  }
  const build = [join(REPOSITORY, "tools/buildPolicy.mjs"), join(folder, "bin/index.js")];
  await promisify(execFile)(process.execPath, build);
  await symlink(join(REPOSITORY, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}

/** A policy pack that runs as the engine runs it, from a folder of its own. */
export class RunningPack {
  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
    private readonly client: AnalyzerClient,
  ) {}

  /** Starts it from a copy, by the SDK's own entry. */
  static async start(): Promise<RunningPack> {
    const folder = await copyPack();
    const runner = load.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    const child = spawn(process.execPath, [runner, "127.0.0.1:1", folder], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const port = await new Promise<string>((done, failed) => {
      child.stdout.once("data", (chunk: Buffer) => done(chunk.toString().trim()));
      child.once("exit", (code) => failed(new Error(`The pack ended with ${code ?? "a signal"} before it listened`)));
    });
    return new RunningPack(folder, child, new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure()));
  }

  info(): Promise<analyzer.AnalyzerInfo> {
    return this.ask((reply) => this.client.getAnalyzerInfo(new Empty(), reply));
  }

  configure(
    policies: Readonly<
      Record<string, { level: analyzer.EnforcementLevel; properties?: Record<string, JavaScriptValue> }>
    >,
  ) {
    const request = new analyzer.ConfigureAnalyzerRequest();
    for (const [name, { level, properties = {} }] of Object.entries(policies)) {
      const config = new analyzer.PolicyConfig().setEnforcementlevel(level);
      request.getPolicyconfigMap().set(name, config.setProperties(Struct.fromJavaScript(properties)));
    }
    return this.ask<object>((reply) => this.client.configure(request, reply));
  }

  analyzeStack(resources: readonly SentResource[]): Promise<analyzer.AnalyzeResponse> {
    const request = new analyzer.AnalyzeStackRequest().setResourcesList(resources.map(toWire));
    return this.ask((reply) => this.client.analyzeStack(request, reply));
  }

  async stop(): Promise<void> {
    this.client.close();
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill();
    await ended;
    await rm(this.folder, { recursive: true, force: true });
  }

  private ask<T>(call: (reply: Reply<T>) => void): Promise<T> {
    return new Promise((done, failed) => call((error, answer) => (error === null ? done(answer) : failed(error))));
  }
}
