import { bytesToHex, integer, tuple } from "@touchmark/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Keyspace, keyspace } from "../src/keyspace.ts";
import { Overlay } from "../src/overlay.ts";
import { MemoryStore, type Write } from "../src/reader.ts";

const value = tuple({ n: integer(0, 1_000) });
const SPACES: readonly Keyspace<number, { readonly n: number }>[] = [
  keyspace("lots", integer(0, 300), value),
  keyspace("holds", integer(0, 300), value),
];

type Step =
  | { readonly do: "put"; readonly space: number; readonly key: number; readonly n: number }
  | { readonly do: "remove"; readonly space: number; readonly key: number }
  | { readonly do: "get"; readonly space: number; readonly key: number }
  | { readonly do: "begin" }
  | { readonly do: "commit" }
  | { readonly do: "revert" }
  | { readonly do: "endBlock" };

const place = { space: fc.nat(1), key: fc.constantFrom(0, 1, 127, 128, 200, 255, 256) };
const only = <const Do extends string>(what: Do) => fc.record({ do: fc.constant(what) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("put" as const), ...place, n: fc.nat(1_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), ...place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("get" as const), ...place }) },
  ...[only("begin"), only("commit"), only("revert"), only("endBlock")],
);

function spaceOf(index: number) {
  const space = SPACES[index];
  if (space === undefined) throw new Error("two keyspaces");
  return space;
}

function textOf(writes: readonly Write[]): string {
  return writes.map((it) => `${bytesToHex(it.key)}=${it.value ? bytesToHex(it.value) : "gone"}`).join(" ");
}

/** Runs the steps on an overlay with this cache, and on a plain map with copies; gives each block's writes. */
function run(steps: readonly Step[], cachedMax: number): readonly string[] {
  const store = new MemoryStore();
  const overlay = new Overlay(store, cachedMax);
  let model = new Map<string, number>();
  let marks: { readonly mark: number; readonly model: Map<string, number> }[] = [];
  const blocks: string[] = [];
  const endBlock = () => {
    marks = [];
    overlay.commit();
    const writes = overlay.takeChanges();
    store.write(writes);
    blocks.push(textOf(writes));
  };
  for (const it of steps) {
    if (it.do === "begin") marks.push({ mark: overlay.mark(), model: new Map(model) });
    else if (it.do === "commit") {
      if (marks.length === 0) overlay.commit();
      else marks.pop();
    } else if (it.do === "revert") {
      const last = marks.pop();
      if (last === undefined) continue;
      overlay.revert(last.mark);
      model = last.model;
    } else if (it.do === "endBlock") endBlock();
    else {
      const name = `${it.space}/${it.key}`;
      const space = spaceOf(it.space);
      if (it.do === "put") {
        overlay.put(space, it.key, { n: it.n });
        model.set(name, it.n);
      } else if (it.do === "remove") {
        overlay.remove(space, it.key);
        model.delete(name);
      }
      expect(overlay.get(space, it.key)?.n).toBe(model.get(name));
    }
  }
  endBlock();
  expect(store.size).toBe(model.size);
  return blocks;
}

test("L-5, L-12 reads agree with a plain map through writes, reverts and blocks, and writes don't depend on the cache", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const writes = run(steps, 1_000_000);
      expect(run(steps, 0)).toEqual(writes);
      expect(run(steps, 4)).toEqual(writes);
    }),
    { numRuns: 300, seed: 1 },
  );
});

test("L-5 what was taken back leaves no write, also of a leaf that was there before", () => {
  const store = new MemoryStore();
  const overlay = new Overlay(store);
  const space = spaceOf(0);
  overlay.put(space, 1, { n: 1 });
  overlay.commit();
  store.write(overlay.takeChanges());
  const mark = overlay.mark();
  overlay.put(space, 1, { n: 2 });
  overlay.remove(space, 1);
  overlay.put(space, 2, { n: 3 });
  overlay.revert(mark);
  overlay.commit();
  expect(overlay.takeChanges()).toEqual([]);
  expect(overlay.get(space, 1)).toEqual({ n: 1 });
});

test("L-12 a leaf that came and went within a block is not written, and writes stand by ascending keys", () => {
  const overlay = new Overlay(new MemoryStore());
  overlay.put(spaceOf(1), 0, { n: 0 });
  overlay.put(spaceOf(0), 256, { n: 1 });
  overlay.put(spaceOf(0), 3, { n: 2 });
  overlay.put(spaceOf(0), 7, { n: 3 });
  overlay.remove(spaceOf(0), 7);
  overlay.commit();
  expect(overlay.takeChanges().map((it) => bytesToHex(it.key))).toEqual(["002803", "0028cd0100", "003400"]);
});

test("L-5 a block can't end inside a transaction", () => {
  const overlay = new Overlay(new MemoryStore());
  overlay.put(spaceOf(0), 1, { n: 1 });
  expect(() => overlay.takeChanges()).toThrow("between transactions");
});
