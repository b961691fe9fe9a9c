import { newConsumer, newImage, newReviewer, registryFact } from "../support/engine/changesOfStage";
import { describeMatrix } from "../support/engine/stageMatrix";

describeMatrix({
  project: "company",
  stage: "qa",
  before: "dev",
  hooked: "standard",
  changes: [
    registryFact("qa", "a longer retention", ["secure", "untaggedRetentionDays"], 21),
    newConsumer,
    newImage,
    newReviewer("qa"),
    registryFact("qa", "a higher SKU", ["standard", "sku"], "Premium"),
  ],
});
