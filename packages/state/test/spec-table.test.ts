import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { registry } from "../src/machines/all.ts";
import { sectionIn, sectionsOf, withSection } from "./support/spec-table.ts";

const SPEC = join(import.meta.dirname, "../../../docs/spec/state.md");
/** Set where the tables are to be written anew instead of compared. */
const WRITE = process.env["TOUCHMARK_WRITE_SPEC"] === "1";

test.each(sectionsOf(registry))("L-6 docs/spec/state.md lists the $name of the registry", (section) => {
  if (WRITE) writeFileSync(SPEC, withSection(readFileSync(SPEC, "utf8"), section));
  expect(sectionIn(readFileSync(SPEC, "utf8"), section.name)).toBe(section.lines.join("\n"));
});
