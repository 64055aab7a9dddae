import { Nanos, Prng, SECOND } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { FairReader, type ReaderLimits, type Unread } from "../../src/content/fair-reader.ts";

const KIB = 1_024;
const LIMITS: ReaderLimits = {
  peerBytesMax: 1_024 * KIB,
  checkingBytesMax: 4_096 * KIB,
  introducersMax: 5,
  unknownPerSecond: 10,
  unknownWaitingMax: 20,
  transactionBytesMax: 64 * KIB,
};
const at = (ms: number): Nanos => Nanos.of(BigInt(ms) * 1_000_000n);

function unread(introducer: string, bytes: number, more: Partial<Unread<string>> = {}): Unread<string> {
  return { item: introducer, bytes, peer: `peer of ${introducer}`, introducer, isKnown: true, ...more };
}

function takeAll(reader: FairReader<string>, now: Nanos): Unread<string>[] {
  const taken: Unread<string>[] = [];
  for (let it = reader.take(now); it !== undefined; it = reader.take(now)) taken.push(it);
  return taken;
}

describe("S-2 reading is shared among introducers", () => {
  test("S-2 a flood of one introducer delays its own content, by whatever peers it comes", () => {
    const reader = new FairReader<string>(LIMITS);
    for (let i = 0; i < 2_000; i++) reader.put(unread("hostile", KIB, { peer: `peer ${i % 50}` }));
    reader.put(unread("honest", KIB));
    const order = takeAll(reader, at(0)).map((it) => it.introducer);
    expect(order.length).toBe(2_001);
    // No more than a transaction's worth is read before its turn comes.
    expect(order.indexOf("honest")).toBeLessThanOrEqual(LIMITS.transactionBytesMax / KIB);
  });

  test("S-2 turns go by bytes: small transactions and large ones get the same share", () => {
    const reader = new FairReader<string>({
      ...LIMITS,
      peerBytesMax: 4_096 * KIB,
      checkingBytesMax: 2_048 * KIB,
    });
    for (let i = 0; i < 64; i++) reader.put(unread("large", 64 * KIB));
    for (let i = 0; i < 4_000; i++) reader.put(unread("small", KIB));
    const bytes = { large: 0, small: 0 };
    for (const it of takeAll(reader, at(0))) bytes[it.introducer === "large" ? "large" : "small"] += it.bytes;
    expect(Math.abs(bytes.large - bytes.small)).toBeLessThanOrEqual(LIMITS.transactionBytesMax);
    expect(bytes.large + bytes.small).toBeGreaterThan(1_900 * KIB);
  });

  test("S-2 of one introducer what came first is read first, and credit isn't saved up", () => {
    const reader = new FairReader<string>(LIMITS);
    for (let i = 0; i < 5; i++) reader.put(unread("a", KIB, { item: `a${i}` }));
    expect(takeAll(reader, at(0)).map((it) => it.item)).toEqual(["a0", "a1", "a2", "a3", "a4"]);
    for (let i = 0; i < 200; i++) reader.put(unread("a", KIB));
    for (let i = 0; i < 200; i++) reader.put(unread("b", KIB));
    const first = takeAll(reader, at(0)).slice(0, 128);
    expect(first.filter((it) => it.introducer === "a").length).toBe(64);
  });

  test("S-2 unknown senders trickle, for each introducer by itself, and never behind a full queue of known ones", () => {
    const reader = new FairReader<string>(LIMITS);
    for (let i = 0; i < 30; i++) reader.put(unread("a", KIB, { isKnown: false }));
    reader.put(unread("b", KIB, { isKnown: false }));
    for (let i = 0; i < 900; i++) reader.put(unread("a", KIB, { peer: "other" }));
    const unknown = (now: number) => takeAll(reader, at(now)).filter((it) => !it.isKnown);
    expect(unknown(0).map((it) => it.introducer)).toEqual(["a", "b"]);
    expect(reader.nextAt).toBe(SECOND / 10n);
    expect(unknown(99).length).toBe(0);
    expect(unknown(100).length).toBe(1);
    // Of thirty only twenty were let wait.
    let rest = 0;
    for (let ms = 200; ms <= 10_000; ms += 100) rest += unknown(ms).length;
    expect(rest).toBe(18);
    expect(reader.nextAt).toBe(undefined);
  });
});

describe("S-1 what isn't read needs no room", () => {
  test("S-1 unread and unchecked bytes of a peer are bounded: its stream is read no further", () => {
    const reader = new FairReader<string>({ ...LIMITS, peerBytesMax: 128 * KIB });
    expect(reader.mayRead("p")).toBe(true);
    expect(reader.put(unread("a", 64 * KIB, { peer: "p" }))).toBe(true);
    expect(reader.put(unread("b", 60 * KIB, { peer: "p" }))).toBe(true);
    expect(reader.mayRead("p")).toBe(false);
    expect(reader.put(unread("a", 5 * KIB, { peer: "p" }))).toBe(false);
    expect(reader.mayRead("q")).toBe(true);
    // Read is not checked: the room is held until the verdict.
    const [first] = takeAll(reader, at(0));
    expect(reader.mayRead("p")).toBe(false);
    if (first !== undefined) reader.checked(first);
    expect(reader.mayRead("p")).toBe(true);
  });

  test("S-1 what is under check at one time is bounded, and goes on with each verdict", () => {
    const reader = new FairReader<string>({ ...LIMITS, checkingBytesMax: 128 * KIB });
    for (let i = 0; i < 4; i++) reader.put(unread("a", 60 * KIB));
    const taken = takeAll(reader, at(0));
    expect(taken.length).toBe(2);
    for (const it of taken) reader.checked(it);
    expect(takeAll(reader, at(0)).length).toBe(2);
  });

  test("S-2 introducers are bounded, and those that are none any more make room", () => {
    const reader = new FairReader<string>(LIMITS);
    for (const name of ["a", "b", "c", "d", "e"]) expect(reader.put(unread(name, KIB))).toBe(true);
    expect(reader.put(unread("f", KIB))).toBe(false);
    reader.retain((name) => name !== "a");
    expect(reader.put(unread("f", KIB))).toBe(false);
    expect(takeAll(reader, at(0)).length).toBe(5);
    reader.retain((name) => name !== "a");
    expect(reader.put(unread("f", KIB))).toBe(true);
  });

  test("S-1, S-2 whatever comes in whatever order, everything that was taken in is read once, and no room is lost", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const prng = new Prng(seed);
      const reader = new FairReader<string>({ ...LIMITS, checkingBytesMax: 256 * KIB });
      const checking: Unread<string>[] = [];
      let [put, taken, now] = [0, 0, 0];
      for (let i = 0; i < 2_000; i++) {
        now += prng.below(5);
        const name = `i${prng.below(4)}`;
        const more = { peer: `p${prng.below(3)}`, isKnown: prng.chance(0.9) };
        if (reader.put(unread(name, 1 + prng.below(64 * KIB), more))) put++;
        const next = prng.chance(0.6) ? reader.take(at(now)) : undefined;
        if (next !== undefined) checking.push(next);
        const done = prng.chance(0.6) ? checking.shift() : undefined;
        if (done === undefined) continue;
        reader.checked(done);
        taken++;
      }
      while (taken < put) {
        now += 100;
        checking.push(...takeAll(reader, at(now)));
        for (const it of checking.splice(0)) {
          reader.checked(it);
          taken++;
        }
      }
      expect(reader.take(at(now + 10_000))).toBe(undefined);
      for (const peer of ["p0", "p1", "p2"]) {
        const whole = { peer, bytes: LIMITS.transactionBytesMax };
        for (let i = 0; i < 16; i++) expect(reader.put({ ...unread("i0", 0), ...whole })).toBe(true);
        expect(reader.mayRead(peer)).toBe(false);
      }
    }
  });
});
