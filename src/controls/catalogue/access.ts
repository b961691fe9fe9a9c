import { IMAGE_CLASSES } from "../../domain/image/imageClass";
import { azurePolicy, checkov, type Control, inBenchmark2, labelled, psRule, ssdf } from "../control";
import type { TokenFacts } from "../facts";
import { aboutAll, aboutRegistry, aboutStage, allOf, eachAcr, eachOf, look, notApplicable, onEachAcr } from "../judge";

export const adminUserOff: Control = {
  id: "admin-user-off",
  title: "The admin user is off",
  why: "Its two passwords open every repository for reading and writing, belong to nobody, and leave no name in the log.",
  severity: "critical",
  level: "mandatory",
  rows: ["S0-4", "S1-1"],
  corresponds: [
    psRule("AdminUser"),
    checkov("CKV_AZURE_137"),
    azurePolicy("ACR_AdminAccountDisabled_AuditDeny", "dc921057-6b28-4fbe-9b83-f7bec05db6c2"),
    azurePolicy("ACR_AdminAccountDisabled_Modify", "79fdfe03-ffcb-4e55-b4d0-b925b8241759"),
  ],
  mappings: [...labelled("IM-1", "IM-3", "PA-1"), ...inBenchmark2("IM-1")],
  remediation: "Set adminUserEnabled to false; log in with an Entra identity or a token of a scope map.",
  evaluate: onEachAcr(
    "adminUserEnabled",
    "false",
    (registry) => registry.adminUserEnabled,
    (on) => !on,
  ),
};

export const anonymousPullOff: Control = {
  id: "anonymous-pull-off",
  title: "Nobody pulls without a login",
  why: "Whoever knows a name could read images and their metadata, and the log would not say who it was.",
  severity: "high",
  level: "mandatory",
  rows: ["S0-4", "S1-19"],
  corresponds: [
    psRule("AnonymousAccess"),
    checkov("CKV_AZURE_138"),
    azurePolicy("ACR_AnonymousPullDisabled_AuditDeny", "9f2dea28-e834-476c-99c5-3507b4728395"),
    azurePolicy("ACR_AnonymousPullDisabled_Modify", "cced2946-b08a-44fe-9fd9-e4ed8a779897"),
  ],
  mappings: [...labelled("IM-1")],
  remediation: "Set anonymousPullEnabled to false; give each consumer a token or an identity.",
  evaluate: onEachAcr(
    "anonymousPullEnabled",
    "false",
    (registry) => registry.anonymousPullEnabled,
    (on) => !on,
  ),
};

export const armTokensOff: Control = {
  id: "arm-tokens-off",
  title: "Tokens made for Azure Resource Manager open no registry",
  why: "A token that was asked for to manage resources could be used to push and pull as well: its audience says nothing of the registry.",
  severity: "medium",
  level: "advisory",
  rows: ["S1-1"],
  corresponds: [
    azurePolicy("ACR_AADAuthenticationAsArmPolicy_AuditDeny", "42781ec6-6127-4c30-bdfa-fb423a0047d3"),
    azurePolicy("ACR_AADAuthenticationAsArmDisabled_Modify", "785596ed-054f-41bc-aaec-7f3d0ba05725"),
  ],
  mappings: [],
  remediation:
    "Set armTokensAllowed to false in the stage file, after every client asks for tokens of the registry's own audience.",
  evaluate: onEachAcr(
    "policies.azureADAuthenticationAsArmPolicy.status",
    "disabled",
    (registry) => registry.armTokensAllowed,
    (on) => !on,
    (on) => (on ? "enabled" : "disabled"),
  ),
};

export const tokensOff: Control = {
  id: "tokens-off",
  title: "No repository-scoped token may be used",
  why: "A token's password is a secret that somebody has to keep; an identity needs none.",
  severity: "low",
  level: "advisory",
  rows: ["S0-4"],
  corresponds: [
    azurePolicy("ACR_TokenDisabled_AuditDeny", "ff05e24e-195c-447e-b322-5e90c9f9f366"),
    azurePolicy("ACR_TokenDisabled_Modify", "a9b426fe-8856-4945-8600-18c5dd1cca2a"),
  ],
  mappings: [],
  remediation:
    "Let consumers pull with identities and remove their tokens; or waive it, since consumers outside Azure need tokens of their own that are scoped and expire.",
  evaluate(facts) {
    return eachAcr(facts, (registry) => {
      const unsure = (name: string) => name === "unknown" || registry.name === "unknown";
      const tokens = facts.tokens.filter(({ registryName: of }) => unsure(of) || of === registry.name);
      const at = { resource: registry.name, property: "tokens.status", expected: "disabled for each token" };
      return allOf(aboutRegistry(registry), [
        eachOf(
          at,
          tokens,
          ({ name }) => name,
          ({ enabled, registryName: of }) => (enabled === true && unsure(of) ? "unknown" : enabled),
          (enabled) => !enabled,
        ),
      ]);
    });
  },
};

export const tokenExpiry: Control = {
  id: "token-expiry",
  title: "A token's password expires within its class's ceiling",
  why: "Azure's default is a password that never expires.",
  severity: "high",
  level: "mandatory",
  rows: ["S0-4"],
  corresponds: [],
  mappings: [],
  remediation: "Set tokenDays of the consumer to at most tokens.ceilingDays of the class.",
  evaluate(facts) {
    const about = aboutStage(facts);
    if (facts.tokens.length === 0) return [notApplicable(about, "The stage has no tokens.")];
    const at = {
      resource: "tokens",
      property: "expiry of passwords",
      expected: "1 day or more, and within the ceiling",
    };
    const days = ({ expiresAfterDays, ceilingDays }: TokenFacts) =>
      expiresAfterDays === "unknown" || (ceilingDays === "unknown" && expiresAfterDays !== 0)
        ? ("unknown" as const)
        : { expiresAfterDays, ceilingDays };
    return [
      allOf(about, [
        eachOf(
          at,
          facts.tokens,
          ({ name, registry }) => `${name} (${registry})`,
          days,
          ({ expiresAfterDays, ceilingDays }) =>
            expiresAfterDays > 0 && ceilingDays !== "unknown" && expiresAfterDays <= ceilingDays,
        ),
      ]),
    ];
  },
};

/** A repository, or all below a path; `*` alone is every repository. */
const READS = /^repositories\/(?!\*\/)[^*]+?(?:\/\*)?\/(?:content|metadata)\/read$/;

export const tokenReadsOnly: Control = {
  id: "token-reads-only",
  title: "A consumer's token reads the repositories it names",
  why: "A token that writes could replace what others pull; one for all repositories opens what its consumer never needs.",
  severity: "high",
  level: "mandatory",
  rows: ["S0-4", "S1-4"],
  corresponds: [],
  mappings: [...ssdf("PS.1.1")],
  remediation:
    "Let the scope map hold content/read and metadata/read of named repositories or paths, and nothing else.",
  evaluate(facts) {
    if (facts.tokens.length === 0) return [notApplicable(aboutStage(facts), "The stage has no tokens.")];
    const at = {
      resource: "tokens",
      property: "actions of the scope map",
      expected: "content/read and metadata/read of named paths",
    };
    return [
      allOf(aboutAll(facts.tokens), [
        eachOf(
          at,
          facts.tokens,
          ({ name, registry }) => `${name} (${registry})`,
          ({ actions }) => actions,
          (actions) => actions.every((action) => READS.test(action)),
        ),
      ]),
    ];
  },
};

export const passwordsOutsideState: Control = {
  id: "passwords-outside-state",
  title: "No password of a registry is in the state",
  why: "Whoever reads the state, or its history, could log in with it.",
  severity: "critical",
  level: "mandatory",
  rows: ["S0-4"],
  corresponds: [],
  mappings: [...ssdf("PS.1.1")],
  remediation:
    "Generate passwords outside Pulumi's resources, write them to Key Vault, and keep name, slot and expiry only.",
  evaluate(facts) {
    const at = { resource: "stage", property: "properties that hold a password", expected: "none" };
    return [allOf(aboutStage(facts), [look(at, facts.stage.passwordsInState, (found) => found.length === 0)])];
  },
};

export const identityPerClass: Control = {
  id: "identity-per-class",
  title: "Each class has an identity that pushes there and nowhere else",
  why: "One identity for all could push an ordinary image beside those under compliance.",
  severity: "high",
  level: "advisory",
  rows: ["S0-15", "S1-1", "S1-4"],
  corresponds: [],
  mappings: [...ssdf("PO.5.1", "PS.1.1")],
  remediation:
    "Give each class that holds a registry of ours an identity federated to its publish environment, with the right to push to that registry only.",
  evaluate(facts) {
    const about = aboutStage(facts);
    const { identities } = facts.stage;
    const held = IMAGE_CLASSES.filter((imageClass) =>
      facts.registries.some((one) => one.class === imageClass && one.kind === "acr" && one.mode !== "reference"),
    );
    if (held.length === 0) return [notApplicable(about, "No registry of ours is pushed to.")];
    if (identities === "unknown") {
      const at = { resource: "stage", property: "identities that push", expected: "one for each class" };
      return [allOf(about, [look(at, identities, () => false)])];
    }
    const unsure = identities.some((identity) => identity.pushes === "unknown");
    const each = held.map((imageClass) =>
      look(
        { resource: "stage", property: `identities that push to ${imageClass}`, expected: "at least one" },
        unsure ? ("unknown" as const) : identities.filter((identity) => identity.pushes.includes(imageClass)),
        (all) => all.length > 0,
        (all) => all.map((identity) => identity.name).sort(),
      ),
    );
    const at = (property: string, expected: string) => ({ resource: "identities", property, expected });
    const one = eachOf(
      at("classes", "at most one"),
      identities,
      ({ name }) => name,
      ({ pushes }) => pushes,
      (classes) => classes.length <= 1,
    );
    const none = eachOf(
      at("stored secret", "none"),
      identities,
      ({ name }) => name,
      ({ hasSecret }) => hasSecret,
      (has) => !has,
    );
    return [allOf(about, [...each, one, none])];
  },
};
