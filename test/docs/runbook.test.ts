import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { planAlerts } from "../../src/domain/watch/alerts";
import { EXAMPLE } from "../../src/domain/watch/queries/query";
import { JOBS } from "../workflows/read";
import { RunbookGround, type Scene } from "../support/docs/runbookGround";
import { ACCESS_SCENES } from "../support/docs/scenes/access";
import { IMAGE_SCENES } from "../support/docs/scenes/images";
import { PROJECT_SCENES } from "../support/docs/scenes/projects";
import { argumentsOf, commandsOf } from "../support/docs/shellBlocks";
import { describeWith } from "../support/registries";

const REPOSITORY = resolve(__dirname, "../..");
const RUNBOOK = readFileSync(join(REPOSITORY, "docs/runbook.md"), "utf8");
const SCENES: Readonly<Record<string, Scene>> = { ...ACCESS_SCENES, ...IMAGE_SCENES, ...PROJECT_SCENES };

const said = commandsOf(RUNBOOK).flatMap((command) => {
  const words = argumentsOf(command, "dualreg");
  return words === undefined ? [] : [{ ...command, words }];
});
const sections = [...new Set(said.map(({ section }) => section))];

describeWith(
  ["docker-registry"],
  "docs/runbook.md",
  () => {
    it("runbook has a scene for every part with a dualreg command, and none is left over (S1-28)", () => {
      assert.ok(said.length > 15, "the commands were not found in the document");
      assert.deepEqual([...sections].sort(), Object.keys(SCENES).sort());
    });

    for (const section of sections) {
      it(`runbook "${section}": each dualreg command does and says what is promised (S1-28)`, async () => {
        const ground = new RunbookGround();
        try {
          const scene = SCENES[section];
          assert.ok(scene, `no scene for "${section}"`);
          const runs = await scene(ground);
          const commands = said.filter((one) => one.section === section);
          assert.equal(runs.length, commands.length, "as many commands in the document as in the scene");
          for (const [at, { words, line }] of commands.entries()) {
            for (const { before, input, code, says } of runs[at] ?? []) {
              await before?.();
              const ran = await ground.run(words, input);
              const told = `line ${line}: dualreg ${words.join(" ")}\n${ran.stdout}${ran.stderr}`;
              assert.equal(ran.code, code, told);
              assert.match(`${ran.stdout}${ran.stderr}`, says, told);
            }
          }
        } finally {
          await ground.end();
        }
      });
    }
  },
  300,
);

describe("docs/runbook.md, what leads into it", () => {
  const seen = RUNBOOK.slice(0, RUNBOOK.indexOf("## Rotate"));

  it("runbook names every alert that a stage can send (S1-20, S1-27)", () => {
    const { alerts } = planAlerts({
      product: "orders",
      stage: "prod",
      place: "last",
      emails: ["registries@company.com"],
      webhook: false,
      vault: "create",
      skus: [["secure", "Premium"]],
      thresholds: { failedLogins: 1, pulls: "Medium", throttled: 1, storagePercent: 80 },
      question: EXAMPLE,
    });
    const possible = alerts.filter(({ state }) => state !== "impossible");
    assert.ok(possible.length > 5);
    for (const { title } of possible) assert.ok(seen.includes(`alert "${title}"`), title);
  });

  it("runbook names each issue that a workflow opens, as it is titled, and no other (S1-9)", () => {
    const notices = JOBS.flatMap(({ job }) => job.steps.filter(({ uses }) => uses === "$/.github/actions/notify"));
    const opened = notices.map(({ with: given }) => String(given["title"]).replaceAll(/\$\{\{[^}]*\}\}/g, "…"));
    assert.ok(opened.length > 5);
    const named = [...seen.matchAll(/issue "([^"]+)"/g)].map(([, title]) => title);
    assert.deepEqual([...named].sort(), [...new Set(opened)].sort());
  });

  it("runbook leads only to parts and files that are there", () => {
    const anchors = [...RUNBOOK.matchAll(/^## (.+)$/gm)].map(
      ([, title = ""]) =>
        `#${title
          .toLowerCase()
          .replaceAll(/[^a-z0-9 -]/g, "")
          .replaceAll(" ", "-")}`,
    );
    const files = readdirSync(join(REPOSITORY, "docs"));
    for (const [, target = ""] of RUNBOOK.matchAll(/\]\(([^)]+)\)/g)) {
      assert.ok(anchors.includes(target) || files.includes(target), target);
    }
  });
});
