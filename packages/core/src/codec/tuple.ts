import { assert } from "../assert.ts";
import { fail, failAt } from "./failure.ts";
import { isPlain, ownField, refuseOthers } from "./outside.ts";
import type { Reader } from "./reader.ts";
import { bounded, HEADER_BYTES_MAX, integerBytes, type Schema, type ValueOf } from "./schema.ts";
import type { Writer } from "./writer.ts";

export type Fields = Readonly<Record<string, Schema<unknown>>>;

export type TupleOf<F extends Fields> = { readonly [Name in keyof F]: ValueOf<F[Name]> };

/** An object while its fields are still being read, or not yet judged. */
type Loose = Record<string, unknown>;

function isObject(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object that is to be written; one from outside must be plain. */
function toLoose(writer: Writer, value: unknown): Loose {
  return isObject(value) && (!writer.exact || isPlain(value)) ? value : fail("CODEC_TYPE");
}

/** The fields of a tuple, or of one kind of a variant, in the order in which they were written down. */
class FieldList {
  private readonly fields: readonly { readonly name: string; readonly schema: Schema<unknown> }[];
  readonly maxBytes: number;

  constructor(fields: Fields) {
    this.fields = Object.entries(fields).map(([name, schema]) => ({ name, schema }));
    // An engine moves names that look like numbers to the front, and the order is the format.
    assert(
      this.fields.every((field) => /^[a-z]/i.test(field.name)),
      "a field's name starts with a letter",
    );
    this.maxBytes = this.fields.reduce((sum, field) => sum + field.schema.maxBytes, 0);
  }

  get length(): number {
    return this.fields.length;
  }

  read(reader: Reader, into: Loose): void {
    let step = "";
    try {
      for (const { name, schema } of this.fields) {
        step = name;
        into[name] = schema.read(reader);
      }
    } catch (thrown) {
      failAt(thrown, `.${step}`);
    }
  }

  write(writer: Writer, value: Loose): void {
    let step = "";
    try {
      for (const { name, schema } of this.fields) {
        step = name;
        schema.write(writer, writer.exact ? ownField(value, name) : value[name]);
      }
    } catch (thrown) {
      failAt(thrown, `.${step}`);
    }
  }

  has(name: string): boolean {
    return this.fields.some((field) => field.name === name);
  }
}

/** An object with named fields; its bytes are a list of their values in the order written here. */
export function tuple<const F extends Fields>(fields: F): Schema<TupleOf<F>> {
  const list = new FieldList(fields);
  return bounded({
    maxBytes: HEADER_BYTES_MAX + list.maxBytes,
    read(reader) {
      if (reader.listLength() !== list.length) fail("CODEC_LENGTH");
      const value: Loose = {};
      list.read(reader, value);
      // biome-ignore lint/nursery/noUnsafeTypeAssertion: each name holds what its own schema read, which is TupleOf
      return value as TupleOf<F>;
    },
    write(writer, value) {
      const object = toLoose(writer, value);
      if (writer.exact) refuseOthers(object, (name) => list.has(name));
      writer.listLength(list.length);
      list.write(writer, object);
    },
  });
}

/** Kinds by name, each with the number that stands for it in the bytes and the fields that follow it. */
export type Kinds = Readonly<Record<string, readonly [number: number, fields: Fields]>>;

export type VariantOf<K extends Kinds> = {
  [Kind in keyof K & string]: { readonly kind: Kind } & TupleOf<K[Kind][1]>;
}[keyof K & string];

/** W-7: kinds are numbered up to here, so that a table by number stays small. */
export const KIND_NUMBER_MAX = 65_535;

/** One of several kinds of object, told apart by `kind`; its bytes are the kind's number, then its fields. */
export function variant<const K extends Kinds>(kinds: K): Schema<VariantOf<K>> {
  const byName = new Map<string, { number: number; list: FieldList }>();
  const byNumber: ({ name: string; list: FieldList } | undefined)[] = [];
  let maxBytes = 0;
  for (const [name, [number, fields]] of Object.entries(kinds)) {
    assert(Number.isInteger(number) && number >= 0 && number <= KIND_NUMBER_MAX, "a kind's number");
    assert(byNumber[number] === undefined, `kind number ${number} stands twice`);
    assert(!("kind" in fields), "a field can't be called kind");
    const list = new FieldList(fields);
    byName.set(name, { number, list });
    byNumber[number] = { name, list };
    maxBytes = Math.max(maxBytes, integerBytes(number) + list.maxBytes);
  }
  return bounded({
    maxBytes: HEADER_BYTES_MAX + maxBytes,
    read(reader) {
      const length = reader.listLength();
      if (length === 0) fail("CODEC_LENGTH");
      const kind = byNumber[reader.integer()];
      if (kind === undefined) return fail("CODEC_UNKNOWN_KIND");
      if (length !== kind.list.length + 1) fail("CODEC_LENGTH");
      const value: Loose = { kind: kind.name };
      kind.list.read(reader, value);
      // biome-ignore lint/nursery/noUnsafeTypeAssertion: as for a tuple, with the kind's name beside its fields
      return value as VariantOf<K>;
    },
    write(writer, value) {
      const object = toLoose(writer, value);
      const name = writer.exact ? ownField(object, "kind") : object["kind"];
      const kind = typeof name === "string" ? byName.get(name) : undefined;
      if (kind === undefined) return fail("CODEC_UNKNOWN_KIND");
      if (writer.exact) refuseOthers(object, (other) => other === "kind" || kind.list.has(other));
      writer.listLength(kind.list.length + 1);
      writer.integer(kind.number);
      kind.list.write(writer, object);
    },
  });
}
