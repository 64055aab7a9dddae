import { type Finding, isTest, isTypeScript, linesOf, type Tree } from "./tree.ts";

/**
 * A longer file is several concepts. What is longer already is on record, and its record only falls: it is
 * compared with the last commit's, so that no record is raised or added beside the file that outgrew it.
 */
export const LINES_MAX = 400;
export const SIZES_PATH = "scripts/tidy/sizes.json";

function recordedSizes(text: string): ReadonlyMap<string, unknown> {
  const parsed: unknown = JSON.parse(text);
  return new Map(typeof parsed === "object" && parsed !== null ? Object.entries(parsed) : []);
}

function judgeUnrecorded(size: number): string | undefined {
  return size > LINES_MAX ? `${size} lines, over ${LINES_MAX}: split it by concept` : undefined;
}

function judgeRecorded(size: number | undefined, recorded: unknown, committed: unknown): string | undefined {
  if (size === undefined) return "is recorded and is not there: remove the record";
  if (size <= LINES_MAX) return `has ${size} lines, within ${LINES_MAX}: remove the record`;
  if (typeof recorded !== "number") return "has a record that is not a number";
  if (typeof committed !== "number") return "its record was added: split it by concept";
  if (recorded > committed) return `its record was raised from ${committed} to ${recorded}: it only falls`;
  if (size > recorded) return `grew from ${recorded} to ${size} lines: the record only falls`;
  return size < recorded ? `shrank from ${recorded} to ${size} lines: lower the record` : undefined;
}

export function findSizes(tree: Tree): readonly Finding[] {
  const record = tree.find((file) => file.path === SIZES_PATH);
  const recorded = recordedSizes(record?.text ?? "{}");
  const committed = recordedSizes(record?.committed ?? "{}");
  const sizes = new Map<string, number>();
  for (const { path, text } of tree) {
    if (isTypeScript(path) && !isTest(path)) sizes.set(path, linesOf(text).length);
  }
  return [...new Set([...sizes.keys(), ...recorded.keys()])].flatMap((path) => {
    const size = sizes.get(path);
    const message = recorded.has(path)
      ? judgeRecorded(size, recorded.get(path), committed.get(path))
      : judgeUnrecorded(size ?? 0);
    return message === undefined ? [] : [{ path, line: 1, rule: "sizes", message }];
  });
}
