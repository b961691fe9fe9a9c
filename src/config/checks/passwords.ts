import type { PasswordFacts } from "../../domain/passwords";
import type { Stage } from "../../domain/stage";
import type { Consumer } from "../../domain/stageConfig";
import { showValue, type Problem } from "../problem";
import { stageFileName } from "../raw";
import { consumersHere } from "./consumersHere";

/** A leak is of somebody who has a token in this stage. */
export function checkPasswords(
  stage: Stage,
  facts: PasswordFacts | undefined,
  known: { product: string | undefined; consumers: readonly Consumer[] },
): Problem[] {
  const leaked = facts === undefined || facts === "off" ? {} : (facts.leaked ?? {});
  const names = consumersHere(stage, known);
  return Object.keys(leaked).flatMap((name): Problem[] => {
    if (names.includes(name)) return [];
    const what = `${showValue(name)} is no consumer of ${stage}`;
    return [{ file: stageFileName(stage), path: "passwords.leaked", what, allowed: `allowed: ${names.join(", ")}` }];
  });
}
