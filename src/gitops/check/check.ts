import { availableParallelism } from "node:os";
import { DualRegistryError } from "../../base/errors";
import { allSettled, limiter } from "../../base/limit";
import type { GitAddress } from "../../domain/gitops";
import type { Registries } from "../../images/registries";
import { findImages, type FoundImages, type ObjectName } from "../documents";
import { Collected, objectText, type Use } from "./collected";
import { isKustomizationFile, type RepositoryFolder } from "./folder";
import type { HelmOptions } from "./helm";
import { GitSources } from "./gitSources";
import { ImageJudge, type JudgeContext, type JudgedImage, nameOf } from "./judge";
import { madeByOthers, ObjectIndex, objectsIn, type RepositoryObject, SPELLED_OTHERWISE } from "./objects";
import { Reach } from "./reach";
import { byPlace, type CheckedImage, type CheckReport } from "./report";
import { patchedRelease, type PlacedRelease, ReleaseRenderer } from "./renderReleases";
import { CHECK_RULES } from "./rules";

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

class Check {
  private readonly collected = new Collected();
  private readonly index: ObjectIndex;
  private readonly sources: GitSources;
  private readonly renderer: ReleaseRenderer;
  private readonly reach: Reach;
  private files = 0;
  private releases = 0;

  constructor(private readonly request: CheckRequest) {
    const { folder, registries, helm } = request;
    const reach = new Reach(folder, request.inScope);
    this.reach = reach;
    this.index = new ObjectIndex(folder, (object, from) => reach.whyNot(object, from));
    this.sources = new GitSources(this.index, request.address);
    const context = { folder, registries, helm, index: this.index, sources: this.sources };
    this.renderer = new ReleaseRenderer(context, this.collected);
  }

  close(): Promise<void> {
    return this.renderer.close();
  }

  async run(): Promise<CheckReport> {
    const { folder, inScope } = this.request;
    for (const file of folder.linksOut.filter(inScope)) {
      this.collected.add(
        "link-out",
        { file, line: 1, object: "" },
        "the link leads out of the repository: nothing behind it is checked",
      );
    }
    const releases: PlacedRelease[] = [];
    for (const file of this.reach.all()) releases.push(...this.readFile(file));
    const made = releases.flatMap((release) => this.madeOf(release));
    for (const file of this.reach.unapplied()) {
      const why = "a patch is for a HelmRelease that is not among what is checked; name it in resources";
      this.collected.add("image-elsewhere", { file, line: 1, object: "" }, why);
    }
    this.releases = made.length;
    const run = limiter(Math.max(1, availableParallelism()));
    await allSettled(made.map((release) => run(() => this.renderer.render(release))));
    return this.report(await this.judgeAll());
  }

  /** Takes in what a file names itself. @returns its releases, with what stands in them */
  private readFile(file: string): PlacedRelease[] {
    this.files += 1;
    const text = this.request.folder.read(file);
    const at = { file, line: 1, object: "" };
    if (text === undefined) {
      this.collected.add("manifest-unreadable", at, "the file is no UTF-8; write it as UTF-8");
      return [];
    }
    for (const { rule, text: why } of this.reach.follow(file, text)) this.collected.add(rule, at, why);
    const found = mayDeploy(file, text) ? this.readImages(file, text) : undefined;
    if (found === undefined) return [];
    const objects = objectsIn(file, text);
    if (objects === undefined) {
      this.collected.add("manifest-unreadable", at, "readers of YAML differ about it; write it as plain YAML 1.2");
      return [];
    }
    for (const what of madeByOthers(text))
      this.collected.add(
        "manifests-elsewhere",
        at,
        `${what}: what it makes is not looked into; give it a document of its own`,
      );
    this.addUnseen(objects, found);
    const isRelease = ({ object }: { object: ObjectName }) => object.kind === "HelmRelease";
    for (const site of found.images) {
      if (isRelease(site) || site.artifact === true) continue;
      this.collected.uses.push({ file, line: site.line, object: objectText(site.object), parts: site });
    }
    for (const place of found.elsewhere) if (!isRelease(place)) this.collected.addElsewhere(place);
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

  /** A release as its kustomizations make it. */
  private madeOf(placed: PlacedRelease): PlacedRelease[] {
    const { object, line } = placed;
    if (this.reach.isPatch(object.file)) return [];
    const made = this.reach.releasesOf(object).flatMap((one): PlacedRelease[] => {
      if (!("why" in one) && one.by === undefined) return [placed];
      const patched = "why" in one ? undefined : patchedRelease(placed, one.value, one.by ?? "");
      if (patched !== undefined) return [patched];
      const why = "why" in one ? one.why : `what ${one.by ?? ""} makes of it cannot be read`;
      this.collected.add("image-elsewhere", { file: object.file, line, object: objectText(object) }, why);
      return [];
    });
    return [...new Map(made.map((one) => [JSON.stringify([one.patchedBy, one.object.value]), one])).values()];
  }

  /** What a file names; of documents without a kind, which deploy nothing by themselves, nothing. */
  private readImages(file: string, text: string): FoundImages | undefined {
    try {
      const { images, elsewhere } = findImages(file, text);
      const isDeployed = ({ object }: { object: ObjectName }) => object.kind !== "" || isKustomizationFile(file);
      return { images: images.filter(isDeployed), elsewhere: elsewhere.filter(isDeployed) };
    } catch (error) {
      if (!(error instanceof DualRegistryError)) throw error;
      this.collected.add("manifest-unreadable", { file, line: 1, object: "" }, error.message);
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
      this.collected.add("chart-not-rendered", { file, line, object: objectText(object) }, why);
    }
  }

  /** Manifests that Flux takes from elsewhere stand in no file here. */
  private addArtifacts(objects: readonly RepositoryObject[], found: FoundImages): void {
    for (const object of objects) {
      const { kind, name, file, document } = object;
      const why = kind === "Kustomization" ? this.sources.whyNotManifests(object) : undefined;
      if (why === undefined) continue;
      const line = found.images.find((site) => site.document === document)?.line ?? 1;
      this.collected.add("manifests-elsewhere", { file, line, object: `${kind} ${name}` }, why);
    }
  }

  private async judgeAll(): Promise<CheckedImage[]> {
    const judge = new ImageJudge(this.request);
    const named = new Map<string, Use[]>();
    for (const use of this.collected.uses) {
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
    for (const { rule, text } of problems) for (const use of uses) this.collected.add(rule, use, text, judged.image);
    const levels = problems.map(({ rule }) => CHECK_RULES[rule].level);
    const state = levels.includes("error") ? "error" : levels.includes("warning") ? "warning" : "ok";
    return { ...judged, state, uses: uses.length };
  }

  private report(images: readonly CheckedImage[]): CheckReport {
    const { outputs, now } = this.request;
    const findings = this.collected.findings.sort(byPlace);
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
