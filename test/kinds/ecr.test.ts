import assert from "node:assert/strict";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateRepositoryCommand,
  ECRClient,
  PutLifecyclePolicyCommand,
  PutRegistryScanningConfigurationCommand,
  type CreateRepositoryCommandInput,
} from "@aws-sdk/client-ecr";
import { tagRules } from "../../src/domain/image/tags";
import { supportOf } from "../../src/domain/image/ruleSupport";
import { judgeSettings } from "../../src/domain/settings/judgeSettings";
import type { RetentionRule } from "../../src/domain/image/policy";
import { policyOf, ruleOf as rule } from "../support/registries/kinds/lifecycle";
import { withProcessEnv } from "../oci/credentials/home";
import { describeWith } from "../support/registries";
import { MOTO, type Moto, startMoto } from "../support/registries/kinds/moto";
import { schemeOf } from "../support/scheme";
import { said, settingsAt, valueOf } from "./ground";

const ACCOUNT = "123456789012";
const HOST = `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`;
const SECRET = "secret-key-of-a-test";
/** The library's own ways to other machines, closed. */
const CLOSED = {
  ...{
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/nonexistent",
    AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
  },
  ...{ AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: SECRET, AWS_MAX_ATTEMPTS: "1" },
};
const PROD = { class: "standard", tagRules: tagRules("prod", schemeOf()), rules: supportOf("ecr") } as const;

// The warning is about versions of the library still to come.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

describeWith([MOTO], "readSettings of ECR, by the SDK against moto's server", () => {
  let moto: Moto;
  let client: ECRClient;
  before(async () => {
    moto = await startMoto();
    const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET };
    client = new ECRClient({ region: "eu-west-1", endpoint: moto.url, credentials });
  });
  after(async () => {
    client.destroy();
    await moto.stop();
  });
  const create = (repositoryName: string, different: Partial<CreateRepositoryCommandInput> = {}) =>
    client.send(new CreateRepositoryCommand({ repositoryName, ...different }));
  const settings = (path: string, host = HOST) =>
    withProcessEnv({ ...CLOSED, AWS_ENDPOINT_URL_ECR: moto.url }, () => settingsAt("ecr", host, path));
  const judged = (of: Awaited<ReturnType<typeof settings>>, retention: RetentionRule = { rule: "forever" }) =>
    judgeSettings(of.all, PROD, retention);

  it("S2-3 S4-14 readSettings reads mutability, scanning, account and region of a repository", async () => {
    await create("web", { imageTagMutability: "IMMUTABLE" });
    assert.equal(valueOf((await settings("web")).scanning), false);
    const repositoryFilters = [{ filter: "web", filterType: "WILDCARD" as const }];
    const rules = [{ scanFrequency: "SCAN_ON_PUSH" as const, repositoryFilters }];
    await client.send(new PutRegistryScanningConfigurationCommand({ scanType: "BASIC", rules }));
    const found = await settings("web");
    assert.equal(said(found.immutability), "read: imageTagMutability: IMMUTABLE");
    assert.equal(valueOf(found.scanning), true);
    assert.equal(valueOf(found.owner), ACCOUNT);
    assert.deepEqual(valueOf(found.place), [
      { part: "account", wanted: ACCOUNT, found: ACCOUNT },
      { part: "region", wanted: "eu-west-1", found: "eu-west-1" },
    ]);
    assert.equal(said(found.retention), "read: no lifecycle policy");
    assert.equal(said(found.visibility).startsWith("none: "), true);
    const [immutability, untagged] = judged(found).rules;
    assert.deepEqual([immutability?.verdict, untagged?.verdict], ["native", "missing"]);
  });

  it("S2-11 readSettings tells a mutable repository from an immutable one with exceptions that take the stage's tags", async () => {
    await create("moves");
    assert.match(said((await settings("moves")).immutability), /^read: imageTagMutability: MUTABLE$/);
    const except = (name: string, filter: string) =>
      create(name, {
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter }],
      });
    await except("but-dev", "dev*");
    await except("but-v", "v*");
    const verdicts = await Promise.all(
      ["moves", "but-dev", "but-v"].map(async (name) => judged(await settings(name)).rules[0]?.verdict),
    );
    assert.deepEqual(verdicts, ["missing", "native", "missing"]);
  });

  it("S2-3 readSettings reads a lifecycle policy, which is compared with the stage's retention rule by its priorities", async () => {
    await create("expires", { imageTagMutability: "IMMUTABLE" });
    const put = (...rules: object[]) => {
      const input = { repositoryName: "expires", lifecyclePolicyText: policyOf(...rules) };
      return client.send(new PutLifecyclePolicyCommand(input));
    };
    const tagged = { tagStatus: "tagged", tagPrefixList: ["v"], countType: "imageCountMoreThan", countNumber: 100 };
    await put(rule(2, { tagStatus: "any" }), rule(1, { ...tagged, countUnit: undefined }));
    const found = await settings("expires");
    const texts = (retention: RetentionRule) => judged(found, retention).findings.map(({ text }) => text);
    assert.match(
      texts({ rule: "forever" }).join(),
      /"rule 1" deletes all but the newest 100, such as the tag v0\.0\.0/,
    );
    assert.deepEqual(texts({ rule: "newest", count: 100 }), []);
    assert.equal(judged(found).rules[1]?.verdict, "native");
    await put(rule(1, { tagStatus: "untagged" }));
    const spared = await settings("expires");
    assert.deepEqual(judged(spared).findings, []);
    assert.deepEqual(
      judged(spared).rules.map(({ verdict }) => verdict),
      ["native", "native"],
    );
  });

  it("readSettings says of a repository that is not there yet that it was not read, and why", async () => {
    const found = await settings("later");
    assert.equal(said(found.immutability), "unread: ecr:DescribeRepositories: there is no such repository yet");
    assert.deepEqual(
      judged(found).rules.map(({ verdict }) => verdict),
      ["unread", "unread"],
    );
  });

  it("S4-14 readSettings asks in the region of the host, where another region's repository is not", async () => {
    await create("here");
    const found = await settings("here", HOST.replace("eu-west-1", "eu-central-1"));
    assert.match(said(found.place), /^unread: .*there is no such repository yet/);
  });
});

describe("readSettings of ECR, by the SDK against answers of a test", () => {
  let server: Server;
  let answer: (target: string, response: ServerResponse) => void;
  before((done) => {
    server = createServer((request, response) => {
      request.resume();
      answer(String(request.headers["x-amz-target"]).split(".").at(-1) ?? "", response);
    }).listen(0, "127.0.0.1", done);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const json = (response: ServerResponse, status: number, body: unknown) => {
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(body));
  };
  const settings = (env: Record<string, string | undefined> = {}, timeout = 5_000) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return withProcessEnv({ ...CLOSED, AWS_ENDPOINT_URL_ECR: url, ...env }, () =>
      settingsAt("ecr", HOST, "web", { timeout }),
    );
  };
  const described = (different: object = {}) => ({
    repositories: [
      {
        ...{ registryId: ACCOUNT, repositoryName: "web", imageTagMutability: "IMMUTABLE" },
        repositoryArn: `arn:aws:ecr:eu-west-1:${ACCOUNT}:repository/web`,
        ...different,
      },
    ],
  });

  it("S2-1 readSettings says where account and region of the answer are others than those of the host", async () => {
    const arn = "arn:aws:ecr:eu-central-1:210987654321:repository/web";
    answer = (target, response) => {
      if (target === "DescribeRepositories")
        json(response, 200, described({ registryId: "210987654321", repositoryArn: arn }));
      else json(response, 400, { __type: "LifecyclePolicyNotFoundException", message: "none" });
    };
    const { findings } = judgeSettings((await settings()).all, PROD, { rule: "forever" });
    assert.deepEqual(
      findings.map(({ text }) => text),
      [`account is 210987654321; expected: ${ACCOUNT}`, "region is eu-central-1; expected: eu-west-1"],
    );
  });

  it("readSettings names the right that is missing, and says of a login that it has ended, in words without a secret", async () => {
    answer = (target, response) => {
      if (target === "DescribeRepositories") json(response, 200, described());
      else json(response, 400, { __type: "AccessDeniedException", message: SECRET });
    };
    const denied = await settings();
    assert.match(
      said(denied.retention),
      /^unread: ecr:GetLifecyclePolicy: the identity may not .*needs ecr:GetLifecyclePolicy/,
    );
    assert.equal(said(denied.immutability).startsWith("read: "), true);
    answer = (_, response) => {
      json(response, 400, { __type: "ExpiredTokenException", message: SECRET });
    };
    const ended = await settings();
    assert.match(
      said(ended.immutability),
      /the login is not taken or has ended \(ExpiredTokenException\); log in again/,
    );
    assert.equal(JSON.stringify([denied, ended]).includes(SECRET), false);
  });

  it("readSettings reads no answer that has another form, is HTML, is null, is too large, or redirects", async () => {
    const bodies: ((response: ServerResponse) => void)[] = [
      (response) => {
        json(response, 200, { repositories: [{ repositoryName: "web", imageTagMutability: "PERHAPS" }] });
      },
      (response) => {
        json(response, 200, null);
      },
      (response) => {
        json(response, 200, { repositories: null });
      },
      (response) => void response.end("<html>log in</html>"),
      (response) => void response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
      (response) => {
        // As far as the reader lets it: it stops long before 100 MB.
        const piece = Buffer.alloc(64 * 1024, 0x20);
        const more = () => {
          while (!response.destroyed && response.write(piece));
        };
        response.on("drain", more);
        response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
        more();
      },
    ];
    for (const [at, body] of bodies.entries()) {
      answer = (_, response) => {
        body(response);
      };
      const found = await settings();
      assert.equal(found.immutability.state, "unread", `answer ${at}: ${said(found.immutability)}`);
    }
  });

  it("readSettings waits for a command that should give a login, and never does, no longer than for an answer", async () => {
    answer = (_, response) => {
      json(response, 200, described());
    };
    const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const { mkdtempSync, rmSync, writeFileSync } = await import("node:fs");
    const dir = mkdtempSync("/tmp/dualreg-aws-");
    writeFileSync(`${dir}/config`, "[default]\ncredential_process = sleep 5\n");
    const found = await settings({ ...none, AWS_CONFIG_FILE: `${dir}/config` }, 500);
    rmSync(dir, { recursive: true });
    assert.match(said(found.immutability), /^unread: ecr:DescribeRepositories: no answer in 0\.5 s/);
    assert.match(said((await settings(none)).immutability), /AWS has no identity here; log in/);
  });
});
