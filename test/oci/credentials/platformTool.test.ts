import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { toolLogin } from "../../../src/oci/credentials/platformTool";
import { Home, says } from "./home";

const AMAZON = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

describe("toolLogin", () => {
  let home: Home;
  beforeEach(() => (home = new Home()));
  afterEach(() => {
    home.remove();
  });

  /** A tool that is a shell script of its own. */
  const tool = (name: string, script: string): void => {
    home.write(`bin/${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(home.path(`bin/${name}`), 0o755);
  };

  for (const [name, host, args, username] of [
    ["aws", AMAZON, "ecr get-login-password --region eu-west-1", "AWS"],
    ["gcloud", "europe-west1-docker.pkg.dev", "auth print-access-token", "oauth2accesstoken"],
    ["gcloud", "gcr.io", "auth print-access-token", "oauth2accesstoken"],
    [
      "az",
      "ordersqa.azurecr.io",
      "acr login --name ordersqa --expose-token --query accessToken --output tsv",
      "00000000-0000-0000-0000-000000000000",
    ],
    [
      "az",
      "contoso-d7bqgsdxf5cyebhz.azurecr.io",
      "acr login --name contoso --suffix d7bqgsdxf5cyebhz --expose-token --query accessToken --output tsv",
      "00000000-0000-0000-0000-000000000000",
    ],
    ["gh", "ghcr.io", "auth token --hostname github.com", "x-access-token"],
  ] as const) {
    it(`toolLogin asks ${name} for a token of ${host}, as people do by hand`, async () => {
      tool(name, `[ "$*" = "${args}" ] || exit 9; echo "hunter2-$PATH" | cut -c1-7; echo noise >&2`);
      const credential = await toolLogin(host, home.env);
      assert.deepEqual(credential, { kind: "basic", username, password: "hunter2", from: `${name} ${args}` });
    });
  }

  for (const [what, script, pattern] of [
    ["is not there", undefined, /aws cannot be started; install it where PATH finds it/],
    ["is not logged in", "echo hunter2 >&2; echo hunter2; exit 255", /it ended with 255; log in with: aws sso login/],
    ["hangs", "echo hunter2; sleep 60", /it took longer than 0\.3 s/],
    ["writes without end", "yes hunter2", /it wrote more than 65536 bytes/],
    ["prints a page", "echo '<html> hunter2'", /it printed something else/],
    ["prints two lines", "echo hunter2; echo hunter2", /it printed something else/],
    ["prints nothing", "true", /it printed something else/],
  ] as const) {
    it(`toolLogin says what is wrong where the tool ${what}, and tells no secret`, async () => {
      if (script !== undefined) tool("aws", script);
      const env = { ...home.env, PATH: `${home.path("bin")}:/usr/bin:/bin` };
      const login = toolLogin(AMAZON, env, script === "yes hunter2" ? 30_000 : 300);
      await assert.rejects(login, says("REGISTRY_AUTH", pattern));
    });
  }

  for (const host of ["registry.example.com", `${AMAZON}.example.com`, "ghcr.io:5000", "gcr.io.example.com"]) {
    it(`toolLogin asks no tool for ${host}, which would be sent a platform's token`, async () => {
      for (const name of ["aws", "gcloud", "az", "gh"]) tool(name, "echo hunter2");
      await assert.rejects(toolLogin(host, home.env), says("USAGE", /is of no platform that has a command line/));
    });
  }
});
