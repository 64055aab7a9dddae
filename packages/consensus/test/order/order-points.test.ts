import { bytesToHex, isRejection, must, Prng } from "@touchmark/core";
import { expect, test } from "vitest";
import { JOINER_RESIGHTS } from "../../src/order/broken-rules.ts";
import type { OrderPoint } from "../../src/order/order-book.ts";
import { plain } from "./book-world.ts";
import { everyone, HandChain, type HandCut } from "./hand-chain.ts";

/** What a drawn lane says: each of the transactions once, somewhere in its time. */
function drawCuts(prng: Prng, lanes: number, cuts: number, names: readonly string[]): readonly HandCut[] {
  const plans = Array.from({ length: lanes }, () =>
    names
      .map((name) => ({ name, stamp: BigInt(1 + prng.below(cuts * 10)) }))
      .sort((a, b) => (a.stamp < b.stamp ? -1 : 1))
      .filter(({ stamp }, i, all) => i === 0 || stamp !== all[i - 1]?.stamp),
  );
  return Array.from({ length: cuts }, (_, cut) => {
    const [from, head] = [BigInt(cut * 10), BigInt((cut + 1) * 10)];
    return everyone(lanes, head, (lane) =>
      must(plans[lane], "plan")
        .filter(({ stamp }) => stamp > from && stamp <= head)
        .map(({ name, stamp }) => [name, stamp] as const),
    );
  });
}

const NAMES = Array.from({ length: 40 }, (_, i) => `transaction ${i}`);

function chainOf(lanes: number, transactions = 5): HandChain {
  const chain = new HandChain(lanes, { ttl: 10_000n, transactions });
  NAMES.forEach((name, i) => {
    chain.content(name, 5_000n + BigInt(i));
  });
  return chain;
}

test("P-2 sixteen cuts hang on one another before the first is settled, and give what one by one they give", () => {
  const cuts = drawCuts(new Prng(7), 4, 40, NAMES);
  const [deep, flat] = [chainOf(4), chainOf(4)];
  const open: OrderPoint[] = [];
  let tip = deep.book.settled;
  for (const cut of cuts) {
    tip = deep.extend(tip, cut);
    open.push(tip);
    expect(plain(tip)).toEqual(plain(flat.deliver(cut)));
    if (open.length > 16) deep.book.settle(must(open.shift(), "point"));
  }
  for (const point of open) deep.book.settle(point);
  expect(deep.memory()).toEqual(flat.memory());
});

test("P-4 cuts beside one another don't disturb each other, in whatever order they are asked for", () => {
  const prng = new Prng(11);
  const [left, right] = [drawCuts(prng, 4, 6, NAMES), drawCuts(prng, 4, 6, NAMES)];
  const alone = [left, right].map((cuts) => {
    const chain = chainOf(4);
    return cuts.map((cut) => plain(chain.deliver(cut)));
  });
  const chain = chainOf(4);
  const tips = [chain.book.settled, chain.book.settled];
  for (let i = 0; i < 6; i++) {
    for (const side of prng.shuffle([0, 1])) {
      const cut = must((side === 0 ? left : right)[i], "cut");
      const point = chain.extend(must(tips[side], "tip"), cut);
      expect(plain(point)).toEqual(alone[side]?.[i]);
      tips[side] = point;
    }
  }
});

test("C-1 on a point that a delivered cut has ruled out nothing can hang any more", () => {
  const chain = new HandChain(1);
  const [left, right] = [10n, 20n].map((head) => chain.extend(chain.book.settled, everyone(1, head)));
  const deep = chain.extend(must(right, "right"), everyone(1, 30n));
  chain.book.settle(must(left, "left"));
  for (const parent of [right, deep]) {
    const refused = chain.tryExtend(must(parent, "parent"), everyone(1, 90n));
    expect(isRejection(refused) && refused.code).toBe("PARENT_GONE");
  }
});

test("C-1 the same cut on the same parent is the same point", () => {
  const chain = new HandChain(1);
  chain.content("A", 90n);
  const cut = everyone(1, 10n, () => [["A", 5n]]);
  const point = chain.extend(chain.book.settled, cut);
  expect(chain.extend(chain.book.settled, cut)).toBe(point);
  chain.book.drop(point);
  const again = chain.extend(chain.book.settled, cut);
  expect(again).not.toBe(point);
  expect(plain(again)).toEqual(plain(point));
});

test("O-3 one block for every order of arrival: of lanes, of transactions, of content", () => {
  const prng = new Prng(23);
  for (let round = 0; round < 50; round++) {
    const lanes = prng.between(1, 10);
    const cuts = drawCuts(prng, lanes, 4, NAMES);
    const blocks = Array.from({ length: 4 }, () => {
      const chain = new HandChain(lanes, { ttl: 10_000n, transactions: 7 });
      for (const name of prng.shuffle(NAMES)) chain.content(name, 5_000n);
      return cuts.map((cut) => {
        const shuffled = { lanes: Object.fromEntries(prng.shuffle(Object.entries(cut.lanes))) };
        // Another replica has looked at other cuts in between.
        if (prng.chance(0.5)) chain.tryExtend(chain.book.settled, everyone(lanes, 1_000_000n));
        return chain.block(chain.deliver(shuffled));
      });
    });
    for (const block of blocks) expect(block).toEqual(blocks[0]);
  }
});

test("E-1, trace (p): what a joiner has sighted before its epoch counts from its first cut on", () => {
  const run = (chain: HandChain): readonly string[] => {
    for (const name of ["A", "B"]) chain.content(name, 900n);
    // A set of three, f = 0, becomes one of four, f = 1.
    chain.deliver({
      lanes: {
        "lane 0": { head: 9n },
        "lane 1": { head: 9n },
        "lane 2": { head: 9n },
        joiner: {
          head: 30n,
          sees: [
            ["A", 10n],
            ["B", 20n],
          ],
          counts: false,
        },
      },
    });
    const point = chain.deliver({
      lanes: {
        "lane 0": {
          head: 40n,
          sees: [
            ["A", 11n],
            ["B", 21n],
          ],
        },
        "lane 1": { head: 40n },
        "lane 2": { head: 40n, sees: [["B", 12n]] },
        joiner: { head: 40n, counts: true },
      },
    });
    return chain.block(point);
  };
  expect(run(new HandChain(3))).toEqual(["A@11", "B@20"]);
  expect(run(new HandChain(3, { rules: JOINER_RESIGHTS }))).toEqual(["B@21"]);
});

test("E-1 a lane that doesn't count moves neither c nor the horizon, and is held to S-6 all the same", () => {
  const chain = new HandChain(1);
  chain.content("A", 900n);
  const point = chain.deliver({
    lanes: {
      "lane 0": { head: 50n },
      joiner: { head: 10n, sees: [["A", 5n]], counts: false },
    },
  });
  expect([point.horizon, chain.block(point), point.liveCounts]).toEqual([50n, [], [0, 1]]);
});

test("E-1 the stamps of a lane that has left count no more, and neither do they when it comes back", () => {
  const run = (without: readonly string[]): readonly (readonly string[])[] => {
    const chain = new HandChain(5);
    chain.content("A", 900n);
    const points = [chain.deliver(everyone(5, 20n, (lane) => (lane === 0 ? [["A", 10n]] : [])))];
    const { "lane 0": _, ...others } = everyone(5, 40n).lanes;
    points.push(chain.deliver({ lanes: others, without }));
    const back = everyone(5, 60n, (lane) => (lane === 1 ? [["A", 50n]] : [])).lanes;
    points.push(chain.deliver({ lanes: { ...back, "lane 0": { head: 60n } } }));
    expect(points[2]?.liveAfter).toEqual(without.length === 0 ? [0, 0, 0, 0, 0] : [1, 0, 0, 0, 0]);
    return points.map((point) => chain.block(point));
  };
  // With lane 0 in the set all along, two of five have seen it.
  expect(run([])).toEqual([[], [], ["A@50"]]);
  expect(run(["lane 0"])).toEqual([[], [], []]);
});

test("E-1 a lane that joins is not taken for one that has left and still hangs in open cuts", () => {
  const chain = new HandChain(5);
  for (const name of ["A", "B"]) chain.content(name, 900n);
  chain.deliver(everyone(5, 20n, (lane) => (lane === 0 ? [["A", 10n]] : [])));
  const { "lane 0": _, ...others } = everyone(5, 40n, (lane) => (lane === 1 ? [["A", 35n]] : [])).lanes;
  const left = chain.extend(chain.book.settled, { lanes: others, without: ["lane 0"] });
  // A second stamp orders A here, and what lane 0 had seen of it hangs in this open cut.
  const { "lane 0": __, ...seen } = everyone(5, 60n, (lane) => (lane === 2 ? [["A", 45n]] : [])).lanes;
  expect(chain.block(chain.extend(left, { lanes: seen }))).toEqual(["A@45"]);
  chain.book.settle(left);
  // Beside it two lanes join at once; neither has what lane 0 had, nor what the other has.
  const { "lane 0": ___, ...quiet } = everyone(5, 60n).lanes;
  const joined = chain.extend(left, {
    lanes: {
      ...quiet,
      "joiner 1": { head: 60n, sees: [["B", 55n]] },
      "joiner 2": { head: 60n, sees: [["B", 56n]] },
    },
  });
  expect(chain.block(joined)).toEqual(["B@56"]);
  expect(joined.liveAfter).toEqual([1, 0, 0, 0, 0, 0]);
});

test("S-6 live is what is in no block, not ignored, and past the horizon or still due", () => {
  const chain = new HandChain(4, { ttl: 100n, transactions: 1 });
  for (const [name, validUntil] of [
    ["ordered", 90n],
    ["still due", 90n],
    ["expired", 15n],
  ] as const) {
    chain.content(name, validUntil);
  }
  chain.deliver(
    everyone(3, 20n, (lane) =>
      lane === 0
        ? [
            ["ordered", 5n],
            ["still due", 6n],
            ["expired", 7n],
          ]
        : [],
    ),
  );
  const point = chain.deliver(
    everyone(4, 30n, (lane) =>
      lane === 3
        ? [
            ["ordered", 5n],
            ["still due", 6n],
            ["expired", 7n],
            ["junk", 8n],
          ]
        : [],
    ),
  );
  expect(chain.block(point)).toEqual(["ordered@21"]);
  // Before: all of lane 0, and what lane 3 brings. After: the one that is due, and what too few have seen.
  expect([point.liveCounts, point.liveAfter]).toEqual([
    [3, 0, 0, 4],
    [1, 0, 0, 2],
  ]);
  const rest = chain.deliver(everyone(4, 107n));
  expect(chain.block(rest)).toEqual(["still due@22"]);
  expect(rest.liveAfter).toEqual([0, 0, 0, 1]);
  // T − TTL reaches the junk's stamp.
  expect(chain.deliver(everyone(4, 108n)).liveAfter).toEqual([0, 0, 0, 0]);
});

test("C-3 what a batch would add to the live sightings of its lane can be asked before it is in a cut", () => {
  const chain = new HandChain(1, { ttl: 100n });
  chain.content("A", 90n);
  chain.deliver(everyone(1, 10n, () => [["A", 5n]]));
  const cut = everyone(1, 20n, () => [
    ["A", 15n],
    ["B", 16n],
    ["C", 17n],
  ]);
  const record = (name: string) => chain.table.use(chain.idOf(name));
  const batch = { records: ["A", "B", "C"].map(record), stamps: BigUint64Array.of(15n, 16n, 17n) };
  expect(chain.book.countLive(chain.book.settled, [batch])).toBe(2);
  for (const name of ["B", "C"]) chain.content(name, 90n);
  expect(chain.extend(chain.book.settled, cut).liveCounts).toEqual([2]);
});

test("Y-1 a memory is the same for all, and what is gone on from it is too", () => {
  const cuts = drawCuts(new Prng(31), 7, 12, NAMES);
  const one = chainOf(7, 3);
  const other = chainOf(7, 3);
  cuts.forEach((cut, i) => {
    one.deliver(cut);
    // The other one is made anew from its own memory, time and again, and looks ahead before it settles.
    other.tryExtend(other.book.settled, everyone(7, 9_999n));
    other.deliver(cut);
    expect(other.memory()).toEqual(one.memory());
    if (i % 3 === 2) {
      const restarted = other.restart();
      expect(restarted.memory()).toEqual(one.memory());
      for (const later of cuts.slice(i + 1, i + 4)) {
        const beside = one.restart();
        expect(beside.block(beside.deliver(later))).toEqual(
          restarted.block(restarted.extend(restarted.book.settled, later)),
        );
        break;
      }
    }
  });
});

test("Y-1 small blocks share a piece of the memory, and one that is forgotten takes nothing more in", () => {
  const chain = new HandChain(1, { ttl: 100n });
  const deliver = (name: string, head: bigint, validUntil: bigint): void => {
    chain.content(name, validUntil);
    chain.deliver(everyone(1, head, () => [[name, head - 1n]]));
  };
  const pieces = () => chain.memory().remembered.map((piece) => piece.length);
  deliver("A", 10n, 20n);
  deliver("B", 20n, 30n);
  deliver("C", 30n, 60n);
  expect(pieces()).toEqual([3]);
  // A and B are forgotten at 130, and stand there as long as C.
  deliver("D", 140n, 150n);
  expect(pieces()).toEqual([4]);
  expect(chain.restart().memory()).toEqual(chain.memory());
  chain.deliver(everyone(1, 250n));
  expect(pieces()).toEqual([]);
  deliver("E", 260n, 270n);
  expect(pieces()).toEqual([1]);
});

test("O-2 the content of what died is kept until whatever saw it in time is ignored", () => {
  const chain = new HandChain(4, { ttl: 100n });
  chain.content("A", 15n);
  const { "lane 3": _, ...others } = everyone(4, 20n, (lane) => (lane === 0 ? [["A", 10n]] : [])).lanes;
  chain.deliver({ lanes: others });
  const before = chain.usesOf("A");
  const dead = chain.deliver(everyone(4, 30n, (lane) => (lane === 3 ? [["A", 12n]] : [])));
  expect([chain.block(dead), dead.liveAfter]).toEqual([[], [0, 0, 0, 0]]);
  // One more for the second batch.
  expect(chain.usesOf("A")).toBe(before + 1);
  chain.deliver(everyone(4, 129n));
  expect(chain.usesOf("A")).toBe(before + 1);
  chain.deliver(everyone(4, 130n));
  expect(chain.usesOf("A")).toBe(before);
});

test("S-3 the book holds one use of a record as long as it is live, remembered, or in an open cut", () => {
  const chain = new HandChain(1, { ttl: 100n });
  const uses = (): readonly number[] => ["A", "B"].map((name) => chain.usesOf(name));
  chain.content("A", 90n);
  chain.content("B", 90n);
  const [a, b] = ["A", "B"].map((name) => must(chain.table.find(chain.idOf(name)), "record"));
  const before = uses();
  const left = chain.extend(
    chain.book.settled,
    everyone(1, 10n, () => [["A", 5n]]),
  );
  chain.extend(
    chain.book.settled,
    everyone(1, 11n, () => [["B", 5n]]),
  );
  // Each has one more for its batch, and one for the book.
  expect(uses()).toEqual(before.map((it) => it + 2));
  chain.book.settle(left);
  expect(uses()).toEqual([(before[0] ?? 0) + 2, (before[1] ?? 0) + 1]);
  for (const record of [a, b]) if (record !== undefined) record.uses = record === a ? 1 : 0;
  expect(chain.book.settle(chain.extend(chain.book.settled, everyone(1, 189n)))).toEqual([]);
  const released = chain.book.settle(chain.extend(chain.book.settled, everyone(1, 190n)));
  expect(released.map(({ txid }) => bytesToHex(txid))).toEqual([chain.txid("A")]);
});
