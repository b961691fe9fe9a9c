import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isDockerHub } from "../../../src/base/registryHost";
import { withProcessEnv } from "../credentials/home";
import { failsAs, openQuickly } from "./support/client";

/** The hosts that a session wants to reach by a proxy, which lets it reach none. */
async function asked(host: string, use: (session: ReturnType<typeof openQuickly>) => Promise<unknown>) {
  const hosts: string[] = [];
  const proxy = createServer().on("connect", ({ url = "" }, socket) => {
    hosts.push(url);
    socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  try {
    await withProcessEnv({ HTTPS_PROXY: address, https_proxy: address, NO_PROXY: "", no_proxy: "" }, async () => {
      const session = openQuickly(host, undefined, { retry: { attempts: 1 } });
      await assert.rejects(use(session), failsAs("REGISTRY_UNAVAILABLE"));
      await session.close();
    });
  } finally {
    proxy.close();
  }
  return hosts;
}

describe("Docker Hub", () => {
  for (const name of ["docker.io", "index.docker.io", "Docker.IO", "registry-1.docker.io"]) {
    it(`openRegistry asks the registry of Docker Hub for what is called ${name}`, async () => {
      const hosts = await asked(name, (session) => session.repository("library/alpine").resolve("3"));
      assert.deepEqual([...new Set(hosts)], ["registry-1.docker.io:443"]);
      assert.deepEqual([...new Set(await asked(name, (session) => session.ping()))], ["registry-1.docker.io:443"]);
    });
  }

  it("openRegistry asks other hosts that end or begin like Docker Hub's where they are", async () => {
    for (const name of ["docker.io.example.com", "hub.docker.io", "mydocker.io", "docker.io:5000"]) {
      assert.equal(isDockerHub(name), false, name);
      const hosts = await asked(name, (session) => session.ping());
      assert.deepEqual([...new Set(hosts)], [name.includes(":") ? name : `${name}:443`]);
    }
  });

  it("repository is below library where an image of Docker Hub has one name alone", () => {
    const nameOf = (host: string, path: string) => openQuickly(host).repository(path).name;
    assert.equal(nameOf("docker.io", "alpine"), "docker.io/library/alpine");
    assert.equal(nameOf("docker.io", "company/api"), "docker.io/company/api");
    assert.equal(nameOf("registry-1.docker.io", "alpine"), "registry-1.docker.io/alpine");
    assert.equal(nameOf("registry.example.com", "alpine"), "registry.example.com/alpine");
  });
});
