import { newConsumer, newImage, newReviewer, registryFact } from "../support/engine/changesOfStage";
import { describeMatrix } from "../support/engine/stageMatrix";

/** Each alert on storage tells the limits of both registries. */
const NEAR_LIMIT = ["secure", "standard"].map((of) => `update orders-alerts-storage-near-limit-${of}`);

describeMatrix({
  project: "company",
  stage: "qa",
  before: "dev",
  hooked: "standard",
  changes: [
    registryFact("qa", "a longer retention", ["secure", "untaggedRetentionDays"], 21),
    newConsumer,
    newImage,
    // Who signs qa off also cuts releases.
    newReviewer("qa", ["update orders-gates-cut-release"]),
    registryFact("qa", "a higher SKU", ["standard", "sku"], "Premium", NEAR_LIMIT),
  ],
});
