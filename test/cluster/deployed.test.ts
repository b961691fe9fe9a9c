import { describeCluster, startKubernetes } from "../support/clusters/kubernetes";
import { clusterSuite } from "../support/clusters/suite";

describeCluster("deployed, over a real kube-apiserver", () => {
  clusterSuite(startKubernetes);
});
