import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dualreg } from "../../../src/cli/program";
import { GitProject } from "../gitProject";
import { captureIo } from "../io";

/** A chart with comments and quotes, as people write them. */
export const CHART = `# The chart of the orders.
apiVersion: v2
name: orders # as in the registry
version: 1.0.0   # of the chart
appVersion: "v1.0.0"
keywords: [orders, "shop"]
dependencies:
  - name: postgres
    version: 12.1.0
`;

export const PACKAGE = '{\n\t"name": "orders",\n\t"version" : "1.0.0",\n\t"engines": { "version": "1.0.0" }\n}\n';

export const LOCK =
  '{\n  "name": "orders",\n  "version": "1.0.0",\n  "lockfileVersion": 3,\n' +
  '  "packages": { "": { "version": "1.0.0" }, "node_modules/version": { "version": "1.0.0" } }\n}';

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** A real repository of a product, with a chart, and the commands run in it. */
export class VersionRepo extends GitProject {
  /** @param product what Pulumi.yaml says of versions beside the stages, such as `versionPrefix: none` */
  constructor(product = "", below = "") {
    super(below);
    const gates = "  gates:\n    value: { off: { by: nobody, where: nowhere } }\n";
    this.write({
      "Pulumi.yaml":
        "name: sample\nruntime: nodejs\nconfig:\n  stages:\n    value: [dev, qa, uat, prod]\n" +
        `  product:\n    value: { name: orders, domain: company.com${product === "" ? "" : `, ${product}`} }\n${gates}`,
      "deploy/Chart.yaml": CHART,
    });
    this.git("config", "user.name", "Test");
    this.git("config", "user.email", "test@example.com");
    this.git("config", "commit.gpgSign", "false");
    this.git("config", "tag.gpgSign", "false");
  }

  /** Writes bytes, in whatever form. */
  put(name: string, bytes: string | Buffer): this {
    const file = join(this.projectDir, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    return this;
  }

  /** Tags the newest commit, or another one. */
  tag(...names: readonly string[]): this {
    for (const name of names) this.git("tag", name);
    return this;
  }

  /** Everything that a command may change: refs, the tree's state, what is checked out. */
  state(): string {
    return ["for-each-ref", "status --porcelain", "rev-parse --abbrev-ref HEAD"]
      .map((words) => this.git(...words.split(" ")))
      .join("\n");
  }

  /** Runs `dualreg version ...`. */
  async version(...words: readonly string[]): Promise<Ran> {
    const { io, printed } = captureIo();
    const code = await dualreg(["version", ...words, "--project", this.projectDir], io);
    return { code, ...printed };
  }
}
