import { Image } from "@pulumi/docker";
import { Config } from "@pulumi/pulumi";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Seen from this folder, so that the stack's state is the same on every machine. */
const CONTEXT = "console";
const DOCKERFILE = "console/build/Dockerfile";
const ARCHITECTURES = ["amd64", "arm64"] as const;

const config = new Config();
const [repository, version] = [config.require("repository"), config.require("version")];
if (!existsSync(join(__dirname, DOCKERFILE))) {
  throw new Error(
    `${DOCKERFILE} is missing: run \`make --directory images/console all\` with the stage's OUTPUTS and ACCESS`,
  );
}

const images = ARCHITECTURES.map((architecture) => {
  const image = new Image(`console-${architecture}`, {
    build: {
      context: CONTEXT,
      dockerfile: DOCKERFILE,
      platform: `linux/${architecture}`,
      builderVersion: "BuilderBuildKit",
    },
    imageName: `${repository}:${version}-${architecture}`,
    // What is pushed was scanned and signed before: `dualreg image publish` does that, with the login of its own job.
    skipPush: true,
  });
  return [architecture, { name: image.imageName, id: image.repoDigest }] as const;
});

/** The images as the engine has them, by architecture: name and id. */
export const built = Object.fromEntries(images);
