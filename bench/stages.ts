import { resolve } from "node:path";
import { measure, middle, type Sample } from "./support/measure";
import { withTemporary } from "./support/program";
import type { Row } from "./support/table";

const REPOSITORY = resolve(__dirname, "..");

async function preview(args: readonly string[]): Promise<Sample> {
  return withTemporary((temporary) =>
    measure([resolve(REPOSITORY, "bin/dualreg.js"), "preview", ...args], {
      cwd: resolve(REPOSITORY, "examples/company"),
      env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", TMPDIR: temporary },
    }),
  );
}

/** The whole command for four stages against the same for one, cold. */
export async function stages(runs: number): Promise<Row[]> {
  const one: Sample[] = [];
  const four: Sample[] = [];
  for (let run = 0; run < runs; run++) {
    one.push(await preview(["--stage", "dev"]));
    four.push(await preview([]));
  }
  const [single, all] = [middle(one), middle(four)];
  return [
    {
      what: "the preview of four stages against that of one",
      figures: `${all.seconds.toFixed(1)} s / ${single.seconds.toFixed(1)} s`,
      value: all.seconds / single.seconds,
      bar: 2.5,
    },
  ];
}
