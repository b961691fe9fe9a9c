#!/usr/bin/env node
// Prints which registry an image is in, its digest, its labels, and whether somebody whom the stage trusts signed it:
//   CONSOLE_URL=https://console.example.com CONSOLE_TOKEN_FILE=/run/secrets/console-token node main.mjs orders/api v1.2.3
import { consoleClient, ConsoleError } from "./consoleClient.mjs";

const [repository, reference] = process.argv.slice(2);
const { CONSOLE_URL: url, CONSOLE_TOKEN_FILE: tokenFile } = process.env;

if (repository === undefined || reference === undefined || url === undefined || tokenFile === undefined) {
  console.error("Usage: CONSOLE_URL=... CONSOLE_TOKEN_FILE=... node main.mjs <repository> <tag or digest>");
  process.exitCode = 2;
} else {
  try {
    const client = consoleClient({ url, tokenFile });
    const image = await client.image(repository, reference);
    const { signatures } = await client.trust(repository, image.digest);
    const labels = Object.fromEntries(image.platforms[0]?.labels.map(({ name, value }) => [name, value]) ?? []);
    const answer = {
      registry: image.registry.host,
      class: image.registry.class,
      digest: image.digest,
      labels,
      trusted: signatures.some(({ trusted }) => trusted),
    };
    console.log(JSON.stringify(answer, null, 2));
  } catch (error) {
    if (!(error instanceof ConsoleError) && error?.code === undefined) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
