import type { Digest } from "../../base/digest";
import { DualRegistryError } from "../../base/errors";
import { formatReference } from "../../base/reference";
import type { GitOpsException } from "../../domain/gitops";
import type { ImageClass, MappedImage } from "../../domain/image/imageClass";
import { destinationOf, type Registries } from "../../images/registries";
import type { Destination } from "../../images/types";
import { cachedSource, type ImageSource } from "../../oci";
import type { RegistryOutput, StageOutputs } from "../../outputs";
import type { Verifier } from "../../signing";
import type { ImageParts } from "../documents";
import { acceptedEvidence, type Evidence, exceptionFor } from "../evidence";
import { placeOfImage } from "./places";
import type { CheckRule } from "./rules";

/** What an image is judged by. */
export interface JudgeContext {
  outputs: StageOutputs;
  registries: Registries;
  verifier: Verifier;
  now: Date;
  exceptions: readonly GitOpsException[];
}

/** What was found of an image, wherever it is named. */
export interface JudgedImage {
  /** `host/repository:tag@digest`, as it is named. */
  image: string;
  class?: ImageClass;
  /** What its tag stands for, or what it is pinned to. */
  digest?: Digest;
  /** Why it may be deployed. */
  evidence?: string;
  problems: readonly { rule: CheckRule; text: string }[];
}

/** Docker Hub, which is what an image without a host is of. Source: distribution/reference, "ParseDockerRef". */
const DEFAULT_HOST = "docker.io";

/** The image as a container runtime reads it. */
export const nameOf = ({ host = DEFAULT_HOST, ...parts }: ImageParts): string => formatReference({ host, ...parts });

/** Judges images for one stage. By whatever names one is named, its manifest, its referrers and its records are read once. */
export class ImageJudge {
  private readonly images: ReadonlyMap<string, MappedImage>;
  /** By repository. */
  private readonly sources = new Map<string, ImageSource>();
  /** By repository, with a tag or digest. */
  private readonly digests = new Map<string, Promise<Digest | undefined>>();
  /** By repository and digest. */
  private readonly evidence = new Map<string, Promise<Evidence>>();

  constructor(private readonly context: JudgeContext) {
    this.images = new Map(context.outputs.images.map((image) => [image.repository, image]));
  }

  /** @throws DualRegistryError where a registry cannot be asked */
  async judge(parts: ImageParts): Promise<JudgedImage> {
    const image = nameOf(parts);
    const { outputs } = this.context;
    const { host = DEFAULT_HOST, repository, digest } = parts;
    const excepted = digest && exceptionFor(digest, outputs.stage, this.context);
    const named = { image, ...(digest && { digest }) };
    if (excepted?.accepted === true) return { ...named, evidence: excepted.what, problems: [] };
    const place = placeOfImage(outputs, this.images, host, repository);
    const wrong = (rule: CheckRule, text: string): JudgedImage => {
      return { ...named, problems: [{ rule, text: excepted === undefined ? text : `${text}; ${excepted.why}` }] };
    };
    switch (place.at) {
      case "unknown":
        return wrong("registry-unknown", `${host} is no registry of ${outputs.stage} for ${repository}; ${TAKE_IT_IN}`);
      case "other stage":
        return wrong(
          "registry-of-another-stage",
          `${host} is a registry of ${place.stage}; promote the image to ${outputs.stage}, and name it there`,
        );
      case "unmapped":
        return wrong(
          "repository-unmapped",
          `${place.repository} is not in the map of images; add it to images in Pulumi.yaml, or name another`,
        );
      case "wrong class":
        return wrong(
          "class-wrong",
          `${place.repository} is ${place.image?.class ?? "of another class"}, and ${host} is the ${place.registry.class} registry`,
        );
      case "stage":
        return this.lookAt(place.registry, place.image, parts, image);
    }
  }

  private async lookAt(
    registry: RegistryOutput,
    mapped: MappedImage,
    { tag, digest: pinned }: ImageParts,
    image: string,
  ): Promise<JudgedImage> {
    const { outputs, registries, verifier, now, exceptions } = this.context;
    const of = { ...outputs, registries: { ...outputs.registries, [mapped.class]: registry } };
    const destination = destinationOf(of, mapped, registries);
    const { name } = destination.target;
    const source = once(this.sources, name, () => cachedSource(destination.target));
    const reference = pinned ?? tag ?? "latest";
    const digest = await once(this.digests, `${name} ${reference}`, () => digestOfImage(source, reference));
    const judged = { image, class: mapped.class };
    if (digest === undefined) {
      return {
        ...judged,
        problems: [{ rule: "image-missing", text: `${name} has no ${reference}` }],
      };
    }
    const problems: { rule: CheckRule; text: string }[] = [];
    const strict = strictness(mapped, destination);
    if (pinned === undefined && strict !== undefined) {
      problems.push({ rule: "digest-missing", text: `${strict} is named by its digest: ${image}@${digest}` });
    }
    const context = { verifier, now, exceptions };
    const evidence = await once(this.evidence, `${name} ${digest}`, () =>
      acceptedEvidence(source, digest, destination, context),
    );
    if (!evidence.accepted) {
      return { ...judged, digest, problems: [...problems, { rule: "evidence-missing", text: evidence.why }] };
    }
    if (!evidence.proven) problems.push({ rule: "evidence-unproven", text: evidence.what });
    return { ...judged, digest, evidence: evidence.what, problems };
  }
}

const TAKE_IT_IN =
  "bring the image to a registry of the stage, or pin it by its digest and name that in gitops.exceptions of Pulumi.yaml, with reason and end";

/** Why an image must be pinned; undefined where a tag will do. */
function strictness({ class: of }: MappedImage, { stage, tagRules }: Pick<Destination, "stage" | "tagRules">) {
  if (of === "secure") return "an image of class secure";
  return tagRules.regime === "immutable" ? `an image of ${stage}` : undefined;
}

/** What is known by a key, made where it is not. */
function once<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

/** One request: the manifest, whose digest it is. Undefined where there is none. */
async function digestOfImage(source: ImageSource, reference: string): Promise<Digest | undefined> {
  try {
    return (await source.manifest(reference)).digest;
  } catch (error) {
    if (error instanceof DualRegistryError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}
