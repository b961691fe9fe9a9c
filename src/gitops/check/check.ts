import { availableParallelism } from "node:os";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import { quoted } from "../../base/text/quote";
import type { GitAddress } from "../../domain/gitops";
import type { Registries } from "../../images/registries";
import { type Elsewhere, findImages, type FoundImages, type ImageParts, type ObjectName } from "../documents";
import { Charts, placeOfChart } from "./chart";
import { isKustomizationFile, type RepositoryFolder } from "./folder";
import { type HelmOptions, renderChart } from "./helm";
import { GitSources } from "./gitSources";
import { ImageJudge, type JudgeContext, type JudgedImage, nameOf } from "./judge";
import { madeByOthers, ObjectIndex, objectsIn, type RepositoryObject, SPELLED_OTHERWISE } from "./objects";
import { Reach } from "./reach";
import { byPlace, type CheckedImage, type CheckFinding, type CheckReport } from "./report";
import { readRelease, releaseName, type Release } from "./release";
import { hooksOf, isPattern, replaceImage } from "./replaceImage";
import { CHECK_RULES, type CheckRule } from "./rules";
import { valuesOf } from "./values";

/** What is checked, and by what. */
export interface CheckRequest extends Omit<JudgeContext, "registries"> {
  folder: RepositoryFolder;
  /** True for the files that are checked; what they refer to is looked for everywhere. */
  inScope: (name: string) => boolean;
  /** Where this repository is; undefined where nobody can tell. */
  address: GitAddress | undefined;
  registries: Registries;
  helm: HelmOptions;
}

/** A place that names an image. */
interface Use {
  file: string;
  /** From 1. */
  line: number;
  object: string;
  parts: ImageParts;
}

/** Cheap: a file without any of these names no image, unless it writes them with escapes. */
const PERHAPS = /image|newName|newTag|repository|HelmRelease|OCIRepository|Bucket|sourceRef|ResourceSet/i;
/** False for a text that cannot hold an object with an image: without an escape a key is what stands there. */
const mayDeploy = (file: string, text: string): boolean =>
  SPELLED_OTHERWISE.test(text) || (PERHAPS.test(text) && (text.includes("kind") || isKustomizationFile(file)));
/** Images asked for at once. */
const AT_ONCE = 8;

/**
 * Checks what a GitOps repository deploys to a stage: charts are rendered, every image is looked up, and nothing that was not
 * promoted or published to the stage passes. What cannot be looked into is a finding.
 *
 * @throws DualRegistryError where a registry cannot be asked, or there is no Helm
 */
export async function checkRepository(request: CheckRequest): Promise<CheckReport> {
  const check = new Check(request);
  try {
    return await check.run();
  } finally {
    await check.close();
  }
}

const objectText = ({ kind, name }: Pick<ObjectName, "kind" | "name">): string =>
  [kind, name].filter((part) => part !== undefined && part !== "").join(" ");

class Check {
  private readonly findings: CheckFinding[] = [];
  private readonly uses: Use[] = [];
  private readonly index: ObjectIndex;
  private readonly sources: GitSources;
  private readonly charts: Charts;
  private readonly reach: Reach;
  private files = 0;
  private releases = 0;

  constructor(private readonly request: CheckRequest) {
    const { folder, registries, helm } = request;
    const reach = new Reach(folder, request.inScope);
    this.reach = reach;
    this.index = new ObjectIndex(folder, (object, from) => reach.whyNot(object, from));
    this.sources = new GitSources(this.index, request.address);
    this.charts = new Charts(folder, registries, helm.temp);
  }

  close(): Promise<void> {
    return this.charts.close();
  }

  async run(): Promise<CheckReport> {
    const { folder, inScope } = this.request;
    for (const file of folder.linksOut.filter(inScope)) {
      this.add(
        "link-out",
        { file, line: 1, object: "" },
        "the link leads out of the repository: nothing behind it is checked",
      );
    }
    const releases: PlacedRelease[] = [];
    for (const file of this.reach.all()) releases.push(...this.readFile(file));
    const run = limiter(Math.max(1, availableParallelism()));
    await allSettled(releases.map((release) => run(() => this.render(release))));
    return this.report(await this.judgeAll());
  }

  /** Takes in what a file names itself. @returns its releases, with what stands in them */
  private readFile(file: string): PlacedRelease[] {
    this.files += 1;
    const text = this.request.folder.read(file);
    const at = { file, line: 1, object: "" };
    if (text === undefined) {
      this.add("manifest-unreadable", at, "the file is no UTF-8; write it as UTF-8");
      return [];
    }
    for (const { rule, text: why } of this.reach.follow(file, text)) this.add(rule, at, why);
    const found = mayDeploy(file, text) ? this.readImages(file, text) : undefined;
    if (found === undefined) return [];
    const objects = objectsIn(file, text);
    if (objects === undefined) {
      this.add("manifest-unreadable", at, "readers of YAML differ about it; write it as plain YAML 1.2");
      return [];
    }
    for (const what of madeByOthers(text))
      this.add("manifests-elsewhere", at, `${what}: what it makes is not looked into; give it a document of its own`);
    this.addUnseen(objects, found);
    const isRelease = ({ object }: { object: ObjectName }) => object.kind === "HelmRelease";
    for (const site of found.images) {
      if (isRelease(site) || site.artifact === true) continue;
      this.uses.push({ file, line: site.line, object: objectText(site.object), parts: site });
    }
    for (const place of found.elsewhere) if (!isRelease(place)) this.addElsewhere(place);
    this.addArtifacts(objects, found);
    return objects
      .filter(({ kind }) => kind === "HelmRelease")
      .map((object) => {
        const own = (place: { document: number; object: ObjectName }) =>
          place.document === object.document && place.object.name === object.name && isRelease(place);
        const inside = { images: found.images.filter(own), elsewhere: found.elsewhere.filter(own) };
        return { object, ...inside, line: inside.elsewhere.find(({ reason }) => reason === "chart")?.line ?? 1 };
      });
  }

  /** What a file names; of documents without a kind, which deploy nothing by themselves, nothing. */
  private readImages(file: string, text: string): FoundImages | undefined {
    try {
      const { images, elsewhere } = findImages(file, text);
      const isDeployed = ({ object }: { object: ObjectName }) => object.kind !== "" || isKustomizationFile(file);
      return { images: images.filter(isDeployed), elsewhere: elsewhere.filter(isDeployed) };
    } catch (error) {
      if (!(error instanceof DualRegistryError)) throw error;
      this.add("manifest-unreadable", { file, line: 1, object: "" }, error.message);
      return undefined;
    }
  }

  /** A release that was seen, and that there is no object of to render. */
  private addUnseen(objects: readonly RepositoryObject[], { images, elsewhere }: FoundImages): void {
    const seen = new Set<string>();
    for (const { file, line, object } of [...images, ...elsewhere]) {
      const isThere = objects.some(({ kind, name }) => kind === "HelmRelease" && name === object.name);
      if (object.kind !== "HelmRelease" || isThere || seen.has(objectText(object))) continue;
      seen.add(objectText(object));
      const why = "the release has no name that is a text, so its chart is not rendered";
      this.add("chart-not-rendered", { file, line, object: objectText(object) }, why);
    }
  }

  /** Manifests that Flux takes from elsewhere stand in no file here. */
  private addArtifacts(objects: readonly RepositoryObject[], found: FoundImages): void {
    for (const object of objects) {
      const { kind, name, file, document } = object;
      const why = kind === "Kustomization" ? this.sources.whyNotManifests(object) : undefined;
      if (why === undefined) continue;
      const line = found.images.find((site) => site.document === document)?.line ?? 1;
      this.add("manifests-elsewhere", { file, line, object: `${kind} ${name}` }, why);
    }
  }

  private async render(placed: PlacedRelease): Promise<void> {
    this.releases += 1;
    const { object, line } = placed;
    const at = { file: object.file, line, object: objectText(object) };
    for (const place of placed.elsewhere) if (place.reason === "postRenderers") this.addElsewhere(place);
    const release = readRelease(object);
    const why = typeof release === "string" ? release : await this.renderRelease(release, at);
    if (why === undefined) return;
    this.add("chart-not-rendered", at, `${why}; the images of the chart are not known`);
    // What the release names itself is better than nothing.
    for (const site of placed.images) this.uses.push({ ...at, line: site.line, parts: site });
    for (const place of placed.elsewhere)
      if (place.reason === "unreadable" || place.reason === "substitution") this.addElsewhere(place);
  }

  /** @returns why nothing is rendered, in words */
  private async renderRelease(release: Release, at: Omit<Use, "parts">): Promise<string | undefined> {
    const { folder, helm } = this.request;
    const place = placeOfChart(release, folder, { index: this.index, sources: this.sources });
    if (typeof place === "string") return place;
    const chart = await this.charts.load(place);
    if (typeof chart === "string") return chart;
    const { values, missing } = valuesOf(release, this.index);
    for (const text of missing) this.add("values-elsewhere", at, text);
    if (!chart.pinned)
      this.add("chart-not-pinned", at, `${chart.name} may be another chart tomorrow; name it by its digest`);
    // Flux installs a release once and upgrades it from then on.
    const texts = new Set<string>();
    for (const upgrade of [false, true]) {
      const rendered = await renderChart({ chart: chart.path, values, upgrade, ...releaseName(release) }, helm);
      if (typeof rendered === "string") return `${chart.name}: ${rendered}`;
      texts.add(rendered.text);
    }
    const [uses, findings] = [this.uses.length, this.findings.length];
    for (const text of texts) {
      const why = this.addRendered(text, release, at);
      if (why !== undefined) return why;
    }
    if (texts.size > 1) {
      dropRepeated(this.uses, uses);
      dropRepeated(this.findings, findings);
    }
    return undefined;
  }

  private addRendered(text: string, release: Release, at: Omit<Use, "parts">): string | undefined {
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
      this.add("image-elsewhere", at, `postRenderers.images: ${why}`);
    }
    const isHook = hooksOf(text);
    for (const { object, ...parts } of found.images) {
      const use = { ...at, object: `${at.object}, ${objectText(object)}` };
      const list = parts.path.at(-3);
      const isContainer = list === "containers" || list === "initContainers";
      const replaced = isContainer ? replaceImage(parts, replacements) : parts;
      this.uses.push({ ...use, parts: replaced });
      // A hook runs as the chart has it.
      if (isHook(object) && replaced !== parts) this.uses.push({ ...use, parts });
    }
    for (const place of found.elsewhere) {
      this.addElsewhere({
        ...place,
        file: at.file,
        line: at.line,
        object: { ...place.object, kind: `${at.object}, ${place.object.kind}` },
      });
    }
    return undefined;
  }

  private addElsewhere({ reason, where, file, line, object }: Elsewhere): void {
    const rule = reason === "unreadable" ? "image-unreadable" : "image-elsewhere";
    // What an OCIRepository loads is said where it is used.
    if (reason === "chart") return;
    this.add(rule, { file, line, object: objectText(object) }, where);
  }

  private add(rule: CheckRule, { file, line, object }: Omit<Use, "parts">, text: string, image?: string): void {
    const { level } = CHECK_RULES[rule];
    this.findings.push({ rule, level, file, line, object, ...(image !== undefined && { image }), text });
  }

  private async judgeAll(): Promise<CheckedImage[]> {
    const judge = new ImageJudge(this.request);
    const named = new Map<string, Use[]>();
    for (const use of this.uses) {
      const name = nameOf(use.parts);
      const known = named.get(name);
      if (known) known.push(use);
      else named.set(name, [use]);
    }
    const run = limiter(AT_ONCE);
    const images = await allSettled(
      [...named.values()].map((uses) =>
        run(async () => {
          const [first] = uses;
          return first && this.addJudged(await judge.judge(first.parts), uses);
        }),
      ),
    );
    return images.flatMap((image) => image ?? []).sort((one, other) => (one.image < other.image ? -1 : 1));
  }

  private addJudged({ problems, ...judged }: JudgedImage, uses: readonly Use[]): CheckedImage {
    for (const { rule, text } of problems) for (const use of uses) this.add(rule, use, text, judged.image);
    const levels = problems.map(({ rule }) => CHECK_RULES[rule].level);
    const state = levels.includes("error") ? "error" : levels.includes("warning") ? "warning" : "ok";
    return { ...judged, state, uses: uses.length };
  }

  private report(images: readonly CheckedImage[]): CheckReport {
    const { outputs, now } = this.request;
    const findings = this.findings.sort(byPlace);
    const count = (level: string) => findings.filter((finding) => finding.level === level).length;
    return {
      ...{ check: "dual-registry gitops", version: 1, product: outputs.product, stage: outputs.stage },
      ...{ checkedAt: now.toISOString(), images, findings },
      counts: {
        ...{ files: this.files, releases: this.releases, images: images.length },
        ...{ errors: count("error"), warnings: count("warning") },
      },
    };
  }
}

/** Leaves of equal values from an index on the first one. */
function dropRepeated(list: unknown[], from: number): void {
  const added = new Map(list.splice(from).map((each) => [JSON.stringify(each), each]));
  list.push(...added.values());
}

/** A release, and what its own document names. */
interface PlacedRelease extends FoundImages {
  object: RepositoryObject;
  line: number;
}
