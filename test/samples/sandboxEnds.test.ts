import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describeWith } from "../support/registries";
import { startHttp } from "../support/registries/httpServer";
import { portsOf, ROOT, SandboxRun } from "../support/samples/sandboxRun";

const run = promisify(execFile);

/** A file system of a few kilobytes needs a mount, which a namespace of one's own allows where the kernel does. */
const whyNoSmallDisk = (): string | undefined => {
  const { status } = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]);
  return status === 0 ? undefined : "skipped: unshare mounts nothing here";
};

/** What ended with another code than 0 wrote. */
interface Refused {
  code: number;
  stdout: string;
  stderr: string;
}

const refusal = async (...[file, args, options]: Parameters<typeof run>): Promise<Refused> => {
  try {
    await run(file, args, options);
  } catch (error) {
    return error as Refused;
  }
  return assert.fail("it ended with 0");
};

describeWith(
  ["docker-registry", "skopeo", "openssl"],
  "the ends of a sandbox",
  () => {
    let sandbox: SandboxRun | undefined;
    afterEach(async () => {
      await sandbox?.end();
      sandbox = undefined;
    });

    it("kill -9 of a sandbox that runs leaves no process, no file and no port", async () => {
      sandbox = new SandboxRun(["--stage", "dev"]);
      const report = await sandbox.ready();
      assert.ok(sandbox.processes().length > 3);
      sandbox.child.kill("SIGKILL");
      assert.equal(await sandbox.ended, "SIGKILL");
      await sandbox.untilGone(portsOf(report));
    });

    it("kill -9 while the plan is recorded ends the recorded program, too", async () => {
      sandbox = new SandboxRun(["--stage", "dev"]);
      const { child } = sandbox;
      await sandbox.until(() => (sandbox?.folder === undefined ? 0 : sandbox.processes().length) > 4);
      child.kill("SIGKILL");
      await sandbox.untilGone([]);
    });

    it("Ctrl-C before it is ready ends it with 1, says so, and leaves nothing", async () => {
      sandbox = new SandboxRun(["--stage", "dev"]);
      await sandbox.until(() => sandbox?.folder !== undefined);
      sandbox.interrupt();
      assert.equal(await sandbox.ended, 1);
      assert.match(sandbox.printed.stderr, /Ended before it was ready\n$/);
      assert.equal(sandbox.printed.stdout, "");
      await sandbox.untilGone([]);
    });

    it("--no-wait prints what ran, ends with 0, and leaves nothing", async () => {
      sandbox = new SandboxRun(["--stage", "dev", "--no-wait"]);
      assert.equal(await sandbox.ended, 0, sandbox.printed.stderr);
      const { stage } = JSON.parse(sandbox.printed.stdout) as { stage: string };
      assert.equal(stage, "dev");
      assert.match(sandbox.printed.stderr, /^plan: .*\nregistries: .*\npublish: .*\npull: .*\nconsole: .*\n$/);
      await sandbox.untilGone([]);
    });

    it("a port that is taken is said with what to do, and everything that had begun ends", async () => {
      const taken = await startHttp((_, response) => void response.end());
      try {
        const port = Number(taken.host.split(":")[1]);
        sandbox = new SandboxRun(["--stage", "dev", "--port", String(port)]);
        assert.equal(await sandbox.ended, 2);
        assert.match(
          sandbox.printed.stderr,
          new RegExp(`--port ${port}: it cannot be listened at; allowed: a port that is free`),
        );
        await sandbox.untilGone([]);
      } finally {
        await taken.stop();
      }
    });

    it("missing tools, a stage that is none and a port that is none end with 2 before anything begins", async () => {
      const bin = mkdtempSync(join(tmpdir(), "sandbox-bin-"));
      mkdirSync(join(bin, "empty"));
      symlinkSync(process.execPath, join(bin, "node"));
      try {
        for (const [args, path, why] of [
          [[], bin, /A stage on this computer needs docker-registry, skopeo, openssl: run npm run setup/],
          [["--stage", "production"], undefined, /--stage "production": allowed: dev, qa, uat, prod/],
          [["--port", "x"], undefined, /port/],
          [["--stag"], undefined, /unknown option '--stag'/],
        ] as const) {
          sandbox = new SandboxRun(args, undefined, path === undefined ? {} : { PATH: path });
          assert.equal(await sandbox.ended, 2, sandbox.printed.stderr);
          assert.match(sandbox.printed.stderr, why);
          assert.deepEqual(readdirSync(sandbox.temporary), []);
          await sandbox.end();
        }
      } finally {
        rmSync(bin, { recursive: true, force: true });
      }
    });

    // Which step meets the end of the disk depends on its size: making keys, writing images, taking them.
    for (const kilobytes of [4, 24, 64, 160]) {
      it(`a disk of ${kilobytes} KiB is said to be full, and nothing is left on it`, async function () {
        const why = whyNoSmallDisk();
        if (why !== undefined) {
          if (this.test) this.test.title += ` (${why})`;
          this.skip();
        }
        const disk = mkdtempSync(join(tmpdir(), "sandbox-disk-"));
        const script = `mount -t tmpfs -o size=${kilobytes}k none "$TMPDIR" && "$@"; code=$?; ls -A "$TMPDIR"; exit $code`;
        const line = [process.execPath, "--import", "tsx", "samples/sandbox.ts", "--stage", "dev", "--no-wait"];
        const env = {
          ...process.env,
          TMPDIR: disk,
          TSX_DISABLE_CACHE: "1",
          PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
        };
        try {
          const ended = await refusal("unshare", ["-rm", "sh", "-c", script, "sh", ...line], { cwd: ROOT, env });
          assert.equal(ended.code, 2, ended.stderr);
          assert.match(
            ended.stderr,
            /The disk of ".*sandbox-disk-.*" is full: make room, or let TMPDIR name a folder on another disk\n$/,
          );
          assert.equal(ended.stdout, "");
        } finally {
          rmSync(disk, { recursive: true, force: true });
        }
      });
    }
  },
  300,
);
