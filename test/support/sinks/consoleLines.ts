import { Hono } from "hono";
import type { ConsoleEnv } from "../../../src/console/app";
import { consoleLog } from "../../../src/console/log";
import { requestLog } from "../../../src/console/requestLog";

/** The console's lines of a request and of a refused credential, in which every text is the given one. */
export async function consoleLines(text: string): Promise<string[]> {
  const lines: string[] = [];
  const log = consoleLog((line) => void lines.push(line));
  const app = new Hono<ConsoleEnv>();
  app.use(requestLog(log, { addressOf: () => text }));
  app.get("/*", (context) => {
    context.set("visitor", { kind: "person", name: text, mayRead: () => false });
    log.warn({ requestId: context.get("requestId"), reason: text }, "credential refused");
    return context.text("");
  });
  await app.request("https://console.example.com/");
  return lines;
}
