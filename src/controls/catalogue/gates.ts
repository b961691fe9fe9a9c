import type { ScanPolicy } from "../../domain/image/policy";
import { type Control, ssdf } from "../control";
import type { GateFacts, Known } from "../facts";
import { aboutAll, aboutStage, allOf, decidedFor, eachOf, look, notApplicable } from "../judge";

export const scanGate: Control = {
  id: "scan-gate",
  title: "An image is published only after a clean scan",
  why: "A flaw found after the publish is already on its way to whoever pulls.",
  severity: "high",
  level: "advisory",
  mandatoryInLast: true,
  rows: ["S1-5", "S2-7", "S2-10"],
  corresponds: [],
  mappings: [],
  remediation: "Ask for a scan with critical 0 and high 0 in policies of the class.",
  evaluate({ registries }) {
    return registries.map((registry) => {
      const about = decidedFor(registry);
      if (registry.place === "first") return notApplicable(about, "In the first stage a scan is optional.");
      const at = { resource: registry.name, property: "scan policy", expected: "critical 0 and high 0" };
      return allOf(about, [
        look(
          at,
          registry.scan,
          (scan) => scan !== "off" && scan.critical === 0 && scan.high === 0,
          (scan) => (scan === "off" ? "off" : limitsOf(scan)),
        ),
      ]);
    });
  },
};

const limitsOf = ({ critical, high, until }: ScanPolicy): string =>
  `critical ${critical}, high ${high}${until === undefined ? "" : `, until ${until}`}`;

/** Tells a reviewer whom the repository trusts beside its own workflows; empty where it is nobody. */
function foreignNote(signers: Known<readonly string[]>): string {
  if (signers === "unknown" || signers.length === 0) return "";
  return `Trusted to sign, and marked as somebody else's: ${signers.join(", ")}.`;
}

export const signatureGate: Control = {
  id: "signature-gate",
  title: "Production takes signed images only",
  why: "Without a signature by somebody who is trusted, nobody can tell an image from one that was put in its place.",
  severity: "high",
  level: "advisory",
  mandatoryInLast: true,
  rows: ["S2-8", "S2-12"],
  corresponds: [],
  mappings: [...ssdf("PS.2.1")],
  remediation: "Leave signers out of policies for the repository's own workflows, or name who signs.",
  evaluate({ registries }) {
    return registries.map((registry) => {
      const about = decidedFor(registry);
      const foreign = foreignNote(registry.foreignSigners);
      if (registry.place === "first" || registry.place === "between") {
        return notApplicable(about, `Signatures are asked for in the last stage. ${foreign}`.trim());
      }
      const at = { resource: registry.name, property: "signature policy", expected: "true" };
      return allOf(about, [look(at, registry.signature, (on) => on)], foreign || undefined);
    });
  },
};

const TEAMS = "Who is in two teams is seen when a release is checked, by the people who approved it.";

export const signOffsComplete: Control = {
  id: "sign-offs-complete",
  title: "Every role signs a release off, and nobody twice",
  why: "Two approvals by one person are one; a role that is left out has not agreed.",
  severity: "high",
  level: "advisory",
  mandatoryInLast: true,
  rows: ["S0-17", "S0-18", "S0-20", "S2-8"],
  corresponds: [],
  mappings: [],
  remediation:
    "Name the roles in gates.signOffs, at least one for each stage behind the first, each with reviewers of its own.",
  evaluate(facts) {
    const { place, signOffRoles, signOffsElsewhere } = facts.stage;
    if (place !== "first" && signOffsElsewhere !== undefined) {
      const at = { resource: "stage", property: "roles that sign off", expected: "at least one" };
      const note = `Declared as ${signOffsElsewhere}; nothing here shows it.`;
      return [allOf(aboutStage(facts), [look(at, "unknown", () => false)], note)];
    }
    if (place === "first") return [notApplicable(aboutStage(facts), "Nobody signs off for the first stage.")];
    const named = signOffRoles === "unknown" ? [] : signOffRoles;
    const signOffs = facts.gates.filter((gate) => gate.purpose === "sign-off");
    const unsure = place === "unknown" || facts.gates.some((gate) => gate.purpose === "unknown");
    const chain = look(
      {
        ...{ resource: "stage", property: "roles that sign off" },
        expected: named.length === 0 ? "at least one" : named.join(", "),
      },
      unsure ? ("unknown" as const) : signOffs.map((gate) => gate.role ?? gate.environment),
      (roles) => roles.length > 0 && named.every((role) => roles.includes(role)),
    );
    const reviewed = eachOf(
      { resource: "environments", property: "reviewers", expected: "at least one each" },
      signOffs,
      (gate) => gate.environment,
      (gate) => gate.reviewers,
      (reviewers) => reviewers.length > 0,
    );
    const seen = signOffs.flatMap((gate) => (gate.reviewers === "unknown" ? [] : [...new Set(gate.reviewers)]));
    const distinct = eachOf(
      { resource: "environments", property: "reviewers", expected: "nobody in two environments" },
      signOffs,
      (gate) => gate.environment,
      (gate) => gate.reviewers,
      (reviewers) => reviewers.every((one) => seen.filter((other) => other === one).length === 1),
    );
    const note = `${TEAMS} ${foreignNote(facts.stage.foreignSigners)}`.trim();
    return [allOf(aboutAll(signOffs), [chain, reviewed, distinct], note)];
  },
};

export const gatesClosed: Control = {
  id: "gates-closed",
  title: "Nobody goes past an environment",
  why: "Whoever starts a job or administers the repository could deploy without the approval.",
  severity: "high",
  level: "mandatory",
  rows: ["S0-13", "S0-17", "S0-19"],
  corresponds: [],
  mappings: [],
  remediation:
    "Set canAdminsBypass to false, preventSelfReview to true where reviewers stand, and name the branches and tags that may deploy.",
  evaluate(facts) {
    const { gates } = facts;
    if (gates.length === 0) return [notApplicable(aboutStage(facts), "The stage has no environments on GitHub.")];
    const at = (property: string, expected: string) => ({ resource: "environments", property, expected });
    const name = (gate: GateFacts) => gate.environment;
    const reviewed = gates.filter((gate) => gate.reviewers === "unknown" || gate.reviewers.length > 0);
    return [
      allOf(aboutAll(gates), [
        eachOf(
          at("canAdminsBypass", "false"),
          gates,
          name,
          (gate) => gate.canAdminsBypass,
          (can) => !can,
        ),
        eachOf(
          at("preventSelfReview", "true"),
          reviewed,
          name,
          (gate) => gate.preventSelfReview,
          (is) => is,
        ),
        eachOf(
          at("deploymentBranchPolicy", "branches and tags named"),
          gates,
          name,
          (gate) => gate.refsNamed,
          (is) => is,
        ),
      ]),
    ];
  },
};
