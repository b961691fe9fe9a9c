import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DualRegistryError } from "../../src/base/errors";
import { type Failed, notifyFailure } from "../../src/cli/failureNotice";
import { captureIo } from "../support/io";

const FAILED = { command: "publish", stage: "qa", image: "orders/api" } as const;
const ERROR = new DualRegistryError("GATE_REFUSED", "2 CRITICAL vulnerabilities; allowed: 0\nlabel x is 50%");

async function told(
  env: Record<string, string>,
  status = 200,
  failed: Failed = FAILED,
): Promise<{ bodies: string[]; stderr: string }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const variables = Object.fromEntries(
    Object.entries(env).map(([key, value]) => [key, value.replace("PORT", String(port))]),
  );
  try {
    const { io, printed } = captureIo({ env: variables });
    await notifyFailure(failed, ERROR, io);
    return { bodies, stderr: printed.stderr };
  } finally {
    server.close();
  }
}

describe("notifyFailure", () => {
  it("S1-9 notifyFailure tells the address what failed, with code and every line", async () => {
    const { bodies, stderr } = await told({ DUALREG_NOTIFY_URL: "http://127.0.0.1:PORT/hook/planted-secret" });
    assert.equal(bodies.length, 1);
    const body = JSON.parse(bodies[0] ?? "") as Record<string, unknown>;
    assert.deepEqual(
      [body["command"], body["stage"], body["image"], body["code"], body["lines"]],
      ["publish", "qa", "orders/api", "GATE_REFUSED", ERROR.message.split("\n")],
    );
    assert.match(String(body["text"]), /^publish of orders\/api to qa failed\n2 CRITICAL/);
    assert.equal(stderr, "");
  });

  it("notifyFailure shows no unsafe character of an image's name, on GitHub or at the address", async () => {
    const env = { DUALREG_NOTIFY_URL: "http://127.0.0.1:PORT/hook", GITHUB_ACTIONS: "true" };
    const { bodies, stderr } = await told(env, 200, { ...FAILED, image: "orders/\u202eipa\u0007" });
    const { text } = JSON.parse(bodies[0] ?? "") as { text: string };
    for (const shown of [text, stderr]) assert.match(shown, /orders\/\\u202eipa\\u0007 to qa failed/);
  });

  it("notifyFailure is an error of the run on GitHub, in one line that no message breaks out of", async () => {
    const { stderr } = await told({ GITHUB_ACTIONS: "true" });
    assert.equal(
      stderr,
      "::error title=publish of orders/api to qa failed::2 CRITICAL vulnerabilities; allowed: 0%0Alabel x is 50%25\n",
    );
  });

  it("notifyFailure warns where nobody could be told, and never shows the address", async () => {
    for (const [address, status] of [
      ["http://127.0.0.1:PORT/planted-secret", 500],
      ["http://hooks.example.com/planted-secret", 200],
      ["http://127.0.0.1:1/planted-secret", 200],
      ["no address planted-secret", 200],
    ] as const) {
      const { stderr } = await told({ DUALREG_NOTIFY_URL: address }, status);
      assert.match(stderr, /^Warning: DUALREG_NOTIFY_URL was not told of the failure/);
      assert.doesNotMatch(stderr, /planted-secret/);
    }
  });
});
