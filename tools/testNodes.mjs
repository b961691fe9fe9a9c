#!/usr/bin/env node
// Runs the preview and the compliance reports on the oldest and the newest releases of each supported line of Node, and
// compares what they print, byte for byte. Node comes from npm's node-<platform>-<arch> packages, into .cache/nodes.
// Exit codes: 0 all alike, 1 one differs or fails, 2 a release of Node cannot be had.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const NODES = join(ROOT, ".cache/nodes");
const VERSIONS = ["20.19.0", "22.23.5", "24.22.3", "26.12.1"];

/** The command of each output. */
const OUTPUTS = [
  ...["summary", "tree", "json", "markdown"].map((format) => ["preview", "--format", format, "--color", "never"]),
  ...["table", "json", "oscal"].map((format) => ["compliance", "--format", format]),
];
/** Reports are made as of one moment. */
const ENV = { SOURCE_DATE_EPOCH: "1767225600" };
/** The moment of the run, which a preview shows as the program saw it. */
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

const log = (text) => process.stderr.write(`${text}\n`);

/** The executable of a release, installed where it is not there yet. */
function nodeOf(version) {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const prefix = join(NODES, version);
  const file = join(prefix, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(file)) {
    mkdirSync(prefix, { recursive: true });
    log(`Node ${version}: installing`);
    const args = ["install", "--prefix", prefix, "--no-save", "--ignore-scripts", `${name}@${version}`];
    const { status, stderr } = spawnSync("npm", args, { encoding: "utf8", cwd: prefix });
    if (status !== 0 || !existsSync(file)) {
      log(`Node ${version}: npm cannot install ${name}@${version}\n${stderr}`);
      process.exit(2);
    }
  }
  return file;
}

/** What a command prints on a release of Node. */
function run(node, args) {
  const { status, stdout, stderr } = spawnSync(node, [join(ROOT, "bin/dualreg.js"), ...args], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...process.env, ...ENV, PATH: [dirname(node), process.env.PATH].join(delimiter) },
  });
  return { status, text: stdout.replaceAll(TIME, "[time]"), stderr };
}

const digest = (text) => createHash("sha256").update(text).digest("hex").slice(0, 12);

let different = 0;
const nodes = VERSIONS.map((version) => ({ version, node: nodeOf(version) }));
for (const args of OUTPUTS) {
  const results = nodes.map(({ version, node }) => ({ version, ...run(node, args) }));
  const [first] = results;
  for (const { version, status, text, stderr } of results) {
    const alike = text.length > 0 && text === first.text && status === first.status;
    if (!alike) different += 1;
    process.stdout.write(
      `${alike ? "ok       " : "DIFFERENT"} Node ${version} ${digest(text)} exit ${status} ${args.join(" ")}\n`,
    );
    if (!alike) log(stderr);
  }
}
process.exitCode = different > 0 ? 1 : 0;
