import type { Control } from "../control";
import { aboutRegistry, allOf, eachAcr, eachOf, look, notApplicable } from "../judge";
import { checkov } from "../sources";

export const webhookHttps: Control = {
  id: "webhook-https",
  title: "Webhooks call over https",
  why: "The call says what was pushed and carries an authorization, for everybody on the way to read.",
  severity: "high",
  level: "mandatory",
  rows: ["S1-9"],
  corresponds: [checkov("CKV2_AZURE_30")],
  mappings: [],
  remediation: "Give the webhook an address that begins with https://.",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const about = aboutRegistry(registry);
      const at = { resource: registry.name, property: "webhooks.serviceUri", expected: "begins with https://" };
      const { webhooks } = registry;
      if (webhooks === "unknown") return allOf(about, [look(at, webhooks, () => false)]);
      if (webhooks.length === 0) return notApplicable(about, "The registry has no webhook.");
      return allOf(about, [
        eachOf(
          at,
          webhooks,
          ({ name }) => name,
          ({ secure }) => secure,
          (secure) => secure,
        ),
      ]);
    });
  },
};
