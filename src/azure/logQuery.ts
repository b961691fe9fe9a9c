import type * as Logs from "@azure/monitor-query-logs";
import type { z } from "zod";
import { decode } from "../base/decode/decode";
import { DualRegistryError } from "../base/errors";
import { loadPackage } from "../base/packages";
import { quoted } from "../base/text/quote";
import { type AzureAccount, type AzureCloud, azureFailure, clientOptions } from "./account";

/** The most rows that Log Analytics returns; an answer of that many counts as truncated. Source: Azure Monitor service limits. */
const MOST_ROWS = 500_000;

/** One query of a workspace. */
interface LogQuestion<Row> {
  /** What is read, for messages. */
  what: string;
  /** ARM id of the workspace. */
  workspaceId: string;
  text: string;
  from: Date;
  to: Date;
  /** The schema of every row: an object by the names of its columns. */
  row: z.ZodType<Row>;
}

/** Queries workspaces. An answer is complete, or an error says why it is not. */
export type AskLog = <Row>(question: LogQuestion<Row>) => Promise<Row[]>;

/** A client of the workspaces of a cloud. Heavy: the SDK is loaded now. */
export function logAsker(account: AzureAccount, cloud: AzureCloud): AskLog {
  const { LogsQueryClient } = loadPackage("@azure/monitor-query-logs");
  const client = new LogsQueryClient(account.credential, {
    ...clientOptions(account),
    endpoint: cloud.logs.endpoint,
    credentials: { scopes: [`${cloud.logs.audience}/.default`] },
  });
  return async ({ what, workspaceId, text, from, to, row }) => {
    const span = { startTime: from, endTime: to };
    const path = workspaceId.replace(/^\/+/, "");
    const answer = await client.queryResource(path, text, span).catch((error: unknown) => {
      throw azureFailure(error, what, "Log Analytics Reader on the workspace");
    });
    return wholeRows(answer, what).map((values, at) => {
      const read = decode(row, values);
      if (read.success) return read.data;
      const [issue] = read.error.issues;
      throw unreadable(what, `row ${at}: ${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unknown"}`);
    });
  };
}

const unreadable = (what: string, why: string) =>
  new DualRegistryError("CONTENT_INVALID", `${what}: unexpected answer from Log Analytics (${why})`);

const partial = (what: string, why: string) =>
  new DualRegistryError(
    "REGISTRY_REFUSED",
    `${what}: Log Analytics returned a partial answer (${why}), which proves nothing: ` +
      "try again, or ask for a shorter time",
  );

/** The rows of the one table of a complete answer. */
function wholeRows(answer: Logs.LogsQueryResult, what: string): Record<string, unknown>[] {
  if ("partialTables" in answer) {
    // The inner error says what failed, such as "the query result set has exceeded the maximum".
    const { code, message, innererror } = answer.partialError;
    throw partial(what, `${quoted(code)} ${quoted(innererror?.message ?? message)}`);
  }
  const [table, ...others] = answer.tables;
  if (table === undefined || others.length > 0) throw unreadable(what, `${answer.tables.length} tables instead of one`);
  if (table.rows.length >= MOST_ROWS) throw partial(what, `${table.rows.length} rows, the most that it returns`);
  const names = table.columnDescriptors.map(({ name }) => name);
  return table.rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
}
