import { z } from "zod";
import { closed, text, whole } from "../base/decode/decode";
import { MAX_REVIEWERS } from "../domain/identity/environments";
import { ENFORCEMENTS } from "../domain/identity/rulesets";
import { IMAGE_BINDINGS, IMAGE_CLASSES } from "../domain/image/imageClass";
import { STAGES } from "../domain/stage";
import { identities } from "./identities";
import { policies } from "./policies";

const REPOSITORY = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*";
const NAME = /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/;
const NAME_FORM = "3 to 40 lower-case letters, digits and hyphens, a letter first and no hyphen last";

const domain = text(
  /^(?=.{4,200}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
  "a domain name in lower case, such as company.com",
);

/** Path of a repository without its registry. Source: OCI distribution specification 1.1, `<name>`. */
const repository = text(
  new RegExp(`^(?=.{1,255}$)${REPOSITORY}$`),
  "a repository path in lower case, such as orders/api",
);

/** A repository, or all below a path. */
const pattern = text(
  new RegExp(`^(?=.{1,255}$)${REPOSITORY}(?:/\\*)?$`),
  "a repository path, or a path that ends in /*, such as orders/*",
);

const product = closed({
  /** Begins the names of resources. */
  name: text(/^[a-z][a-z0-9-]{0,22}[a-z0-9]$/, "2 to 24 lower-case letters, digits and hyphens, a letter first"),
  domain,
  /** The GitHub repository whose environments are the gates; its owner stands in github:owner. */
  repository: text(/^[A-Za-z0-9._-]{1,100}$/, "a GitHub repository's name without its owner"),
  /** What the product's own application may pull. Default: every image. */
  pull: z.array(pattern).min(1).optional(),
});

const image = closed({
  repository,
  class: z.enum(IMAGE_CLASSES),
  binding: z.enum(IMAGE_BINDINGS).default("portable"),
});

const consumer = closed({
  name: text(NAME, NAME_FORM),
  pull: z.array(pattern).min(1),
  stages: z.array(z.enum(STAGES)).min(1).optional(),
  tokenDays: whole(1, 3650).optional(),
});

const githubId = whole(1, 2 ** 53 - 1);
const slug = text(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, "a GitHub team's slug or user's login");
const reviewer = z.union([closed({ team: slug, id: githubId }), closed({ user: slug, id: githubId })], {
  error: "allowed: { team: <slug>, id: <number> } or { user: <login>, id: <number> }",
});

const role = text(/^[a-z][a-z0-9-]{0,38}$/, "a role's name: lower-case letters, digits and hyphens, a letter first");
const chain = z.array(role).optional();

const checkName = text(/^[^\s](?:.{0,98}[^\s])?$/, "the name of a status check, 1 to 100 characters");
const stageChecks = z.array(checkName).max(20).optional();

const gates = closed({
  roles: z.record(role, z.array(reviewer).min(1).max(MAX_REVIEWERS)),
  signOffs: closed({ dev: chain, qa: chain, uat: chain, prod: chain }),
  automation: closed({ app: githubId }).optional(),
  enforcement: z.enum(ENFORCEMENTS).optional(),
  checks: z.array(checkName).optional(),
  stageChecks: closed({ dev: stageChecks, qa: stageChecks, uat: stageChecks }).optional(),
  approvals: whole(1, 10).optional(),
});

const ceiling = whole(1, 3650);

/** Keys that stand once, in Pulumi.yaml, and hold for every stage. */
export const SHARED = {
  product,
  images: z.array(image).min(1),
  consumers: z.array(consumer),
  tokens: closed({ ceilingDays: closed({ secure: ceiling, standard: ceiling }) }),
  gates,
  policies,
  identities,
} as const;
