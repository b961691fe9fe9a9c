import { z } from "zod";

const text = z.string().max(1000);
const texts = z.array(text).max(10_000);
const count = z.int().min(0).max(1_000_000);
const named = { name: text, title: text };

const alert = z.discriminatedUnion("state", [
  z.object({ ...named, state: z.literal("on"), signal: text, threshold: text, limits: text.exactOptional() }),
  z.object({ ...named, state: z.enum(["off", "impossible"]), because: text }),
]);

/** What a stage says of its log; only workspace and categories are in the outputs of older versions. */
export const logging = z.object({
  workspaceId: text.exactOptional(),
  categories: texts,
  archive: z.object({ accountId: text, years: count, days: count, notes: texts }).exactOptional(),
  queries: z
    .array(z.object({ ...named, saved: z.boolean() }))
    .max(1000)
    .exactOptional(),
  workbookId: text.exactOptional(),
  scanners: texts.exactOptional(),
  alerts: z.array(alert).max(1000).exactOptional(),
  receiversId: text.exactOptional(),
  budget: z
    .object({
      amount: z.number().min(0),
      start: text,
      notices: z.array(z.object({ key: text, percent: count, of: z.enum(["Actual", "Forecasted"]) })).max(10),
    })
    .exactOptional(),
  insightsId: text.exactOptional(),
  defender: z.boolean().exactOptional(),
});
