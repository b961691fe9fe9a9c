import type { Digest } from "../../../src/base/digest";
import type { SearchPlace } from "../../../src/console/search";
import { statementOf } from "../../../src/images/records";
import { attachArtifact } from "../../../src/oci/artifact";
import { bundleArtifact } from "../../../src/signing";
import { image } from "../images/image";
import { MEDIA } from "../../../src/oci/manifest";
import { ConsoleGround, type GroundSearch, until } from "./ground";

/** Two registries with few images, made to be looked for. */
export interface SearchedStage {
  ground: ConsoleGround;
  /** An index of two platforms, `orders/api:v1`, and what is in it. */
  index: Digest;
  children: readonly Digest[];
  /** Attaches an SBOM in a signed bundle to an image. */
  attachSbom: (
    imageClass: "secure" | "standard",
    repository: string,
    digest: Digest,
    packages: object[],
  ) => Promise<void>;
  end: () => Promise<void>;
}

const PREDICATE = "https://spdx.dev/Document";

/** A stage of `orders/api` (index `v1`, image `v2`) and `orders/web` (`v1`, `plain`), each with an owner but the last. */
export async function searchedStage(): Promise<SearchedStage> {
  const ground = await ConsoleGround.begin();
  const children: Digest[] = [];
  const index = await ground.push("secure", "orders/api", "v1", async (layout) => {
    const manifests = [];
    for (const architecture of ["amd64", "arm64"]) {
      const platform = { os: "linux", architecture };
      const labels = { "com.example.team": "orders", "com.example.tier": architecture };
      const { descriptor } = await image(layout, { seed: architecture, labels, platform });
      children.push(descriptor.digest);
      manifests.push({ ...descriptor, platform });
    }
    const annotations = { "org.opencontainers.image.title": "Orders of Contoso" };
    return layout.manifest({ schemaVersion: 2, mediaType: MEDIA.ociIndex, annotations, manifests }, MEDIA.ociIndex);
  });
  await ground.image("secure", "orders/api", "v2", {
    labels: { "com.example.team": "orders", "com.example.tier": "2" },
  });
  await ground.image("standard", "orders/web", "v1", { labels: { "org.opencontainers.image.vendor": "Web Team" } });
  await ground.image("standard", "orders/web", "plain");
  return {
    ...{ ground, index, children },
    attachSbom: async (imageClass, repository, digest, packages) => {
      const target = ground.repository(imageClass, repository);
      const subject = await target.resolve(digest);
      if (subject === undefined) throw new Error(`${digest} is not there`);
      const statement = statementOf(digest, repository, PREDICATE, { spdxVersion: "SPDX-2.3", packages });
      await attachArtifact(target, bundleArtifact(await ground.signer.signStatement(statement), PREDICATE), subject);
    },
    end: () => ground.end(),
  };
}

const everything = () => true;

/** Begins to read, and waits until so many images and all their packages were. */
export async function built(search: GroundSearch, images = 4): Promise<void> {
  search.begin();
  await until("the index is whole", () => {
    const state = search.state(everything);
    return state.state === "ready" && state.images >= images && state.imagesWithPackages === state.images;
  });
}

/** What a search finds, each by its first tag. */
export const namesOf = (
  search: GroundSearch,
  place: SearchPlace,
  q: string,
  mayRead: (repository: string) => boolean = everything,
): string[] =>
  search
    .find(place, q, { mayRead, limit: 100 })
    .hits.map(({ repository, tags }) => `${repository}:${tags[0] ?? ""}`)
    .sort();
