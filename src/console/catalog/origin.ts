import {
  LABEL_CLASS,
  LABEL_CREATED,
  LABEL_REGISTRY_HOST,
  LABEL_REVISION,
  LABEL_SOURCE,
  LABEL_VERSION,
  type TreeDetails,
} from "../../oci";
import type { OriginStatement, TrustView } from "../model";

/** Labels that say where an image comes from. */
const SAID = [LABEL_SOURCE, LABEL_REVISION, LABEL_VERSION, LABEL_CREATED, LABEL_CLASS, LABEL_REGISTRY_HOST] as const;

/** What labels say of an image's origin: whoever built it wrote them. */
export const labelStatements = ({ images }: TreeDetails): OriginStatement[] =>
  images.slice(0, 1).flatMap(({ labels, config }) =>
    SAID.flatMap((name): OriginStatement[] => {
      const label = labels.find((one) => one.name === name);
      if (label === undefined) return [];
      return [
        { what: `${name}: ${label.value}`, trust: "self-asserted", evidence: `label of configuration ${config}` },
      ];
    }),
  );

/** What signatures and records at one place say of an image's origin. @param place `host/path` */
export function trustStatements({ signatures, records }: TrustView, place: string): OriginStatement[] {
  return [
    ...records.map(({ what, signer, stage, repository, because }): OriginStatement => ({
      what: `${stage}: ${what}${because === undefined ? "" : ` (does not count here: ${because})`}`,
      trust: because !== undefined ? "untrusted" : signer === undefined ? "self-asserted" : "verified-by-record",
      evidence: `record about ${repository} at ${place}, ${signer === undefined ? "not signed by anybody trusted" : `signed by ${signer}`}`,
    })),
    ...signatures
      .filter(({ about }) => about === "image")
      .map(({ trusted, signer, policy, because, form, descriptor }): OriginStatement => ({
        what: trusted ? `signed by ${signer ?? ""}` : "a signature that does not count",
        trust: trusted ? "signed" : "untrusted",
        evidence: `${form} ${descriptor} at ${place}, by the policy of ${policy}${because === undefined ? "" : `: ${because}`}`,
      })),
  ];
}
