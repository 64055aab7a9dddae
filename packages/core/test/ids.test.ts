import * as core from "@touchmark/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

function code(result: unknown): string | undefined {
  return core.isRejection(result) ? result.code : undefined;
}

/** Fives with a right checksum, whatever they are: written apart from the code that it tests. */
function spell(prefix: string, fives: readonly number[]): string {
  const terms = [0x3b6a57b2n, 0x26508e6dn, 0x1ea119fan, 0x3d4233ddn, 0x2a1462b3n];
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  const all = [...codes.map((it) => it >> 5), 0, ...codes.map((it) => it & 31), ...fives, 0, 0, 0, 0, 0, 0];
  const sum = all.reduce((held, value) => {
    const shifted = ((held & 0x1ffffffn) << 5n) ^ BigInt(value);
    return terms.reduce((it, term, bit) => ((held >> BigInt(25 + bit)) & 1n ? it ^ term : it), shifted);
  }, 1n);
  const checks = [5, 4, 3, 2, 1, 0].map((at) => Number(((sum ^ 0x2bc830a3n) >> BigInt(5 * at)) & 31n));
  const letters = [...fives, ...checks].map((five) => "qpzry9x8gf2tvdw0s3jn54khce6mua7l".charAt(five));
  return `${prefix}1${letters.join("")}`;
}

describe("W-11 ids as text", () => {
  // BIP-350's own vectors that are lower case and whole bytes, and its invalid ones.
  test("W-11 the published valid strings are accepted and read back", () => {
    const valid = [
      "a1lqfn3a",
      "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
      "?1v759aa",
    ];
    for (const text of valid) {
      const parsed = core.fromBech32m(text);
      if (core.isRejection(parsed)) throw new Error(`${text}: ${parsed}`);
      expect(core.toBech32m(parsed.prefix, parsed.bytes)).toBe(text);
    }
  });

  test.each([
    ["\u00201xj0phk", "TEXT_PREFIX"],
    [
      "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
      "TEXT_LENGTH",
    ],
    ["qyrz8wqd2c9m", "TEXT_PREFIX"],
    ["1qyrz8wqd2c9m", "TEXT_PREFIX"],
    ["y1b0jsk6g", "TEXT_CHARACTER"],
    ["lt1igcx5c0", "TEXT_CHARACTER"],
    ["in1muywd", "TEXT_LENGTH"],
    ["mm1crxm3i", "TEXT_CHARACTER"],
    ["au1s5cgom", "TEXT_CHARACTER"],
    ["16plkw9", "TEXT_PREFIX"],
    ["A1LQFN3A", "TEXT_CASE"],
    ["a1lqfn3q", "TEXT_CHECKSUM"],
  ])("W-11 %s is refused as %s", (text, why) => {
    expect(code(core.fromBech32m(text))).toBe(why);
  });

  test("W-11 spare bits behind the last byte must be zero, so that one value has one text", () => {
    expect(code(core.fromBech32m(spell("lot", [0])))).toBe("TEXT_PADDING");
    expect(code(core.fromBech32m(spell("lot", [0, 1])))).toBe("TEXT_PADDING");
    expect(core.fromBech32m(spell("lot", [0, 4]))).toEqual({ prefix: "lot", bytes: Uint8Array.of(1) });
  });

  test("W-11 every id survives its text, and text of another kind is refused by name", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...core.ID_KINDS),
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        (kind, bytes) => {
          const text = core.idToText(kind, core.toId(kind, bytes));
          expect(text.startsWith(`${kind}1`)).toBe(true);
          expect(core.idFromText(kind, text)).toEqual(bytes);
          const other = kind === "lot" ? "unit" : "lot";
          expect(String(core.idFromText(other, text))).toBe(`ID_KIND want=${other} got=${kind}`);
        },
      ),
    );
  });

  test("W-11 text that could not be read back is never written: its prefix and its length are asserted", () => {
    for (const prefix of ["", "Lot", "lot lot", "\u00e9", "a".repeat(60)]) {
      expect(() => core.toBech32m(prefix, new Uint8Array(20))).toThrow(core.AssertionFailed);
    }
    expect(core.toBech32m("a".repeat(51), new Uint8Array(20))).toHaveLength(core.BECH32M_CHARACTERS_MAX);
    expect(() => core.toBech32m("lot", new Uint8Array(51))).toThrow(core.AssertionFailed);
  });

  test("W-11 an id of another length is refused, in text and in bytes", () => {
    expect(code(core.idFromText("lot", core.toBech32m("lot", new Uint8Array(19))))).toBe("ID_LENGTH");
    expect(code(core.idFromText("lot", "nonsense"))).toBe("TEXT_PREFIX");
    expect(() => core.toId("lot", new Uint8Array(21))).toThrow(core.AssertionFailed);
    expect(() => core.toTxid(new Uint8Array(31))).toThrow(core.AssertionFailed);
    expect(code(core.decode(core.idSchema("lot"), new Uint8Array([0xc4, 19, ...new Uint8Array(19)])))).toBe(
      "CODEC_LENGTH",
    );
  });

  test("W-11 up to four wrong characters are always found", () => {
    const prng = new core.Prng(4);
    const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    for (let i = 0; i < 2_000; i++) {
      const text = core.idToText("seal", core.toId("seal", prng.bytes(20)));
      const characters = [...text];
      for (let wrong = prng.between(1, 4); wrong > 0; wrong--) {
        characters[prng.between(5, text.length - 1)] = alphabet.charAt(prng.below(32));
      }
      const spoiled = characters.join("");
      if (spoiled !== text) expect(core.isRejection(core.idFromText("seal", spoiled))).toBe(true);
    }
  });
});

describe("W-10 ids follow from their cause", () => {
  const cause = core.portableHasher.sha256(core.utf8ToBytes("cause"));
  const derive = (kind: core.IdKind, opIndex: number, item: number) =>
    core.bytesToHex(core.deriveId(core.portableHasher, kind, cause, opIndex, item));

  test("W-10 the id is pinned by its kind, cause, operation and item", () => {
    // Computed apart from the code, with Python's hashlib.
    expect(derive("lot", 0, 0)).toBe("8f50876fe010d63ae12b34e4888d3a60177e7812");
  });

  test("W-10 no domain gives the digest that an id is cut from", () => {
    const preimages: Uint8Array[] = [];
    const recording: core.Hasher = {
      ...core.portableHasher,
      sha256(bytes) {
        preimages.push(bytes);
        return core.portableHasher.sha256(bytes);
      },
    };
    core.deriveId(recording, "lot", cause, 0, 0);
    const [preimage] = preimages;
    // A domain's preimage begins with its type, behind this prefix, whatever the type is.
    const tag = core.must(preimage, "the preimage of an id").subarray(1, 1 + core.DOMAIN_PREFIX.length);
    expect(core.bytesToUtf8(tag)).not.toBe(core.DOMAIN_PREFIX);
  });

  test("W-10 no two of kind, operation and item share an id", () => {
    const ids = new Set<string>();
    for (const kind of core.ID_KINDS) {
      for (let op = 0; op < 5; op++) for (let item = 0; item < 5; item++) ids.add(derive(kind, op, item));
    }
    expect(ids.size).toBe(core.ID_KINDS.length * 25);
  });
});
