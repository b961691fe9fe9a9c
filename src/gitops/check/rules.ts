/** What is looked for: its title, and what a finding of it is. An error ends the check with 1. */
export const CHECK_RULES = {
  "registry-unknown": { title: "An image comes from a registry of the stage, or is an exception", level: "error" },
  "registry-of-another-stage": { title: "An image comes from its own stage's registry", level: "error" },
  "repository-unmapped": { title: "An image is in the map of images", level: "error" },
  "class-wrong": { title: "An image comes from the registry of its class", level: "error" },
  "digest-missing": { title: "An image is pinned by its digest", level: "error" },
  "image-missing": { title: "An image is there", level: "error" },
  "evidence-missing": { title: "An image was promoted or published to the stage", level: "error" },
  "evidence-unproven": { title: "A record is signed by somebody whom the stage names", level: "warning" },
  "image-unreadable": { title: "An image can be told from its text", level: "error" },
  "image-elsewhere": { title: "An image stands in the repository", level: "error" },
  "chart-not-rendered": { title: "A chart can be rendered", level: "error" },
  "chart-not-pinned": { title: "A chart is pinned", level: "warning" },
  "values-elsewhere": { title: "The values of a chart stand in the repository", level: "error" },
  "manifests-elsewhere": { title: "Manifests stand in the repository", level: "error" },
  "manifest-unreadable": { title: "A manifest can be read", level: "error" },
  "link-out": { title: "A link stays in the repository", level: "error" },
} as const;

/** The name of one of them. */
export type CheckRule = keyof typeof CHECK_RULES;
