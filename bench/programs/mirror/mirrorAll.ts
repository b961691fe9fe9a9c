// Copies images from one registry to another with all that refers to them, in one process: arguments are the two hosts
// and pairs of `path:tag` at the source and `path` at the target.
import { copyThrottle } from "../../../src/oci/copy/copyImage";
import { limiter } from "../../../src/base/limit";
import { Registries } from "../../../src/images/registries";
import { mirrorImage } from "../../../src/images/mirror";

async function main([from = "", to = "", ...names]: readonly string[]): Promise<void> {
  const registries = new Registries(() => Promise.resolve({ kind: "anonymous", from: "nothing" }));
  const throttle = copyThrottle();
  const run = limiter(4);
  try {
    await Promise.all(
      names.map((name) =>
        run(async () => {
          const [path = "", tag = ""] = name.split(":");
          const source = registries.session(from).repository(path);
          const target = registries.session(to).repository(path);
          await mirrorImage(source, target, tag, { throttle, path });
        }),
      ),
    );
  } finally {
    await registries.close();
  }
}

void main(process.argv.slice(2));
