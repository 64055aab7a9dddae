import type { Expectation, Wanted } from "./steps.ts";
import type { Words } from "./words.ts";

/** Words that end a list of names. */
const AFTER_NAMES: readonly string[] = ["at", "within", "to", "every", "valid"];

export function parseNames(words: Words): readonly string[] {
  const names = [words.word("a name")];
  while (words.next !== undefined && !AFTER_NAMES.includes(words.next)) names.push(words.word("a name"));
  for (const name of names) {
    if (!/^[A-Z]\w*$/.test(name))
      throw words.error(`"${name}" is no transaction: those have capital letters`);
  }
  return names;
}

function parseWanted(words: Words, what: string): Wanted {
  return { number: words.number(what), orMore: words.takes("or more") };
}

function parseAt(words: Words, most: number): readonly number[] | undefined {
  return words.takes("at") ? words.numbers("a machine", most) : undefined;
}

/** What stands behind "expect", up to "within". */
export function parseExpectation(words: Words, most: number): Expectation {
  for (const what of ["no fork", "no view change", "no complaint"] as const) {
    if (words.takes(what)) return { of: what, at: parseAt(words, most) };
  }
  for (const what of ["height", "final", "view", "epoch"] as const) {
    if (words.takes(what)) return { of: what, wanted: parseWanted(words, what), at: parseAt(words, most) };
  }
  for (const what of ["delivered", "undelivered", "order"] as const) {
    if (words.takes(what)) return { of: what, names: parseNames(words), at: parseAt(words, most) };
  }
  words.must("evidence against");
  return { of: "evidence", against: words.number("a key", most), at: parseAt(words, most) };
}
