/**
 * Schemas, and the three ways through them. What they give is plain MessagePack (W-8): any reader of it shows
 * the content, while this one accepts exactly one form of each value.
 */
import { AssertionFailed } from "../assert.ts";
import type { Result } from "../reject.ts";
import { type CodecCode, Failure, fail, failureToRejection } from "./failure.ts";
import { Reader } from "./reader.ts";
import type { Schema } from "./schema.ts";
import { Writer } from "./writer.ts";

export type { CodecCode } from "./failure.ts";
export {
  binary,
  boolean,
  ENCODED_BYTES_MAX,
  integer,
  list,
  optional,
  refine,
  type Schema,
  text,
  u64,
  type ValueOf,
  where,
} from "./schema.ts";
export {
  type Fields,
  KIND_NUMBER_MAX,
  type Kinds,
  type TupleOf,
  tuple,
  type VariantOf,
  variant,
} from "./tuple.ts";

/** One writer serves every call, since a fresh buffer for each costs more than the encoding. */
let idle: Writer | undefined;

function withWriter<R>(use: (writer: Writer) => R): R {
  // A guard that encodes in its turn, inside an encoding, gets a writer of its own.
  const writer = idle ?? new Writer();
  idle = undefined;
  try {
    return use(writer);
  } finally {
    writer.reset();
    idle = writer;
  }
}

/** The canonical bytes of a value of our own. One that doesn't fit its schema is our bug. */
export function encode<T>(schema: Schema<T>, value: T): Uint8Array {
  return withWriter((writer) => {
    try {
      schema.write(writer, value);
      return writer.finish();
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      throw new AssertionFailed(`encode: ${failureToRejection(thrown, writer.offset)}`, { cause: thrown });
    }
  });
}

/** W-1: one value and nothing behind it, or a rejection that names what is wrong and where. */
export function decode<T>(schema: Schema<T>, bytes: Uint8Array): Result<T, CodecCode> {
  return decodeCounting(schema, bytes).value;
}

/** As `decode`, and how many steps it took (W-6). */
export function decodeCounting<T>(
  schema: Schema<T>,
  bytes: Uint8Array,
): { readonly value: Result<T, CodecCode>; readonly steps: number } {
  const reader = new Reader(bytes);
  try {
    const value = schema.read(reader);
    if (reader.offset !== bytes.length) fail("CODEC_TRAILING");
    return { value, steps: reader.steps };
  } catch (thrown) {
    return { value: failureToRejection(thrown, reader.offset), steps: reader.steps };
  }
}

/**
 * A value from outside (a file, a form, a program) as one of the schema: a copy of its own, or a rejection.
 * Only plain objects and arrays will do (W-7), and each part is looked at once, while it is written: what
 * the value does when it is asked, throwing included, decides about itself alone.
 */
export function validate<T>(schema: Schema<T>, value: unknown): Result<T, CodecCode> {
  return withWriter((writer) => {
    writer.exact = true;
    try {
      schema.write(writer, value);
    } catch (thrown) {
      // No guard and no code but the value's own runs in this pass, so what else was thrown is the value's.
      return failureToRejection(
        thrown instanceof Failure ? thrown : new Failure("CODEC_TYPE"),
        writer.offset,
      );
    }
    return decode(schema, writer.finish());
  });
}
