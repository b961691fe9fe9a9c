import type { Support } from "../../../src/domain/image/ruleSupport";
import type { StageSource } from "../../../src/reports/model";
import { sourceOf, waiver, withSecure } from "./reportGround";

/** Texts that do harm where they are taken for more than text. */
export const HOSTILE: readonly string[] = [
  "<script>alert('evil')</script>",
  '"><img src=x onerror=alert("evil")>',
  "</code></td></title><svg onload=alert('evil')>",
  '=HYPERLINK("https://evil.example.com","x")',
  "+evil()",
  "@evil/team",
  "-evil",
  "| evil | `evil` | **evil** [evil](javascript:alert(1)) #1 @company/team company/orders#7",
  "``` evil\n# evil\n<!-- evil",
  "\u001b[31mevil\u0007\u202elive\u0000\u009b31m\r\n- evil",
  "{0} {{evil}} [evil](1)",
  "https://evil.example.com www.evil.example.com",
];

const HIDDEN = "Xk29";

/** Secrets of the shapes that are known, each with a part that nothing else holds. */
export const SECRETS: readonly string[] = [
  `ghp_${HIDDEN.repeat(9)}`,
  `github_pat_${HIDDEN.repeat(12)}`,
  `eyJhbGciOiJIUzI1NiJ9.${HIDDEN.repeat(8)}.${HIDDEN.repeat(8)}`,
  `${HIDDEN.repeat(10)}Ab+ACRx7Kq2z`,
  `-----BEGIN PRIVATE KEY-----\n${HIDDEN.repeat(20)}\n-----END PRIVATE KEY-----`,
  `DefaultEndpointsProtocol=https;AccountKey=${HIDDEN.repeat(10)}==;`,
  `https://store.example.com/x?sv=1&sig=${HIDDEN.repeat(8)}%3D`,
  `https://user:${HIDDEN.repeat(3)}@registry.example.com/`,
  `Authorization: Bearer ${HIDDEN.repeat(8)}`,
  `Basic ${HIDDEN.repeat(6)}`,
  `password=${HIDDEN.repeat(3)}`,
  `client_secret: ${HIDDEN.repeat(5)}`,
  `AKIA${"Z4".repeat(8)}`,
  `pul-${"0a1b2c3d".repeat(5)}`,
];

/** What must stand nowhere. */
export const HIDDEN_PARTS: readonly RegExp[] = [/Xk29/, /Z4Z4/, /0a1b2c3d/];

/** A stage in which every text from outside is the given one. */
export function everywhere(text: string): StageSource {
  const stage = sourceOf({
    facts: withSecure({ adminUserEnabled: true }),
    waivers: [waiver("customer-key"), waiver("name-valid")],
  });
  const controls = Object.entries(stage.compliance.controls).map(([id, outcome]) => {
    const findings = outcome.findings.map((finding) => ({
      ...finding,
      note: text,
      evidence: [
        { resource: text, property: text, value: text, expected: text },
        { resource: text, property: text, value: [text, text], expected: text },
      ],
    }));
    return [id, { ...outcome, findings }] as const;
  });
  const rules = (at: number): Support =>
    [
      { support: "native" as const, limits: text },
      { support: "emulated" as const, by: text },
      { support: "impossible" as const, because: text },
    ][at % 3] ?? { support: "native" };
  return {
    ...stage,
    product: text,
    registries: stage.registries.map((registry) => ({
      ...registry,
      rules: Object.fromEntries(
        Object.keys(registry.rules).map((rule, at) => [rule, rules(at)]),
      ) as typeof registry.rules,
    })),
    compliance: {
      version: 1,
      controls: Object.fromEntries(controls),
      waivers: stage.compliance.waivers.map((one) => ({ ...one, reason: text, approver: text })),
    },
  };
}
