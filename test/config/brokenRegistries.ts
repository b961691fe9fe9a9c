import { facts } from "../support/rawConfig";
import type { BROKEN } from "./brokenKeys";

const AMAZON = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

/** Registries that are only named, and what chooses among them: hosts, paths, kinds, environments, branches. */
export const BROKEN_REGISTRIES: typeof BROKEN = [
  {
    title: "a host that is another kind's own",
    parts: {
      stage: facts("registries: { standard: { mode: reference, kind: harbor, host: ghcr.io, namespace: company } }"),
    },
    says: ['registries.standard.host: "ghcr.io" is a registry of kind ghcr, not harbor', "kind: ghcr"],
  },
  {
    title: "a host that is none of its kind",
    parts: { stage: facts("registries: { standard: { mode: reference, kind: ecr, host: registry.example.com } }") },
    says: ['registries.standard.host: "registry.example.com" is no host of kind ecr', "<account>.dkr.ecr"],
  },
  {
    title: "a path that its kind cannot have",
    parts: {
      stage: facts(
        "registries: { standard: { mode: reference, kind: dockerhub, host: docker.io, namespace: company } }",
      ),
    },
    says: ["registries.standard.namespace:", "is a path of 3 names, and dockerhub takes 2"],
  },
  {
    title: "a secure image that is to be public",
    parts: {
      stage: facts(
        "registries: { secure: { mode: reference, kind: ghcr, host: ghcr.io, namespace: a, public: [orders/api] } }",
      ),
    },
    says: ['registries.secure.public[0]: "orders/api" is of class secure'],
  },
  {
    title: "a public image that is not of the registry's class",
    parts: {
      stage: facts(
        "registries: { standard: { mode: reference, kind: ghcr, host: ghcr.io, namespace: a, public: [orders/api] } }",
      ),
    },
    says: ['registries.standard.public[0]: "orders/api" is no image of class standard'],
  },
  {
    title: "an alternative of the kind that the class has",
    parts: { stage: facts("alternatives: { standard: [{ kind: acr, host: legacy.azurecr.io }] }") },
    says: ['alternatives.standard[0].kind: "acr" is the kind of registries.standard as well'],
  },
  {
    title: "an alternative that is the other class's registry",
    parts: {
      stage: facts(
        "alternatives: { secure: [{ kind: quay, host: quay.io, namespace: a }], standard: [{ kind: quay, host: quay.io, namespace: a }] }",
      ),
    },
    says: ['alternatives.standard[0]: "quay.io/a" is alternatives.secure[0] as well'],
  },
  {
    title: "a kind that is none",
    parts: { stage: facts("alternatives: { standard: [{ kind: nexus, host: nexus.example.com }] }") },
    says: ['alternatives.standard[0].kind: "nexus" is not allowed', "gitlab, dockerhub, distribution, gcr"],
  },
  {
    title: "an environment of registryTypes that is no stage",
    parts: { shared: facts("registryTypes: { environments: { moon: ghcr, prd: ecr } }") },
    says: ['Pulumi.yaml: registryTypes.environments.moon: "moon" is not a stage, nor another name of one'],
  },
  {
    title: "a branch of registryTypes that never decides",
    parts: {
      shared: facts("registryTypes: { branches: [{ branch: '**', registry: ghcr }, { branch: main, registry: gcr }] }"),
    },
    says: ['registryTypes.branches[1].branch: "main" never decides, behind "**"'],
  },
  {
    title: "an alternative of class secure that is the standard registry by its other host",
    parts: {
      stage: facts(`
        registries: { standard: { mode: reference, kind: ecr, host: ${AMAZON}, namespace: orders } }
        alternatives: { secure: [{ kind: ecr, host: 123456789012.dkr-ecr.eu-west-1.on.aws, namespace: orders }] }`),
    },
    says: ["alternatives.secure[0]:", "is registries.standard as well"],
  },
  {
    title: "two classes at one registry of Amazon's by its two hosts",
    parts: {
      stage: facts(`
        registries:
          secure: { mode: reference, kind: ecr, host: ${AMAZON}, namespace: a }
          standard: { mode: reference, kind: ecr, host: 123456789012.dkr-ecr.eu-west-1.on.aws, namespace: a }`),
    },
    says: ["registries: secure and standard are both", ", which is "],
  },
  {
    title: "a registry that is made and one that is named by its host",
    parts: {
      stage: facts(
        "registries: { secure: { name: contosoqa }, standard: { mode: reference, kind: acr, host: contosoqa.azurecr.io, namespace: x } }",
      ),
    },
    says: ['registries: secure and standard are both "contosoqa", which is "contosoqa.azurecr.io/x"'],
  },
];
