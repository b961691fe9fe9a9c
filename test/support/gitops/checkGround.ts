import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { type Digest, digestOf } from "../../../src/base/digest";
import { check } from "../../../src/cli/gitops/check";
import type { CheckReport } from "../../../src/gitops/check";
import { recordArtifact } from "../../../src/images/records";
import type { ReleaseRecord } from "../../../src/images/recordSchemas";
import { Registries } from "../../../src/images/registries";
import type { ImageTarget } from "../../../src/oci";
import { attachArtifact } from "../../../src/oci/artifact";
import { MEDIA } from "../../../src/oci/manifest";
import { openLayout } from "../../../src/oci/layout/layoutStore";
import type { StageOutputs } from "../../../src/outputs";
import { keySigner, type KeySigner } from "../../../src/signing/keySigner";
import { generateKeyPair } from "../../../src/signing/privateKey";
import { copyImage } from "../images/copyImage";
import { image } from "../images/image";
import { LayoutBuilder } from "../images/layoutBuilder";
import { runCommand } from "../io";
import { type FaultProxy, findTool, startFaultProxy, startReferrers, type TestRegistry } from "../registries";
import { outputsFor } from "../release/outputsFor";

/** What a check printed, and its report where it printed one. */
export interface Checked {
  code: number;
  stdout: string;
  stderr: string;
  report: CheckReport;
  /** `rule file:line` of each finding. */
  found: readonly string[];
}

/** A registry of uat that counts its requests, images in it with signed records, and a GitOps repository. */
export class CheckGround {
  readonly dir = mkdtempSync(join(tmpdir(), "dualreg-gitops-"));
  readonly repository = join(this.dir, "repository");
  private readonly registries = new Registries(() => Promise.resolve({ kind: "anonymous", from: "the test" }));
  private layouts = 0;

  private constructor(
    private readonly registry: TestRegistry,
    readonly proxy: FaultProxy,
    readonly signer: KeySigner,
    readonly outputs: StageOutputs,
  ) {
    mkdirSync(this.repository);
  }

  /** @param start the registry behind the one that counts */
  static async begin(start: () => Promise<TestRegistry> = startReferrers): Promise<CheckGround> {
    const registry = await start();
    const proxy = await startFaultProxy(registry.host);
    const signer = await keySigner(Buffer.from((await generateKeyPair("x")).privateKey), () => "x");
    const policy = { signature: true, signers: [{ key: signer.publicKey }] };
    const before = { stage: "qa", host: "qa.example.com", kind: "distribution" } as const;
    const outputs = outputsFor({ stage: "uat", host: proxy.host, kind: "distribution", policy, before });
    return new CheckGround(registry, proxy, signer, outputs);
  }

  /** What the registry wrote so far. */
  get log(): string {
    return this.registry.log();
  }

  get host(): string {
    return this.proxy.host;
  }

  target(repository: string): ImageTarget {
    return this.registries.session(this.host).repository(repository);
  }

  /** An image of its own in the registry, without any record. */
  async push(repository: string, tag: string): Promise<Digest> {
    const folder = join(this.dir, `layout-${++this.layouts}`);
    await image(await LayoutBuilder.begin(folder), { tag, seed: `${repository} ${tag}`, layers: 1 });
    const target = this.target(repository);
    await copyImage(await openLayout(folder), target, tag, tag);
    return (await target.manifest(tag)).digest;
  }

  /** An image that was promoted to uat. */
  async promote(repository: string, tag: string, different: Partial<ReleaseRecord> = {}): Promise<Digest> {
    const digest = await this.push(repository, tag);
    const target = this.target(repository);
    const subject = await target.resolve(digest);
    if (subject === undefined) throw new Error(`${repository}@${digest} is not there`);
    const record: ReleaseRecord = {
      ...{ version: 1, edge: { from: "qa", to: "uat" }, source: "qa.example.com/x", target: target.name, digest },
      ...{ tags: [tag], class: repository === "orders/web" ? "standard" : "secure", scans: [], referrers: [] },
      releasedAt: "2026-11-03T00:00:00Z",
      ...different,
    };
    await attachArtifact(target, await recordArtifact(target, subject, ["release", record], this.signer), subject);
    return digest;
  }

  /** Pushes a packed chart as `helm push` does. Source: helm.sh, "Use OCI-based registries"; helm, pkg/registry. */
  async pushChart(repository: string, tag: string, tgz: Buffer): Promise<Digest> {
    const target = this.target(repository);
    const blob = async (bytes: Buffer, mediaType: string) => {
      const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
      await target.writeBlob(descriptor, () => Promise.resolve(Readable.from([bytes])));
      return descriptor;
    };
    const config = await blob(Buffer.from('{"name":"inventory"}'), "application/vnd.cncf.helm.config.v1+json");
    const layers = [await blob(tgz, "application/vnd.cncf.helm.chart.content.v1.tar+gzip")];
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers }));
    const digest = digestOf(bytes);
    await target.writeManifest({ bytes, digest, mediaType: MEDIA.ociManifest }, { tag });
    return digest;
  }

  /** Writes files of the repository in place of those before. */
  write(files: Readonly<Record<string, string>>): void {
    rmSync(this.repository, { recursive: true, force: true });
    mkdirSync(this.repository);
    this.add(files);
  }

  add(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.repository, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  /** A chart of files, packed as `helm package` does it. */
  pack(files: Readonly<Record<string, string>>): Buffer {
    const folder = mkdtempSync(join(this.dir, "chart-"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, "inventory", name)), { recursive: true });
      writeFileSync(join(folder, "inventory", name), text);
    }
    return execFileSync("tar", ["-C", folder, "-czf", "-", "inventory"]);
  }

  file(name: string, text: string): string {
    const file = join(this.dir, name);
    writeFileSync(file, text);
    return file;
  }

  /** Runs `dualreg gitops check` in this process. */
  async check(
    files: readonly string[] = [],
    different: Partial<Parameters<typeof check.run>[1]> = {},
    variables: Readonly<Record<string, string>> = {},
  ): Promise<Checked> {
    const outputs = this.file("outputs.json", JSON.stringify(different.outputs ?? this.outputs));
    const options = {
      ...{
        repository: this.repository,
        helm: findTool("helm") ?? "helm",
        kubeVersion: "1.34.0",
        format: "json" as const,
      },
      ...different,
      outputs,
    };
    const env = { PATH: process.env["PATH"], HOME: this.dir, DOCKER_CONFIG: this.dir, ...variables };
    const ran = await runCommand((io) => check.run([...files], options, io), env);
    const isReport = options.format === "json" && ran.stdout !== "";
    const report = JSON.parse(isReport ? ran.stdout : '{ "findings": [] }') as CheckReport;
    const found = report.findings.map(({ rule, file, line }) => `${rule} ${file}:${line}`);
    return { ...ran, report, found };
  }

  async end(): Promise<void> {
    await this.registries.close();
    await this.proxy.stop();
    await this.registry.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A Deployment of one container. */
export const deployment = (name: string, imageName: string): string =>
  [
    "apiVersion: apps/v1",
    "kind: Deployment",
    `metadata: { name: ${name} }`,
    "spec:",
    "  template:",
    "    spec:",
    "      containers:",
    `        - { name: app, image: "${imageName}" }`,
    "",
  ].join("\n");

/** A chart whose Deployment takes its images from the values. */
export const chartFiles = (values: string): Record<string, string> => ({
  "Chart.yaml": "apiVersion: v2\nname: inventory\nversion: 1.2.3\n",
  "values.yaml": values,
  "templates/deployment.yaml": [
    "apiVersion: apps/v1",
    "kind: Deployment",
    "metadata: { name: {{ .Release.Name }} }",
    "spec:",
    "  template:",
    "    spec:",
    "      initContainers:",
    '        - { name: wait, image: "{{ .Values.wait.image }}" }',
    "      containers:",
    '        - { name: app, image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}" }',
    "",
  ].join("\n"),
});

/** Files below a folder. */
export const under = (folder: string, files: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));

/** A HelmRelease whose spec is the given JSON. */
export const release = (spec: object, name = "inventory"): string =>
  [
    "apiVersion: helm.toolkit.fluxcd.io/v2",
    "kind: HelmRelease",
    `metadata: { name: ${name}, namespace: shop }`,
    `spec: ${JSON.stringify(spec)}`,
    "",
  ].join("\n");
