import * as core from "@touchmark/core";
import { Unpackr } from "msgpackr";
import { describe, expect, test } from "vitest";
import { drawEnvelope, zoo } from "./zoo.ts";

const { integer, u64, boolean, binary, text, list, optional, tuple, variant, where } = core;

function hex(schema: core.Schema<unknown>, value: unknown): string {
  return core.bytesToHex(core.encode(schema, value));
}

function decodeHex<T>(schema: core.Schema<T>, bytes: string): core.Result<T, core.CodecCode> {
  return core.decode(schema, core.must(core.hexToBytes(bytes), "hex"));
}

function code(result: unknown): string | undefined {
  return core.isRejection(result) ? result.code : undefined;
}

const whole = integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

describe("W-2 a number has one form, the shortest", () => {
  test.each([
    [0, "00"],
    [127, "7f"],
    [128, "cc80"],
    [255, "ccff"],
    [256, "cd0100"],
    [65_535, "cdffff"],
    [65_536, "ce00010000"],
    [4_294_967_295, "ceffffffff"],
    [4_294_967_296, "cf0000000100000000"],
    [Number.MAX_SAFE_INTEGER, "cf001fffffffffffff"],
    [-1, "ff"],
    [-32, "e0"],
    [-33, "d0df"],
    [-128, "d080"],
    [-129, "d1ff7f"],
    [-32_768, "d18000"],
    [-32_769, "d2ffff7fff"],
    [-2_147_483_648, "d280000000"],
    [-2_147_483_649, "d3ffffffff7fffffff"],
    [-Number.MAX_SAFE_INTEGER, "d3ffe0000000000001"],
  ])("W-2 %d is %s", (value, bytes) => {
    expect(hex(whole, value)).toBe(bytes);
    expect(decodeHex(whole, bytes)).toBe(value);
  });

  test.each([
    "cc7f",
    "cd00ff",
    "ce0000ffff",
    "cf00000000ffffffff",
    "d0e0",
    "d001",
    "d1ff80",
    "d10080",
    "d2ffff8000",
    "d3ffffffff80000000",
    "d30000000000000001",
  ])("W-2 the longer form %s is refused", (bytes) => {
    expect(code(decodeHex(whole, bytes))).toBe("CODEC_NON_CANONICAL");
  });

  test.each(["cf0020000000000000", "d3ffe0000000000000", "d3ffdfffffffffffff", "cfffffffffffffffff"])(
    "W-2 %s lies outside the safe integers and is refused",
    (bytes) => {
      expect(code(decodeHex(whole, bytes))).toBe("CODEC_RANGE");
    },
  );

  test("W-2 a float is never a number here, even a whole one", () => {
    expect(code(decodeHex(whole, "cb3ff0000000000000"))).toBe("CODEC_TYPE");
    expect(code(decodeHex(u64, "ca3f800000"))).toBe("CODEC_TYPE");
  });

  test.each([
    [0n, "00"],
    [127n, "7f"],
    [128n, "cc80"],
    [0xffff_ffffn, "ceffffffff"],
    [1n << 32n, "cf0000000100000000"],
    [(1n << 64n) - 1n, "cfffffffffffffffff"],
  ])("W-2 the u64 %d is %s and stays a bigint", (value, bytes) => {
    expect(hex(u64, value)).toBe(bytes);
    expect(decodeHex(u64, bytes)).toBe(value);
  });

  test("W-2 a u64 below zero or in a longer form is refused", () => {
    expect(code(decodeHex(u64, "ff"))).toBe("CODEC_RANGE");
    expect(code(decodeHex(u64, "cf00000000ffffffff"))).toBe("CODEC_NON_CANONICAL");
    expect(code(core.validate(u64, -1n))).toBe("CODEC_RANGE");
    expect(code(core.validate(u64, 1n << 64n))).toBe("CODEC_RANGE");
  });

  test("W-2 the schema's own range is kept", () => {
    expect(code(decodeHex(integer(5, 9), "04"))).toBe("CODEC_RANGE");
    expect(code(decodeHex(integer(5, 9), "0a"))).toBe("CODEC_RANGE");
    expect(code(core.validate(integer(5, 9), 10))).toBe("CODEC_RANGE");
    expect(code(core.validate(integer(5, 9), 5.5))).toBe("CODEC_TYPE");
    expect(code(core.validate(integer(5, 9), Number.NaN))).toBe("CODEC_TYPE");
    expect(code(core.validate(integer(5, 9), "5"))).toBe("CODEC_TYPE");
  });
});

describe("W-3, W-4, W-5 lists, bytes and text keep their bounds and their shortest headers", () => {
  test("W-3 a list says its length in the shortest form", () => {
    const numbers = list(integer(0, 1), 0, 70_000);
    const zeros = (count: number) => hex(numbers, new Array<number>(count).fill(0)).slice(0, 10);
    expect(zeros(2)).toBe("920000");
    expect(zeros(15).slice(0, 2)).toBe("9f");
    expect(zeros(16).slice(0, 6)).toBe("dc0010");
    expect(zeros(65_536)).toBe("dd00010000");
    expect(code(decodeHex(numbers, "dc000100"))).toBe("CODEC_NON_CANONICAL");
    expect(code(decodeHex(numbers, "dd0000000100"))).toBe("CODEC_NON_CANONICAL");
    expect(code(decodeHex(list(integer(0, 1), 1, 2), "90"))).toBe("CODEC_LENGTH");
    expect(code(decodeHex(list(integer(0, 1), 1, 2), "93000000"))).toBe("CODEC_LENGTH");
  });

  test("W-3 a list that promises more than the schema allows is refused before any of it is read", () => {
    const read = core.decodeCounting(list(integer(0, 1), 0, 10), Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff));
    expect(code(read.value)).toBe("CODEC_LENGTH");
    expect(read.steps).toBe(1);
  });

  test("W-4 bytes say their length in the shortest form and stay within bounds", () => {
    const blob = binary(1, 70_000);
    const filled = (length: number) => hex(blob, new Uint8Array(length));
    expect(filled(1)).toBe("c40100");
    expect(filled(256).slice(0, 6)).toBe("c50100");
    expect(filled(65_536).slice(0, 10)).toBe("c600010000");
    expect(code(decodeHex(blob, "c5000100"))).toBe("CODEC_NON_CANONICAL");
    expect(code(decodeHex(blob, "c60000000100"))).toBe("CODEC_NON_CANONICAL");
    expect(code(decodeHex(blob, "c400"))).toBe("CODEC_LENGTH");
    expect(code(decodeHex(binary(2), "c403010203"))).toBe("CODEC_LENGTH");
    expect(code(decodeHex(binary(2), "a20102"))).toBe("CODEC_TYPE");
    expect(code(core.validate(binary(2), [1, 2]))).toBe("CODEC_TYPE");
  });

  test("W-4 what is decoded neither changes with the buffer nor keeps it", () => {
    const bytes = Uint8Array.of(0xc4, 2, 7, 8);
    const value = core.decode(binary(2), bytes);
    bytes.fill(0);
    expect(value).toEqual(Uint8Array.of(7, 8));
    expect(value instanceof Uint8Array && value.buffer.byteLength).toBe(2);
  });

  test("W-5 text says its length in the shortest form and is well-formed UTF-8", () => {
    const words = text(0, 70_000);
    expect(hex(words, "a")).toBe("a161");
    expect(hex(words, "x".repeat(32)).slice(0, 4)).toBe("d920");
    expect(hex(words, "x".repeat(256)).slice(0, 6)).toBe("da0100");
    expect(hex(words, "x".repeat(65_536)).slice(0, 10)).toBe("db00010000");
    for (const bytes of ["d90161", "da000161", "db0000000161"]) {
      expect(code(decodeHex(words, bytes))).toBe("CODEC_NON_CANONICAL");
    }
    // Overlong slash, a surrogate, past U+10FFFF, a lone continuation, a cut sequence.
    for (const bytes of ["a2c0af", "a3eda080", "a4f4908080", "a180", "a2e282"]) {
      expect(code(decodeHex(words, bytes))).toBe("CODEC_TEXT");
    }
    expect(code(core.validate(words, "\ud800"))).toBe("CODEC_TEXT");
    expect(code(core.validate(words, 5))).toBe("CODEC_TYPE");
    expect(code(core.validate(text(0, 3), "ééé"))).toBe("CODEC_LENGTH");
  });
});

describe("W-7 tuples and kinds", () => {
  const op = variant({ mint: [3, { amount: integer(0, 9) }], burn: [200, {}] });

  test("W-7 a tuple is the list of its fields in the order of the schema", () => {
    expect(hex(tuple({ b: integer(0, 9), a: boolean }), { a: true, b: 4 })).toBe("9204c3");
    expect(code(decodeHex(tuple({ a: boolean }), "92c3c3"))).toBe("CODEC_LENGTH");
    expect(code(decodeHex(tuple({ a: boolean }), "90"))).toBe("CODEC_LENGTH");
    expect(code(decodeHex(tuple({ a: boolean }), "81a161c3"))).toBe("CODEC_TYPE");
    expect(code(core.validate(tuple({ a: boolean }), null))).toBe("CODEC_TYPE");
  });

  test("W-7 a kind is a number and its fields; an unknown one is refused", () => {
    expect(hex(op, { kind: "mint", amount: 4 })).toBe("920304");
    expect(hex(op, { kind: "burn" })).toBe("91ccc8");
    expect(decodeHex(op, "91ccc8")).toEqual({ kind: "burn" });
    expect(code(decodeHex(op, "9104"))).toBe("CODEC_UNKNOWN_KIND");
    expect(code(decodeHex(op, "90"))).toBe("CODEC_LENGTH");
    expect(code(decodeHex(op, "9103"))).toBe("CODEC_LENGTH");
    expect(code(core.validate(op, { kind: "melt" }))).toBe("CODEC_UNKNOWN_KIND");
    expect(code(core.validate(op, { kind: "toString" }))).toBe("CODEC_UNKNOWN_KIND");
  });

  test("W-7 a value from outside may not carry a field that the schema doesn't have", () => {
    const got = core.validate(op, { kind: "mint", amount: 4, memo: "lost" });
    expect(String(got)).toBe("CODEC_UNKNOWN_FIELD offset=0 path=.memo");
    expect(code(core.validate(tuple({ a: boolean }), { a: true, b: 1 }))).toBe("CODEC_UNKNOWN_FIELD");
  });

  test("W-7 a rejection says where in the value it stood", () => {
    const lines = tuple({ ops: list(op, 0, 9) });
    expect(String(decodeHex(lines, "91929203049203cc80"))).toContain("path=.ops[1].amount");
    expect(String(core.validate(lines, { ops: [{ kind: "mint", amount: 10 }] }))).toContain(".ops[0].amount");
  });

  test("W-7 two kinds with one number, or a field named kind, are a bug of ours", () => {
    expect(() => variant({ a: [1, {}], b: [1, {}] })).toThrow("stands twice");
    expect(() => variant({ a: [1, { kind: boolean }] })).toThrow("called kind");
    expect(() => tuple({ "1": boolean })).toThrow("starts with a letter");
  });
});

describe("W-1 one value, canonical, and nothing behind it", () => {
  test("W-1 bytes behind the value, or too few of them, are refused", () => {
    expect(code(decodeHex(boolean, "c3c3"))).toBe("CODEC_TRAILING");
    expect(code(decodeHex(boolean, ""))).toBe("CODEC_TRUNCATED");
    expect(code(decodeHex(binary(4), "c40401"))).toBe("CODEC_TRUNCATED");
    expect(code(decodeHex(whole, "cd01"))).toBe("CODEC_TRUNCATED");
  });

  test("W-1 no value is a nil, and only where the schema has it optional", () => {
    const maybe = optional(integer(0, 9));
    expect(hex(maybe, undefined)).toBe("c0");
    expect(decodeHex(maybe, "c0")).toBeUndefined();
    expect(decodeHex(maybe, "05")).toBe(5);
    expect(code(decodeHex(integer(0, 9), "c0"))).toBe("CODEC_TYPE");
    expect(code(decodeHex(boolean, "c0"))).toBe("CODEC_TYPE");
  });

  test("W-1 a condition over the whole value is kept on both ways", () => {
    const range = where(tuple({ from: integer(0, 9), to: integer(0, 9) }), (it) => it.from <= it.to);
    expect(decodeHex(range, "920102")).toEqual({ from: 1, to: 2 });
    expect(code(decodeHex(range, "920201"))).toBe("CODEC_REFUSED");
    expect(code(core.validate(range, { from: 2, to: 1 }))).toBe("CODEC_REFUSED");
  });

  test("W-1 a value of our own that doesn't fit its schema is a bug, not a rejection", () => {
    expect(() => core.encode(integer(0, 9), 10)).toThrow(core.AssertionFailed);
    expect(() => core.encode(list(integer(0, 9), 0, 1), [1, 2])).toThrow("CODEC_LENGTH");
  });

  test("W-1 no schema allows more bytes than are ever encoded, and each knows its own most", () => {
    expect(() => list(binary(0, 65_536), 0, 65_536)).toThrow("more bytes than are ever encoded");
    const prng = new core.Prng(5);
    for (let i = 0; i < 500; i++) {
      expect(core.encode(zoo.envelope, drawEnvelope(prng)).length).toBeLessThanOrEqual(zoo.envelope.maxBytes);
    }
    expect(core.encode(integer(-5, 300), 300).length).toBe(integer(-5, 300).maxBytes);
  });

  test("W-1 a guard that encodes while its own value is being encoded does no harm", () => {
    const inner = list(integer(0, 9), 0, 9);
    const outer = where(inner, (items) => core.encode(inner, items).length < 5);
    expect(hex(tuple({ a: outer, b: outer }), { a: [1, 2], b: [3] })).toBe("929201029103");
  });
});

describe("W-8 the bytes are plain MessagePack", () => {
  /** Our objects as the lists that they are in bytes; whole numbers compare by value. */
  const KIND_NUMBERS: Readonly<Record<string, number>> = { circle: 1, line: 2, label: 300, none: 7 };

  function plain(value: unknown): unknown {
    if (value === undefined) return null;
    if (typeof value === "bigint" || typeof value === "number") return String(value);
    if (value instanceof Uint8Array) return core.bytesToHex(value);
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    return Object.entries(value).map(([name, field]) =>
      name === "kind" ? String(KIND_NUMBERS[String(field)]) : plain(field),
    );
  }

  test("W-8 msgpackr reads all that we encode to the same values", () => {
    const msgpackr = new Unpackr({ useRecords: false });
    const prng = new core.Prng(8);
    for (let i = 0; i < 3_000; i++) {
      const value = drawEnvelope(prng);
      const theirs: unknown = msgpackr.unpack(core.encode(zoo.envelope, value));
      expect(plain(theirs ?? undefined)).toEqual(plain(value));
    }
  });
});
