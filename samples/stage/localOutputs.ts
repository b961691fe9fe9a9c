import { fieldsOf } from "../../src/base/json";
import { IMAGE_CLASSES, type ImageClass } from "../../src/domain/image/imageClass";
import { supportOf } from "../../src/domain/image/ruleSupport";
import type { PlannedOutputs } from "./plan";

/** The hosts of a stage's two registries. */
export type Hosts = Readonly<Record<ImageClass, string>>;

/** What is another on this computer than it would be deployed. */
export interface LocalFacts {
  hosts: Hosts;
  /** PEM. It signs in the place of all whom the plan trusts, since none of them can sign here. */
  publicKey: string;
  /** The stage that promotions come from, where it runs too. */
  before?: { planned: PlannedOutputs; hosts: Hosts };
}

/** Facts of the plan that hold on this computer as they are. */
const KEPT = ["version", "stage", "stages", "versionPrefix", "product", "images", "tokens", "access", "retention"];

/**
 * A plan's outputs as they are where Distribution holds both registries: hosts, what that kind of registry keeps by
 * itself, and who signs are another; images, tag rules, policies, tokens, sign-offs and access are those of the plan.
 *
 * @returns JSON, to be decoded by `readOutputs`
 */
export function localOutputs(planned: PlannedOutputs, { hosts, publicKey, before }: LocalFacts): object {
  const signers = [{ key: publicKey }];
  const policies = fieldsOf(planned["policies"]);
  return {
    ...Object.fromEntries(KEPT.flatMap((name) => (planned[name] === undefined ? [] : [[name, planned[name]]]))),
    registries: registriesOf(planned, hosts),
    policies: Object.fromEntries(IMAGE_CLASSES.map((at) => [at, { ...fieldsOf(policies[at]), signers }])),
    logging: { categories: [] },
    gates: { ...fieldsOf(planned["gates"]), signOffSigners: signers },
    ...(before && {
      stageBefore: { stage: before.planned["stage"], registries: registriesOf(before.planned, before.hosts) },
    }),
  };
}

function registriesOf({ registries }: PlannedOutputs, hosts: Hosts): object {
  const pair = IMAGE_CLASSES.map((imageClass): [string, object] => {
    const { vanityHost, tagRules } = fieldsOf(fieldsOf(registries)[imageClass]);
    const kind = { kind: "distribution", mode: "reference", rules: supportOf("distribution") } as const;
    return [imageClass, { class: imageClass, ...kind, loginServer: hosts[imageClass], vanityHost, tagRules }];
  });
  return Object.fromEntries<object>(pair);
}
