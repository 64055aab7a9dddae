import { assert } from "../assert.ts";
import { fail, failAt } from "./failure.ts";
import * as mark from "./mark.ts";
import { hasOtherItems, outsideBytes } from "./outside.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/**
 * One definition gives the bytes, the checks and the TypeScript type of a value. Schemas are built from
 * the functions below and hold no state. There is no recursion among them, so depth is bounded by the
 * definition, and every text, byte string and list names its bounds.
 */
export interface Schema<T> {
  /** The most bytes that a value can take, so that limits can be asserted against one another. */
  readonly maxBytes: number;
  /** Takes one value from the reader, or fails. */
  read(reader: Reader): T;
  /** Writes one value, or fails on what is not of this schema. */
  write(writer: Writer, value: unknown): void;
}

/** The type that a schema describes. */
export type ValueOf<S> = S extends Schema<infer T> ? T : never;

/** W-1: the longest thing that is ever encoded; every schema must fit. */
export const ENCODED_BYTES_MAX = 64 * 1024 * 1024;

/** The longest header of a list, of bytes or of text. */
export const HEADER_BYTES_MAX = 5;

export function bounded<T>(schema: Schema<T>): Schema<T> {
  assert(schema.maxBytes <= ENCODED_BYTES_MAX, "a schema allows more bytes than are ever encoded");
  return schema;
}

export function integerBytes(value: number): number {
  if (value >= 0)
    return value < 0x80 ? 1 : value < 0x100 ? 2 : value < 0x1_0000 ? 3 : value <= 0xffff_ffff ? 5 : 9;
  return value >= -0x20 ? 1 : value >= -0x80 ? 2 : value >= -0x8000 ? 3 : value >= -0x8000_0000 ? 5 : 9;
}

/** A whole number between two safe integers, both included. */
export function integer(least: number, most: number): Schema<number> {
  assert(Number.isSafeInteger(least) && Number.isSafeInteger(most) && least <= most, "bounds of an integer");
  return {
    maxBytes: Math.max(integerBytes(least), integerBytes(most)),
    read(reader) {
      const value = reader.integer();
      if (value < least || value > most) fail("CODEC_RANGE");
      return value;
    },
    write(writer, value) {
      if (typeof value !== "number") return fail("CODEC_TYPE");
      if (value < least || value > most) fail("CODEC_RANGE");
      writer.integer(value);
    },
  };
}

/** A whole number from 0 to 2^64 - 1. It is always a bigint, however small. */
export const u64: Schema<bigint> = {
  maxBytes: 9,
  read: (reader) => reader.u64(),
  write(writer, value) {
    if (typeof value !== "bigint") return fail("CODEC_TYPE");
    writer.u64(value);
  },
};

export const boolean: Schema<boolean> = {
  maxBytes: 1,
  read: (reader) => reader.boolean(),
  write(writer, value) {
    if (typeof value !== "boolean") return fail("CODEC_TYPE");
    writer.single(value ? mark.TRUE : mark.FALSE);
  },
};

/** Bytes of a length between two bounds, both included; with one bound, of exactly that length. */
export function binary(least: number, most: number = least): Schema<Uint8Array> {
  assert(least >= 0 && least <= most, "bounds of bytes");
  return bounded({
    maxBytes: HEADER_BYTES_MAX + most,
    read: (reader) => reader.binary(least, most),
    write(writer, value) {
      const bytes = writer.exact ? outsideBytes(value) : value;
      if (!(bytes instanceof Uint8Array)) return fail("CODEC_TYPE");
      if (bytes.length < least || bytes.length > most) fail("CODEC_LENGTH");
      writer.binary(bytes);
    },
  });
}

/** Text whose UTF-8 form has a length between two bounds, both included. */
export function text(least: number, most: number): Schema<string> {
  assert(least >= 0 && least <= most, "bounds of text");
  return bounded({
    maxBytes: HEADER_BYTES_MAX + most,
    read: (reader) => reader.text(least, most),
    write(writer, value) {
      if (typeof value !== "string") return fail("CODEC_TYPE");
      writer.text(value, least, most);
    },
  });
}

export function list<T>(item: Schema<T>, least: number, most: number): Schema<readonly T[]> {
  assert(least >= 0 && least <= most, "bounds of a list");
  return bounded({
    maxBytes: HEADER_BYTES_MAX + most * item.maxBytes,
    read(reader) {
      const length = reader.listLength();
      if (length < least || length > most) fail("CODEC_LENGTH");
      const items: T[] = [];
      try {
        for (let i = 0; i < length; i++) items.push(item.read(reader));
      } catch (thrown) {
        failAt(thrown, `[${items.length}]`);
      }
      return items;
    },
    write(writer, value) {
      if (!Array.isArray(value)) return fail("CODEC_TYPE");
      // Read once: a proxy may answer otherwise the next time.
      const { length } = value;
      if (!Number.isSafeInteger(length)) fail("CODEC_TYPE");
      if (length < least || length > most) fail("CODEC_LENGTH");
      if (writer.exact && hasOtherItems(value, length)) fail("CODEC_UNKNOWN_FIELD");
      writer.listLength(length);
      let at = 0;
      try {
        for (; at < length; at++) {
          if (writer.exact && !Object.hasOwn(value, at)) fail("CODEC_TYPE");
          item.write(writer, value[at]);
        }
      } catch (thrown) {
        failAt(thrown, `[${at}]`);
      }
    },
  });
}

/** A value or none; none is a nil. */
export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return {
    maxBytes: Math.max(1, schema.maxBytes),
    read: (reader) => (reader.nil() ? undefined : schema.read(reader)),
    write(writer, value) {
      if (value === undefined) writer.single(mark.NIL);
      else schema.write(writer, value);
    },
  };
}

/** The same bytes under a narrower type: only values that the guard accepts. */
export function refine<T, Narrow extends T>(
  schema: Schema<T>,
  accepts: (value: T) => value is Narrow,
): Schema<Narrow> {
  return {
    maxBytes: schema.maxBytes,
    read(reader) {
      const value = schema.read(reader);
      return accepts(value) ? value : fail("CODEC_REFUSED");
    },
    write(writer, value) {
      schema.write(writer, value);
      // A value from outside may be another at the next look: its guard is asked of the copy, in `read`.
      if (writer.exact) return;
      // biome-ignore lint/nursery/noUnsafeTypeAssertion: what the schema wrote without failing is of its type
      if (!accepts(value as T)) fail("CODEC_REFUSED");
    },
  };
}

/** The same type, with a condition over the whole value, such as two fields that must be in order. */
export function where<T>(schema: Schema<T>, holds: (value: T) => boolean): Schema<T> {
  return refine(schema, (value): value is T => holds(value));
}
