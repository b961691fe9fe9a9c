import { GITHUB } from "../../support/providers/githubIds";
import type { Refusal } from "./refusal";

/** What the github provider and GitHub refuse. */
export const GITHUB_REFUSALS: readonly Refusal[] = [
  {
    title: "a property GitHub does not have",
    type: GITHUB.environment,
    over: { approvers: 2 },
    says: /'approvers' is no property.*only warns/,
  },
  { title: "a negative wait", type: GITHUB.environment, over: { waitTimer: -1 }, says: /at least 0/ },
  {
    title: "a wait of more than thirty days",
    type: GITHUB.environment,
    over: { waitTimer: 43_201 },
    says: /'waitTimer' is 43201: at most 43200/,
  },
  {
    title: "seven teams",
    type: GITHUB.environment,
    over: { reviewers: [{ teams: [1, 2, 3, 4, 5, 6, 7] }] },
    says: /'reviewers\[0\]\.teams' has 7 entries: at most 6/,
  },
  {
    title: "seven reviewers of both kinds",
    type: GITHUB.environment,
    over: { reviewers: [{ teams: [1, 2, 3, 4], users: [5, 6, 7] }] },
    says: /4 teams and 3 users: at most 6/,
    late: true,
  },
  {
    title: "two lists of reviewers",
    type: GITHUB.environment,
    over: { reviewers: [{ teams: [1] }, { users: [2] }] },
    says: /'reviewers' has 2 entries: at most 1/,
  },
  {
    title: "a reviewer by slug",
    type: GITHUB.environment,
    over: { reviewers: [{ teams: ["qa-managers"] }] },
    says: /takes integer and got string/,
  },
  {
    title: "both kinds of branch policy",
    type: GITHUB.environment,
    over: { deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: true } },
    says: /both switches on/,
    late: true,
  },
  {
    title: "neither kind of branch policy",
    type: GITHUB.environment,
    over: { deploymentBranchPolicy: { customBranchPolicies: false, protectedBranches: false } },
    says: /both switches off/,
    late: true,
  },
  {
    title: "a long environment name",
    type: GITHUB.environment,
    over: { environment: "e".repeat(256) },
    says: /at most 255/,
  },
  {
    title: "an owner in an environment's repository",
    type: GITHUB.environment,
    over: { repository: "company/orders" },
    says: /must match/,
    late: true,
  },
  { title: "both patterns", type: GITHUB.policy, over: { tagPattern: "v*" }, says: /exactly one/ },
  { title: "no pattern", type: GITHUB.policy, over: { branchPattern: undefined }, says: /exactly one/ },
  { title: "an empty pattern", type: GITHUB.policy, over: { branchPattern: "" }, says: /at least 1/ },
  {
    title: "a variable that begins with a digit",
    type: GITHUB.variable,
    over: { variableName: "1ST" },
    says: /must match/,
  },
  {
    title: "a variable that begins with GITHUB_",
    type: GITHUB.variable,
    over: { variableName: "GITHUB_HOST" },
    says: /must match/,
  },
  { title: "a variable without a value", type: GITHUB.variable, over: { value: "" }, says: /at least 1/, late: true },
  {
    title: "a permission of a team that is none",
    type: GITHUB.access,
    over: { permission: "read" },
    says: /one of pull, triage, push, maintain, admin/,
    late: true,
  },
  {
    title: "a permission of a user that is none",
    type: GITHUB.collaborator,
    over: { permission: "write" },
    says: /one of pull, triage, push/,
    late: true,
  },
  {
    title: "a user name with an underscore",
    type: GITHUB.collaborator,
    over: { username: "octo_qa" },
    says: /must match/,
    late: true,
  },
];
