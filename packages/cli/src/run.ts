import { Command, CommanderError } from "commander";
import manifest from "../package.json" with { type: "json" };

/** Where a command writes: the process in `main.ts`, a list in tests. Texts end with their own line break. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
}

const EXIT_OK = 0;
/** The caller asked for something that does not exist. */
const EXIT_USAGE = 2;

const WHAT_THIS_VERSION_HOLDS = `
This version holds the foundations only: the workspace, the core package and the gates that guard them.
There is no network to start yet.
`;

function createProgram(io: Io): Command {
  const program = new Command("touchmark")
    .description("Runs a Touchmark network, and speaks to one.")
    .version(manifest.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .showHelpAfterError("touchmark --help lists what there is.")
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  // As a command of its own, and not commander's implied one: commander names the nearest command only to
  // a program that has some.
  program
    .helpCommand(false)
    .command("help")
    .description("print this help")
    .action(() => program.outputHelp());
  return program;
}

/** Runs one command line (without the program's own name) and gives the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const program = createProgram(io);
  if (argv.length === 0) {
    io.out(`touchmark ${manifest.version}\n\n${program.helpInformation()}${WHAT_THIS_VERSION_HOLDS}`);
    return EXIT_OK;
  }
  try {
    await program.parseAsync(argv, { from: "user" });
    return EXIT_OK;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  }
}
