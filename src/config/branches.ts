import { z } from "zod";
import { closed, orForm, text } from "../base/decode/decode";
import type { Problem } from "../base/decode/problems";
import { quotedValue } from "../base/text/quote";
import { type BranchRule, coversBranches, VERSION_FORMS } from "../domain/image/branchVersion";
import { SHARED_FILE } from "../project";

const FORM = "{ branch: main, version: release }";

/** A branch's name, or a pattern of several. */
export const branchPattern = text(
  /^[A-Za-z0-9*][A-Za-z0-9*._/-]{0,199}$/,
  "the name of a branch, in which * stands for text, such as feature/**",
);

const rule = closed(
  {
    branch: branchPattern,
    version: z.enum(VERSION_FORMS),
  },
  FORM,
) satisfies z.ZodType<BranchRule>;

/** Which form the versions of each branch have; the first rule that matches decides. */
export const branches = z.array(rule, orForm(`a list, such as [${FORM}]`)).min(1);

/** A rule behind one that matches all of its branches never decides. @param path where the rules stand */
export function checkBranches(rules: readonly Pick<BranchRule, "branch">[], path = "branches"): Problem[] {
  return rules.flatMap((each, index): Problem[] => {
    const { branch } = each;
    const before = rules.slice(0, index).find((earlier) => coversBranches(earlier, each));
    if (before === undefined) return [];
    return [
      {
        ...{ file: SHARED_FILE, path: `${path}[${index}].branch` },
        what: `${quotedValue(branch)} never decides, behind ${quotedValue(before.branch)}`,
        allowed: "move it in front of that, or leave it out",
      },
    ];
  });
}
