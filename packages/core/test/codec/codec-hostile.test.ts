import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { drawEnvelope, zoo } from "./zoo.ts";

const { binary, boolean, integer, list, optional, text, tuple, variant, where } = core;

/** Another seed makes other values: TOUCHMARK_SEED=7. */
const SEED = Number(process.env["TOUCHMARK_SEED"] || 1);
const INPUTS = 30_000;

const flag = tuple({ a: boolean });
const flags = list(optional(boolean), 0, 9);
const bytes = binary(0, 40);

function codeOf(schema: core.Schema<unknown>, value: unknown): string | undefined {
  const result = core.validate(schema, value);
  return core.isRejection(result) ? result.code : undefined;
}

function thrower(): never {
  throw new TypeError("from the value");
}

class Flag {
  readonly a = true;
}

/** An array whose length is another one each time that it is read. */
function shifting(lengths: readonly unknown[]): unknown {
  let reads = 0;
  return new Proxy([true, true], {
    get: (target, name) =>
      name === "length" ? lengths[Math.min(reads++, lengths.length - 1)] : Reflect.get(target, name),
  });
}

function withOwnLength(array: Uint8Array, length: number): Uint8Array {
  return Object.defineProperty(array, "length", { value: length });
}

describe("W-7 validate takes plain objects with own fields, and nothing of what a value makes up", () => {
  test.each<readonly [what: string, schema: core.Schema<unknown>, value: unknown, code: string | undefined]>([
    ["a plain object", flag, { a: true }, undefined],
    ["an object without a prototype", flag, Object.assign(Object.create(null), { a: true }), undefined],
    ["a class's object", flag, new Flag(), "CODEC_TYPE"],
    ["a Map", tuple({}), new Map([["a", true]]), "CODEC_TYPE"],
    ["a Date", tuple({}), new Date(0), "CODEC_TYPE"],
    ["a field that is inherited", flag, Object.create({ a: true }), "CODEC_TYPE"],
    ["a field that every object inherits", tuple({ constructor: optional(boolean) }), {}, undefined],
    ["a key that is a symbol", flag, { a: true, [Symbol("b")]: 1 }, "CODEC_UNKNOWN_FIELD"],
    [
      "a field that can't be listed",
      flag,
      Object.defineProperty({ a: true }, "b", {}),
      "CODEC_UNKNOWN_FIELD",
    ],
    ["a getter that throws", flag, Object.defineProperty({}, "a", { get: thrower }), "CODEC_TYPE"],
    [
      "an object that throws whatever is asked",
      flag,
      new Proxy({}, { getPrototypeOf: thrower }),
      "CODEC_TYPE",
    ],
    ["keys that throw", flag, new Proxy({ a: true }, { ownKeys: thrower }), "CODEC_TYPE"],
    ["a revoked proxy", flag, revoked(), "CODEC_TYPE"],
    ["a kind that is inherited", variant({ a: [1, {}] }), Object.create({ kind: "a" }), "CODEC_TYPE"],
    ["a list with a hole", flags, new Array(2), "CODEC_TYPE"],
    ["a list with a name", flags, Object.assign([true], { b: 1 }), "CODEC_UNKNOWN_FIELD"],
    ["a list whose length shrinks", flags, shifting([2, 0]), undefined],
    ["a list whose length never ends", flags, shifting([2, Number.POSITIVE_INFINITY]), undefined],
    ["a list of half an item", flags, shifting([0.5]), "CODEC_TYPE"],
    ["a list of NaN items", flags, shifting([Number.NaN]), "CODEC_TYPE"],
    ["bytes by their prototype alone", bytes, Object.create(Uint8Array.prototype), "CODEC_TYPE"],
    ["another array as bytes", bytes, Object.setPrototypeOf([1, 2], Uint8Array.prototype), "CODEC_TYPE"],
    ["numbers as bytes", bytes, Object.setPrototypeOf(Int32Array.of(7), Uint8Array.prototype), "CODEC_TYPE"],
    ["a proxy of bytes", bytes, new Proxy(Uint8Array.of(1), {}), "CODEC_TYPE"],
    ["a Buffer", bytes, Buffer.of(1, 2), undefined],
  ])("W-7 %s", (_, schema, value, code) => {
    expect(codeOf(schema, value)).toBe(code);
  });

  test("W-4 bytes are as many as they are, whatever length they claim", () => {
    core.encode(bytes, new Uint8Array(40).fill(0xee));
    for (const length of [0, 1, 20, 39]) {
      expect(core.validate(bytes, withOwnLength(Uint8Array.of(7, 8), length))).toEqual(Uint8Array.of(7, 8));
    }
    expect(codeOf(binary(2), withOwnLength(Uint8Array.of(7), 2))).toBe("CODEC_LENGTH");
  });

  test("W-7 a field is read once, and a condition is asked of what was read", () => {
    let reads = 0;
    const range = where(tuple({ from: integer(0, 9), to: integer(0, 9) }), (it) => it.from <= it.to);
    const value = {
      get from() {
        reads++;
        return reads === 1 ? 9 : 0;
      },
      to: 5,
    };
    expect(codeOf(range, value)).toBe("CODEC_REFUSED");
    expect(reads).toBe(1);
  });

  test("W-7 a condition of our own that throws is our own bug still", () => {
    const broken = where(integer(0, 9), () => core.assert(false, "ours") === undefined);
    expect(() => core.validate(broken, 1)).toThrow("ours");
    expect(() => core.decode(broken, Uint8Array.of(1))).toThrow("ours");
  });
});

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const ODD: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => -1,
  () => Number.NaN,
  () => 2 ** 60,
  () => 1n << 70n,
  () => "\ud800",
  () => "a".repeat(80_000),
  () => new Array(1),
  () => new Map(),
  () => new Flag(),
  () => Symbol("odd"),
  () => thrower,
  revoked,
  () => new Proxy({}, { get: thrower }),
  () => shifting([1, 1e9]),
  () => withOwnLength(Uint8Array.of(1), 32),
  () => Object.create(Uint8Array.prototype),
];

type Loose = Record<string, unknown>;

function copyOf(value: object): Loose {
  return (Array.isArray(value) ? [...value] : { ...value }) as Loose;
}

/** The value with one part of it replaced, taken away or added, somewhere down a random path. */
function spoil(prng: core.Prng, value: unknown): unknown {
  const isNode = typeof value === "object" && value !== null && !(value instanceof Uint8Array);
  if (!isNode || prng.chance(0.15)) return prng.pick(ODD)();
  const copy = copyOf(value);
  const name = Object.keys(copy).length === 0 ? "added" : prng.pick(Object.keys(copy));
  const way = prng.below(10);
  if (way === 0) Reflect.deleteProperty(copy, name);
  else if (way === 1) copy[prng.pick(["added", "constructor", "__proto__", "7"])] = true;
  else copy[name] = spoil(prng, copy[name]);
  return copy;
}

test(`W-7 random values, sound and spoilt, are copied or refused and never throw (TOUCHMARK_SEED=${SEED})`, () => {
  const prng = new core.Prng(SEED);
  const codes = new Map<string, number>();
  for (let i = 0; i < INPUTS; i++) {
    const sound = drawEnvelope(prng);
    const value = prng.chance(0.1) ? sound : spoil(prng, sound);
    const result = core.validate(zoo.envelope, value);
    const code = core.isRejection(result) ? result.code : "taken";
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (value === sound) expect(result).toEqual(sound);
    if (core.isRejection(result)) continue;
    // What was taken is of the schema in full, so encoding it can't fail, and reads back as itself.
    const again = core.decode(zoo.envelope, core.encode(zoo.envelope, result));
    if (core.isRejection(again)) throw new Error(String(again));
  }
  const counts = [...codes].sort().map(([code, count]) => `${code} ${count}`);
  process.stdout.write(`validate: ${INPUTS} values, TOUCHMARK_SEED=${SEED}: ${counts.join(", ")}\n`);
  for (const code of ["taken", "CODEC_TYPE", "CODEC_UNKNOWN_FIELD", "CODEC_RANGE", "CODEC_LENGTH"]) {
    expect(codes.get(code), code).toBeGreaterThan(0);
  }
}, 60_000);

test("W-7 text, at least, has nothing to make up", () => {
  expect(codeOf(text(0, 9), Object("boxed"))).toBe("CODEC_TYPE");
});
