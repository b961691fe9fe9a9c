import { startKubeApi } from "../support/clusters/kubeApi";
import { clusterSuite } from "../support/clusters/suite";
import { describeWith } from "../support/registries";

describeWith(["kubectl", "openssl"], "deployed, over a stand-in of a cluster's API", () => {
  clusterSuite(startKubeApi);
});
