import { isDeepStrictEqual } from "node:util";
import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import * as consensus from "../../src/index.ts";
import { readPlain } from "./plain-messagepack.ts";
import { RandomMessages } from "./random-messages.ts";
import { SAMPLES } from "./signed-world.ts";

const KIND_NUMBERS = [
  "batch preprepare prepare commit final viewChange newView complaint evidence",
  "offer askBatches askCut cut askBlock block finality ping pong",
  "askSnapshot snapshot askPieces piece",
]
  .join(" ")
  .split(" ");

/** What any reader of MessagePack should see: lists of values, and the number of the kind for its name. */
function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "number" || typeof value === "bigint") return `${value}`;
  if (value instanceof Uint8Array) return core.bytesToHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([name, it]) =>
    name === "kind" ? `${KIND_NUMBERS.indexOf(String(it)) + 1}` : plain(it),
  );
}

describe("any message", () => {
  test("W-1 comes back from its bytes as it was", () => {
    const messages = new RandomMessages(new core.Prng(1));
    const kinds = new Set<string>();
    for (let i = 0; i < 3_000; i++) {
      const message = messages.draw();
      kinds.add(message.kind);
      const bytes = core.encode(consensus.message, message);
      expect(bytes.length).toBeLessThanOrEqual(consensus.message.maxBytes);
      const back = core.decode(consensus.message, bytes);
      if (!isDeepStrictEqual(back, message))
        throw new Error(`message ${i}, ${message.kind}: ${String(back)}`);
    }
    expect(kinds.size).toBe(KIND_NUMBERS.length);
  });

  test("W-8 is plain MessagePack, which a reader of that alone sees as the same lists", () => {
    const messages = new RandomMessages(new core.Prng(2));
    for (let i = 0; i < 500; i++) {
      const message = messages.draw();
      const read = readPlain(core.encode(consensus.message, message));
      // Decoding puts the fields in the order of the format.
      const want = plain(core.decode(consensus.message, core.encode(consensus.message, message)));
      if (!isDeepStrictEqual(read, want)) throw new Error(`message ${i}, ${message.kind}`);
    }
  });
});

function mutate(prng: core.Prng, original: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = original.slice();
  const at = prng.below(bytes.length);
  switch (prng.below(7)) {
    case 0:
      bytes[at] = prng.below(256);
      return bytes;
    case 1:
      bytes[at] = core.byteAt(bytes, at) ^ (1 << prng.below(8));
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return core.concatBytes(bytes.subarray(0, at), prng.bytes(prng.between(1, 9)), bytes.subarray(at));
    case 4:
      return core.concatBytes(bytes.subarray(0, at), other.subarray(prng.below(other.length)));
    case 5:
      // A leading byte of MessagePack in place of whatever stood there.
      bytes[at] = prng.between(0xc0, 0xdf);
      return bytes;
    default:
      // The kind and the length before it: what the rest is read as.
      bytes[prng.below(2)] = prng.below(256);
      return bytes;
  }
}

describe("mutated bytes", () => {
  test("W-1 50,000 of them never throw: each is refused, or is the one form of what it says", () => {
    const prng = new core.Prng(3);
    const messages = new RandomMessages(prng);
    const random = Array.from({ length: 100 }, () => messages.draw());
    const originals = [...Object.values(SAMPLES), ...random].map((it) => core.encode(consensus.message, it));
    let decoded = 0;
    for (let i = 0; i < 50_000; i++) {
      const input = mutate(prng, prng.pick(originals), prng.pick(originals));
      const value = core.decode(consensus.message, input);
      if (core.isRejection(value)) continue;
      decoded++;
      if (!core.equalBytes(core.encode(consensus.message, value), input))
        throw new Error(`not canonical: ${core.bytesToHex(input)}`);
    }
    expect(decoded).toBeGreaterThan(5_000);
  });
});
