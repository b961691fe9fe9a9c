import { MAX_CREDENTIALS } from "../../domain/federation";
import type { Stage } from "../../domain/stage";
import { accountOf, PULL_WAYS, type PullAccessFacts } from "../../domain/pullAccess";
import type { Consumer, StageConfig } from "../../domain/stageConfig";
import { showValue, type Problem } from "../problem";
import { stageFileName } from "../raw";
import { consumersHere } from "./consumersHere";

/** Each account belongs to a consumer of this stage and stands once; who reads a password needs one to be there. */
export function checkPullAccess(
  stage: Stage,
  facts: readonly PullAccessFacts[],
  known: {
    product: string | undefined;
    consumers: readonly Consumer[];
    passwords: StageConfig["passwords"];
    holds: boolean;
  },
): Problem[] {
  const names = consumersHere(stage, known);
  const taken = new Set<string>();
  return facts.flatMap((one, at): Problem[] => {
    const problem = (key: string, what: string, allowed: string) => ({
      file: stageFileName(stage),
      path: `pullAccess[${at}].${key}`,
      what,
      allowed,
    });
    const account = `${one.namespace}/${accountOf(one)}`;
    const twice = taken.has(account);
    taken.add(account);
    const [, , passwordless] = PULL_WAYS;
    const { consumer, how } = one;
    // One identity of a consumer for those who read a password, one for those who need none.
    const alike = facts.filter((f) => f.consumer === consumer && (f.how === passwordless) === (how === passwordless));
    const many = alike.indexOf(one) === MAX_CREDENTIALS;
    const needsPassword = one.how !== passwordless && known.passwords === "off";
    return [
      ...(names.includes(one.consumer)
        ? []
        : [
            problem(
              "consumer",
              `${showValue(one.consumer)} is no consumer of ${stage}`,
              `allowed: ${names.join(", ")}`,
            ),
          ]),
      ...(twice ? [problem("serviceAccount", `${showValue(account)} stands twice`, "allowed: each account once")] : []),
      ...(needsPassword
        ? [problem("how", `${showValue(one.how)} reads a password, and passwords is off`, `allowed: ${passwordless}`)]
        : []),
      ...(many
        ? [
            problem(
              "consumer",
              `${showValue(consumer)} has ${alike.length} accounts, and they log in as one identity`,
              `allowed: at most ${MAX_CREDENTIALS}; give further ones a consumer of their own`,
            ),
          ]
        : []),
      ...(known.holds
        ? []
        : [problem("how", `${stage} holds no registry of its own`, "leave pullAccess out: its owner gives access")]),
    ];
  });
}
