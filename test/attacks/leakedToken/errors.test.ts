import assert from "node:assert/strict";
import { inspect } from "node:util";
import { z } from "zod";
import { azureFailure } from "../../../src/azure/account";
import { DualRegistryError } from "../../../src/base/errors";
import { notify } from "../../../src/cli/notify";
import { notifyFailure } from "../../../src/cli/failureNotice";
import { firstLine } from "../../../src/doctor/probe";
import { Github } from "../../../src/github/client";
import { runCommand } from "../../support/io";
import { answerJson, startHttp } from "../../support/registries/httpServer";

/** Tokens of forms that are known, and one of a form that nobody knows. */
const TOKENS = ["ghs_1234567890abcdefghij", "github_pat_11ABCDEFG0123456789_abc", "an-odd/token+of=nobody"];

/** Everything of an error that somebody could print or send: message, stack, causes, fields. */
const wholeOf = (error: unknown): string => inspect(error, { depth: 20, showHidden: true });

describe("a token that comes back in what others answer", () => {
  for (const token of TOKENS) {
    const silent = (text: string) => {
      assert.ok(!text.includes(token), text);
      assert.ok(!text.includes(encodeURIComponent(token)), text);
    };

    for (const status of [400, 401, 403, 404, 409, 422, 429, 500]) {
      it(`GitHub's answer ${status} repeats ${token.slice(0, 8)}... in body, headers and addresses: no error has it`, async () => {
        const server = await startHttp((request, response) => {
          const echo = `${request.headers.authorization ?? ""} at https://x:${token}@example.com/?access_token=${encodeURIComponent(token)}`;
          response.setHeader("x-accepted-github-permissions", echo);
          response.setHeader("x-ratelimit-remaining", "1");
          answerJson(response, status, {
            message: echo,
            documentation_url: `https://example.com/?t=${encodeURIComponent(token)}`,
            errors: [{ message: echo, resource: token }],
          });
        });
        try {
          const waits: string[] = [];
          const client = new Github({
            ...{ repository: { owner: "company", name: "orders" }, token, url: `http://${server.host}` },
            ...{ second: 1, timeout: 5_000, onWait: (line: string) => waits.push(line) },
          });
          for (const work of [
            () => client.call("GET /repos/{owner}/{repo}/x", {}, z.unknown()),
            () => client.list("GET /repos/{owner}/{repo}/x", {}, z.unknown()),
          ]) {
            const error: unknown = await work().then(
              () => undefined,
              (thrown: unknown) => thrown,
            );
            assert.ok(error instanceof DualRegistryError, String(error));
            silent(wholeOf(error));
          }
          silent(waits.join("\n"));
        } finally {
          await server.stop();
        }
      });
    }

    it(`an answer of another form and a client that breaks repeat ${token.slice(0, 8)}...: no error has it`, async () => {
      const server = await startHttp((_, response) => answerJson(response, 200, { [token]: token }));
      const make = (url: string) =>
        new Github({ repository: { owner: "company", name: "orders" }, token, url, second: 1, timeout: 2_000 });
      try {
        const odd = z.object({ a: z.string() }).or(z.custom(() => false, { message: `got ${token}` }));
        await assert.rejects(make(`http://${server.host}`).call("GET /x", {}, odd), (error) => {
          silent(wholeOf(error));
          return true;
        });
      } finally {
        await server.stop();
      }
      await assert.rejects(make(`http://127.0.0.1:1/${token}`).call("GET /x", {}, z.unknown()), (error) => {
        silent(wholeOf(error));
        return true;
      });
    });

    it(`notify and the notice of a failure send no ${token.slice(0, 8)}..., neither to the issue nor to the address`, async () => {
      const sent: string[] = [];
      const server = await startHttp((request, response) => {
        let body = "";
        request.setEncoding("utf8").on("data", (text: string) => (body += text));
        request.on("end", () => {
          sent.push(body);
          answerJson(response, request.method === "GET" ? 200 : 201, request.method === "GET" ? [] : issue());
        });
      });
      const issue = () => ({ number: 1, title: "x", body: "", state: "open", html_url: `http://${server.host}/1` });
      const url = `http://${server.host}`;
      const env = {
        GITHUB_TOKEN: token,
        GITHUB_API_URL: url,
        DUALREG_NOTIFY_URL: `${url}/hook`,
        GITHUB_ACTIONS: "true",
      };
      try {
        const text = `failed: Authorization: Bearer ${token}`;
        const options = { title: `On ${token}`, body: text, repo: "company/orders", format: "text" as const };
        const told = await runCommand((io) => notify.run(options, io), env);
        silent(told.stdout + told.stderr);
        const failed = { command: "publish", stage: "qa", image: "orders/api" } as const;
        const noticed = await runCommand(async (io) => {
          await notifyFailure(failed, new DualRegistryError("REGISTRY_REFUSED", text), io);
          return 0;
        }, env);
        silent(noticed.stdout + noticed.stderr);
        assert.ok(sent.length >= 2, "somebody was told");
        silent(sent.join("\n"));
      } finally {
        await server.stop();
      }
    });
  }

  it("Azure's answers repeat a token: no error has it, and what doctor shows of a tool has none", () => {
    const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZW50aW5lbCJ9.c2VudGluZWw";
    const inner = new Error(`Authorization: Bearer ${jwt}`);
    const thrown = Object.assign(new Error(`Failed at https://a.example.com/?sig=sentinelsentinel Bearer ${jwt}`), {
      ...{ statusCode: 400, code: `Bearer ${jwt}`, request: { headers: { authorization: `Bearer ${jwt}` } } },
      cause: inner,
    });
    for (const statusCode of [400, 401, 403, 404, 429, 500, undefined]) {
      const error = azureFailure(Object.assign(thrown, { statusCode }), "Registry x", "Reader");
      assert.doesNotMatch(wholeOf(error), /eyJ|sentinelsentinel/);
    }
    const login = Object.assign(new Error(`no login: ${jwt}`), { name: "AuthenticationError" });
    assert.doesNotMatch(wholeOf(azureFailure(login, "Registry x", "Reader")), /eyJ/);
    assert.doesNotMatch(firstLine(`error: ${TOKENS[0]} and Bearer ${jwt}`), /ghs_|eyJ/);
  });
});
