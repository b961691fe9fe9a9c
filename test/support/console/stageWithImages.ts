import { createHash } from "node:crypto";
import type { Digest } from "../../../src/base/digest";
import { AS_ATTESTATION, attestation } from "../images/attestations";
import { image } from "../images/image";
import { MEDIA } from "../../../src/oci/manifest";
import { HOSTILE } from "../compliance/hostile";
import { ConsoleGround } from "./ground";

/** Labels as a build of the product writes them. */
const LABELS = {
  "com.example.team": "orders",
  "io.dual-registry.binding": "portable",
  "io.dual-registry.class": "secure",
  "org.opencontainers.image.created": "2026-11-21T08:00:00Z",
  "org.opencontainers.image.revision": "4f2c1d0e9b8a7f6e5d4c3b2a1908f7e6d5c4b3a2",
  "org.opencontainers.image.source": "https://github.com/company/orders",
  "org.opencontainers.image.version": "v1.2.3",
};

/** Labels that do harm where they are taken for more than text: markup, control and direction characters, huge, many. */
function hostileLabels(): Record<string, string> {
  const labels: Record<string, string> = {
    "org.opencontainers.image.url": "https://user:password@evil.example.com/",
    "org.opencontainers.image.source": "https://evil.example.com/\u202egro.elpmaxe",
    "org.opencontainers.image.documentation": "http://evil.example.com/plain",
    binary: Buffer.from([0, 1, 2, 0xff, 0xfe, 0x1b]).toString("latin1"),
    markdown: "# evil\n[evil](javascript:alert(1)) ![x](https://evil.example.com/x.png)",
    "one megabyte": "m".repeat(1024 * 1024),
    __proto__x: "prototype",
  };
  HOSTILE.forEach((text, at) => (labels[`hostile ${at} ${text}`.slice(0, 200)] = text));
  for (let at = 0; at < 10_000; at += 1) labels[`many.${at}`] = String(at);
  return labels;
}

/** What is in the two registries. */
export interface StageImages {
  ground: ConsoleGround;
  /** Of `orders/api:v1.2.3`, signed by whom the stage trusts. */
  signed: Digest;
  end: () => Promise<void>;
}

/**
 * A stage with images as people meet them: an index of two platforms, signed; an older one; one that somebody else signed;
 * one without a label; a hostile one; and the same digest in both registries.
 */
export async function stageWithImages(): Promise<StageImages> {
  const ground = await ConsoleGround.begin();
  const signed = await ground.push("secure", "orders/api", "v1.2.3", async (layout) => {
    const platforms = [
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ];
    const images = [];
    for (const platform of platforms) {
      const { descriptor } = await image(layout, { seed: platform.architecture, labels: LABELS, platform });
      images.push({ ...descriptor, platform });
    }
    const statement = { ...(await attestation(layout)), ...AS_ATTESTATION };
    const annotations = { "org.opencontainers.image.title": "Orders" };
    const whole = { schemaVersion: 2, mediaType: MEDIA.ociIndex, annotations, manifests: [...images, statement] };
    return layout.manifest(whole, MEDIA.ociIndex);
  });
  await ground.sign("secure", "orders/api", signed);
  await ground.image("secure", "orders/api", "v1.2.2", {
    labels: { ...LABELS, "org.opencontainers.image.version": "v1.2.2", "com.example.former": "yes" },
  });
  const foreign = await ground.image("standard", "orders/web", "v1", { labels: { "com.example.team": "web" } });
  await ground.sign("standard", "orders/web", foreign, ground.stranger);
  await ground.image("standard", "orders/web", "without-labels");
  await ground.image("standard", "orders/web", "hostile", { labels: hostileLabels() });
  for (const [imageClass, path] of [
    ["secure", "orders/api"],
    ["standard", "orders/web"],
  ] as const) {
    await ground.image(imageClass, path, "twin", { seed: "twin", labels: LABELS });
  }
  await ground.image("secure", "orders/console", "v0.0.0", { labels: LABELS });
  const console = ground.repository("secure", "orders/console");
  const manifest = await console.manifest("v0.0.0");
  for (let at = 1; at < 100; at += 1) await console.writeManifest(manifest, { tag: `v0.0.${at}` });
  return { ground, signed, end: () => ground.end() };
}

/** A digest that no image has. */
export const NO_DIGEST = `sha256:${createHash("sha256").update("no image").digest("hex")}`;
