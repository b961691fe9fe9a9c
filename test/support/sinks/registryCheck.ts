import { renderCheck } from "../../../src/cli/registry/check";

/** What a registry says of its settings, in which every text is the given one. */
export function registryCheck(text: string): string[] {
  const [reading, missing] = [
    { state: "read", value: true, shown: text },
    { state: "unread", because: text },
  ] as const;
  const repository = {
    ...{ repository: text, of: text, immutability: missing, retention: missing, scanning: reading },
    ...{ visibility: missing, owner: { ...reading, value: text }, place: missing },
  };
  const at = { kind: "quay", host: "quay.io" } as const;
  const settings = { ...at, readAt: "", referrers: reading, token: missing, repositories: [repository] };
  const finding = { kind: "public", level: "finding", repository: text, text } as const;
  const rule = { rule: "tag-immutability", verdict: "missing", texts: [text] } as const;
  const registry = {
    ...at,
    place: "registries.secure",
    class: "secure",
    rules: [rule],
    findings: [finding],
    settings,
  } as const;
  const counts = { native: 0, missing: 1, unread: 0, findings: 1 };
  const check = {
    check: "dual-registry registries",
    version: 1,
    product: text,
    stage: text,
    checkedAt: "",
  } as const;
  return [renderCheck({ ...check, registries: [registry], counts })];
}
