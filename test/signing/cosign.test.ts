import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Resolved } from "../../src/oci/imageStore";
import { keySigner, signImage } from "../../src/signing/keySigner";
import { keylessSigner } from "../../src/signing/keylessSigner";
import { generateKeyPair } from "../../src/signing/privateKey";
import { makeVerifier } from "../../src/signing/verifier";
import { verifyImage } from "../../src/signing/verifyImage";
import { describeWith, findTool, startDistribution, type TestRegistry } from "../support/registries";
import { MemoryStore } from "../support/signing/memoryStore";
import { pullStore, pushStore, type Remote } from "../support/signing/registryBridge";
import { KEY_KINDS, newSigner, NO_PASSWORD, refuses } from "../support/signing/samples";
import { identityToken, startSigstore } from "../support/signing/sigstoreServices";

const ISSUER = "https://issuer.example.com";
const SUBJECT = "https://github.com/company/repo";
const PASSWORD = "a password of tests";
const cosign = findTool("cosign");
/** Nobody has to have Cosign, not even in CI: what it takes and writes is pinned by the other tests. */
const cosignSuite = cosign === undefined ? describe.skip : describe;
const suffix = cosign === undefined ? " (skipped: cosign not on PATH, nor in .cache/bin)" : "";

describeWith(["docker-registry"], "signing with the real Cosign", () => {
  cosignSuite(`cosign${suffix}`, () => {
    let registry: TestRegistry;
    let dir: string;
    let count = 0;
    before(async () => {
      registry = await startDistribution();
      dir = mkdtempSync(join(tmpdir(), "cosign-"));
    });
    after(async () => {
      await registry.stop();
      rmSync(dir, { recursive: true });
    });

    /** Runs Cosign with nothing of this machine's own: no login, no cache, no ambient identity. */
    async function run(...args: readonly string[]): Promise<string> {
      const env = { COSIGN_PASSWORD: PASSWORD, HOME: dir, PATH: "", TUF_ROOT: join(dir, "tuf") };
      const { stdout } = await promisify(execFile)(cosign ?? "cosign", args, { cwd: dir, env, timeout: 60_000 });
      return stdout;
    }

    /** A store with one image, and a repository of its own for it. */
    function newImage(): { store: MemoryStore; image: Resolved; remote: Remote; name: string } {
      const remote = { host: registry.host, repository: `orders/api-${(count += 1)}` };
      const store = new MemoryStore();
      const image = store.putImage(`image ${count}`);
      return { store, image, remote, name: `${remote.host}/${remote.repository}@${image.digest}` };
    }

    const verifyWith = (publicKey: string, name: string, ...args: readonly string[]): Promise<string> => {
      writeFileSync(join(dir, "verify.pub"), publicKey);
      return run("verify", "--key", "verify.pub", "--insecure-ignore-tlog=true", ...args, name);
    };

    it("cosign verify takes what signImage wrote with a key of generateKeyPair, and no other key", async () => {
      const { store, image, remote, name } = newImage();
      const { privateKey, publicKey } = await generateKeyPair(PASSWORD);
      await signImage(store, image, await keySigner(Buffer.from(privateKey), () => PASSWORD));
      await pushStore(store, remote);
      assert.match(await verifyWith(publicKey, name), new RegExp(image.digest));
      await assert.rejects(verifyWith((await newSigner()).publicKey, name));
    });

    for (const [kind, args] of [
      ["P-384", ["--signature-digest-algorithm", "sha384"]],
      ["P-521", ["--signature-digest-algorithm", "sha512"]],
      ["Ed25519", []],
      ["RSA 2048", []],
    ] as const) {
      it(`cosign verify takes what signImage wrote with ${kind}`, async () => {
        const { store, image, remote, name } = newImage();
        const signer = await keySigner(Buffer.from(KEY_KINDS[kind]?.() ?? ""), NO_PASSWORD);
        await signImage(store, image, signer);
        await pushStore(store, remote);
        assert.match(await verifyWith(signer.publicKey, name, ...args), new RegExp(image.digest));
      });
    }

    it("cosign signs with a key of generateKeyPair", async () => {
      const { store, image, remote, name } = newImage();
      const { privateKey, publicKey } = await generateKeyPair(PASSWORD);
      await pushStore(store, remote);
      writeFileSync(join(dir, "ours.key"), privateKey, { mode: 0o600 });
      await run("sign", "--yes", "--key", "ours.key", "--tlog-upload=false", "--use-signing-config=false", name);
      const pulled = await pullStore(remote, image.digest);
      assert.equal((await verifyImage(pulled, image.digest, [{ key: publicKey }], makeVerifier())).form, "bundle");
    });

    for (const [form, args] of [
      ["bundle", []],
      ["simple", ["--new-bundle-format=false"]],
    ] as const) {
      it(`verifyImage takes what cosign sign wrote as ${form}, and no other key`, async () => {
        const { store, image, remote, name } = newImage();
        await pushStore(store, remote);
        await run("generate-key-pair", "--output-key-prefix", form);
        const key = join(dir, `${form}.key`);
        await run("sign", "--yes", "--key", key, "--tlog-upload=false", "--use-signing-config=false", ...args, name);
        const pulled = await pullStore(remote, image.digest);
        const trusted = [{ key: readFileSync(join(dir, `${form}.pub`), "utf8") }];
        assert.equal((await verifyImage(pulled, image.digest, trusted, makeVerifier())).form, form);
        const others = [{ key: (await newSigner()).publicKey }];
        await refuses(
          () => verifyImage(pulled, image.digest, others, makeVerifier()),
          "SIGNATURE_INVALID",
          /none of 1 signatures counts/,
        );
      });
    }

    // Cosign 3 signs with Ed25519 in its prehashed variant, which `cosign verify --key` does not take either.
    for (const kind of Object.keys(KEY_KINDS).filter((one) => one !== "Ed25519")) {
      it(`verifyImage takes what cosign sign wrote with an imported key of ${kind}, which keySigner reads too`, async () => {
        const { store, image, remote, name } = newImage();
        await pushStore(store, remote);
        writeFileSync(join(dir, "plain.pem"), KEY_KINDS[kind]?.() ?? "", { mode: 0o600 });
        await run("import-key-pair", "--yes", "--key", "plain.pem", "--output-key-prefix", "imported");
        await run("sign", "--yes", "--key", "imported.key", "--tlog-upload=false", "--use-signing-config=false", name);
        const pulled = await pullStore(remote, image.digest);
        const { publicKey } = await keySigner(readFileSync(join(dir, "imported.key")), () => PASSWORD);
        assert.equal((await verifyImage(pulled, image.digest, [{ key: publicKey }], makeVerifier())).form, "bundle");
      });
    }

    it("keySigner signs with a key of cosign generate-key-pair, and cosign verify takes it", async () => {
      const { store, image, remote, name } = newImage();
      await run("generate-key-pair", "--output-key-prefix", "theirs");
      const signer = await keySigner(readFileSync(join(dir, "theirs.key")), () => PASSWORD);
      const publicKey = readFileSync(join(dir, "theirs.pub"), "utf8");
      assert.equal(signer.publicKey, publicKey);
      await signImage(store, image, signer);
      await pushStore(store, remote);
      assert.match(await verifyWith(publicKey, name), new RegExp(image.digest));
    });

    it("cosign verify takes what signImage wrote as an identity, and no other identity", async () => {
      const { store, image, remote, name } = newImage();
      const { url, trustedRoot, stop } = await startSigstore();
      try {
        const identityOf = (): Promise<string> => Promise.resolve(identityToken(ISSUER, SUBJECT));
        await signImage(store, image, keylessSigner({ fulcioURL: url, rekorURL: url, identityToken: identityOf }));
        await pushStore(store, remote);
        writeFileSync(join(dir, "root.json"), trustedRoot);
        const verifyAs = (subject: string): Promise<string> =>
          run(
            ...["verify", "--trusted-root", "root.json", "--certificate-oidc-issuer", ISSUER],
            ...["--certificate-identity", subject, name],
          );
        assert.match(await verifyAs(SUBJECT), new RegExp(image.digest));
        await assert.rejects(verifyAs(`${SUBJECT}-evil`));
      } finally {
        await stop();
      }
    });

    for (const [form, args] of [
      ["bundle", []],
      ["simple", ["--new-bundle-format=false"]],
    ] as const) {
      it(`verifyImage takes what cosign sign wrote as an identity as ${form}`, async () => {
        const { store, image, remote, name } = newImage();
        const { url, trustedRoot, stop } = await startSigstore();
        try {
          await pushStore(store, remote);
          writeFileSync(join(dir, "root.json"), trustedRoot);
          await run(
            ...["sign", "--yes", "--use-signing-config=false", "--fulcio-url", url, "--rekor-url", url],
            ...["--trusted-root", "root.json", "--identity-token", identityToken(ISSUER, SUBJECT), ...args, name],
          );
          const pulled = await pullStore(remote, image.digest);
          const verifier = makeVerifier({ trustedRoot });
          const trusted = { issuer: ISSUER, subject: SUBJECT };
          const found = await verifyImage(pulled, image.digest, [trusted], verifier);
          assert.deepEqual([found.form, found.signer], [form, trusted]);
        } finally {
          await stop();
        }
      });
    }

    it("signImage adds nothing where cosign signed with the same key", async () => {
      const { store, image, remote, name } = newImage();
      await pushStore(store, remote);
      await run("generate-key-pair", "--output-key-prefix", "same");
      await run("sign", "--yes", "--key", "same.key", "--tlog-upload=false", "--use-signing-config=false", name);
      const pulled = await pullStore(remote, image.digest);
      const before = (await pulled.referrers(image.digest)).map(({ digest }) => digest);
      const signer = await keySigner(readFileSync(join(dir, "same.key")), () => PASSWORD);
      assert.deepEqual([(await signImage(pulled, image, signer)).descriptor.digest], before);
    });
  });
});
