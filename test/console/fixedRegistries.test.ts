import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest";
import { changeAttempts } from "../../src/console/fixedRegistries";
import type { RegistryView } from "../../src/console/model";
import { buildConsole, type ConsoleStart, runConsole, startConsole } from "../support/console/built";
import { ConsoleGround } from "../support/console/ground";
import { describeWith, REFERRERS_TOOL } from "../support/registries";

describeWith(["docker-registry", REFERRERS_TOOL], "the built console and its two registries", () => {
  let ground: ConsoleGround;
  let file: string;
  before(async () => {
    ground = await ConsoleGround.begin();
    await ground.image("secure", "orders/api", "v1", { labels: { from: "secure" } });
    await ground.image("standard", "orders/web", "v1", { labels: { from: "standard" } });
    file = await buildConsole(join(ground.dir, "built"), { ...ground.settings, port: 0 });
  });
  after(() => ground.end());

  const write = (name: string, content: string): string => {
    const path = join(ground.dir, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  const hostsOf = async (address: string): Promise<string[]> => {
    const answered = (await (await fetch(`${address}/api/v1/stage`)).json()) as { registries: RegistryView[] };
    return answered.registries.map(({ host }) => host);
  };
  const fixed = (): string[] => [ground.hostOf("secure"), ground.hostOf("standard")];

  it("S0-3 the built console reads labels from the two registries it was built for, and ends well when told to", async () => {
    const console = await runConsole(file);
    assert.deepEqual(await hostsOf(console.address), fixed());
    for (const [repository, from] of [
      ["orders/api", "secure"],
      ["orders/web", "standard"],
    ] as const) {
      const answered = await fetch(`${console.address}/api/v1/image?repository=${repository}&reference=v1`);
      const image = (await answered.json()) as { platforms: { labels: object[] }[] };
      assert.deepEqual(image.platforms[0]?.labels, [{ name: "from", value: from }]);
    }
    assert.equal(await console.stop(), 0);
  });

  const variables = [
    ...[
      "DUALREG_SECURE_REGISTRY",
      "DUALREG_SETTINGS",
      "REGISTRY",
      "REGISTRY_TYPE",
      "REGISTRY_HOST",
      "REGISTRY_AUTH_FILE",
    ],
    ...[
      "SECURE_REGISTRY_URL",
      "CONTAINER_REGISTRIES",
      "npm_config_registry",
      "https_proxy",
      "HTTP_PROXY",
      "HTTPS_PROXY",
    ],
    ...["ALL_PROXY", "NODE_USE_ENV_PROXY", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED"],
    ...["NODE_USE_SYSTEM_CA", "NODE_COMPILE_CACHE", "OPENSSL_CONF", "SSLKEYLOGFILE", "HOSTALIASES", "LD_LIBRARY_PATH"],
  ];
  const value = "https://registry.example.com:5000/a-secret-value";
  const ways: readonly (readonly [string, ConsoleStart | (() => ConsoleStart), RegExp])[] = [
    ...variables.map(
      (name) => [`the variable ${name}`, { env: { [name]: value } }, new RegExp(`variable "${name}"`)] as const,
    ),
    ["the variable NODE_OPTIONS", { env: { NODE_OPTIONS: "--no-deprecation" } }, /variable "NODE_OPTIONS"/],
    ["an argument", { args: ["--secure-host=registry.example.com"] }, /argument "--secure-host/],
    ["an option of Node", { execArgs: ["--no-deprecation"] }, /option "--no-deprecation" of Node/],
    ["a debugger", { execArgs: ["--inspect=127.0.0.1:0"] }, /debugger/],
    [
      "a module loaded before it",
      () => ({ execArgs: ["--require", write("before.cjs", "globalThis.before = true;")] }),
      /option "--require" of Node/,
    ],
  ];
  for (const [what, start, named] of ways) {
    it(`S0-3 the built console refuses ${what}, and says so without its value`, async () => {
      const { lines, ended } = startConsole(file, typeof start === "function" ? start() : start);
      assert.equal(await ended, 2);
      const refusals = lines.filter(({ msg }) => String(msg).startsWith("refused"));
      assert.ok(
        refusals.some((line) => named.test(String(line["what"]))),
        JSON.stringify(lines),
      );
      // Node itself warns of a file of authorities that it cannot read, and names it.
      const own = lines.filter((line) => line["plain"] === undefined);
      assert.ok(!JSON.stringify(own).includes("a-secret-value"));
      assert.ok(!lines.some(({ msg }) => msg === "listening"));
    });
  }

  it("S0-3 the built console refuses to run where its file was changed, by one host or by one character", async () => {
    const text = readFileSync(file, "utf8");
    const changed = [text.replaceAll(ground.hostOf("secure"), "registry.example.com:5000"), `${text} `];
    for (const [at, other] of changed.entries()) {
      const { lines, ended } = startConsole(write(`changed-${at}/console.cjs`, other));
      assert.equal(await ended, 2);
      assert.ok(
        lines.some((line) => line["what"] === "the program's file"),
        JSON.stringify(lines),
      );
    }
  });

  it("S0-3 files beside the built console, and logins for other hosts, are without effect; the logins are logged", async () => {
    const home = join(ground.dir, "home");
    const auths = { "registry.example.com": { auth: Buffer.from("user:a-secret-value").toString("base64") } };
    write("home/.docker/config.json", JSON.stringify({ auths }));
    for (const name of ["settings.json", "console.json", "outputs.json", ".env", "package.json"]) {
      const other = { registries: { secure: { loginServer: "registry.example.com" } } };
      write(`built/${name}`, name === ".env" ? "REGISTRY_HOST=registry.example.com\n" : JSON.stringify(other));
    }
    const console = await runConsole(file, { env: { HOME: home, SSL_CERT_FILE: "/etc/ssl/certs/ca.crt" } });
    assert.deepEqual(await hostsOf(console.address), fixed());
    await console.stop();
    const said = console.lines.filter(({ msg }) => msg === "without effect").map((line) => String(line["what"]));
    assert.ok(
      said.some((what) => what.includes('names "registry.example.com"')),
      JSON.stringify(said),
    );
    assert.ok(said.includes('variable "SSL_CERT_FILE"'));
    assert.ok(!JSON.stringify(console.lines).includes("a-secret-value"));
  });

  it("S0-3 the built console starts among the variables that Kubernetes sets for a service of any name", async () => {
    const env = {
      REGISTRY_SERVICE_HOST: "10.0.0.1",
      REGISTRY_PORT_5000_TCP_ADDR: "10.0.0.1",
      ORDERS_SERVICE_PORT: "80",
    };
    const console = await runConsole(file, { env });
    assert.deepEqual(await hostsOf(console.address), fixed());
    await console.stop();
    const said = console.lines.filter(({ msg }) => msg === "without effect");
    assert.deepEqual(said.map((line) => line["what"]).sort(), [
      'variable "REGISTRY_PORT_5000_TCP_ADDR"',
      'variable "REGISTRY_SERVICE_HOST"',
    ]);
  });
});

describe("changeAttempts", () => {
  const facts = {
    ...{ env: {}, args: [], execArgv: [], debuggerUrl: undefined, logins: [], hosts: [] },
    program: { text: "", digest: digestOf(Buffer.from("")) },
  };
  const outcomes = (file: string, text: string) =>
    changeAttempts({ ...facts, loaderFiles: [{ file, text }] }).map(({ what, outcome }) => `${outcome} ${what}`);

  it("S0-3 changeAttempts refuses files by which the loader or OpenSSL loads other code into Node", () => {
    for (const [file, text] of [
      ["/etc/ld.so.preload", "/tmp/other.so\n"],
      ["/etc/ssl/openssl.cnf", "# a comment\nnodejs_conf = node\n[node]\nproviders = p\n"],
      ["/etc/ssl/openssl.cnf", "  .include /tmp/other.cnf\n"],
      ["/etc/ssl/openssl.cnf", "default::nodejs_conf = node\n"],
      ["/etc/ssl/openssl.cnf", "nodejs\\\n_conf = node\n"],
      ["/etc/ssl/openssl.cnf", "nodejs\\\r\r\n_conf = node\n"],
      ["/etc/ssl/openssl.cnf", "nodejs\0x\n_conf = node\n"],
      ["/etc/ssl/openssl.cnf", ".in\\\r\nclude = /tmp/other.cnf\n"],
    ] as const) {
      assert.deepEqual(outcomes(file, text), [`refused file "${file}"`]);
    }
    assert.deepEqual(outcomes("/etc/ld.so.preload", "\n"), []);
    // As Debian packages it: a section for other programs, and an include that is a comment.
    const debian = "openssl_conf = openssl_init\n#.include fipsmodule.cnf\n[openssl_init]\nproviders = provider_sect\n";
    assert.deepEqual(outcomes("/etc/ssl/openssl.cnf", debian), []);
  });
});
