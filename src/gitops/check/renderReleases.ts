import { DualRegistryError } from "../../base/errors";
import { isObject } from "../../base/json";
import { quoted } from "../../base/text/quote";
import type { Registries } from "../../images/registries";
import { findImages, type FoundImages } from "../documents";
import { Charts, placeOfChart } from "./chart";
import { Collected, objectText, type UsePlace } from "./collected";
import type { RepositoryFolder } from "./folder";
import type { GitSources } from "./gitSources";
import { type HelmOptions, renderChart } from "./helm";
import { Ambiguous, type ObjectIndex, type RepositoryObject } from "./objects";
import { readRelease, type Release, releaseName } from "./release";
import { hooksOf, isPattern, replaceImage } from "./replaceImage";
import { valuesOf } from "./values";

/** A release, and what its own document names. */
export interface PlacedRelease extends FoundImages {
  object: RepositoryObject;
  line: number;
  /** The kustomization that patched it last. */
  patchedBy?: string;
}

/** What releases are rendered from. */
interface RenderContext {
  folder: RepositoryFolder;
  registries: Registries;
  helm: HelmOptions;
  index: ObjectIndex;
  sources: GitSources;
}

/** Renders the charts of releases, each once, and collects the images that they make. */
export class ReleaseRenderer {
  private readonly charts: Charts;

  constructor(
    private readonly context: RenderContext,
    private readonly collected: Collected,
  ) {
    this.charts = new Charts(context.folder, context.registries, context.helm.temp);
  }

  close(): Promise<void> {
    return this.charts.close();
  }

  async render(placed: PlacedRelease): Promise<void> {
    const { object, line, patchedBy } = placed;
    const by = patchedBy === undefined ? "" : ` as ${patchedBy} patches it`;
    const at = { file: object.file, line, object: `${objectText(object)}${by}` };
    for (const place of placed.elsewhere) if (place.reason === "postRenderers") this.collected.addElsewhere(place);
    const release = readRelease(object);
    const why = typeof release === "string" ? release : await this.renderRelease(release, at);
    if (why === undefined) return;
    this.collected.add("chart-not-rendered", at, `${why}; the images of the chart are not known`);
    // What the release names itself is better than nothing.
    for (const site of placed.images) this.collected.uses.push({ ...at, line: site.line, parts: site });
    for (const place of placed.elsewhere)
      if (place.reason === "unreadable" || place.reason === "substitution") this.collected.addElsewhere(place);
  }

  /** @returns why nothing is rendered, in words */
  private async renderRelease(release: Release, at: UsePlace): Promise<string | undefined> {
    const { folder, helm, index, sources } = this.context;
    const place = placeOfChart(release, folder, { index, sources });
    if (typeof place === "string") return place;
    const chart = await this.charts.load(place);
    if (typeof chart === "string") return chart;
    const { values, missing } = valuesOf(release, index);
    for (const text of missing) this.collected.add("values-elsewhere", at, text);
    if (!chart.pinned)
      this.collected.add("chart-not-pinned", at, `${chart.name} may be another chart tomorrow; name it by its digest`);
    // Flux installs a release once and upgrades it from then on.
    const texts = new Set<string>();
    for (const upgrade of [false, true]) {
      const output = await renderChart({ chart: chart.path, values, upgrade, ...releaseName(release) }, helm);
      if (typeof output === "string") return `${chart.name}: ${output}`;
      texts.add(output.text);
    }
    const rendered = new Collected();
    for (const text of texts) {
      const why = addRendered(rendered, text, release, at);
      if (why !== undefined) return why;
    }
    this.collected.addOnce(rendered);
    return undefined;
  }
}

/** A release as a kustomization makes it, with what its values name then. */
export function patchedRelease(placed: PlacedRelease, value: unknown, patchedBy: string): PlacedRelease | undefined {
  if (!isObject(value)) return undefined;
  const { object, line } = placed;
  try {
    const text = JSON.stringify(value, (_, each: unknown) => (each instanceof Ambiguous ? String(each) : each));
    const { images, elsewhere } = findImages(object.file, text);
    const at = <Place extends { line: number }>(place: Place): Place => ({ ...place, line });
    return { object: { ...object, value }, line, patchedBy, images: images.map(at), elsewhere: elsewhere.map(at) };
  } catch (error) {
    if (error instanceof DualRegistryError) return undefined;
    throw error;
  }
}

/** Takes in what a chart made. @returns why it cannot be read, in words */
function addRendered(collected: Collected, text: string, release: Release, at: UsePlace): string | undefined {
  let found: FoundImages;
  try {
    found = findImages("its manifests", text);
  } catch (error) {
    if (error instanceof DualRegistryError) return error.message;
    throw error;
  }
  const replacements = (release.spec.postRenderers ?? []).flatMap((each) => each.kustomize?.images ?? []);
  for (const { name } of replacements.filter(isPattern)) {
    const why = `${quoted(name)} is a pattern, and which images it replaces is not looked into; name each image`;
    collected.add("image-elsewhere", at, `postRenderers.images: ${why}`);
  }
  const isHook = hooksOf(text);
  for (const { object, ...parts } of found.images) {
    const use = { ...at, object: `${at.object}, ${objectText(object)}` };
    const list = parts.path.at(-3);
    const isContainer = list === "containers" || list === "initContainers";
    const replaced = isContainer ? replaceImage(parts, replacements) : parts;
    collected.uses.push({ ...use, parts: replaced });
    // A hook runs as the chart has it.
    if (isHook(object) && replaced !== parts) collected.uses.push({ ...use, parts });
  }
  for (const place of found.elsewhere) {
    collected.addElsewhere({
      ...place,
      file: at.file,
      line: at.line,
      object: { ...place.object, kind: `${at.object}, ${place.object.kind}` },
    });
  }
  return undefined;
}
