import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { endToEnd, Target } from "./forward";

/** A request that came for a host. */
interface Came {
  host: string;
  method: string;
  path: string;
  status: number;
}

/** Registries of this machine under names that are elsewhere, over TLS, for clients that go by a proxy. */
export interface NamedHosts {
  /** What clients go by: HTTPS_PROXY and the certificate to trust, for Node and for others. */
  env: Readonly<Record<"HTTPS_PROXY" | "https_proxy" | "NODE_EXTRA_CA_CERTS" | "SSL_CERT_FILE", string>>;
  /** All that came, in order. */
  came: Came[];
  stop: () => Promise<void>;
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve((server.address() as AddressInfo).port);
    });
  });

function certificateFor(dir: string, hosts: readonly string[]) {
  const [keyFile, certFile] = [join(dir, "key.pem"), join(dir, "certificate.pem")];
  const names = hosts.map((host) => `DNS:${host}`).join(",");
  const subject = ["-subj", "/CN=registries of a test", "-days", "2", "-addext", `subjectAltName=${names}`];
  const files = ["-keyout", keyFile, "-out", certFile];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", ...subject, ...files], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  return { certFile, key: readFileSync(keyFile), cert: readFileSync(certFile) };
}

/** @param registries the registry's own host, `localhost:PORT`, by the name that clients call it */
export async function startNamedHosts(registries: Readonly<Record<string, string>>): Promise<NamedHosts> {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-hosts-"));
  const { certFile, key, cert } = certificateFor(dir, Object.keys(registries));
  const targets = new Map(Object.entries(registries).map(([name, host]) => [name, new Target(host)]));
  const came: Came[] = [];
  const tls = createHttps({ key, cert }, (request, response) => {
    const { method = "GET", url: path = "/" } = request;
    const [host = ""] = (request.headers.host ?? "").split(":");
    const target = targets.get(host);
    if (target === undefined) {
      response.writeHead(421).end();
      return;
    }
    void (async () => {
      const answer = await target.ask(method, path, endToEnd(request.headers), (body) => {
        void pipeline(request, body).catch(() => {
          body.destroy();
        });
      });
      const headers = endToEnd(answer.headers);
      // Distribution names itself as whoever asked called it, which is by plain text here.
      const { location } = headers;
      if (location !== undefined) headers.location = location.replace(`http://${target.host}`, `https://${host}`);
      came.push({ host, method, path, status: answer.statusCode ?? 0 });
      response.writeHead(answer.statusCode ?? 502, headers);
      await pipeline(answer, response);
    })().catch(() => response.destroy());
  });
  const tlsPort = await listen(tls);
  // A server forgets the connections that it made tunnels of.
  const tunnels = new Set<{ destroy: () => void }>();
  const proxy = createHttp((_, response) => {
    response.writeHead(400).end();
  }).on("connect", ({ url = "" }, socket, head) => {
    if (!targets.has(url.replace(/:443$/, ""))) {
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      return;
    }
    tunnels.add(socket);
    socket.on("close", () => tunnels.delete(socket));
    const through = connect(tlsPort, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      through.write(head);
      through.pipe(socket).pipe(through);
    });
    through.on("error", () => socket.destroy());
    socket.on("error", () => through.destroy());
  });
  const address = `http://127.0.0.1:${await listen(proxy)}`;
  return {
    env: { HTTPS_PROXY: address, https_proxy: address, NODE_EXTRA_CA_CERTS: certFile, SSL_CERT_FILE: certFile },
    came,
    stop: async () => {
      for (const target of targets.values()) target.close();
      for (const tunnel of tunnels) tunnel.destroy();
      proxy.closeAllConnections();
      tls.closeAllConnections();
      await Promise.all([proxy, tls].map((server) => new Promise((resolve) => server.close(resolve))));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
