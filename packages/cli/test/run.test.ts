import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { run } from "../src/index.ts";

const MANIFEST = readFileSync(new URL("../package.json", import.meta.url), "utf8");

async function runWith(...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await run(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

describe("the command line", () => {
  test("--version prints the package's version, alone", async () => {
    const { code, out, err } = await runWith("--version");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(MANIFEST).toContain(`"version": "${out.trimEnd()}"`);
  });

  test.each([["--help"], ["-h"], ["help"]])("%s prints the help", async (argument) => {
    const { code, out, err } = await runWith(argument);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("Usage: touchmark");
  });

  test("without arguments it gives version and help, and says that there is no network yet", async () => {
    const { code, out, err } = await runWith();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^touchmark \d+\.\d+\.\d+\n/);
    expect(out).toContain("Usage: touchmark");
    expect(out).toContain("This version holds the foundations only");
    expect(out).toContain("no network to start yet");
  });

  test("an unknown command is refused with the nearest one's name", async () => {
    const { code, out, err } = await runWith("hlep");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("unknown command 'hlep'");
    expect(err).toContain("Did you mean help?");
  });

  test("an unknown flag is refused with the nearest one's name", async () => {
    const { code, out, err } = await runWith("--versoin");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("unknown option '--versoin'");
    expect(err).toContain("Did you mean --version?");
  });

  test.each([["start"], ["-x"], ["help", "more"]])(
    "%s is like nothing there is: the refusal names the help",
    async (...argv) => {
      const { code, out, err } = await runWith(...argv);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      expect(err).toContain("touchmark --help");
    },
  );
});
