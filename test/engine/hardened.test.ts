import { newConsumer, newImage, newReplica, newReviewer, registryFact } from "../support/engine/changesOfStage";
import { describeMatrix } from "../support/engine/stageMatrix";

// Both registries have the highest SKU already: another region stands in for a higher one.
describeMatrix({
  project: "hardened",
  stage: "prod",
  hooked: "secure",
  // A registry learns of its replicas' data endpoints only after they are made.
  learns: ["orders-secure-registry dataEndpointHostNames"],
  changes: [
    registryFact("prod", "a shorter soft delete", ["standard", "softDeleteDays"], 60),
    registryFact("prod", "tokens of ARM let in", ["standard", "armTokensAllowed"], true),
    registryFact("prod", "Azure's services kept out", ["standard", "trustedServices"], false),
    newConsumer,
    newImage,
    // Who signs prod off first cuts releases too: gates begin there.
    newReviewer("prod", ["update orders-gates-cut-release"]),
    newReplica("prod", "francecentral"),
  ],
});
