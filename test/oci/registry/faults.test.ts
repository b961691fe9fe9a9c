import assert from "node:assert/strict";
import type { RegistrySession } from "../../../src/oci/registry/session";
import {
  describeWith,
  type Fault,
  type FaultProxy,
  startDistribution,
  startFaultProxy,
  type TestRegistry,
} from "../../support/registries";
import { drain, makeBlob, makeManifest, opener, openQuickly } from "./support/client";

const SIZE = 3 * 1024 * 1024;
const FAULTS: readonly Fault[] = [
  { kind: "reset", of: "request", atByte: 1_000_000 },
  { kind: "reset", of: "request", atByte: 0 },
  { kind: "reset", of: "response", atByte: 0 },
  { kind: "reset", of: "response", atByte: 1_000_000 },
  { kind: "truncate", atByte: 1_000_000 },
  { kind: "truncate", atByte: 100 },
  { kind: "corrupt", of: "request", atByte: 1000 },
  { kind: "status", status: 500 },
  { kind: "status", status: 429, headers: { "retry-after": "0" } },
  { kind: "hang", of: "response", atByte: 0 },
  { kind: "clock", seconds: -86_400 },
];

describeWith(["docker-registry"], "a session over a faulty connection", () => {
  let registry: TestRegistry;
  let proxy: FaultProxy;
  let session: RegistrySession;
  before(async () => {
    registry = await startDistribution();
    proxy = await startFaultProxy(registry.host);
    session = openQuickly(proxy.host, undefined, { timeouts: { headers: 700, idle: 700, commit: 700 } });
  });
  after(async () => {
    await session.close();
    await proxy.stop();
    await registry.stop();
  });

  let turn = 0;
  for (const fault of FAULTS) {
    for (const method of ["HEAD", "POST", "PATCH", "PUT", "GET"]) {
      it(`writing and reading end well although ${JSON.stringify(fault)} befalls the first ${method}`, async () => {
        const repository = session.repository(`faulty/r${++turn}`);
        const { bytes, descriptor } = makeBlob(SIZE);
        const before = proxy.injected().length;
        proxy.use({ rules: [{ match: (hit) => hit.method === method, at: 1, fault }] });
        await repository.writeBlob(descriptor, opener(bytes));
        const manifest = makeManifest(descriptor, [descriptor]);
        await repository.writeManifest(manifest, { tag: "v1" });
        assert.deepEqual(await repository.manifest("v1"), manifest);
        assert.ok((await drain(await repository.blob(descriptor))).equals(bytes));
        assert.equal(proxy.injected().length - before, 1);
      });
    }
  }
});
