import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dualreg } from "../../../src/cli/program";
import { captureIo } from "../../support/io";
import { outputsFor } from "../../support/release/outputsFor";

/** What would be another environment, file, option, command or line, were it taken for a stage, a class or a tag. */
const HOSTILE = [
  "prod-publish-secure",
  "qa ",
  "qa\n",
  "qa\nprod",
  "QA",
  "../qa",
  "qa/../prod",
  "qa,prod",
  "$(id)",
  "`id`",
  "q\u0430",
  "qa\u200b",
  "rc1",
  "*",
  "__proto__",
  "constructor",
] as const;

describe("a writer who names what is no stage, class or tag", () => {
  const dir = mkdtempSync(join(tmpdir(), "dualreg-names-"));
  const company = join(__dirname, "../../../examples/company");
  after(() => rmSync(dir, { recursive: true, force: true }));

  const run = async (...args: string[]) => {
    const { io, printed } = captureIo();
    return { code: await dualreg(args, io), ...printed };
  };
  const file = (called: string, change: (json: Record<string, unknown>) => void): string => {
    const policy = { signature: false, signers: [] };
    const host = "ordersqasecure.azurecr.io";
    const json = JSON.parse(JSON.stringify(outputsFor({ stage: "qa", host, kind: "acr", policy }))) as Record<
      string,
      unknown
    >;
    change(json);
    const path = join(dir, called);
    writeFileSync(path, JSON.stringify(json));
    return path;
  };

  for (const name of HOSTILE) {
    it(`gets nothing for ${JSON.stringify(name)}`, async () => {
      const whole = file("whole.json", () => undefined);
      const of = file("of.json", (json) => Object.assign(json, { stage: name }));
      const commands: readonly (readonly string[])[] = [
        ["release", "step", name, "--project", company],
        // A candidate's name is one of a tag, and of no stage.
        ...(name === "rc1" ? [] : [["release", "step", `v0.0.1-${name}`, "--project", company]]),
        ["release", "step", "v0.0.1-rc1", "--to", name, "--project", company],
        ["release", "next", "--stage", name, "--project", company],
        ["preview", "--stage", name, "--project", company],
        ["gates", "review", "--stage", name, "--project", company],
        ["compliance", "--stage", name, "--project", company],
        ["access", "review", "--stage", name, "--outputs", whole],
        ["image", "sweep", "orders/api", "--stage", name, "--outputs", whole],
        ["registry", "smoke", "--stage", name, "--as", "x", "--outputs", whole],
        ["registry", "login", "--class", name, "--outputs", whole],
        ["image", "publish", "oci:none", "--image", name, "--build", "none.json", "--outputs", whole],
        ["image", "verify", "orders/api:v1.0.0-rc1", "--outputs", of],
        ["image", "promote", "orders/api:v1.0.0-rc1", "--outputs", of],
      ];
      for (const args of commands) {
        const { code, stdout } = await run(...args);
        assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      }
    });
  }

  for (const name of [...HOSTILE, "standard"]) {
    it(`gets nothing for ${JSON.stringify(name)} as the class of the secure registry`, async () => {
      const outputs = file("class.json", ({ registries }) => {
        Object.assign((registries as { secure: object }).secure, { class: name });
      });
      const { code, stdout } = await run("image", "verify", "orders/api:v1.0.0-rc1", "--outputs", outputs);
      assert.deepEqual([code, stdout], [2, ""]);
    });
  }

  for (const name of HOSTILE) {
    it(`gets nothing for ${JSON.stringify(name)} as the class of an image (S0-2)`, async () => {
      const outputs = file("image.json", ({ images }) => {
        Object.assign((images as object[])[0] ?? {}, { class: name });
      });
      const { code, stdout } = await run("image", "verify", "orders/api:v1.0.0-rc1", "--outputs", outputs);
      assert.deepEqual([code, stdout], [2, ""]);
    });
  }
});
