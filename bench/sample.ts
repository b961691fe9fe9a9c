import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBuilder, makeImages } from "../samples/build";
import { Journey, VERSION } from "../samples/journey";
import { findTool, startDistribution } from "../test/support/registries";
import { timeCopies } from "./support/copiers";
import { median } from "./support/measure";
import type { Row } from "./support/table";

/** Seconds for the product's four images, both platforms of each, from its archives to an empty registry. */
interface Sample {
  /** Published whole: every gate, signatures, reports, records, then all tags; in a process that runs already. */
  whole: number;
  /** The same as one command, its start included. */
  command: number;
  /** `skopeo copy --all`, an image after the other: no gate, nothing that refers to them. */
  skopeo: number;
}

async function measure(journey: Journey, archives: Readonly<Record<string, string>>): Promise<Sample> {
  const targets = await Promise.all(Array.from({ length: 3 }, () => startDistribution()));
  const [first = "", second = "", third = ""] = targets.map(({ host }) => host);
  try {
    const outputs = await Promise.all(
      [first, second].map((dev, at) =>
        journey.outputs(`bench-${targets[at]?.host.replace(/\D/g, "") ?? ""}`, { dev, prod: dev }),
      ),
    );
    const [one, other] = outputs.map(({ dev }) => dev);
    const start = process.hrtime.bigint();
    await journey.publish(archives, one ?? "");
    const whole = Number(process.hrtime.bigint() - start) / 1e9;
    const command = (await timeCopies([await journey.publishLine(archives, other ?? "")])).seconds;
    const copies = Object.entries(archives).map(([image, archive]) => {
      const to = `docker://${third}/product/${image}:${VERSION}`;
      return ["skopeo", "copy", "--all", "--quiet", "--dest-tls-verify=false", `oci-archive:${archive}`, to];
    });
    const skopeo = (await timeCopies(copies)).seconds;
    return { whole, command, skopeo };
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
}

/** What publishing the sample product whole takes against copying its images and nothing else. */
export async function sample(runs: number): Promise<Row[]> {
  const missing = ["docker-registry", "skopeo", "make", "go"].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) {
    console.error(`sample: left out, no ${missing.join(", ")} was found (npm run setup)`);
    return [];
  }
  const dir = mkdtempSync(join(tmpdir(), "dualreg-bench-sample-"));
  try {
    const journey = new Journey(dir);
    const archives = makeImages(findBuilder(dir), journey.from);
    const samples: Sample[] = [];
    for (let run = 0; run < runs; run++) samples.push(await measure(journey, archives));
    const middle = (key: keyof Sample): number => median(samples.map((one) => one[key]));
    const row = (what: string, key: "whole" | "command", bar: { bar?: number }): Row => ({
      what: `four images of two platforms, ${what} against skopeo copy --all`,
      figures: `${middle(key).toFixed(2)} s / ${middle("skopeo").toFixed(2)} s`,
      value: middle(key) / middle("skopeo"),
      ...bar,
    });
    return [row("published whole", "whole", { bar: 0.6 }), row("published whole by one command", "command", {})];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
