import { branches } from "./branches";
import { console } from "./console";
import { region } from "./forms";
import { gates } from "./gates";
import { gitops } from "./gitops";
import { identities } from "./identities";
import { imagePolicies } from "./imagePolicies";
import { consumers, images, product, tokens } from "./images";
import { passwords, pullAccess, vault } from "./passwords";
import { policies } from "./policies";
import { alternatives } from "./registries";
import { registryTypes } from "./registryTypes";
import { before, owns, protection, resourceGroup, retention, tags } from "./stage";
import { stages } from "./stages";
import { COMPLIANCE } from "./waivers";
import { alerts, audit, budget, flag } from "./watch";

/** Keys that stand once, in Pulumi.yaml, and hold for every stage. */
export const SHARED = {
  ...{ stages, product, images, branches, registryTypes, consumers, tokens, gates, policies, identities, gitops },
} as const;

/** Keys that a stage's own file may hold; `registries` is decoded a class at a time. */
export const STAGE = {
  ...COMPLIANCE,
  ...{
    owns,
    before,
    location: region,
    resourceGroup,
    retention,
    audit,
    vault,
    passwords,
    pullAccess,
    protection,
    imagePolicies,
    console,
  },
  ...{ alternatives, alerts, budget, insights: flag, defender: flag, tags },
} as const;

/** Keys whose value may, and must, be encrypted: decoded as opaque, never read by a rule. */
export const SECRET_KEYS = ["webhookAuthorization", "alertWebhook"] as const;

/** The names of the keys that Pulumi.yaml takes. */
export const SHARED_KEYS: readonly string[] = Object.keys(SHARED);

/** The names of the keys that a stage's file takes. */
export const STAGE_KEYS: readonly string[] = [...Object.keys(STAGE), "registries", ...SECRET_KEYS];

/** A key whose value is encrypted. */
export type SecretKey = (typeof SECRET_KEYS)[number];
