import { PolicyPack } from "@pulumi/policy";
import { CONTROLS } from "../catalogue";
import { policyOf } from "./policy";

/** The controls as a policy pack; bundled into policy/bin by `npm run policy`, and run by the engine from there. */
new PolicyPack("dual-registry", {
  displayName: "Container registries",
  description: "What an auditor asks of a container registry on Azure, and of who may push to it",
  policies: CONTROLS.map(policyOf),
});
