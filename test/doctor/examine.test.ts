import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { Finding } from "../../src/doctor/finding";
import type { Case } from "./caseOf";
import { Clinic, findingOf, healthyFiles, healthyWorld } from "./clinic";
import { AZURE_CASES, GITHUB_CASES } from "./cloudCases";
import { FILE_CASES, PULUMI_CASES } from "./localCases";

describe("examine", () => {
  let open: Clinic | undefined;
  afterEach(() => open?.close());

  const clinicOf = ({ world, files, clinic }: Partial<Case>): Clinic => {
    const [itsWorld, itsFiles] = [healthyWorld(), healthyFiles()];
    world?.(itsWorld);
    files?.(itsFiles);
    open = new Clinic(itsWorld, itsFiles);
    clinic?.(open);
    return open;
  };
  const ofStatus = (findings: readonly Finding[], status: string) =>
    findings.filter((finding) => finding.status === status).map(({ id }) => id);

  it("examine finds nothing wrong where nothing is, in the order of setting up", async () => {
    const findings = await clinicOf({}).examine();
    assert.deepEqual(ofStatus(findings, "ok"), [
      ...["node", "stage-file.qa", "preview.qa", "pulumi", "backend", "secrets.qa"],
      ...["azure-login", "subscription.qa", "rights.qa", "resource-providers.qa"],
      ...["github-login", "github-repository", "github-plan", "github-ids"],
      ...["reviewer.team.qa-managers", "reviewer.user.ada", "reviewer.team.uat-managers"],
    ]);
    assert.equal(findings.length, 17);
    assert.ok(findings.every(({ remedy }) => remedy === undefined));
  });

  const tables = [
    { tool: "none", cases: FILE_CASES },
    { tool: "pulumi", cases: PULUMI_CASES },
    { tool: "az", cases: AZURE_CASES },
    { tool: "gh", cases: GITHUB_CASES },
  ];
  for (const { tool, each } of tables.flatMap(({ cases, ...table }) => cases.map((each) => ({ ...table, each })))) {
    it(`examine tells of ${each.title}`, async () => {
      const clinic = clinicOf(each);
      // The other tools have nothing to do with it, and starting them takes most of a test's time.
      for (const other of ["az", "gh", "pulumi"].filter((name) => name !== tool)) clinic.remove(other);
      const stage = each.stage === null ? null : "qa";
      const finding = findingOf(await clinic.examine(stage), each.id);
      assert.equal(finding.status, each.status, finding.found);
      for (const text of each.says) assert.ok(finding.found.includes(text), `${finding.found}\nlacks ${text}`);
      if (each.status === "problem") assert.ok(finding.remedy, "a problem has a remedy");
      if (each.remedy !== undefined) assert.ok(finding.remedy?.includes(each.remedy), finding.remedy);
      if (each.mends !== true) return;
      const script = (finding.remedy ?? "").replaceAll("<", "a").replaceAll(">", "z");
      execFileSync("/bin/sh", ["-ec", script], { cwd: clinic.project, env: clinic.env });
      const after = (await clinic.examine(stage)).filter(({ id }) => id === each.id);
      assert.deepEqual(ofStatus(after, "ok"), each.id.startsWith("before") ? [] : [each.id]);
      assert.equal(after.length, each.id.startsWith("before") ? 0 : 1);
    });
  }

  it("examine skips what depends on something that failed", async () => {
    const clinic = clinicOf({});
    for (const tool of ["az", "gh", "pulumi"]) clinic.remove(tool);
    const findings = await clinic.examine();
    assert.deepEqual(ofStatus(findings, "problem"), ["pulumi", "azure-login", "github-login"]);
    assert.deepEqual(ofStatus(findings, "skipped"), [
      ...["backend", "subscription.qa", "rights.qa", "resource-providers.qa", "github-repository", "reviewers"],
    ]);
  });

  it("examine goes on where the preview fails, and says what it cannot know", async () => {
    const strict = (files: Record<string, string>) =>
      (files["Pulumi.qa.yaml"] =
        `${files["Pulumi.qa.yaml"] ?? ""}  orders:compliance: { levels: { quarantine-on: mandatory } }\n`);
    const findings = await clinicOf({ files: strict }).examine();
    const { status, found, remedy } = findingOf(findings, "preview.qa");
    assert.equal(status, "problem");
    assert.match(found, /^the preview fails\nStage qa: 1 mandatory control fails[^]*quarantine-on/);
    assert.equal(remedy, "npm run preview -- --stage qa");
    assert.deepEqual(ofStatus(findings, "skipped"), ["rights.qa", "resource-providers.qa", "github-plan"]);
    assert.equal(findingOf(findings, "github-ids").status, "ok");
  });

  it("examine asks Azure for nothing where the stage holds nothing there", async () => {
    const registries =
      "  orders:registries:\n" +
      ["secure", "standard"]
        .map((name) => `    ${name}: { mode: reference, kind: ghcr, host: ghcr.io, namespace: contoso/${name} }\n`)
        .join("");
    const named = (files: Record<string, string>) =>
      (files["Pulumi.qa.yaml"] = (files["Pulumi.qa.yaml"] ?? "").replace(/.*subscriptionId.*\n/, "") + registries);
    const findings = await clinicOf({ files: named }).examine();
    assert.deepEqual(ofStatus(findings, "problem"), []);
    assert.match(findingOf(findings, "rights.qa").found, /nothing is planned in Azure/);
  });

  it("examine leaves the plan alone where the repository is public", async () => {
    const findings = await clinicOf({
      world: ({ gh }) => Object.assign(gh, { visibility: "public", plan: "free" }),
    }).examine();
    assert.ok(!findings.some(({ id }) => id === "github-plan"));
    assert.equal(findingOf(findings, "github-repository").status, "ok");
  });

  it("examine takes a service principal in the environment for a login, and names its variables only", async () => {
    const clinic = clinicOf({ world: ({ az }) => (az.user = null) });
    const login = { ARM_CLIENT_ID: "client-of-qa", ARM_TENANT_ID: "tenant-of-qa", ARM_CLIENT_SECRET: "hush-hush" };
    Object.assign(clinic.env, login);
    const findings = await clinic.examine();
    const { status, found } = findingOf(findings, "azure-login");
    assert.equal(status, "warning");
    for (const name of Object.keys(login)) assert.ok(found.includes(name));
    for (const value of Object.values(login)) assert.ok(!JSON.stringify(findings).includes(value), value);
    assert.equal(findingOf(findings, "rights.qa").status, "skipped");
  });

  it("examine tells what is wrong in the shared file once, and stops no other check", async () => {
    const files: Record<string, string> = healthyFiles();
    const shared = files["Pulumi.yaml"] ?? "";
    files["Pulumi.yaml"] = shared.replace("class: standard", "class: plain").replace("[qa] }", "[dev, qa] }");
    files["Pulumi.dev.yaml"] = "config:\n  orders:location: westeurope\n";
    open = new Clinic(healthyWorld(), files);
    const findings = await open.examine(null);
    assert.match(findingOf(findings, "stage-file.dev").found, /images\[1\]\.class/);
    assert.match(findingOf(findings, "stage-file.qa").found, /all listed above/);
    assert.equal(findingOf(findings, "subscription.qa").status, "ok");
    assert.equal(findingOf(findings, "github-repository").status, "skipped");
  });

  it("examine skips what a file that is no YAML would say", async () => {
    const findings = await clinicOf({ files: (files) => (files["Pulumi.qa.yaml"] = "config: [") }).examine();
    assert.match(findingOf(findings, "stage-file.qa").found, /Pulumi\.qa\.yaml, line/);
    const unread = [
      "preview.qa",
      "secrets.qa",
      "subscription.qa",
      "rights.qa",
      "resource-providers.qa",
      "github-repository",
    ];
    assert.deepEqual(ofStatus(findings, "skipped"), [...unread, "reviewers"]);
  });

  it("examine hides a password in the backend's address", async () => {
    const url = "postgres://ada:hush-hush@db.contoso.com/state";
    const findings = await clinicOf({ world: ({ pulumi }) => (pulumi.url = url) }).examine();
    assert.match(findingOf(findings, "backend").found, /postgres:\/\/\[secret\]@db\.contoso\.com/);
    assert.ok(!JSON.stringify(findings).includes("hush-hush"));
  });

  it("examine goes on where a tool hangs", async () => {
    const clinic = clinicOf({});
    clinic.script("gh", `#!${process.execPath}\nsetInterval(() => undefined, 1000);\n`);
    const { status, found } = findingOf(await clinic.examine("qa", 1500), "github-login");
    assert.deepEqual([status, found], ["problem", "gh is not logged in: no answer within 1.5 s"]);
  });
});
