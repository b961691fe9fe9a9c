// Who may know whom in src: the table of tools/rooms.json, which docs/architecture.md shows, as rules.
const rooms = require("./tools/rooms.json");

/** A room is a folder of src, or one of the two files beside them. */
const pathOf = (room) => (room.endsWith(".ts") ? `^src/${room.replaceAll(".", "\\.")}$` : `^src/${room}/`);
/** Where a room has faces, others see nothing else of it. */
const seenOf = (room) => (rooms[room].faces ? `^src/${room}/(${rooms[room].faces.join("|")})\\.ts$` : pathOf(room));

/** Packages of clients and engines, and the rooms that may import them. base/packages.ts loads the heavy ones late. */
const PACKAGES = {
  "@pulumi": ["index.ts", "program.ts", "base", "config", "controls", "components", "outputs", "passwords", "preview"],
  "@azure": ["base", "azure", "passwords", "access", "adopt", "sweeping", "images", "oci"],
  "@octokit": ["base", "github"],
  "@sigstore": ["base", "signing"],
  "@commander-js/extra-typings": ["cli"],
  commander: ["cli"],
  listr2: ["base", "cli"],
  undici: ["base", "oci"],
};

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-cycle", severity: "error", comment: "Types included.", from: {}, to: { circular: true } },
    ...Object.entries(rooms).map(([room, { knows, never }]) => ({
      name: `room-${room}`,
      severity: "error",
      comment: `src/${room} knows ${knows.join(", ") || "no other room"}; never ${never} (docs/architecture.md)`,
      from: { path: pathOf(room) },
      to: { path: "^src/", pathNot: [pathOf(room), ...knows.map(seenOf)] },
    })),
    {
      name: "room-unknown",
      severity: "error",
      comment: "A file of src belongs to a room of tools/rooms.json.",
      from: { path: "^src/", pathNot: Object.keys(rooms).map(pathOf) },
      to: {},
    },
    ...Object.entries(PACKAGES).map(([name, allowed]) => ({
      name: `package-${name}`,
      severity: "error",
      comment: `${name} is imported by ${allowed.join(", ")} alone.`,
      from: { path: "^src/", pathNot: allowed.map(pathOf) },
      to: { path: `^${name}(/|$)|node_modules/${name}/` },
    })),
    {
      name: "no-development-package",
      severity: "error",
      comment: "What is installed for development only is missing where the program runs. The policy pack is bundled.",
      from: { path: "^src/", pathNot: "^src/controls/adapters/pack\\.ts$" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      comment: "The import does not lead anywhere.",
      from: { path: "^src/" },
      to: { couldNotResolve: true, path: "^\\." },
    },
    {
      name: "no-tests-in-source",
      severity: "error",
      comment: "src does not import test, bench, samples or tools.",
      from: { path: "^src/" },
      to: { path: "^(test|bench|samples|tools)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json", ".cjs", ".mjs", ".d.ts"] },
  },
};
