import { z } from "zod";
import { commit } from "../../base/decode/decode";
import { defined } from "../../base/defined";
import { type Digest, isDigest } from "../../base/digest";
import { DAY_MS, utcTime } from "../../base/time";
import { isStageName, type Stage } from "../stage";
import { type ApprovalFacts, SIGN_OFF_DAYS } from "./judgeApprovals";
import type { SignOffRequest, StepFacts } from "./stepFacts";

const short = z.string().min(1).max(500);
/** A stage of the project that it was signed off in, which need not be this one. */
const stage = z.string().refine(isStageName, "not a stage");
const digest = z.string().refine(isDigest, "not a digest");
const login = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@[\]-]{0,99}$/, "allowed: a login");
/** A time with any offset, as UTC. */
const time = z.string().transform((text, context) => {
  const utc = utcTime(text);
  if (utc !== undefined) return utc;
  context.addIssue({ code: "custom", message: "allowed: a time, such as 2026-11-21T08:00:00Z" });
  return z.NEVER;
});

const approval = z.object({
  role: short,
  /** Login of whoever approved. */
  by: login,
  /** ISO 8601, UTC. */
  at: time,
  /** What was approved. */
  commit,
  digest,
});

/** What a list of sign-offs says of itself. */
const OF_A_LIST = {
  /** The run on GitHub that was approved, and that this was read from; absent where sign-offs come from elsewhere. */
  run: z.object({ id: z.number().int().positive(), url: z.string().max(2_000).exactOptional() }).exactOptional(),
  /** When the list ends: no promotion or publication takes it then. ISO 8601, UTC. */
  expires: time,
};

/** Sign-offs of one image of a release, as they come in a file, and as a release record embeds them. */
export const signOffsSchema = z.object({
  /** Absent where a project has one stage alone. */
  from: stage.exactOptional(),
  to: stage,
  /** Path of the repository. */
  repository: short,
  digest,
  version: short,
  commit,
  /** Logins that may not approve: who wrote the commit and who asked for the release. */
  authors: z.array(login).max(1_000).readonly(),
  approvals: z.array(approval).max(100).readonly(),
  /** Present where approvers were asked to let it past the stages before: the reason that they were given. */
  breakGlass: z.string().min(1).max(1_000).exactOptional(),
  ...OF_A_LIST,
});

/** The sign-offs of one image of a release. Who may say so is pinned by key, or is GitHub itself. */
export type SignOffs = z.infer<typeof signOffsSchema>;

/**
 * Sign-offs of what is still to be built: of a commit, and so of every image that is built from it for the stage. No
 * digest is in them, since there is none yet.
 */
export const buildSignOffsSchema = signOffsSchema.omit({ repository: true, digest: true, breakGlass: true }).extend({
  /** The only tag that what is built may get in the stage, such as v0.0.1-qa. */
  tag: short,
  approvals: z
    .array(approval.omit({ digest: true }))
    .max(100)
    .readonly(),
});

/** The sign-offs of a build. Who may say so is pinned by key. */
export type BuildSignOffs = z.infer<typeof buildSignOffsSchema>;

/** Reads sign-offs that can be believed: from a signed file, or from GitHub's own records. */
export type SignOffReader = (wanted: { repository: string; digest: Digest; to: Stage }) => Promise<SignOffs>;

/** Reads sign-offs of a build that can be believed. */
export type BuildSignOffReader = (wanted: { commit: string; to: Stage }) => Promise<BuildSignOffs>;

/** The release that sign-offs are held against. */
export interface SignedOffRelease {
  /** Roles that sign off, in their order. */
  roles: readonly string[];
  /** Path of the repository. */
  repository: string;
  digest: Digest;
  from?: Stage;
  to: Stage;
  version: string;
  /** The commit the image was built from, where its labels say. */
  commit?: string;
  now: Date;
}

/** Sign-offs in the form that is judged. */
export function approvalFactsOf(signOffs: SignOffs, { roles, now, ...release }: SignedOffRelease): ApprovalFacts {
  const { repository, version, from, to, commit, authors, approvals, expires } = signOffs;
  const images = [{ repository, digest: signOffs.digest }];
  const wanted = [{ repository: release.repository, digest: release.digest }];
  return {
    release: {
      ...{ name: release.version, to: release.to, version: release.version },
      ...defined({ from: release.from }),
      ...(release.commit !== undefined && { commit: release.commit }),
      images: { list: wanted, where: "to be promoted" },
    },
    roles,
    requests: [
      {
        candidate: { version, ...defined({ from }), to, commit, images },
        approvals,
        askedBy: [],
        rejections: [],
      },
    ],
    authors: authors.map((name) => ({ login: name, how: "named in the sign-offs" })),
    unknownAuthors: [],
    pushes: [],
    now,
    expires,
  };
}

/** Sign-offs of a build in the form that is judged: by its commit, since approvers were asked before it was built. */
export function buildApprovalFactsOf(
  signOffs: BuildSignOffs,
  { roles, now, ...release }: { roles: readonly string[]; from?: Stage; to: Stage; commit: string; now: Date },
): ApprovalFacts {
  const { tag, version, from, to, commit, authors, approvals, expires } = signOffs;
  return {
    release: { name: tag, version, beforeBuild: true, ...release },
    roles,
    requests: [
      {
        candidate: { version, ...defined({ from }), to, commit, images: [] },
        ...{ approvals, askedBy: [], rejections: [] },
      },
    ],
    authors: authors.map((name) => ({ login: name, how: "named in the sign-offs" })),
    ...{ unknownAuthors: [], pushes: [], now, expires },
  };
}

/** Everybody who may not approve: who wrote it, who asked for it and who placed its tag, each once. */
function excludedLogins({ authors, placed }: StepFacts, { askedBy, candidate }: SignOffRequest): string[] {
  const logins = [...authors.map((author) => author.login), ...askedBy, candidate.askedBy, placed?.by ?? ""];
  const distinct = new Map(logins.filter((name) => name !== "").map((name) => [name.toLowerCase(), name]));
  return [...distinct.values()];
}

/** The approvals of the roles that were asked, with their times: once a role, however often it was repeated. */
function givenApprovals({ roles }: StepFacts, request: SignOffRequest) {
  const asked = request.approvals.filter(({ role }) => roles?.includes(role) ?? false);
  const byRole = new Map([...asked].reverse().map((one) => [one.role, one]));
  return [...byRole.values()].reverse().flatMap(({ role, by, at }) => {
    return at === undefined ? [] : [{ role, by, at, commit: request.candidate.commit }];
  });
}

/** What a list of sign-offs says of itself: the run that it was read from, and its end in so many days. */
function ofList({ run: id, url }: SignOffRequest, now: Date, days: number) {
  return { run: { id, ...defined({ url }) }, expires: new Date(now.getTime() + days * DAY_MS).toISOString() };
}

/**
 * The sign-offs of a step in the form that publications read: of everything that is built from its commit.
 *
 * @param days how long the list is good for
 */
export function buildSignOffsOf(
  facts: StepFacts,
  request: SignOffRequest,
  now: Date,
  days: number = SIGN_OFF_DAYS.usual,
): BuildSignOffs {
  const { tag, version, from, to, commit } = request.candidate;
  const people = { authors: excludedLogins(facts, request), approvals: givenApprovals(facts, request) };
  return { tag, ...defined({ from }), to, version, commit, ...people, ...ofList(request, now, days) };
}

/**
 * The sign-offs of a step in the form that promotions read, one for each image of the candidate.
 *
 * @param days how long the list is good for
 */
export function signOffsOf(
  facts: StepFacts,
  request: SignOffRequest,
  now: Date,
  days: number = SIGN_OFF_DAYS.usual,
): SignOffs[] {
  const { candidate } = request;
  const { version, from, to, commit } = candidate;
  const approvals = givenApprovals(facts, request);
  const breakGlass = candidate.breakGlass?.reason;
  return candidate.images.flatMap(({ repository, digest }) => {
    if (!isDigest(digest)) return [];
    const given = approvals.map((one) => ({ ...one, digest }));
    const authors = excludedLogins(facts, request);
    const list = { repository, digest, version, commit, authors, approvals: given, ...ofList(request, now, days) };
    return [{ ...defined({ from, breakGlass }), to, ...list }];
  });
}
