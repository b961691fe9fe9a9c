import assert from "node:assert/strict";
import { digestOf } from "../../../src/base/digest";
import type { RecordView, SignatureView, TrustView } from "../../../src/console/model";
import { imagePage, labelStanding } from "../../../src/console/pages/image";
import { factValue, imageAddress, timeOf } from "../../../src/console/pages/parts";
import { LABEL_REVISION, LABEL_SOURCE } from "../../../src/oci";

const SOURCE = "org.opencontainers.image.source";

describe("factValue", () => {
  const linked = (name: string, value: string, fullLength?: number) =>
    /href="([^"]*)"/.exec(factValue({ name, value, ...(fullLength !== undefined && { fullLength }) }).toString())?.[1];

  it("S0-10 factValue links the three labels that are addresses, where they are addresses of https", () => {
    for (const name of [SOURCE, "org.opencontainers.image.url", "org.opencontainers.image.documentation"]) {
      assert.equal(linked(name, "https://example.com/orders"), "https://example.com/orders");
    }
  });

  for (const value of [
    "http://example.com/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//https://example.com/",
    "data:text/html,<script>alert(1)</script>",
    "https://user@example.com/",
    "https://user:password@example.com/",
    "https://example.com/\u202egro",
    "https://exa\u200bmple.com/",
    "https://ex\u00e4mple.com/orders",
    " https://example.com/\n",
    "//example.com/",
    "https://",
    "[https://example.com/](https://example.com/)",
  ]) {
    it(`S0-10 factValue leads nowhere by ${JSON.stringify(value)}`, () => {
      assert.equal(linked(SOURCE, value), undefined);
    });
  }

  it("S0-10 factValue leads nowhere by another label, and by a value that was cut", () => {
    assert.equal(linked("org.opencontainers.image.vendor", "https://example.com/"), undefined);
    assert.equal(linked(SOURCE, "https://example.com/", 5_000), undefined);
  });

  it("S0-10 factValue names the host that a link leads to as a browser reads it", () => {
    const text = factValue({ name: SOURCE, value: "https://xn--exmple-cua.com:443/orders" }).toString();
    assert.match(text, /open at xn--exmple-cua\.com</);
  });
});

describe("labelStanding", () => {
  const none: TrustView = { signatures: [], records: [], sboms: [], others: [] };
  const descriptor = digestOf(Buffer.from("a signature"));
  const signature: SignatureView = {
    ...{ signer: "key 1", form: "bundle", trusted: true, policy: "qa secure", about: "image", descriptor },
  };
  const build = { source: "https://example.com/orders", commit: "4f2c1d0", version: "v1" };
  const record: RecordView = {
    ...{ how: "published", stage: "qa", repository: "registry.example.com/orders/api", at: "2026-11-21T08:00:00Z" },
    ...{ tags: [], what: "published", signer: "key 2", here: true, build },
  };
  const revision = { name: LABEL_REVISION, value: "4f2c1d0" };

  it("S0-10 labelStanding takes a label for self-asserted where nobody is known to have signed", () => {
    for (const trust of [undefined, none, { ...none, signatures: [{ ...signature, trusted: false }] }]) {
      assert.equal(labelStanding(revision, trust).trust, "self-asserted");
    }
  });

  it("S0-10 labelStanding takes no signature of an SBOM or a record for one of the image", () => {
    for (const about of ["SBOM", "record", "https://example.com/predicate"]) {
      const trust = { ...none, signatures: [{ ...signature, about }] };
      assert.equal(labelStanding(revision, trust).trust, "self-asserted");
    }
  });

  it("S0-10 labelStanding says signed by whom, and verified where a signed record says the same", () => {
    const signed = labelStanding(revision, { ...none, signatures: [signature] });
    assert.deepEqual([signed.trust, signed.by.includes("key 1")], ["signed", true]);
    const trust = { ...none, signatures: [signature], records: [record] };
    const verified = labelStanding(revision, trust);
    assert.deepEqual([verified.trust, verified.by.includes("key 2")], ["verified-by-record", true]);
    assert.equal(labelStanding({ name: LABEL_SOURCE, value: "https://example.com/other" }, trust).trust, "signed");
    assert.equal(labelStanding({ name: "com.example.team", value: "4f2c1d0" }, trust).trust, "signed");
  });

  it("S0-10 the image page says how an image came here by a signed record, whatever newer ones nobody signed say", () => {
    const { signer, ...unsigned } = { ...record, at: "2026-11-22T08:00:00Z", what: "published by somebody" };
    assert.equal(signer, "key 2");
    const digest = digestOf(Buffer.from("an image"));
    const registry = {
      class: "secure",
      host: "registry.example.com",
      vanityHost: "v.example.com",
      kind: "acr",
    } as const;
    const about = { registry, repository: "orders/api", reference: "x", digest, mediaType: "m", readAt: record.at };
    const view = { ...about, tags: [], annotations: [], platforms: [], attestations: [] };
    const page = (records: readonly RecordView[]) =>
      imagePage(view, { state: "ok", value: { ...none, records } })
        .toString()
        .split("</dl>")[0] ?? "";
    assert.match(page([unsigned, record]), /verified by record<\/span> published</);
    assert.match(page([unsigned]), /self-asserted<\/span> published by somebody</);
  });

  it("S0-10 labelStanding believes no record that nobody trusted signed", () => {
    const { signer, ...unsigned } = record;
    assert.equal(signer, "key 2");
    assert.equal(labelStanding(revision, { ...none, records: [unsigned] }).trust, "self-asserted");
  });
});

describe("imageAddress", () => {
  it("imageAddress writes tag and digest as a reference has them", () => {
    const digest = digestOf(Buffer.from("x"));
    assert.equal(imageAddress("orders/api", "v1.2.3"), "/r/orders/api:v1.2.3");
    assert.equal(imageAddress("orders/api", digest), `/r/orders/api@${digest}`);
    assert.equal(imageAddress("orders/api", 'x"><script>'), "/r/orders/api:x%22%3E%3Cscript%3E");
  });
});

describe("timeOf", () => {
  it("timeOf shows a time in UTC, and what is none as it is", () => {
    assert.match(String(timeOf("2026-11-21T09:00:30+01:00")), />2026-11-21 08:00 UTC</);
    assert.match(String(timeOf("<yesterday>")), /<code>&lt;yesterday&gt;<\/code>/);
  });
});
