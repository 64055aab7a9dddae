import { Prng, portableHasher } from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import { ChangeList, EMPTY_ROOT, StateTree } from "@touchmark/state";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelRoot } from "./model.ts";
import { type Change, changesOf, drawHash, drawKey, keyOf, toHex, treeOf, valueHashOfHex } from "./world.ts";

/** A block of changes: puts of new and known keys, removals of known and unknown ones, each key once. */
function drawBlock(prng: Prng, state: ReadonlyMap<string, string>, size: number): readonly Change[] {
  const block = new Map<string, string | undefined>();
  const known = [...state.keys()];
  for (let i = 0; i < size; i++) {
    const isKnown = known.length > 0 && prng.chance(0.5);
    const key = isKnown ? prng.pick(known) : drawKey(prng, [...known, ...block.keys()]);
    block.set(key, prng.chance(0.4) ? undefined : drawHash(prng));
  }
  return prng.shuffle([...block]);
}

function applied(state: ReadonlyMap<string, string>, block: readonly Change[]): Map<string, string> {
  const next = new Map(state);
  for (const [key, value] of block) {
    if (value === undefined) next.delete(key);
    else next.set(key, value);
  }
  return next;
}

function leavesOf(tree: StateTree): readonly Change[] {
  return [...tree.leaves()].map(({ keyHash, valueHash }) => [toHex(keyHash), toHex(valueHash)]);
}

function sorted(state: ReadonlyMap<string, string>): readonly Change[] {
  return [...state].sort(([a], [b]) => (a < b ? -1 : 1));
}

const seeds = fc.nat(0xffff_ffff);

describe("the state tree", () => {
  test("T-3 an empty tree's root is 32 zero bytes, whatever was in it before", () => {
    const tree = new StateTree(nativeHasher);
    expect(tree.root).toEqual(EMPTY_ROOT);
    expect(toHex(tree.root)).toBe("00".repeat(32));
    const keys = ["00".repeat(32), `${"00".repeat(31)}01`, "ff".repeat(32)];
    tree.update(changesOf(keys.map((key) => [key, key])));
    expect(tree.size).toBe(3);
    expect(tree.update(changesOf(keys.map((key) => [key, undefined])))).toEqual(EMPTY_ROOT);
    expect(tree.size).toBe(0);
    expect(tree.update(new ChangeList())).toEqual(EMPTY_ROOT);
  });

  test("T-3 T-4 random histories give the model's root after every block, and a rebuild gives it too", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const prng = new Prng(seed);
        const tree = new StateTree(nativeHasher);
        let state = new Map<string, string>();
        for (let block = 0; block < 8; block++) {
          const changes = drawBlock(prng, state, prng.below(30));
          state = applied(state, changes);
          const root = toHex(tree.update(changesOf(changes)));
          expect(root).toBe(modelRoot(state));
          expect(tree.size).toBe(state.size);
          expect(leavesOf(tree)).toEqual(sorted(state));
          expect(toHex(treeOf(prng.shuffle([...state])).root)).toBe(root);
        }
        for (const [key, value] of state) expect(toHex(tree.get(keyOf(key)) ?? EMPTY_ROOT)).toBe(value);
        expect(tree.get(keyOf(drawHash(prng)))).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });

  test("T-4 one block or many, in any order: the root is the same", () => {
    const prng = new Prng(5);
    const leaves: readonly Change[] = Array.from({ length: 3_000 }, () => [drawHash(prng), drawHash(prng)]);
    const root = toHex(treeOf(leaves).root);
    expect(root).toBe(modelRoot(new Map(leaves.map(([key, value]) => [key, value ?? ""]))));
    const tree = new StateTree(nativeHasher);
    const late = prng.shuffle(leaves);
    for (let at = 0; at < late.length; at += 700) tree.update(changesOf(late.slice(at, at + 700)));
    expect(toHex(tree.root)).toBe(root);
    expect(toHex(StateTree.fromLeaves(portableHasher, changesOf(late)).root)).toBe(root);
  });

  test("T-3 two keys that differ in their last bit alone part at depth 255, and the last one moves up again", () => {
    const [left, right] = ["77".repeat(32), `${"77".repeat(31)}76`];
    const tree = treeOf([[left, left]]);
    const alone = toHex(tree.root);
    expect(toHex(tree.update(changesOf([[right, right]])))).toBe(
      modelRoot(
        new Map([
          [left, left],
          [right, right],
        ]),
      ),
    );
    expect(tree.prove(keyOf(left)).siblings.length).toBe(32);
    expect(toHex(tree.update(changesOf([[right, undefined]])))).toBe(alone);
  });

  test("T-4 removing what isn't there changes nothing, wherever it would stand", () => {
    const prng = new Prng(9);
    const leaves: readonly Change[] = Array.from({ length: 200 }, () => [drawHash(prng), drawHash(prng)]);
    const tree = treeOf(leaves);
    const root = toHex(tree.root);
    const near = leaves.map(([key]): Change => [key.slice(0, 60) + drawHash(prng).slice(60), undefined]);
    const far = leaves.map((): Change => [drawHash(prng), undefined]);
    expect(toHex(tree.update(changesOf([...near, ...far])))).toBe(root);
    expect(tree.size).toBe(200);
  });

  test("T-4 one update names a key once: twice is our own bug", () => {
    const [key, other] = ["ab".repeat(32), `${"ab".repeat(31)}00`];
    const twice = changesOf([
      [key, key],
      [other, key],
      [key, undefined],
    ]);
    expect(() => new StateTree(nativeHasher).update(twice)).toThrow("names a key once");
  });

  test("T-4 a list remembers what is a removal while it grows, and forgets it when it is cleared", () => {
    const prng = new Prng(23);
    const keys = Array.from({ length: 3_000 }, () => drawHash(prng));
    const tree = treeOf(keys.map((key) => [key, key]));
    const changes = changesOf(keys.map((key) => [key, undefined]));
    expect(tree.update(changes)).toEqual(EMPTY_ROOT);
    changes.clear();
    expect(changes.length).toBe(0);
    for (const key of keys) changes.put(keyOf(key), valueHashOfHex(key));
    tree.update(changes);
    expect(tree.size).toBe(3_000);
  });

  test("T-4 many keys that agree in their first 32 bits are sorted by the rest", () => {
    const prng = new Prng(31);
    const leaves = Array.from({ length: 500 }, (): Change => [drawHash(prng, "0badcafe"), drawHash(prng)]);
    expect(leavesOf(treeOf(leaves))).toEqual(
      sorted(new Map(leaves.map(([key, value]) => [key, value ?? ""]))),
    );
  });

  test("T-5 a tree is only built of leaves: a removal among them is our own bug", () => {
    expect(() => treeOf([["ab".repeat(32), undefined]])).toThrow("no removals");
  });

  test("T-4 rows are used again: a tree whose keys come and go doesn't grow", () => {
    const prng = new Prng(17);
    const tree = new StateTree(nativeHasher);
    let state: readonly Change[] = [];
    let held = 0;
    for (let block = 0; block < 60; block++) {
      const leaving = state.map(([key]): Change => [key, undefined]);
      state = Array.from({ length: 300 }, () => [drawHash(prng), drawHash(prng)]);
      tree.update(changesOf([...leaving, ...state]));
      if (block === 10) held = tree.bytesHeld;
    }
    expect(tree.size).toBe(300);
    expect(tree.bytesHeld).toBeLessThan(1.25 * held);
  });
});

describe("taking back", () => {
  test("T-6 undoing an update gives the tree before it, also where many runs made the update", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const prng = new Prng(seed);
        const tree = new StateTree(nativeHasher);
        let state = new Map<string, string>();
        for (let block = 0; block < 10; block++) {
          const before = toHex(tree.root);
          const tentative = drawBlock(prng, state, prng.chance(0.1) ? 1_500 : prng.below(40));
          tree.update(changesOf(tentative));
          if (prng.chance(0.5)) {
            expect(toHex(tree.undo())).toBe(before);
            expect(leavesOf(tree)).toEqual(sorted(state));
            expect(tree.size).toBe(state.size);
            expect(() => tree.undo()).toThrow("only the last update");
          } else {
            state = applied(state, tentative);
          }
          expect(toHex(tree.root)).toBe(toHex(treeOf([...state]).root));
        }
        expect(toHex(tree.root)).toBe(modelRoot(state));
      }),
      { numRuns: 6 },
    );
  });

  test("T-6 what was undone can be done again, or something else in its place", () => {
    const prng = new Prng(3);
    const leaves: readonly Change[] = Array.from({ length: 400 }, () => [drawHash(prng), drawHash(prng)]);
    const tree = treeOf(leaves.slice(0, 200));
    const changes = changesOf(
      leaves.slice(100).map(([key, value], i) => [key, i % 3 === 0 ? undefined : value]),
    );
    const after = toHex(tree.update(changes));
    tree.undo();
    expect(toHex(tree.update(changes))).toBe(after);
    tree.undo();
    tree.update(changesOf(leaves.slice(200)));
    expect(toHex(tree.root)).toBe(toHex(treeOf(leaves).root));
  });

  test("T-6 a tree that was just built has nothing to take back", () => {
    expect(() => treeOf([["ab".repeat(32), "cd".repeat(32)]]).undo()).toThrow("only the last update");
    expect(() => new StateTree(nativeHasher).undo()).toThrow("only the last update");
  });

  test("T-6 reading the leaves of a tree that changes meanwhile is our own bug", () => {
    const tree = treeOf([
      ["ab".repeat(32), "cd".repeat(32)],
      ["0b".repeat(32), "cd".repeat(32)],
    ]);
    const leaves = tree.leaves();
    leaves.next();
    tree.update(changesOf([["0c".repeat(32), "cd".repeat(32)]]));
    expect(() => leaves.next()).toThrow("changed while its leaves were read");
  });
});
