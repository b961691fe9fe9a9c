import { fieldAt, fieldsOf, textAt } from "../../base/json";
import { utcTime } from "../../base/time";
import { logfmtFields } from "./parser";

/** One line of a service, taken out of what its journal puts around it. */
export interface ServiceLine {
  /** The line as the service wrote it. */
  text: string;
  /** Its fields by logrus, such as `msg`, in its text or its JSON format. */
  fields: ReadonlyMap<string, string>;
  /** ISO 8601 in UTC; absent where nothing says it. */
  time?: string;
  node?: string;
}

const SYSLOG = /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) (\S+) [\w.-]+(?:\[\d+\])?: (.*)$/;

/**
 * Reads a line of `journalctl -o json`, of its plain text, or of the service itself. Source: systemd, "Journal JSON
 * Format", where a message that is not text is a list of bytes.
 *
 * @returns `undefined` for JSON that is none of the journal's
 */
export function serviceLine(line: string): ServiceLine | undefined {
  if (line.startsWith("{")) return journalLine(line);
  const [, node, said] = SYSLOG.exec(line) ?? [];
  return withFields(said ?? line, { node });
}

function journalLine(line: string): ServiceLine | undefined {
  const json = parsed(line);
  const text = fieldAt(json, "MESSAGE");
  // The service's own file, where its log is JSON.
  if (text === undefined && jsonFields(json).has("msg")) return withFields(line, { node: undefined });
  if (typeof text !== "string") return undefined;
  const micros = Number(textAt(json, "__REALTIME_TIMESTAMP") ?? Number.NaN);
  const at = new Date(micros / 1000);
  const known = Number.isNaN(at.getTime()) ? undefined : at.toISOString();
  return withFields(text, { node: textAt(json, "_HOSTNAME"), known });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The fields of a line in JSON; those that are no single value are left out. Source: logrus, JSONFormatter. */
const jsonFields = (json: unknown): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(fieldsOf(json)).flatMap(([name, value]): [string, string][] =>
      typeof value === "string" || typeof value === "number" ? [[name, String(value)]] : [],
    ),
  );

function withFields(
  text: string,
  { node, known }: { node: string | undefined; known?: string | undefined },
): ServiceLine {
  const fields = text.startsWith("{") ? jsonFields(parsed(text)) : logfmtFields(text);
  const time = utcTime(fields.get("time")) ?? known;
  return { text, fields, ...(time !== undefined && { time }), ...(node !== undefined && { node }) };
}
