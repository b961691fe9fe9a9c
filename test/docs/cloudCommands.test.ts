import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { readKubernetes } from "../../src/sweeping/deployed";
import { callsOf } from "../support/docs/shellBlocks";
import { findTool } from "../support/registries";
import { answerJson, startHttp } from "../support/registries/httpServer";

const DOCS = ["runbook", "teardown", "bootstrap"];
/** These ask a person. */
const INTERACTIVE = /^(?:login|auth login)$/;

const calls = (program: string) =>
  DOCS.flatMap((name) => {
    const text = readFileSync(resolve(__dirname, `../../docs/${name}.md`), "utf8");
    return callsOf(text, program).map(({ line, words }) => ({ where: `${name}.md:${line}`, words }));
  }).filter(({ words }) => !INTERACTIVE.test(words.join(" ")));

describe("commands of other tools in the documents", () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "dualreg-cloud-"))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** Runs a tool with nothing of this machine's own, and no way to another one. */
  async function run(tool: string, words: readonly string[], env: Record<string, string> = {}) {
    const nowhere = { HTTPS_PROXY: "http://127.0.0.1:9", HTTP_PROXY: "http://127.0.0.1:9", NO_PROXY: "localhost" };
    const own = { HOME: dir, AZURE_CONFIG_DIR: dir, AZURE_CORE_COLLECT_TELEMETRY: "no", GH_CONFIG_DIR: dir };
    const child = spawn(tool, words, {
      cwd: dir,
      env: { PATH: process.env["PATH"], ...nowhere, ...own, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const code = await new Promise<number | null>((done) => child.on("close", done));
    return { code, stdout, stderr };
  }

  /** Nobody has to have these tools, not even in CI; GitHub's runners do. */
  const where = (tool: string) => (findTool(tool) === undefined ? ` (skipped: ${tool} not on PATH)` : "");

  it(`az knows each command and option of runbook, teardown and bootstrap, and does nothing without a login (S1-28)${where("az")}`, async function () {
    const az = findTool("az") ?? this.skip();
    this.timeout(600_000);
    const said = calls("az");
    assert.ok(said.length > 20, String(said.length));
    for (const one of said) {
      const { code, stderr } = await run(az, one.words);
      assert.equal(code, 1, `${one.where}: az ${one.words.join(" ")}\n${stderr}`);
    }
    assert.equal((await run(az, ["acr", "token", "update", "--registry", "a", "--naem", "b"])).code, 2);
  });

  it(`gh knows each command and option of runbook and bootstrap, and does nothing without a login (S1-28)${where("gh")}`, async function () {
    const gh = findTool("gh") ?? this.skip();
    this.timeout(60_000);
    // Debian's gh is older than its variables (2.31).
    const knows = (command: string) => run(gh, [command, "--help"]).then(({ code }) => code === 0);
    const said = (await knows("variable")) ? calls("gh") : calls("gh").filter(({ words }) => words[0] !== "variable");
    assert.ok(said.length > 4, String(said.length));
    for (const one of said) {
      const { code, stderr } = await run(gh, one.words);
      assert.equal(code, 4, `${one.where}: gh ${one.words.join(" ")}\n${stderr}`);
    }
    assert.equal((await run(gh, ["run", "rerun", "1", "--fialed"])).code, 1);
  });

  it(`kubectl lists the pods as the runbook says, and the sweep reads its list (S1-18, S1-28)${where("kubectl")}`, async function () {
    const kubectl = findTool("kubectl") ?? this.skip();
    this.timeout(60_000);
    const digest = `sha256:${"ab".repeat(32)}` as const;
    const spec = { containers: [{ name: "api", image: `qa.secure-registry.company.com/orders/api@${digest}` }] };
    const pod = { metadata: { name: "api-1", namespace: "shop" }, spec, status: {} };
    const resource = { name: "pods", singularName: "pod", namespaced: true, kind: "Pod", verbs: ["get", "list"] };
    const answers = new Map<string, unknown>([
      ["/api", { kind: "APIVersions", versions: ["v1"] }],
      ["/apis", { kind: "APIGroupList", apiVersion: "v1", groups: [] }],
      ["/api/v1", { kind: "APIResourceList", groupVersion: "v1", resources: [resource] }],
      ["/api/v1/pods", { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: [pod] }],
    ]);
    const server = await startHttp((request, response) => {
      const body = answers.get(new URL(request.url ?? "", "http://x").pathname);
      answerJson(response, body === undefined ? 404 : 200, body ?? { kind: "Status", code: 404 });
    });
    try {
      const [said, ...more] = calls("kubectl");
      assert.ok(said);
      assert.deepEqual(more, []);
      const { code, stdout, stderr } = await run(kubectl, [...said.words, "--server", `http://${server.host}`]);
      assert.equal(code, 0, stderr);
      const file = join(dir, "pods.json");
      writeFileSync(file, stdout);
      assert.deepEqual([...readKubernetes(file).digests], [digest]);
    } finally {
      await server.stop();
    }
  });
});
