import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DualRegistryError } from "../../base/errors";
import { redactSecrets } from "../../base/text/redact";
import { quoted } from "../../base/text/quote";
import type { Values } from "./values";

/** How charts are rendered. */
export interface HelmOptions {
  /** The program, by its name or its path. */
  command: string;
  /** Where it is looked for. */
  path: string;
  /** What a chart is told of the cluster, such as 1.34.0. */
  kubeVersion: string;
  /** Interfaces that the cluster has beside Kubernetes' own, such as monitoring.coreos.com/v1. */
  apiVersions: readonly string[];
  /** A folder of this run. */
  temp: string;
  limits?: Partial<typeof LIMITS>;
}

/** Milliseconds and bytes that one chart may take, and KiB of memory that Helm may have. */
const LIMITS = { timeout: 60_000, output: 8 * 1024 * 1024, memory: 4 * 1024 * 1024 };
const MAX_ERROR = 16 * 1024;

/** A chart with what it is rendered with. */
export interface Rendering {
  /** A folder, or a packed chart. */
  chart: string;
  values: Values;
  /** True for an upgrade, which a template may render otherwise than an installation. */
  upgrade: boolean;
  name: string;
  namespace: string;
}

/** Source: helm, pkg/chartutil, ValidateReleaseName; Kubernetes, names of namespaces (RFC 1123). */
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,51}[a-z0-9])?$/;

/** Helm by this run's settings alone: no plugin, no login, no cluster, none of the caller's variables. */
const environmentOf = ({ temp, path }: HelmOptions): Record<string, string> => ({
  PATH: path,
  HOME: temp,
  TMPDIR: temp,
  KUBECONFIG: join(temp, "no-cluster"),
  HELM_CACHE_HOME: join(temp, "cache"),
  HELM_CONFIG_HOME: join(temp, "config"),
  HELM_DATA_HOME: join(temp, "data"),
  HELM_PLUGINS: join(temp, "no-plugins"),
  HELM_REGISTRY_CONFIG: join(temp, "no-login"),
  HELM_REPOSITORY_CONFIG: join(temp, "no-repositories"),
  HELM_REPOSITORY_CACHE: join(temp, "cache"),
});

let renderings = 0;

/**
 * The manifests of a chart, by `helm template`: hooks and tests too. Templates are programs of whoever wrote the chart: they
 * get no network, no cluster and no variable, and end at a limit of time, output and memory.
 *
 * @returns what Helm says where it renders nothing
 * @throws DualRegistryError USAGE where there is no Helm
 */
export async function renderChart(rendering: Rendering, options: HelmOptions): Promise<{ text: string } | string> {
  const { chart, name, namespace, values, upgrade } = rendering;
  const wrong = [name, namespace].find((each) => !NAME.test(each));
  if (wrong !== undefined) return `${quoted(wrong)} is no name of a release or namespace`;
  await mkdir(options.temp, { recursive: true });
  const file = join(options.temp, `values-${++renderings}.json`);
  writeFileSync(file, JSON.stringify(values), { mode: 0o600 });
  const args = [
    ...["template", name, chart, "--namespace", namespace, "--kube-version", options.kubeVersion],
    ...options.apiVersions.flatMap((version) => ["--api-versions", version]),
    ...["--values", file, ...(upgrade ? ["--is-upgrade"] : [])],
  ];
  const ended = await run(args, options);
  if ("text" in ended) return ended;
  return shown(ended.why, options.temp);
}

/** Characters of Helm's words that are shown: the cause stands at their end. */
const SHOWN = 300;

/** Helm's last line, without paths of this machine and without what looks like a secret. */
function shown(why: string, temp: string): string {
  const lines = why
    .trim()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("Use --debug"));
  const line = lines.find((each) => each.startsWith("Error:")) ?? lines.at(-1) ?? "";
  const text = redactSecrets(line.replaceAll(`${temp}/`, "").replace(/^Error: /, ""));
  return quoted(text.length > SHOWN ? `…${text.slice(-SHOWN)}` : text, SHOWN + 1);
}

/** Sets the limit of memory before it becomes Helm; where the system has none the others hold. */
const LIMITED = 'ulimit -v "$0" 2>/dev/null; exec "$@"';

async function run(args: readonly string[], options: HelmOptions): Promise<{ text: string } | { why: string }> {
  const limits = { ...LIMITS, ...options.limits };
  const env = environmentOf(options);
  const settings = { cwd: options.temp, env, stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"] };
  const child = spawn("/bin/sh", ["-c", LIMITED, String(limits.memory), options.command, ...args], settings);
  const output: Buffer[] = [];
  let error: Buffer = Buffer.alloc(0);
  let size = 0;
  let stopped: string | undefined;
  const stop = (why: string): void => {
    stopped ??= why;
    child.kill("SIGKILL");
    child.stdout.destroy();
  };
  const timer = setTimeout(() => {
    stop(`it takes longer than ${limits.timeout / 1000} s`);
  }, limits.timeout);
  child.stdout.on("data", (part: Buffer) => {
    size += part.length;
    if (size > limits.output) stop(`it renders more than ${limits.output} bytes`);
    else output.push(part);
  });
  child.stderr.on("data", (part: Buffer) => {
    error = Buffer.concat([error, part]).subarray(-MAX_ERROR);
  });
  try {
    const [code] = (await once(child, "close")) as [number | null];
    if (stopped !== undefined) return { why: stopped };
    if (code === 0) return { text: Buffer.concat(output).toString("utf8") };
    const said = error.toString("utf8");
    if (code === 127 || code === 126) throw noHelm(options);
    if (/out of memory|cannot allocate/i.test(said)) return { why: "it takes more memory than allowed" };
    return { why: said.trim() === "" ? "Helm ended without a word" : said };
  } finally {
    clearTimeout(timer);
  }
}

const noHelm = ({ command }: HelmOptions) =>
  new DualRegistryError("USAGE", `Helm ${quoted(command)}: not found; install Helm 3, or name it with --helm`);
