import { deployedImages, deployedText } from "../../../src/clusters/report";
import type { ResolvedPod } from "../../../src/clusters/resolve";
import { missingFrom } from "../../../src/clusters/rollout";
import { DIGEST } from "../signing/samples";

/** What clusters run, and what is missing there, in which every text is the given one. */
export function deployed(text: string): string[] {
  const pod: ResolvedPod = {
    ...{ cluster: text, workload: { namespace: text, kind: text, name: text }, pod: text, container: text },
    ...{ role: "container", state: "waiting", ready: false, image: text, why: text },
    asked: { repository: "registry.example.com/orders/api", digest: DIGEST },
  };
  const clusters = [{ cluster: text, pods: [pod, { ...pod, mapped: text, root: DIGEST }], templates: [] }];
  const missing = missingFrom(clusters, [{ repository: "orders/api", digest: DIGEST }]);
  return [deployedText(deployedImages(clusters)), ...missing];
}
