import { facts } from "../support/rawConfig";
import type { BROKEN } from "./brokenKeys";

const budget = (rest: string, start = "2026-01-01") =>
  facts(`{ alerts: { emails: [a@example.com] }, budget: { amount: 10, start: "${start}", ${rest} } }`);

/** Facts of audit, alerts and money that are wrong, each in one way. */
export const BROKEN_WATCH: typeof BROKEN = [
  {
    title: "a budget that begins within a month",
    parts: { stage: budget("forecast: [100]", "2026-01-15") },
    says: ['Pulumi.qa.yaml: budget.start: "2026-01-15" is not the first of a month', "2026-01-01"],
  },
  {
    title: "a budget that begins on no day",
    parts: { stage: budget("forecast: [100]", "2026-13-01") },
    says: ['budget.start: "2026-13-01" is not allowed', "a day of the calendar, such as"],
  },
  {
    title: "a budget that begins before Azure had any",
    parts: { stage: budget("forecast: [100]", "2016-01-01") },
    says: ['budget.start: "2016-01-01" is before Azure had budgets', "2017-06-01 or later"],
  },
  {
    title: "a workspace's id of another type",
    parts: {
      stage: {
        audit: {
          workspaceId:
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.OperationalInsights/clusters/log-company",
        },
      },
    },
    says: ["audit.workspaceId:", 'allowed: workspaces, where it says "clusters"'],
  },
  {
    title: "a budget with six messages",
    parts: { stage: budget("thresholds: [10, 20, 30, 40], forecast: [90, 100]") },
    says: ["budget.thresholds: 6 of thresholds and forecast together", "1 to 5"],
  },
  {
    title: "a percentage that is listed twice",
    parts: { stage: budget("forecast: [90, 90]") },
    says: ["budget.forecast: 90 is listed twice"],
  },
  {
    title: "a budget that notifies nobody",
    parts: { stage: facts('budget: { amount: 10, start: "2026-01-01" }') },
    says: ["budget: notifies nobody", "alerts.emails"],
  },
  {
    title: "an address that is none",
    parts: { stage: facts("alerts: { emails: [operations] }") },
    says: ["alerts.emails[0]", "an e-mail address"],
  },
  {
    title: "an address that is listed twice, in another letter case",
    parts: { stage: facts("alerts: { emails: [a@example.com, A@example.com] }") },
    says: ['alerts.emails: "a@example.com" is listed twice'],
  },
  {
    title: "a webhook of alerts in plain text",
    parts: { stage: facts("alertWebhook: https://hooks.example.com/x") },
    says: ["alertWebhook: is in plain text", "pulumi config set --secret alertWebhook"],
  },
  {
    title: "an archive for no year",
    parts: { stage: facts("audit: { archive: { years: 0 } }") },
    says: ["audit.archive.years", "from 1 to 100"],
  },
  {
    title: "an archive whose account cannot be called so",
    parts: { stage: facts("audit: { archive: { years: 7, name: Company-Audit } }") },
    says: ["audit.archive.name", "3 to 24 lower-case letters and digits"],
  },
  {
    title: "a sensitivity that Azure does not have",
    parts: { stage: facts("alerts: { thresholds: { pulls: Extreme } }") },
    says: ["alerts.thresholds.pulls", "Low, Medium, High"],
  },
  {
    title: "Defender where the stage does not own the subscription",
    parts: { stage: facts("{ owns: [repository], defender: true }"), others: { prod: { owns: ["subscription"] } } },
    says: ["defender: is the subscription's own", "add subscription to owns"],
  },
  {
    title: "Defender in a subscription whose id is encrypted",
    parts: {
      stage: facts("defender: true"),
      foreign: { "azure-native:subscriptionId": undefined, "github:owner": "company" },
    },
    says: ["defender: its subscription is encrypted", "give azure-native:subscriptionId in plain text"],
  },
  {
    title: "an archive where no registry is held",
    parts: {
      stage: facts(`{ audit: { archive: { years: 7 } }, registries: {
        secure: { mode: reference, kind: ghcr, host: ghcr.io, namespace: a },
        standard: { mode: reference, kind: ghcr, host: ghcr.io, namespace: b } } }`),
    },
    says: ["audit.archive: given, and the stage holds no registry in Azure"],
  },
];
