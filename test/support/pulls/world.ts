import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest } from "../../../src/base/digest";
import { openLayout, openRegistry } from "../../../src/oci";
import type { StageOutputs } from "../../../src/outputs";
import { copyImage } from "../images/copyImage";
import { image } from "../images/image";
import { FIVE_PLATFORMS, index } from "../images/indexes";
import { LayoutBuilder } from "../images/layoutBuilder";
import { startDistribution, type TestRegistry } from "../registries";
import { outputsFor } from "../release/outputsFor";

/** Outputs of qa with a registry of its own for each class. */
export function qaStage(secure = "secure.example.com", standard = "standard.example.com"): StageOutputs {
  const outputs = outputsFor({
    stage: "qa",
    host: secure,
    kind: "distribution",
    policy: { signature: false, signers: [] },
  });
  const { registries } = outputs;
  return {
    ...outputs,
    registries: { secure: registries.secure, standard: { ...registries.standard, loginServer: standard } },
  };
}

/** Two registries, and one with a login, with one image in each repository of the map that a test names. */
export interface TwoRegistries {
  secure: TestRegistry;
  standard: TestRegistry;
  /** Asks for a login, and holds the API's image. */
  guarded: TestRegistry;
  stage: StageOutputs;
  digest: string;
  /** Pushes an index of two images, as `indexed`. @returns its digest, and those of its images */
  pushIndex: (at: "secure" | "standard", repository: string) => Promise<{ digest: Digest; children: Digest[] }>;
  stop: () => Promise<void>;
}

/**
 * @param places which registries hold which repository, as `v1.2.3`
 * @param notify where both post what was pulled
 */
export async function startTwoRegistries(
  places: Readonly<Record<"secure" | "standard", readonly string[]>>,
  notify?: string,
): Promise<TwoRegistries> {
  const options = notify === undefined ? {} : { notify };
  const [secure, standard, guarded] = await Promise.all([
    startDistribution(options),
    startDistribution(options),
    startDistribution({ ...options, auth: "htpasswd" }),
  ]);
  const folder = mkdtempSync(join(tmpdir(), "dualreg-pulls-"));
  const { descriptor } = await image(await LayoutBuilder.begin(folder), { seed: "pulls", tag: "v1.2.3" });
  for (const [at, repositories] of Object.entries(places)) {
    const registry = at === "secure" ? secure : standard;
    for (const repository of repositories) await push(folder, registry, repository);
  }
  await push(folder, guarded, "orders/api");
  rmSync(folder, { recursive: true, force: true });
  return {
    ...{ secure, standard, guarded, stage: qaStage(secure.host, standard.host), digest: descriptor.digest },
    pushIndex: async (at, repository) => {
      const layout = mkdtempSync(join(tmpdir(), "dualreg-pulls-"));
      try {
        const platforms = FIVE_PLATFORMS.slice(0, 2);
        const built = await index(await LayoutBuilder.begin(layout), { seed: "pulled", platforms, tag: "indexed" });
        await push(layout, at === "secure" ? secure : standard, repository, "indexed");
        const children = built.images.map(({ descriptor: one }) => one.digest);
        return { digest: built.descriptor.digest, children };
      } finally {
        rmSync(layout, { recursive: true, force: true });
      }
    },
    stop: async () => {
      await Promise.all([secure.stop(), standard.stop(), guarded.stop()]);
    },
  };
}

async function push(
  folder: string,
  { host, credentials }: TestRegistry,
  repository: string,
  tag = "v1.2.3",
): Promise<void> {
  const from = "the test";
  const login = credentials
    ? ({ kind: "basic", from, ...credentials } as const)
    : ({ kind: "anonymous", from } as const);
  const session = openRegistry(host, { credentials: () => Promise.resolve(login) });
  try {
    await copyImage(await openLayout(folder), session.repository(repository), tag, tag);
  } finally {
    await session.close();
  }
}
