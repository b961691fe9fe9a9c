import assert from "node:assert/strict";
import type { Forge, GitOpsRepository } from "../../../src/domain/gitops";
import { openForge } from "../../../src/gitops/forge";
import { apiAddress } from "../../../src/gitops/forge/apiAddress";
import { answerJson, startHttp } from "../../support/registries/httpServer";

const at = (forge: Forge, address: string): GitOpsRepository => ({ forge, address, branch: "main" });

const CASES: readonly [Forge, string, string][] = [
  ["gitlab", "https://gitlab.example.com:8443/company/deploy.git", "https://gitlab.example.com:8443/api/v4"],
  ["gitlab", "https://gitlab.example.com:443/company/deploy", "https://gitlab.example.com/api/v4"],
  ["gitlab", "ssh://git@gitlab.example.com:2222/company/deploy.git", "https://gitlab.example.com/api/v4"],
  ["gitlab", "git@gitlab.com:company/deploy.git", "https://gitlab.com/api/v4"],
  ["gitlab", "ssh://git@altssh.gitlab.com:443/company/deploy.git", "https://gitlab.com/api/v4"],
  ["github", "ssh://git@ghe.example.com:2222/company/deploy.git", "https://ghe.example.com/api/v3"],
  ["github", "https://ghe.example.com:8443/company/deploy", "https://ghe.example.com:8443/api/v3"],
  ["github", "https://github.com:443/company/deploy", "https://api.github.com"],
  ["github", "ssh://git@ssh.github.com:443/company/deploy.git", "https://api.github.com"],
  ["github", "git@github.com:company/deploy.git", "https://api.github.com"],
  // Another port of the service's host is no part of the service.
  ["github", "https://github.com:8443/company/deploy", "https://github.com:8443/api/v3"],
];

describe("apiAddress", () => {
  for (const [forge, address, api] of CASES) {
    it(`S3-6 the interface of ${forge} for ${address} is ${api}`, () => {
      assert.equal(apiAddress(at(forge, address)), api);
    });
  }

  for (const forge of ["github", "gitlab"] as const) {
    it(`S3-6 a token of ${forge} goes to the port of its repository`, async () => {
      const asked: string[] = [];
      const server = await startHttp((request, response) => {
        const { authorization, "private-token": token } = request.headers;
        asked.push(`${request.url?.split("?")[0] ?? ""} ${[authorization, token].flat().join("")}`);
        answerJson(response, 200, []);
      });
      try {
        const repository = at(forge, `http://${server.host}/company/deploy.git`);
        const api = openForge({ ...repository, token: "DEPLOY_TOKEN" }, { DEPLOY_TOKEN: "a-token" }, () => undefined);
        assert.deepEqual(await api?.openRequests("main", "dualreg/"), []);
      } finally {
        await server.stop();
      }
      const [first = ""] = asked;
      assert.match(
        first,
        forge === "github"
          ? /^\/api\/v3\/repos\/company\/deploy\/pulls .*a-token$/
          : /^\/api\/v4\/projects\/company%2Fdeploy\/merge_requests a-token$/,
      );
    });
  }
});
