import { Command, CommanderError } from "@commander-js/extra-typings";
import { createRequire } from "node:module";
import { DualRegistryError, type ExitCode } from "../base/errors";
import { addCommands, type CommandTable, type Running } from "./command";
import type { Io } from "./io";
import { toolVersion } from "./toolVersion";

const load = createRequire(__filename);

/** Every command, in the order of the help; the file of one is loaded when its name stands on the command line. */
const COMMANDS: CommandTable = {
  preview: {
    summary: "show what the stages would provision, without a cloud, a login or the Pulumi CLI",
    load: () => (load("./preview") as typeof import("./preview")).preview,
  },
  stages: {
    summary: "list the project's stages in the order of promotion, with their gates",
    load: () => (load("./stages") as typeof import("./stages")).stages,
  },
  doctor: {
    summary: "look whether everything is there that `pulumi up` needs, and say what to do where it is not",
    load: () => (load("./doctor") as typeof import("./doctor")).doctor,
  },
  adopt: {
    summary: "say, before the import, what taking over a stage's existing registries would change and keep",
    load: () => (load("./adopt") as typeof import("./adopt")).adopt,
  },
  image: {
    summary: "publish, promote and look at images, by digest",
    commands: {
      publish: {
        summary: "bring a built image to its stage's registry, through its gates",
        load: () => (load("./image/publish") as typeof import("./image/publish")).publish,
      },
      "publish-all": {
        summary: "publish all images of a product by a list of them: either each gets its tags, or none does",
        load: () => (load("./image/publishAll") as typeof import("./image/publishAll")).publishAll,
      },
      tag: {
        summary: "tag the images of a product that were pushed by digest: all of them, or none",
        load: () => (load("./image/tag") as typeof import("./image/tag")).tag,
      },
      promote: {
        summary: "copy images of the stage before by digest, with all that refers to them, and record it",
        load: () => (load("./image/promote") as typeof import("./image/promote")).promote,
      },
      verify: {
        summary: "say of an image at its registry whether all is in order, and why",
        load: () => (load("./image/verify") as typeof import("./image/verify")).verify,
      },
      lock: {
        summary: "lock an image's tag and manifests, where the registry can",
        load: () => (load("./image/lock") as typeof import("./image/lock")).lock,
      },
      unlock: {
        summary: "unlock an image's manifests and tag",
        load: () => (load("./image/lock") as typeof import("./image/lock")).unlock,
      },
      compare: {
        summary: "show what two images of a stage, or of two stages, differ in",
        load: () => (load("./image/compare") as typeof import("./image/compare")).compare,
      },
      labels: {
        summary: "print the labels of an image, which whoever built it wrote: index, manifest, configuration",
        load: () => (load("./image/labels") as typeof import("./image/labels")).labels,
      },
      export: {
        summary: "write images with all that refers to them into an OCI layout, for a mirror without a network",
        load: () => (load("./image/export") as typeof import("./image/export")).exportImages,
      },
      import: {
        summary: "bring all images of such a layout to a registry, digests and signatures unchanged",
        load: () => (load("./image/import") as typeof import("./image/import")).importImages,
      },
      sweep: {
        summary: "say of each image what retention makes of it and why; delete it only with --apply",
        load: () => (load("./image/sweep") as typeof import("./image/sweep")).sweep,
      },
    },
  },
  deployed: {
    summary: "say which images clusters run and repositories name; wait until the expected ones run",
    load: () => (load("./deployed") as typeof import("./deployed")).deployed,
  },
  registry: {
    summary: "choose a registry, log in to it, and see whether it works",
    commands: {
      login: {
        summary: "try a login and keep it where Docker keeps its own",
        load: () => (load("./registry/login") as typeof import("./registry/login")).login,
      },
      select: {
        summary: "say to which of a stage's registries images go, by environment, branch, tag or kind",
        load: () => (load("./registry/select") as typeof import("./registry/select")).select,
      },
      check: {
        summary: "read what registries say of their own settings, and compare it with what the stage expects of them",
        load: () => (load("./registry/check") as typeof import("./registry/check")).check,
      },
      smoke: {
        summary: "log in, push a tiny image, pull it, compare it, and delete it by digest",
        load: () => (load("./registry/smoke") as typeof import("./registry/smoke")).smoke,
      },
    },
  },
  release: {
    summary: "the release flow on GitHub: what is next, what holds, who signed off",
    commands: {
      next: {
        summary: "say which move is next for a stage, who may do it, and what stands against it",
        load: () => (load("./release/next") as typeof import("./release/next")).next,
      },
      step: {
        summary: "say which step of a release a tag stands for, from the project's files alone",
        load: () => (load("./release/step") as typeof import("./release/step")).step,
      },
      check: {
        summary: "say of a tag whether it may be placed or, where it stands, was rightly placed, and why not",
        load: () => (load("./release/check") as typeof import("./release/check")).check,
      },
      "sign-offs": {
        summary: "print who signed a tag off, when, for which commit and digests; sign that for promotions",
        load: () => (load("./release/signOffs") as typeof import("./release/signOffs")).signOffs,
      },
      request: {
        summary: "put a release before a stage's approvers: keep commit and digests, and start the sign-off workflow",
        load: () => (load("./release/request") as typeof import("./release/request")).request,
      },
      cut: {
        summary: "cut the next release branch from main",
        load: () => (load("./release/cut") as typeof import("./release/cut")).cut,
      },
      tag: {
        summary: "place a tag, where dualreg release check finds nothing against it",
        load: () => (load("./release/tag") as typeof import("./release/tag")).tag,
      },
    },
  },
  console: {
    summary: "the image console of a stage: where an image really comes from",
    commands: {
      build: {
        summary: "bundle the console with its stage's two registries baked in, and print its image's labels",
        load: () => (load("./console/build") as typeof import("./console/build")).build,
      },
      serve: {
        summary: "serve a stage's console on this machine's loopback, with the logins of this machine",
        load: () => (load("./console/serve") as typeof import("./console/serve")).serve,
      },
      token: {
        summary: "tokens that let machines read the console of a stage",
        commands: {
          issue: {
            summary: "make a token that reads some repositories until it ends, and print it once",
            load: () => (load("./console/token") as typeof import("./console/token")).issue,
          },
          list: {
            summary: "list the tokens: what each reads, until when, and whether it still counts",
            load: () => (load("./console/token") as typeof import("./console/token")).list,
          },
          revoke: {
            summary: "end a token: the console takes it no more within 30 seconds",
            load: () => (load("./console/token") as typeof import("./console/token")).revoke,
          },
        },
      },
    },
  },
  labels: {
    summary: "print the labels of every image of a stage, or write them as pages that need no server",
    load: () => (load("./labels") as typeof import("./labels")).labels,
  },
  pulls: {
    summary: "where images were really pulled from: the application's own log, and the registry's",
    commands: {
      log: {
        summary: "print one line for every pull that a node or client makes, with the class that was expected",
        load: () => (load("./pulls/log") as typeof import("./pulls/log")).log,
      },
      reconcile: {
        summary: "join the log of pulls with what registries recorded, and say what is proven and what is claimed",
        load: () => (load("./pulls/reconcile") as typeof import("./pulls/reconcile")).reconcile,
      },
    },
  },
  version: {
    summary: "what versions are called, and the versions in git",
    commands: {
      tag: {
        summary: "say what an image of a branch is called: a version, a beta with its time, or a commit's own",
        load: () => (load("./version/tag") as typeof import("./version/tag")).tag,
      },
      next: {
        summary: "say which version comes next, by the tags of git or of a registry",
        load: () => (load("./version/next") as typeof import("./version/next")).next,
      },
      tags: {
        summary: "list the versions that git has tags of: whose candidate each is, which stage it is for",
        load: () => (load("./version/tags") as typeof import("./version/tags")).tags,
      },
      bump: {
        summary: "bring the chart and package.json to another version, on a branch; tag it once it is merged",
        load: () => (load("./version/bump") as typeof import("./version/bump")).bump,
      },
      rollback: {
        summary: "say which release a rollback goes to, and by which commands",
        load: () => (load("./version/rollback") as typeof import("./version/rollback")).rollback,
      },
    },
  },
  admission: {
    summary: "print the policies of a stage's clusters as YAML: hosts and digests, signatures, Flux's objects",
    load: () => (load("./admission") as typeof import("./admission")).admission,
  },
  gitops: {
    summary: "what GitOps repositories say of images, and what clusters deploy by it",
    commands: {
      promote: {
        summary: "ask a GitOps repository to deploy in the next stage what a stage deploys, promoted and proven",
        load: () => (load("./gitops/promote") as typeof import("./gitops/promote")).promote,
      },
      rollback: {
        summary: "ask a GitOps repository to deploy again what a stage deployed before, if it is still accepted",
        load: () => (load("./gitops/rollback") as typeof import("./gitops/rollback")).rollback,
      },
      values: {
        summary: "print the values of a chart for a stage: registries, pull secrets, and places for digests",
        load: () => (load("./gitops/values") as typeof import("./gitops/values")).values,
      },
      check: {
        summary: "say whether a GitOps repository deploys to a stage what was promoted, and nothing else",
        load: () => (load("./gitops/check") as typeof import("./gitops/check")).check,
      },
      set: {
        summary: "change an image in a HelmRelease, manifest or file of values, and no other character",
        load: () => (load("./gitops/set") as typeof import("./gitops/set")).set,
      },
      winner: {
        summary: "say which tag Flux's image policy chooses, and of every other tag why not",
        load: () => (load("./gitops/winner") as typeof import("./gitops/winner")).winner,
      },
      range: {
        summary: "move the range of an image policy to a release's major or minor version",
        load: () => (load("./gitops/range") as typeof import("./gitops/range")).range,
      },
    },
  },
  config: {
    summary: "the project's files",
    commands: {
      import: {
        summary: "take the settings of another copy of the project, such as a branch, as data",
        load: () => (load("./config") as typeof import("./config")).configImport,
      },
    },
  },
  access: {
    summary: "who may do what at a stage's registries",
    commands: {
      review: {
        summary: "compare role assignments and tokens, as deployed, with the stage's access matrix",
        load: () => (load("./access") as typeof import("./access")).accessReview,
      },
    },
  },
  gates: {
    summary: "what guards the repository on GitHub",
    commands: {
      review: {
        summary: "compare environments, rulesets and the subject of tokens on GitHub with the plan",
        load: () => (load("./gates") as typeof import("./gates")).gatesReview,
      },
    },
  },
  compliance: {
    summary: "what each control says of the stages, as planned or as deployed, with evidence",
    load: () => (load("./compliance") as typeof import("./compliance")).compliance,
  },
  notify: {
    summary: "tell people: one issue for each title, opened or brought up to date, and a webhook",
    load: () => (load("./notify") as typeof import("./notify")).notify,
  },
};

/** Options of the program itself. */
const ROOT_OPTIONS: readonly string[] = ["--version", "--help"];

/** The names of all commands and their groups. */
const NAMES: ReadonlySet<string> = new Set(namesIn(COMMANDS));

function namesIn(table: CommandTable): string[] {
  return Object.entries(table).flatMap(([name, entry]) => [
    name,
    ...("commands" in entry ? namesIn(entry.commands) : []),
  ]);
}

/** The whole command line on commander, which prints to the given streams and never ends the process. */
export function makeProgram(running: Running): Command {
  const { stdout, stderr } = running.io;
  const program: Command = new Command("dualreg")
    .description("Two container registries for each stage, a secure one beside the standard one")
    .version(toolVersion(), "--version", "print the version")
    .helpOption("--help", "print help")
    .showSuggestionAfterError(true)
    // What stands behind a command is the command's: some have a --version of their own.
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 80,
      getErrHelpWidth: () => stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
  addCommands(program, COMMANDS, running);
  return program;
}

/**
 * Runs the command line: results go to standard output, refusals to standard error.
 *
 * @param args the words behind the program's name
 * @returns the exit code: 0 fine, 1 a finding or a refusal, 2 wrong usage or configuration
 * @throws what is no refusal but a fault of this program
 */
export async function dualreg(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = 0;
  const [first = ""] = args;
  if (args.length > 1 && ROOT_OPTIONS.includes(first)) {
    io.stderr.write(`error: ${first} in front of a command stands alone; nothing was done\n`);
    return 2;
  }
  try {
    await makeProgram({ io, end: (ended) => (code = ended) }).parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode !== 0) return 2;
      // A script whose value reads --help must not take the help for an answer.
      if (error.code !== "commander.helpDisplayed" || args.slice(0, -1).every((word) => NAMES.has(word))) return 0;
      io.stderr.write("error: --help stands alone behind a command; nothing else was done\n");
      return 2;
    }
    if (!(error instanceof DualRegistryError)) throw error;
    io.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
}
