import { assert, integer, must, type Schema } from "@touchmark/core";

/**
 * One of a few names, as a whole number in the bytes: 1 for the first. Names are added at the end and never
 * moved, since their places are the format.
 */
export function choice<const Name extends string>(names: readonly Name[]): Schema<Name> {
  assert(names.length > 0 && new Set(names).size === names.length, "names of a choice, none twice");
  const place = integer(1, names.length);
  const places = new Map<unknown, number>(names.map((name, i) => [name, i + 1]));
  return {
    maxBytes: place.maxBytes,
    read: (reader) => must(names[place.read(reader) - 1], "a name at its place"),
    // A name that is none of them stands at place 0, which the bounds refuse.
    write: (writer, value) => place.write(writer, places.get(value) ?? 0),
  };
}
