import assert from "node:assert/strict";
import type { Digest } from "../../../src/base/digest";
import { findRecords, statementOf } from "../../../src/images/records";
import { makeVerifier } from "../../../src/signing/verifier";
import { describeWith } from "../../support/registries";
import { type Built, Commands } from "../../support/release/commands";
import { grypeReport, trivyReport } from "../../support/release/scans";
import { World } from "../../support/release/world";

const VERSION = "v1.2.3-rc1";
const HOUR = 60 * 60 * 1000;
const VEX = "https://openvex.dev/ns/v0.2.0";
const ELSEWHERE = `sha256:${"e".repeat(64)}` as const;

const ago = (days: number) => new Date(Date.now() - days * 24 * HOUR).toISOString();

/** What differs from a statement that excuses CVE-2026-1 in this image. */
interface Vex {
  statement?: object;
  document?: object;
  /** What the envelope is about. */
  subject?: Digest;
  type?: string;
  stranger?: true;
}

describeWith(["docker-registry"], "whoever owns one image, by its scan reports", () => {
  let world: World;
  let commands: Commands;
  let built: Built;
  before(async () => {
    world = await World.begin();
    commands = new Commands(world);
    built = await world.build(VERSION);
  });
  after(() => world.end());

  const purl = (digest: string) =>
    `pkg:oci/api@${digest.replace(":", "%3A")}?repository_url=registry.example.com/orders`;
  async function vexFile({ statement, document, subject, type = VEX, stranger }: Vex = {}): Promise<string> {
    const { digest } = built.descriptor;
    const said = {
      ...{ vulnerability: { name: "CVE-2026-1" }, products: [{ "@id": purl(digest) }], status: "not_affected" },
      justification: "vulnerable_code_not_in_execute_path",
      ...statement,
    };
    const whole = {
      ...{ "@context": VEX, "@id": "https://example.com/vex/1", author: "security@example.com" },
      ...{ timestamp: ago(1), version: 1, statements: [said] },
      ...document,
    };
    const signer = stranger ? world.stranger : world.signer;
    return commands.file("vex", await signer.signStatement(statementOf(subject ?? digest, "orders/api", type, whole)));
  }
  const publish = (scan: object, vex: readonly string[] = []) =>
    commands.publish(built, VERSION, { scans: [scan], options: { vex: [...vex] } });
  async function refuses(scan: object, says: RegExp, vex?: readonly string[]) {
    const { code, stderr } = await publish(scan, vex);
    assert.equal(code, 1, stderr);
    assert.match(stderr, says);
  }
  const hiding = () => grypeReport(built.config.digest, [{ id: "CVE-2026-1" }]);

  it("publish takes no report that looked for no vulnerability", async () => {
    const report = trivyReport(built.config.digest);
    await refuses({ ...report, Results: undefined }, /no vulnerability was looked for/);
    await refuses({ ...report, Results: [{ Target: "app", Class: "secret" }] }, /no vulnerability was looked for/);
    const { descriptor } = hiding() as { descriptor: object };
    const grype = grypeReport(built.config.digest);
    await refuses({ ...grype, descriptor: { ...descriptor, db: undefined } }, /names no vulnerability database/);
  });

  it("publish takes no report of another image that names a digest of this one", () => {
    const Metadata = {
      ImageID: ELSEWHERE,
      RepoDigests: [`registry.example.com/orders/api@${built.descriptor.digest}`],
    };
    return refuses({ ...trivyReport(built.config.digest), Metadata }, /is of the image with id sha256:e+/);
  });

  it("publish takes no report by a database that was older than a week", () => {
    const descriptor = {
      ...{ name: "grype", timestamp: ago(0) },
      db: { status: { built: ago(9.5), valid: true } },
    };
    return refuses({ ...grypeReport(built.config.digest), descriptor }, /database of .* was 9 days old at the scan/);
  });

  it("publish names each finding that a report hides", async () => {
    await refuses(hiding(), /the report hides "CVE-2026-1" in "zlib1g"; allowed: none, but for a signed OpenVEX/);
    const Finding = { VulnerabilityID: "CVE-2026-2", PkgName: "openssl", Severity: "CRITICAL" };
    const Results = [
      { Class: "os-pkgs", ExperimentalModifiedFindings: [{ Type: "vulnerability", Status: "ignored", Finding }] },
    ];
    await refuses({ ...trivyReport(built.config.digest), Results }, /hides "CVE-2026-2" in "openssl"/);
  });

  const EXCUSES: readonly [string, Vex, RegExp][] = [
    ["signed by a stranger", { stranger: true }, /SIGNATURE_INVALID .*signed by key/],
    ["of another image", { statement: { products: [{ "@id": purl(ELSEWHERE) }] } }, /hides "CVE-2026-1"/],
    ["of a product without a digest", { statement: { products: [{ "@id": "pkg:oci/api" }] } }, /hides "CVE-2026-1"/],
    ["whose envelope is about another image", { subject: ELSEWHERE }, /hides "CVE-2026-1"/],
    ["of another vulnerability", { statement: { vulnerability: { name: "CVE-2026-9" } } }, /hides "CVE-2026-1"/],
    ["past its end", { document: { timestamp: ago(91) } }, /hides "CVE-2026-1"/],
    ["from the future", { document: { timestamp: ago(-2) } }, /hides "CVE-2026-1"/],
    [
      "of another package",
      {
        statement: {
          products: [{ "@id": purl(`sha256:${"0".repeat(64)}`), subcomponents: [{ "@id": "pkg:deb/debian/bash@5" }] }],
        },
      },
      /hides "CVE-2026-1"/,
    ],
    [
      "without a justification",
      { statement: { justification: undefined, impact_statement: "nothing to see" } },
      /hides "CVE-2026-1"/,
    ],
    ["with a justification of its own", { statement: { justification: "trust_me" } }, /CONTENT_INVALID .*OpenVEX/],
    ["that says affected", { statement: { status: "affected", action_statement: "update" } }, /hides "CVE-2026-1"/],
    ["of another form", { document: { expires: ago(-900) } }, /CONTENT_INVALID .*OpenVEX/],
    ["of another type", { type: "https://example.com/vex" }, /a statement of type/],
  ];
  for (const [title, vex, says] of EXCUSES) {
    it(`publish takes no excuse ${title}`, async () => refuses(hiding(), says, [await vexFile(vex)]));
  }

  it("publish takes no excuse that a newer statement took back", async () => {
    const statement = (status: object, at: string) => ({
      ...{ vulnerability: { name: "CVE-2026-1" }, products: [{ "@id": purl(built.descriptor.digest) }], timestamp: at },
      ...status,
    });
    const statements = [
      statement({ status: "not_affected", justification: "component_not_present" }, ago(3)),
      statement({ status: "under_investigation" }, ago(2)),
    ];
    await refuses(hiding(), /hides "CVE-2026-1"/, [await vexFile({ document: { statements } })]);
  });

  it("publish takes no OpenVEX document that nobody signed", async () => {
    const bare = { "@context": VEX, "@id": "https://example.com/vex/1", author: "x", timestamp: ago(1), version: 1 };
    await refuses(hiding(), /a bare document, which anybody could have written/, [commands.file("bare", bare)]);
  });

  it("publish takes a hidden finding that a trusted statement excuses, and records why, by whom and until when; promote goes by it", async () => {
    const { digest } = built.descriptor;
    const package_ = { "@id": "pkg:deb/debian/zlib1g@1.3?arch=amd64" };
    const products = [{ "@id": purl(digest), subcomponents: [package_] }];
    const { code, stderr } = await publish(hiding(), [await vexFile({ statement: { products } })]);
    assert.equal(code, 0, stderr);
    const trust = { verifier: makeVerifier(), trusted: world.policy.signers };
    const [found] = await world.registries((registries) =>
      findRecords(registries.session(world.qa.host).repository("orders/api"), digest, "publish", trust),
    );
    const [hidden] = found?.record.scans[0]?.hidden ?? [];
    assert.equal(hidden?.vulnerability, "CVE-2026-1");
    const { excuse } = hidden;
    assert.deepEqual(
      [excuse?.justification, excuse?.author],
      ["vulnerable_code_not_in_execute_path", "security@example.com"],
    );
    assert.match(excuse?.signer ?? "", /^key sha256:/);
    assert.ok(Date.parse(excuse?.until ?? "") > Date.now() + 88 * 24 * HOUR);
    const promoted = await commands.promote(built, VERSION);
    assert.equal(promoted.code, 0, promoted.stdout);
  });

  it("promote names what a fresh report hides", async () => {
    const scan = [commands.file("hiding", grypeReport(built.config.digest, [{ id: "CVE-2026-7" }]))];
    const { code, stdout } = await commands.promote(built, VERSION, { options: { scan } });
    assert.equal(code, 1);
    assert.match(stdout, /hides "CVE-2026-7"/);
  });
});
