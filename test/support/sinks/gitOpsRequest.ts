import { requestText } from "../../../src/gitops/release/requestText";
import { DIGEST } from "../signing/samples";

/** A request in which every text is the given one. */
export function gitOpsRequest(text: string): string[] {
  const image = { host: text, repository: text, tag: text, digest: DIGEST };
  const difference = { document: 0, path: text, in: "both" } as const;
  const owners = [{ path: text, owners: [text] }];
  const { title, body } = requestText({
    ...{ kind: "promote", release: text, stage: text, from: text, created: [text], elsewhere: [text] },
    rows: [{ image: text, before: image, after: image, evidence: text }],
    differences: [{ file: text, differences: [difference], more: 0 }],
    approvers: { ownersFile: text, owners, rules: { approvals: 1, codeOwners: true, by: [text] }, warnings: [text] },
  });
  const source = body.replaceAll("&#92;", "\\").replaceAll("\\\\", "\\");
  return [title, source];
}
