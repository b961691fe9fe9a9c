import assert from "node:assert/strict";
import { readRegistryLog } from "../../src/pulls";
import { qaStage } from "../support/pulls/world";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("readRegistryLog", () => {
  const base = qaStage();
  const secure = { ...base.registries.secure, kind: "harbor" as const, loginServer: "harbor.example.com" };
  const stage = { ...base, registries: { ...base.registries, secure } };
  const row = (resource: string, more: object = {}) => ({
    ...{ id: 7, operation: "pull", resource_type: "artifact", username: "robot$web", resource },
    ...{ op_time: "2026-03-01T10:00:00.000Z", ...more },
  });

  it("S0-8 readRegistryLog reads Harbor's audit log: pulls, with a digest where the log names one", () => {
    const rows = [
      ...[
        row(`orders/api:${DIGEST}`),
        row(`orders/api@${DIGEST}`, { username: "anonymous" }),
        row("orders/api:v1.2.3"),
      ],
      row("orders/api:v1", { operation: "create" }),
    ];
    const read = readRegistryLog(JSON.stringify(rows), "log", stage);
    assert.deepEqual(
      read.map(({ registry, repository, digest, identity }) => [registry, repository, digest, identity]),
      [
        ["harbor.example.com", "orders/api", DIGEST, "robot$web"],
        ["harbor.example.com", "orders/api", DIGEST, undefined],
        ["harbor.example.com", "orders/api", undefined, "robot$web"],
      ],
    );
    assert.throws(
      () => readRegistryLog(JSON.stringify(rows), "log", base),
      /the stage has 0 registries of Harbor; allowed: one/,
    );
  });

  it("readRegistryLog leaves out pushes, blobs, other hosts and this program's own pulls", () => {
    const event = (more: { action?: string; mediaType?: string; host?: string; useragent?: string } = {}) => {
      const {
        action = "pull",
        mediaType = "application/vnd.oci.image.index.v1+json",
        host = "secure.example.com",
      } = more;
      const target = { mediaType, digest: DIGEST, repository: "orders/api" };
      const request = { host, method: "GET", useragent: more.useragent ?? "containerd/1.6" };
      return { id: "1", timestamp: "2026-03-01T10:00:00.5Z", action, target, request, actor: { name: "web" } };
    };
    const others = [
      ...[
        event({ action: "push" }),
        event({ mediaType: "application/octet-stream" }),
        event({ host: "other.example.com" }),
      ],
      event({ useragent: "dual-registry/1.0" }),
    ];
    assert.deepEqual(readRegistryLog(JSON.stringify({ events: others }), "log", base), []);
    const [one] = readRegistryLog(JSON.stringify({ events: [event(), ...others] }), "log", base);
    assert.deepEqual(one, {
      ...{ id: "1", log: "notifications", time: "2026-03-01T10:00:00.500Z", registry: "secure.example.com" },
      ...{ repository: "orders/api", method: "GET", digest: DIGEST, identity: "web" },
    });
  });
});
