import { z } from "zod";
import { DEFAULT_THRESHOLDS, REDUNDANCIES, SENSITIVITIES } from "../domain/watchFacts";
import { closed, text, whole } from "./messages";

const email = text(
  /^(?=.{3,254}$)[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/,
  "an e-mail address, such as operations@example.com",
);
const percent = whole(1, 1000);

/** Years are kept as days of leap years, and Azure takes 146,000 days at most. */
export const archive = closed({
  years: whole(1, 100),
  name: text(/^[a-z0-9]{3,24}$/, "3 to 24 lower-case letters and digits").optional(),
  redundancy: z.enum(REDUNDANCIES).default("GRS"),
});

/** Identities as the log writes them. */
export const scanners = z
  .array(text(/^[\x21-\x7e]{1,256}$/, "an identity as the log writes it, without spaces"))
  .max(50)
  .default([]);

export const alerts = closed({
  emails: z.array(email).max(50).default([]),
  thresholds: closed({
    failedLogins: whole(0, 100_000).default(DEFAULT_THRESHOLDS.failedLogins),
    throttled: whole(0, 100_000).default(DEFAULT_THRESHOLDS.throttled),
    storagePercent: whole(1, 100).default(DEFAULT_THRESHOLDS.storagePercent),
    pulls: z.enum(SENSITIVITIES).default(DEFAULT_THRESHOLDS.pulls),
  }).default(DEFAULT_THRESHOLDS),
});

/** A key of its own is handed over as text, whatever it is in the file. */
export const flag = z.preprocess((value) => (value === "true" ? true : value === "false" ? false : value), z.boolean());

/** YAML 1.1 reads an unquoted day as a date, and the engine hands it over with a time. */
const day = z.preprocess(
  (value) => (typeof value === "string" ? value.replace(/(?:T00:00:00(?:\.000)?Z| 00:00:00 \+0000 UTC)$/, "") : value),
  text(/^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/, "a day, such as 2026-01-01"),
);

export const budget = closed({
  amount: whole(1, 1_000_000_000),
  start: day,
  thresholds: z.array(percent).default([80, 100]),
  forecast: z.array(percent).default([100]),
  emails: z.array(email).max(50).default([]),
});
