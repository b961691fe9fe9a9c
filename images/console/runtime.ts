import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { decode } from "../../src/base/decode/decode";
import { digestOf } from "../../src/base/digest";
import { DualRegistryError } from "../../src/base/errors";
import { formatJson, parseJson } from "../../src/base/json";
import { quoted } from "../../src/base/text/quote";

/** Platforms by the names of Docker and Debian, with those of Node. */
const PLATFORMS = { amd64: "x64", arm64: "arm64" } as const;
type Platform = keyof typeof PLATFORMS;

const PINS = join(__dirname, "runtime.json");
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Debian's suite, and each package with its version and the digest of its archive on each platform. */
const pinsSchema = z.strictObject({
  suite: z.string().regex(/^[a-z]+$/),
  packages: z.record(
    z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/),
    z.strictObject({ version: z.string(), sha256: z.strictObject({ amd64: z.string(), arm64: z.string() }) }),
  ),
});
type Pins = z.infer<typeof pinsSchema>;

/** What the image takes of Debian's packages: what Node is linked to, its licences, and which Debian it is. */
const TAKEN =
  /^usr\/(lib(64)?\/([^/]+-linux-gnu\/)?(ld-linux-[^/]+|lib(c|dl|m|pthread|gcc_s|stdc\+\+)\.so\.[\d.]+)|lib\/os-release|share\/doc\/[^/]+\/copyright)$/;

/** Files of the image that are of no package. The user has a name for tools alone: 65532 counts. */
const WRITTEN: Readonly<Record<string, string>> = {
  "etc/passwd": "nonroot:x:65532:65532:nonroot:/nonexistent:/nonexistent\n",
  "etc/group": "nonroot:x:65532:\n",
  "etc/nsswitch.conf": "hosts: files dns\n",
};

interface RuntimeOptions {
  /** Holds a folder for each platform afterwards; what is there of the same pins is left alone. */
  out: string;
  /** Has `debian` and `debian-security` below it. @default that of this machine's own sources */
  mirror?: string;
  /** Takes the newest versions of the suite, and writes them to the pins. */
  renew?: boolean;
  /** @default runtime.json beside this file */
  pins?: string;
}

/**
 * Prepares the file system that the console runs on, a folder for each platform: Node of npm's packages, by the digests of
 * the lock file, and libraries of Debian's, whose lists apt verifies by Debian's keys and whose archives must have the
 * digests of runtime.json. Nothing of it runs, so every platform is prepared on any machine. Equal pins give equal files.
 *
 * @throws DualRegistryError USAGE where a tool or source is missing; NOT_FOUND where a version is no longer offered;
 *   DIGEST_MISMATCH where an archive is another one than was pinned
 */
export function prepareRuntime({ out, mirror, renew = false, pins: file = PINS }: RuntimeOptions): void {
  const lock = join(__dirname, "package-lock.json");
  const inputs = () => digestOf(Buffer.concat([file, lock, __filename].map((each) => readFileSync(each))));
  const stamp = join(out, "runtime.digest");
  if (!renew && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs()) return;
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(out, ".work-"));
  try {
    const pins = readPins(file);
    const from = mirror ?? machineMirror();
    for (const platform of ["amd64", "arm64"] as const) {
      const archives = downloadPackages(join(work, `apt-${platform}`), platform, { pins, mirror: from, renew });
      const root = join(work, platform);
      takeNode(root, platform, work);
      for (const archive of archives) takePackage(root, archive, join(work, "unpacked"));
      finish(root);
    }
    if (renew) writeFileSync(file, formatJson(pins));
    for (const platform of ["amd64", "arm64"]) {
      rmSync(join(out, platform), { recursive: true, force: true });
      renameSync(join(work, platform), join(out, platform));
    }
    writeFileSync(stamp, inputs());
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function readPins(file: string): Pins {
  const read = decode(pinsSchema, parseJson(readFileSync(file), quoted(file)));
  if (read.success) return read.data;
  throw new DualRegistryError("CONFIG_INVALID", `${quoted(file)}: ${z.prettifyError(read.error)}`);
}

/** The mirror of this machine's own sources of Debian. Source: apt-get(8), indextargets. */
function machineMirror(): string {
  const sources = run("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
  const [, mirror] = /^(\S+)\/debian\/?$/m.exec(sources) ?? [];
  if (mirror !== undefined) return mirror;
  const what = "This machine has no sources of Debian's";
  throw new DualRegistryError("USAGE", `${what}; name a mirror by --mirror, with debian and debian-security below it`);
}

/** Downloads the packages of a platform with lists of their own, beside those of this machine. @returns the archives */
function downloadPackages(
  folder: string,
  platform: Platform,
  { pins, mirror, renew }: { pins: Pins; mirror: string; renew: boolean },
): string[] {
  if (!existsSync(KEYRING)) {
    throw new DualRegistryError("USAGE", `${KEYRING} is missing; install the package debian-archive-keyring`);
  }
  const env = { ...process.env, APT_CONFIG: configureApt(folder, platform, { suite: pins.suite, mirror }) };
  run("apt-get", ["update", "-qq"], { env });
  return Object.entries(pins.packages).map(([name, pin]) => {
    const cwd = join(folder, "archives", name);
    mkdirSync(cwd, { recursive: true });
    const wanted = renew ? name : `${name}=${pin.version}`;
    try {
      run("apt-get", ["download", "-qq", wanted], { env, cwd });
    } catch (cause) {
      const advice = "Debian may have replaced it by a newer one; take that with `npm run console:runtime -- --renew`";
      throw new DualRegistryError("NOT_FOUND", `${wanted} of ${platform}: not to be had. ${advice}`, { cause });
    }
    const archive = join(cwd, readdirSync(cwd)[0] ?? "");
    const sha256 = digestOf(readFileSync(archive)).replace("sha256:", "");
    if (renew) {
      pin.version = run("dpkg-deb", ["--field", archive, "Version"]).trim();
      pin.sha256[platform] = sha256;
    } else if (pin.sha256[platform] !== sha256) {
      const what = `${wanted} of ${platform}: its digest is ${sha256}, and ${pin.sha256[platform]} is pinned`;
      throw new DualRegistryError("DIGEST_MISMATCH", `${what}; do not use this mirror before you know why`);
    }
    return archive;
  });
}

/** Source: apt.conf(5), sources.list(5). */
function configureApt(
  folder: string,
  platform: Platform,
  { suite, mirror }: { suite: string; mirror: string },
): string {
  for (const each of ["parts", "preferences", "lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(folder, each), { recursive: true });
  }
  writeFileSync(join(folder, "status"), "");
  const source = (name: string, of: string) =>
    `Types: deb\nURIs: ${mirror}/${name}\nSuites: ${of}\nComponents: main\nSigned-By: ${KEYRING}\n`;
  const lists = [source("debian", suite), source("debian-security", `${suite}-security`)];
  writeFileSync(join(folder, "debian.sources"), lists.join("\n"));
  const settings = [
    ...[`APT::Architecture "${platform}";`, `APT::Architectures { "${platform}"; };`],
    ...[`Dir::Etc "${folder}";`, 'Dir::Etc::sourcelist "debian.sources";', 'Dir::Etc::sourceparts "/dev/null";'],
    ...['Dir::Etc::parts "parts";', 'Dir::Etc::preferencesparts "preferences";', `Dir::State "${folder}";`],
    ...[`Dir::State::status "${join(folder, "status")}";`, `Dir::Cache "${join(folder, "cache")}";`],
    ...['Acquire::Languages "none";', 'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";'],
    // What is downloaded stands in a folder that the user apt would take cannot write to.
    'APT::Sandbox::User "root";',
  ];
  const file = join(folder, "apt.conf");
  writeFileSync(file, `${settings.join("\n")}\n`);
  return file;
}

/** Source: npm-ci, `os` and `cpu` of npm's configuration. No script of a package runs. */
function takeNode(root: string, platform: Platform, work: string): void {
  const cwd = mkdtempSync(join(work, "npm-"));
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(__dirname, file), join(cwd, file));
  const name = PLATFORMS[platform];
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--os=linux", `--cpu=${name}`], { cwd });
  const from = join(cwd, "node_modules", `node-linux-${name}`);
  copy(join(from, "bin/node"), join(root, "usr/bin/node"));
  copy(join(from, "LICENSE"), join(root, "usr/share/doc/node/copyright"));
}

/** Takes an archive's files, and notes its package where scanners look in images without dpkg. */
function takePackage(root: string, archive: string, unpacked: string): void {
  rmSync(unpacked, { recursive: true, force: true });
  run("dpkg-deb", ["--extract", archive, unpacked]);
  for (const file of filesOf(unpacked)) {
    const name = relative(unpacked, file);
    if (TAKEN.test(name)) copy(file, join(root, name));
  }
  const name = run("dpkg-deb", ["--field", archive, "Package"]).trim();
  const control = run("dpkg-deb", ["--field", archive]).replace(/^(Package: .+)$/m, "$1\nStatus: install ok installed");
  write(join(root, "var/lib/dpkg/status.d", name), control);
}

/** What is of no package: files, the links of a merged /usr, a folder to write to; then one time and mode for everything. */
function finish(root: string): void {
  for (const [name, text] of Object.entries(WRITTEN)) write(join(root, name), text);
  symlinkSync("../usr/lib/os-release", join(root, "etc/os-release"));
  for (const name of ["lib", "lib64"].filter((each) => existsSync(join(root, "usr", each)))) {
    symlinkSync(`usr/${name}`, join(root, name));
  }
  const temporary = join(root, "tmp");
  mkdirSync(temporary);
  for (const file of [...filesOf(root, true), root]) {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats) chmodSync(file, stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644);
    if (file === temporary) chmodSync(file, 0o1777);
    lutimesSync(file, 0, 0);
  }
}

/** All files and links below a folder; folders too where they are asked for, behind what is in them. */
function filesOf(folder: string, withFolders = false): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return withFolders ? [...filesOf(path, true), path] : filesOf(path);
  });
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { verbatimSymlinks: true });
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** @returns what the command printed @throws DualRegistryError USAGE with what it wrote where it fails */
function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", ...options });
  if (status === 0) return stdout;
  const why = error?.message ?? stderr.trim().slice(-1000);
  throw new DualRegistryError("USAGE", `${command} ${args.join(" ")}: ${why}`);
}

/** `npm run console:runtime -- --out DIR [--mirror URL] [--renew]`: 0 fine, else the code of the error. */
function main(): number {
  try {
    const options = { out: { type: "string" }, mirror: { type: "string" }, renew: { type: "boolean" } } as const;
    const {
      out = join(__dirname, "build"),
      mirror = process.env["DEBIAN_MIRROR"],
      renew,
    } = parseArgs({ options }).values;
    prepareRuntime({ out, ...(mirror ? { mirror: mirror.replace(/\/$/, "") } : {}), ...(renew ? { renew } : {}) });
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof DualRegistryError ? error.exitCode : 2;
  }
}

if (require.main === module) process.exitCode = main();
