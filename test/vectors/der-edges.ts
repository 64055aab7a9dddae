import type { SignedItem } from "@touchmark/core";
import { integer, minimal, sequence } from "./der.ts";
import { validForDer } from "./p256-edges.ts";
import type { SignatureCase } from "./suite.ts";
import { bytesToBig, ORDER } from "./weierstrass.ts";

/** DER as it must be, and each way in which it is nearly so (W-25). */
function formsOf(item: SignedItem, index: number): SignatureCase[] {
  const r = bytesToBig(item.signature.subarray(0, 32));
  const s = bytesToBig(item.signature.subarray(32));
  const make = (name: string, signature: Uint8Array, expected: boolean): SignatureCase => ({
    name: `${name}, signature ${index}`,
    item: { ...item, signature },
    form: "der",
    expected,
  });
  const [R, S] = [minimal(r), minimal(s)];
  const der = sequence(integer(R), integer(S));
  const content = der.subarray(2);
  const bad = (name: string, signature: Uint8Array) => make(name, signature, false);
  const cutZero = (digits: readonly number[]) => (digits[0] === 0 ? digits.slice(1) : digits);
  const negative = [0xff, ...cutZero(R)];
  return [
    make("as it must be", der, true),
    make("with n - s", sequence(integer(R), integer(minimal(ORDER - s))), true),
    bad("r with a zero too many", sequence(integer([0, ...R]), integer(S))),
    bad("s with a zero too many", sequence(integer(R), integer([0, ...S]))),
    bad("both with two zeros too many", sequence(integer([0, 0, ...R]), integer([0, 0, ...S]))),
    bad("r negative", sequence(integer(negative), integer(S))),
    bad("s negative", sequence(integer(R), integer([0x80, ...cutZero(S)]))),
    bad("r with its first bit set", sequence(integer([Number(R[0]) | 0x80, ...R.slice(1)]), integer(S))),
    bad("long form of the sequence's length", Uint8Array.of(0x30, 0x81, content.length, ...content)),
    bad("longer form of it", Uint8Array.of(0x30, 0x82, 0, content.length, ...content)),
    bad("long form of r's length", sequence([0x02, 0x81, R.length, ...R], integer(S))),
    bad("long form of s's length", sequence(integer(R), [0x02, 0x81, S.length, ...S])),
    bad("indefinite length", Uint8Array.of(0x30, 0x80, ...content, 0, 0)),
    bad("a byte behind it", Uint8Array.of(...der, 0)),
    bad("a null behind it, inside", sequence(integer(R), integer(S), [0x05, 0])),
    bad("a third integer", sequence(integer(R), integer(S), integer([1]))),
    bad("one integer only", sequence(integer(R))),
    bad("the length one too long", Uint8Array.of(0x30, content.length + 1, ...content)),
    bad("the length one too short", Uint8Array.of(0x30, content.length - 1, ...content)),
    bad("the last byte cut", der.subarray(0, -1)),
    bad("r's length past the end", sequence([0x02, 0x7f, ...R], integer(S))),
    bad("s's length past the end", sequence(integer(R), [0x02, S.length + 1, ...S])),
    bad("a set instead of a sequence", Uint8Array.of(0x31, ...der.subarray(1))),
    bad("r is a bit string", sequence([0x03, R.length, ...R], integer(S))),
    bad("r without content", sequence([0x02, 0], integer(S))),
    bad("s without content", sequence(integer(R), [0x02, 0])),
    bad("r = 0", sequence(integer([0]), integer(S))),
    bad("s = 0", sequence(integer(R), integer([0]))),
    bad("r + n", sequence(integer(minimal(r + ORDER)), integer(S))),
    bad("s + n", sequence(integer(R), integer(minimal(s + ORDER)))),
    bad("r + 2^256", sequence(integer(minimal(r + (1n << 256n))), integer(S))),
    bad("s + 2^256", sequence(integer(R), integer(minimal(s + (1n << 256n))))),
    bad("raw instead of DER", item.signature),
    bad("nothing", new Uint8Array(0)),
    bad("a sequence of nothing", Uint8Array.of(0x30, 0)),
    bad("its tag alone", Uint8Array.of(0x30)),
  ];
}

export function derEdges(): readonly SignatureCase[] {
  return validForDer().flatMap(formsOf);
}
