#!/usr/bin/env node
// Installs what the integration tests need. Safe to run again: what is there is left alone.
// Exit codes: 0 all that is needed is there, 1 something needed is missing.
import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const BIN = join(ROOT, ".cache/bin");
const REFERRERS = join(ROOT, "test/support/registries/referrers");
/** Kubernetes' API server, for `npm run test:cluster`: built only where `--cluster` asks, since it takes many minutes. */
const API_SERVER = join(ROOT, "test/cluster/apiserver");
const WITH_CLUSTER = process.argv.includes("--cluster");
/** The version of go.mod beside it: one library, one version. */
const CRANE = "github.com/google/go-containerregistry/cmd/crane@v0.20.2";

/** Read the workflows: the one as GitHub does, the other as an attacker would. */
const ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
const ZIZMOR = join(ROOT, "tools/zizmor.txt");

/** Renders charts, for what `dualreg gitops check` and the samples' charts are tested by. */
const HELM = "helm.sh/helm/v3/cmd/helm@v3.19.2";

/** Serves the interface of Amazon's ECR, and no registry behind it. */
const MOTO = join(ROOT, "tools/moto.txt");

/** Commands by the Debian package that holds them; elsewhere the command's name says what to look for. */
const COMMANDS = [
  { command: "docker-registry", apt: "docker-registry", elsewhere: "CNCF Distribution 2.8 as `docker-registry`" },
  { command: "skopeo", apt: "skopeo", elsewhere: "skopeo" },
  { command: "htpasswd", apt: "apache2-utils", elsewhere: "htpasswd (of the Apache HTTP server's tools)" },
  { command: "openssl", apt: "openssl", elsewhere: "openssl" },
  { command: "buildah", apt: "buildah", elsewhere: "buildah 1.28 or later" },
  { command: "make", apt: "make", elsewhere: "make" },
  { command: "go", apt: "golang-go", elsewhere: "Go 1.18 or later; 1.24 or later for --cluster" },
  { command: "kubectl", apt: "kubernetes-client", elsewhere: "kubectl" },
  ...(WITH_CLUSTER ? [{ command: "etcd", apt: "etcd-server", elsewhere: "etcd 3.4 or later" }] : []),
  {
    command: "chromium",
    also: ["chromium-browser", "google-chrome"],
    apt: "chromium",
    elsewhere: "Chromium or Google Chrome",
  },
];

const say = (text) => process.stdout.write(`${text}\n`);

function find(name) {
  const places = [BIN, ...(process.env.PATH ?? "").split(delimiter)];
  return places
    .filter((dir) => dir !== "")
    .map((dir) => join(dir, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

/** The command itself, or another name of it. */
const findAny = ({ command, also = [] }) => [command, ...also].map(find).find((path) => path !== undefined);

/** Runs a command with its output on stderr; true where it ended well. */
function run(command, args, options = {}) {
  const { status } = spawnSync(command, args, { stdio: ["ignore", 2, 2], ...options });
  return status === 0;
}

/** Installs packages with apt-get, as root or by sudo where it asks for no password. */
function installPackages(packages) {
  const apt = find("apt-get");
  if (apt === undefined) return "there is no apt-get here";
  const isRoot = process.getuid?.() === 0;
  const sudo = isRoot ? undefined : find("sudo");
  if (!isRoot && sudo === undefined) return "this is not root, and there is no sudo";
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const asRoot = (args) =>
    isRoot
      ? run(apt, args, { env: { ...process.env, ...env } })
      : run(sudo, ["-n", "env", "DEBIAN_FRONTEND=noninteractive", apt, ...args]);
  // The lists may be old or absent: a failure to renew them only counts where the packages cannot be had.
  asRoot(["update", "-qq"]);
  return asRoot(["install", "-y", "-qq", "--no-install-recommends", ...packages]) ? undefined : "apt-get failed";
}

/** Builds a program of this project that is a Go module of its own, where its files are newer than what is there. */
function buildModule(folder, name) {
  const output = join(BIN, name);
  const newest = Math.max(...["main.go", "go.mod", "go.sum"].map((file) => statSync(join(folder, file)).mtimeMs));
  if (existsSync(output) && statSync(output).mtimeMs > newest) return "there";
  const go = find("go");
  if (go === undefined) return "missing";
  const args = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", output, "."];
  return run(go, args, { cwd: folder }) ? "built" : "failed";
}

function buildOfGo(name, source) {
  if (find(name) !== undefined) return "there";
  const go = find("go");
  if (go === undefined) return "missing";
  return run(go, ["install", "-trimpath", source], { env: { ...process.env, GOBIN: BIN } }) ? "built" : "failed";
}

/**
 * By pip, from wheels whose digests the file holds, into a folder of its own.
 *
 * @param place makes the command; it gets its path, the folder's and that of Python
 */
function installByPip(name, requirements, command, place) {
  const path = join(BIN, command);
  const folder = join(ROOT, ".cache", name);
  const python = find("python3");
  const pinned = readFileSync(requirements, "utf8");
  const note = join(folder, "installed.txt");
  if (existsSync(path) && existsSync(note) && readFileSync(note, "utf8") === pinned) return "there";
  if (python === undefined) return "missing: it needs Python with pip";
  const args = ["-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary=:all:", "--upgrade"];
  if (!run(python, [...args, "--target", folder, "--requirement", requirements])) return "failed";
  rmSync(path, { force: true });
  place(path, folder, python);
  writeFileSync(note, pinned);
  return "installed";
}

const installZizmor = () =>
  installByPip("zizmor", ZIZMOR, "zizmor", (path) => symlinkSync("../zizmor/bin/zizmor", path));

/** A program of Python's finds its packages by a variable, since they are in no folder that Python looks in. */
const installMoto = () =>
  installByPip("moto", MOTO, "moto_server", (path, folder, python) => {
    const script = `#!/bin/sh\nPYTHONPATH='${folder}' exec '${python}' -c 'from moto.server import main; main()' "$@"\n`;
    writeFileSync(path, script, { mode: 0o755 });
  });

mkdirSync(BIN, { recursive: true });
const absent = COMMANDS.filter((entry) => findAny(entry) === undefined);
if (absent.length > 0) {
  const packages = absent.map(({ apt }) => apt);
  say(`Installing ${packages.join(", ")}`);
  const why = installPackages(packages);
  if (why !== undefined) say(`Could not install: ${why}`);
  else if (packages.includes("docker-registry"))
    say(
      "Its package may have started a registry on port 5000, which no test needs: systemctl disable --now docker-registry",
    );
}

const missing = [];
for (const entry of COMMANDS) {
  const { command, elsewhere } = entry;
  const path = findAny(entry);
  say(`${command}: ${path ?? "missing"}`);
  if (path === undefined) missing.push(elsewhere);
}
const referrers = buildModule(REFERRERS, "referrers-registry");
say(`referrers-registry: ${referrers}`);
if (referrers === "missing" || referrers === "failed")
  missing.push("the registry with the referrers API (it needs Go)");
if (WITH_CLUSTER) {
  const server = buildModule(API_SERVER, "kube-apiserver");
  say(`kube-apiserver: ${server}`);
  if (server === "missing" || server === "failed") missing.push("Kubernetes' API server (it needs Go 1.24 or later)");
}
say(`crane (optional): ${buildOfGo("crane", CRANE)}`);
say(`actionlint (optional): ${buildOfGo("actionlint", ACTIONLINT)}`);
say(`helm (optional): ${buildOfGo("helm", HELM)}`);
say(`zizmor (optional): ${installZizmor()}`);
say(`moto_server (optional): ${installMoto()}`);

if (missing.length > 0) {
  say(`\nMissing; install, then run this again:\n${missing.map((name) => `  - ${name}`).join("\n")}`);
  say("Without them the tests that need them are skipped by name; in CI (where CI is set) they fail.");
  process.exitCode = 1;
} else say("\nAll that the integration tests need is there.");
