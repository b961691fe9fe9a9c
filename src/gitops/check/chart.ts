import { createHash } from "node:crypto";
import { cp, lstat, writeFile } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { z } from "zod";
import { decode } from "../../base/decode/decode";
import { DualRegistryError } from "../../base/errors";
import { parseReference, type Reference } from "../../base/reference";
import { quoted } from "../../base/text/quote";
import type { Registries } from "../../images/registries";
import { discard, readBody, readManifest, readSmallBlob, TIMEOUTS, Transport } from "../../oci";
import type { RepositoryFolder } from "./folder";
import type { GitSources } from "./gitSources";
import { documentsOf, type ObjectIndex } from "./objects";
import { type ChartSpec, helmChart, helmRepository, ociRepository, type Release } from "./release";
import { mergeValues, readValues, type Values } from "./values";

/** Where a chart is. */
export type ChartPlace =
  | { at: "folder"; path: string; valuesFiles: readonly string[] }
  | { at: "registry"; image: Reference }
  | { at: "index"; url: string; chart: string; version: string };

/** A chart that can be rendered. */
export interface LoadedChart {
  /** A folder, or a packed chart. */
  path: string;
  /** For people. */
  name: string;
  /** False where the same words may stand for another chart tomorrow. */
  pinned: boolean;
}

/** Bytes of the largest index and of the largest packed chart that are read. */
const MAX_INDEX = 32 * 1024 * 1024;
const MAX_CHART = 16 * 1024 * 1024;
const MAX_REDIRECTS = 3;
/** Source: helm, pkg/registry, ChartLayerMediaType. */
const CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/** What Helm takes as a version of its own, and no range. */
const EXACT = /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** What a repository says of where charts come from. */
interface Known {
  index: ObjectIndex;
  sources: GitSources;
}

/** @returns why the chart cannot be told, in words */
export function placeOfChart(release: Release, folder: RepositoryFolder, known: Known): ChartPlace | string {
  const { chart, chartRef } = release.spec;
  if (chartRef !== undefined) return placeOfReference(chartRef, release, folder, known);
  if (chart === undefined) {
    return "neither spec.chart nor spec.chartRef names a chart; a patch is not merged into its base: write the release whole";
  }
  return placeOfSpec(chart.spec, release, folder, known);
}

type Referring = Pick<Release, "file" | "metadata">;

function placeOfReference(
  { kind, name, namespace }: NonNullable<Release["spec"]["chartRef"]>,
  release: Referring,
  folder: RepositoryFolder,
  known: Known,
): ChartPlace | string {
  if (kind !== "OCIRepository" && kind !== "HelmChart") return `a chart of kind ${quoted(kind)} is not looked into`;
  const object = known.index.find({ kind, name, namespace: namespace ?? release.metadata.namespace }, release.file);
  if (typeof object === "string") return object;
  if (kind === "OCIRepository") {
    const read = decode(ociRepository, object.value);
    return read.success ? inRegistry(read.data.spec.url, read.data.spec.ref) : `${kind} ${name} cannot be read`;
  }
  const read = decode(helmChart, object.value);
  if (!read.success) return `${kind} ${name} cannot be read`;
  return placeOfSpec(read.data.spec, { file: object.file, metadata: read.data.metadata }, folder, known);
}

function placeOfSpec(
  spec: ChartSpec,
  from: Referring,
  folder: RepositoryFolder,
  { index, sources }: Known,
): ChartPlace | string {
  const { chart, version, sourceRef, url, ref, valuesFiles } = spec;
  if (url !== undefined) return inRegistry(url, ref ?? {});
  if (chart === undefined || sourceRef === undefined) return "spec.chart.spec names no chart, or no source of it";
  const namespace = sourceRef.namespace ?? from.metadata.namespace;
  if (sourceRef.kind === "GitRepository") {
    const { name } = sourceRef;
    return sources.whyNot({ name, namespace }, from.file) ?? inFolder(chart, valuesFiles, folder);
  }
  if (sourceRef.kind !== "HelmRepository")
    return `a chart in a source of kind ${quoted(sourceRef.kind)} is not looked into`;
  if (valuesFiles.length > 0) return "valuesFiles of a packed chart are not read";
  const object = index.find({ kind: sourceRef.kind, name: sourceRef.name, namespace }, from.file);
  if (typeof object === "string") return object;
  const read = decode(helmRepository, object.value);
  if (!read.success) return `HelmRepository ${sourceRef.name} cannot be read`;
  if (!EXACT.test(version)) return `${quoted(version)} is a range of versions: which chart it is shows when Flux looks`;
  const base = read.data.spec.url.replace(/\/+$/, "");
  // A tag takes no plus. Source: helm.sh, "Use OCI-based registries".
  if (base.startsWith("oci://")) return inRegistry(`${base}/${chart}`, { tag: version.replace("+", "_") });
  return { at: "index", url: base, chart, version };
}

const isInside = (file: string, path: string): boolean =>
  (path === "." || file.startsWith(`${path}/`)) && !file.split("/").includes(".git");

/** A chart of this very repository. */
function inFolder(chart: string, valuesFiles: readonly string[], folder: RepositoryFolder): ChartPlace | string {
  const path = posix.normalize(chart).replace(/\/$/, "");
  if (!folder.charts.has(path)) return `there is no chart ${quoted(chart)} in this repository`;
  // Helm follows links, and Flux takes none along: a template would read files of this machine.
  const irregular = folder.irregular.find((name) => isInside(name, path));
  if (irregular !== undefined) return `${quoted(irregular)} in the chart is a link or no plain file; put a file there`;
  const files = valuesFiles.map((file) => posix.normalize(file));
  const out = files.find((file) => posix.isAbsolute(file) || file.startsWith("../"));
  // One may stand beside the chart. Source: source-controller, HelmChart, valuesFiles.
  const isThere = (file: string) => folder.manifests.includes(file) || isInside(file, path);
  const unknown = files.find((file) => !isThere(file));
  const wrong = out ?? unknown;
  if (wrong !== undefined) return `there is no file of values ${quoted(wrong)} in this repository`;
  return { at: "folder", path, valuesFiles: files };
}

function inRegistry(url: string, ref: { tag?: string; digest?: string; semver?: string }): ChartPlace | string {
  const address = url.replace(/^oci:\/\//, "");
  if (address.length === url.length || address.includes("@")) {
    return "the chart's address is no oci:// address without user and password";
  }
  const { tag, digest, semver } = ref;
  if (digest === undefined && semver !== undefined) {
    return `${quoted(semver)} is a range of versions: which chart it is shows when Flux looks`;
  }
  try {
    const reference = digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`;
    return { at: "registry", image: parseReference(`${address}${reference}`) };
  } catch (error) {
    if (error instanceof DualRegistryError) return error.message;
    throw error;
  }
}

/** What is wrong with what a place holds, and not with the way to it. */
const CONTENT: readonly string[] = ["NOT_FOUND", "DIGEST_MISMATCH", "CONTENT_INVALID"];

/** Loads charts, each once. */
export class Charts {
  private readonly loaded = new Map<string, Promise<LoadedChart | string>>();
  private readonly indexes = new Map<string, Promise<IndexEntries>>();
  private readonly transport = new Transport(TIMEOUTS);
  private files = 0;

  /** @param temp a folder of this run */
  constructor(
    private readonly folder: RepositoryFolder,
    private readonly registries: Pick<Registries, "session">,
    private readonly temp: string,
  ) {}

  /** @returns why it cannot be loaded, in words. @throws DualRegistryError where a registry cannot be asked */
  load(place: ChartPlace): Promise<LoadedChart | string> {
    const key = JSON.stringify(place);
    const known = this.loaded.get(key) ?? this.read(place);
    this.loaded.set(key, known);
    return known;
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  private async read(place: ChartPlace): Promise<LoadedChart | string> {
    try {
      if (place.at === "registry") return await this.fromRegistry(place.image);
      if (place.at === "index") return await this.fromIndex(place);
      return await this.fromFolder(place);
    } catch (error) {
      if (error instanceof DualRegistryError && CONTENT.includes(error.code)) return error.message;
      throw error;
    }
  }

  /** From a copy of its plain files: of .git, which may hold a login, templates see nothing. */
  private async fromFolder({
    path,
    valuesFiles,
  }: Extract<ChartPlace, { at: "folder" }>): Promise<LoadedChart | string> {
    const { root } = this.folder;
    const copy = join(this.temp, `chart-${++this.files}`);
    await cp(join(root, path), copy, {
      recursive: true,
      filter: async (from) => {
        const entry = await lstat(from);
        return basename(from) !== ".git" && (entry.isDirectory() || entry.isFile());
      },
    });
    // They take the place of the chart's own values. Source: source-controller, internal/helm/chart, OverwriteChartDefaultValues.
    let values: Values = {};
    for (const file of valuesFiles) {
      const read = readValues(this.folder.read(file) ?? "not UTF-8");
      if (typeof read === "string") return `file of values ${quoted(file)}: ${read}`;
      values = mergeValues(values, read);
    }
    if (valuesFiles.length > 0) await writeFile(join(copy, "values.yaml"), JSON.stringify(values), { mode: 0o600 });
    return { path: copy, name: path, pinned: true };
  }

  private async fromRegistry({ host, repository, tag, digest }: Reference): Promise<LoadedChart | string> {
    const source = this.registries.session(host).repository(repository);
    const reference = digest ?? tag ?? "latest";
    const manifest = await source.manifest(reference);
    const name = `${source.name}${digest === undefined ? `:${reference}` : `@${digest}`}`;
    const layer = readManifest(manifest, name).layers.find(({ mediaType }) => mediaType === CHART_LAYER);
    if (layer === undefined) return `${name} is no Helm chart`;
    const bytes = await readSmallBlob(source, layer, MAX_CHART);
    if (bytes === undefined) return `${name} has ${layer.size} bytes; allowed: ${MAX_CHART}`;
    return { path: await this.write(bytes), name, pinned: digest !== undefined };
  }

  private async fromIndex({
    url,
    chart,
    version,
  }: Extract<ChartPlace, { at: "index" }>): Promise<LoadedChart | string> {
    const base = plainUrl(`${url}/index.yaml`);
    if (base === undefined) return "the address of the HelmRepository is no https address without user and password";
    const index = this.indexes.get(base.href) ?? this.get(base, MAX_INDEX).then(indexOf);
    this.indexes.set(base.href, index);
    const entry = entryOf(await index, chart, version);
    const name = `chart ${quoted(chart)} ${version} of ${quoted(url)}`;
    if (entry === undefined) return `${name} is not in its index`;
    const at = plainUrl(entry.urls[0] ?? "", base);
    if (at === undefined) return `${name}: its address is no https address without user and password`;
    const bytes = await this.get(at, MAX_CHART);
    const hex = createHash("sha256").update(bytes).digest("hex");
    if (entry.digest !== undefined && entry.digest.replace(/^sha256:/, "") !== hex) {
      return `${name}: its bytes are not those that the index names by their digest`;
    }
    return { path: await this.write(bytes), name, pinned: false };
  }

  private async write(bytes: Buffer): Promise<string> {
    const path = join(this.temp, `chart-${++this.files}.tgz`);
    await writeFile(path, bytes, { mode: 0o600 });
    return path;
  }

  /** Nothing is sent along, so that a redirect takes nothing with it. */
  private async get(url: URL, limit: number): Promise<Buffer> {
    let at = url;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await this.transport.send({ method: "GET", url: at }).catch((cause: unknown) => {
        if (cause instanceof DualRegistryError) throw cause;
        throw new DualRegistryError("CONTENT_INVALID", `GET ${quoted(at.href)}: no answer`, { cause });
      });
      if (response.status === 200) return readBody(response, limit, quoted(at.href), TIMEOUTS.response);
      discard(response);
      const location = response.header("location");
      const next = location === undefined ? undefined : plainUrl(location, at);
      if (response.status < 300 || response.status >= 400 || next === undefined) {
        throw new DualRegistryError("CONTENT_INVALID", `GET ${quoted(at.href)}: answered with ${response.status}`);
      }
      at = next;
    }
    throw new DualRegistryError("CONTENT_INVALID", `GET ${quoted(url.href)}: more than ${MAX_REDIRECTS} redirects`);
  }
}

function plainUrl(text: string, base?: URL): URL | undefined {
  const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : undefined;
  if (url === undefined || url.username !== "" || url.password !== "") return undefined;
  return url.protocol === "https:" || url.protocol === "http:" ? url : undefined;
}

const entrySchema = z.object({
  version: z.string(),
  urls: z.array(z.string().max(2_000)).min(1),
  digest: z.string().max(200).exactOptional(),
});
const entriesSchema = z.object({ entries: z.record(z.string(), z.array(z.unknown())) });
type IndexEntries = z.infer<typeof entriesSchema>["entries"];

/** Source: helm.sh, "The Chart Repository Guide", "The index file". */
function indexOf(bytes: Buffer): IndexEntries {
  const [document] = documentsOf(bytes.toString("utf8")) ?? [];
  const read = decode(entriesSchema, document);
  if (read.success) return read.data.entries;
  throw new DualRegistryError("CONTENT_INVALID", "the index of a HelmRepository cannot be read");
}

function entryOf(entries: IndexEntries, chart: string, version: string): z.infer<typeof entrySchema> | undefined {
  const ofChart = Object.hasOwn(entries, chart) ? (entries[chart] ?? []) : [];
  const same = (one: string) => one.replace(/^v/, "") === version.replace(/^v/, "");
  return ofChart.flatMap((entry) => {
    const read = decode(entrySchema, entry);
    return read.success && same(read.data.version) ? [read.data] : [];
  })[0];
}
