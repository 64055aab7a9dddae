import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { chooseForView, claimOf, highestFinality, sameChoice } from "../../src/agreement/view-choice.ts";
import type { FinalityCertificate, Prepared, ViewChange } from "../../src/messages.ts";

/** Here the digest of a cut is its name, so that a world of cuts can be written down. */
const named = (name: string): core.Digest => {
  const bytes = new Uint8Array(32);
  bytes.set(core.utf8ToBytes(name).subarray(0, 32));
  return core.toDigest(bytes);
};
const nameOf = (digest: Uint8Array): string => core.bytesToUtf8(digest)?.replaceAll("\0", "") ?? "?";
const EPOCH = core.Epoch.of(0);
const GENESIS = named("genesis");

function pc(height: number, name: string, parent: string, view: number): Prepared {
  const [h, digest] = [core.Height.of(height), named(name)];
  const cut = { height: h, parent: named(parent), horizon: core.Nanos.of(BigInt(height)), tips: [] };
  return { cut, certificate: { epoch: EPOCH, view: core.View.of(view), height: h, digest, signers: [] } };
}

function fc(height: number, name: string): FinalityCertificate {
  const digest = named(name);
  const rest = { blockHash: digest, stateRoot: digest, nextValidatorsHash: digest, liveHash: undefined };
  return { epoch: EPOCH, height: core.Height.of(height), digest, ...rest, signers: [] };
}

let validators = 0;
function change(finality: FinalityCertificate | undefined, ...prepared: Prepared[]): ViewChange {
  const validator = (validators++ % 31) as ViewChange["validator"];
  return {
    epoch: EPOCH,
    view: core.View.of(9),
    finality,
    prepared,
    validator,
    signature: new Uint8Array(64),
  };
}

const chosen = (...changes: ViewChange[]): string =>
  chooseForView(changes, GENESIS)
    .chosen.map((it) => `${it.cut.height}${nameOf(it.certificate.digest)}/${it.certificate.view}`)
    .join(" ");

describe("what a new view starts from", () => {
  test("P-4 with nothing prepared it is the genesis, or the highest FC", () => {
    expect(chooseForView([change(undefined), change(undefined)], GENESIS)).toEqual({
      base: undefined,
      chosen: [],
    });
    const changes = [change(fc(3, "c")), change(fc(5, "e")), change(undefined)];
    expect(chooseForView(changes, GENESIS).base?.height).toBe(5);
    expect(highestFinality(changes)?.height).toBe(5);
  });

  test("P-4 the PC of the highest view wins at each height, whoever sent it", () => {
    const [a, b] = [pc(1, "a", "genesis", 2), pc(1, "b", "genesis", 4)];
    expect(chosen(change(undefined, a), change(undefined, b), change(undefined, a))).toBe("1b/4");
    expect(chosen(change(undefined, b), change(undefined, a))).toBe("1b/4");
  });

  test("P-4 only a PC whose parent is the one chosen below counts, be its view ever so high", () => {
    const low = [pc(1, "a", "genesis", 0), pc(2, "aa", "a", 1)];
    const high = [pc(1, "b", "genesis", 3)];
    expect(chosen(change(undefined, ...low), change(undefined, ...high))).toBe("1b/3");
    expect(chosen(change(undefined, ...low), change(undefined, pc(2, "xx", "x", 8)))).toBe("1a/0 2aa/1");
  });

  test("P-4 it stops at the first gap", () => {
    expect(chosen(change(undefined, pc(1, "a", "genesis", 0), pc(3, "c", "b", 0)))).toBe("1a/0");
    expect(chosen(change(fc(4, "d"), pc(6, "f", "e", 0)))).toBe("");
  });

  test("P-4 what the highest FC covers is chosen no more, and what another FC's branch held is gone", () => {
    const behind = change(fc(1, "a"), pc(2, "b", "a", 1), pc(3, "c", "b", 1));
    expect(chosen(behind, change(fc(2, "b")))).toBe("3c/1");
    expect(chosen(behind, change(fc(2, "z")))).toBe("");
  });

  test("P-1, P-4 trace (a): a PC of view 0 that stayed unseen does not come back under another view's cut", () => {
    // View 0 certified a at height 1, unseen; view 1 certified a' there, and may not certify b on a.
    const unseen = change(undefined, pc(1, "a", "genesis", 0));
    const seen = change(undefined, pc(1, "a'", "genesis", 1));
    expect(chosen(unseen, seen, change(undefined))).toBe("1a'/1");
    // Were there a b on a of view 1, against P-1, it would not be chosen over a'.
    expect(chosen(change(undefined, pc(1, "a", "genesis", 0), pc(2, "b", "a", 1)), seen)).toBe("1a'/1");
  });

  test("P-1, P-4 trace (b): any quorum has one that holds the whole chain below a committed height", () => {
    // h and h + 1 were committed by 0, 1, 2: each holds both PCs (P-1). Any three of four name both.
    const both = () => change(undefined, pc(1, "h", "genesis", 0), pc(2, "i", "h", 0));
    const fourth = change(undefined);
    const three = [both(), both(), both()];
    for (let missing = 0; missing < 3; missing++)
      expect(chosen(...three.filter((_, i) => i !== missing), fourth)).toBe("1h/0 2i/0");
    // Without P-1 one holds h + 1 alone, and the quorum that has it loses both.
    expect(chosen(change(undefined, pc(2, "i", "h", 0)), fourth, change(undefined))).toBe("");
  });
});

/** P-4 by the book: every chain that can be built, the best PC at each height, by plain search. */
function slowChoice(changes: readonly ViewChange[]): readonly string[] {
  const finals = changes.flatMap((it) => (it.finality === undefined ? [] : [it.finality]));
  const top = Math.max(0, ...finals.map((it) => it.height));
  const base = finals.find((it) => it.height === top);
  const all = changes.flatMap((it) => [...it.prepared]);
  const names: string[] = [];
  let parent = base === undefined ? "genesis" : nameOf(base.digest);
  for (let height = top + 1; ; height++) {
    const fitting = all.filter((it) => it.cut.height === height && nameOf(it.cut.parent) === parent);
    const best = Math.max(-1, ...fitting.map((it) => it.certificate.view));
    const next = fitting.find((it) => it.certificate.view === best);
    if (next === undefined) return names;
    parent = nameOf(next.certificate.digest);
    names.push(`${height}${parent}`);
  }
}

/** A world in which one view certifies one cut at a height; who holds what is drawn. */
function drawChanges(prng: core.Prng): ViewChange[] {
  const world: Prepared[] = [];
  const byHeight: string[][] = [["genesis"]];
  for (let height = 1; height <= 6; height++) {
    const names: string[] = [];
    for (let view = 0; view < 4; view++) {
      if (prng.chance(0.4)) continue;
      // Often a cut of an earlier view again, sometimes a new one, on any cut below.
      const again = world.find((it) => it.cut.height === height);
      if (again !== undefined && prng.chance(0.4)) {
        world.push(pc(height, nameOf(again.certificate.digest), nameOf(again.cut.parent), view));
        continue;
      }
      const name = `${String.fromCharCode(96 + height)}${view}`;
      names.push(name);
      world.push(pc(height, name, prng.pick(byHeight[height - 1] ?? ["nowhere"]), view));
    }
    byHeight.push(names.length > 0 ? names : ["nowhere"]);
  }
  return Array.from({ length: prng.between(1, 5) }, () => {
    const held = prng.shuffle(world.filter(() => prng.chance(0.5)));
    const height = prng.below(4);
    const finality = height === 0 ? undefined : fc(height, prng.pick(byHeight[height] ?? ["nowhere"]));
    return change(finality, ...held);
  });
}

describe("any set of view changes", () => {
  test("P-4 the choice is that of a plain search, and does not hang on the order in which they stand", () => {
    const prng = new core.Prng(4);
    const lengths = new Map<number, number>();
    for (let i = 0; i < 10_000; i++) {
      const changes = drawChanges(prng);
      // FCs of one height are of one cut, or more than f are faulty.
      const finals = new Map(changes.map((it) => [it.finality?.height ?? 0, it.finality]));
      const agreed = changes.map((it) => ({ ...it, finality: finals.get(it.finality?.height ?? 0) }));
      const names = (order: readonly ViewChange[]) =>
        chooseForView(order, GENESIS).chosen.map((it) => `${it.cut.height}${nameOf(it.certificate.digest)}`);
      const want = slowChoice(agreed);
      if (names(agreed).join() !== want.join()) throw new Error(`run ${i}: ${names(agreed)}, not ${want}`);
      if (names(prng.shuffle(agreed)).join() !== want.join()) throw new Error(`run ${i} hangs on the order`);
      lengths.set(want.length, (lengths.get(want.length) ?? 0) + 1);
    }
    for (const length of [0, 1, 2, 3, 4]) expect(lengths.get(length) ?? 0).toBeGreaterThan(50);
  });
});

describe("claims", () => {
  test("P-5 the claim to follow is the highest that f + 1 make, or more", () => {
    expect(claimOf([], 1)).toBe(undefined);
    expect(claimOf([7], 2)).toBe(undefined);
    expect(claimOf([7, 3], 2)).toBe(3);
    expect(claimOf([1, 9_000, 8_640, 2], 2)).toBe(8_640);
    expect(claimOf([5, 5, 5], 3)).toBe(5);
    expect(claimOf([Number.MAX_SAFE_INTEGER, 4, 4], 2)).toBe(4);
  });
});

describe("a leader's choice", () => {
  test("P-4 is the same only if heights and digests are", () => {
    const own = [pc(1, "a", "genesis", 0), pc(2, "b", "a", 0)];
    const listed = own.map((it) => ({ height: it.cut.height, digest: it.certificate.digest }));
    expect(sameChoice(listed, own)).toBe(true);
    expect(sameChoice(listed.slice(0, 1), own)).toBe(false);
    expect(sameChoice([], [])).toBe(true);
    expect(sameChoice(listed.toReversed(), own)).toBe(false);
    expect(sameChoice([...listed.slice(0, 1), { height: core.Height.of(2), digest: named("x") }], own)).toBe(
      false,
    );
  });
});
