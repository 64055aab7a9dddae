import { bytesToHex, concatBytes, isRejection, Prng } from "@touchmark/core";
import { expect, test } from "vitest";
import { LITERAL_TTL, PRESENT_MEDIAN, TIME_BEFORE_TIMER } from "../../src/order/broken-rules.ts";
import { hasher, named, txidOf } from "./book-world.ts";
import { everyone, HandChain, type Said } from "./hand-chain.ts";

test("O-1 c is the (f+1)-th smallest stamp, for every set of 1 to 31 lanes", () => {
  const prng = new Prng(1);
  for (let n = 1; n <= 31; n++) {
    const f = Math.floor((n - 1) / 3);
    const chain = new HandChain(n);
    chain.content("A", 900n);
    const stamps = prng.shuffle(Array.from({ length: n }, (_, i) => BigInt(10 * (i + 1))));
    const point = chain.deliver(everyone(n, 500n, (lane) => [["A", stamps[lane] ?? 0n]]));
    expect(chain.block(point)).toEqual([`A@${10 * (f + 1)}`]);
  }
});

test("O-1 what only f lanes have stamped has no c, however late it gets", () => {
  for (let n = 2; n <= 31; n++) {
    const f = Math.floor((n - 1) / 3);
    const chain = new HandChain(n);
    chain.content("A", 900n);
    const some = chain.deliver(everyone(n, 100n, (lane) => (lane < f ? [["A", 10n]] : [])));
    expect(chain.block(some)).toEqual([]);
    const none = chain.deliver(everyone(n, 400n));
    expect(none.transactions).toHaveLength(0);
    const enough = chain.deliver(everyone(n, 500n, (lane) => (lane === f ? [["A", 450n]] : [])));
    expect(chain.block(enough)).toEqual(["A@450"]);
  }
});

test("O-1 of two stamps by one lane the smaller counts, and once it is ignored the other", () => {
  const run = (horizon: bigint): readonly string[] => {
    const chain = new HandChain(4, { ttl: 100n });
    chain.content("A", 155n);
    const { "lane 1": _, ...others } = everyone(4, 60n, (lane) =>
      lane === 0
        ? [
            ["A", 10n],
            ["A", 60n],
          ]
        : [],
    ).lanes;
    chain.deliver({ lanes: others });
    const { "lane 1": __, ...quiet } = everyone(4, horizon).lanes;
    chain.deliver({ lanes: quiet });
    return chain.block(chain.deliver(everyone(4, 150n, (lane) => (lane === 1 ? [["A", 40n]] : []))));
  };
  // c is the larger of 10 and 40, and then of 60 and 40: with the second validUntil ≤ c + TTL.
  expect(run(109n)).toEqual([]);
  expect(run(110n)).toEqual(["A@111"]);
});

test("O-1, PRESENT_MEDIAN without a minimum count one liar orders what nobody else has seen", () => {
  const cut = everyone(4, 100n, (lane) => (lane === 0 ? [["A", 5n]] : [["B", 50n]]));
  const fair = new HandChain(4);
  const broken = new HandChain(4, { rules: PRESENT_MEDIAN });
  for (const chain of [fair, broken]) for (const name of ["A", "B"]) chain.content(name, 500n);
  expect(fair.block(fair.deliver(cut))).toEqual(["B@50"]);
  expect(broken.block(broken.deliver(cut))).toEqual(["A@5", "B@50"]);
});

test("O-2 the edges of the window: c = validUntil and validUntil = c + TTL are in time, one beyond is not", () => {
  const cases = [
    { validUntil: 50n, block: ["A@50"] },
    { validUntil: 49n, block: [] },
    { validUntil: 150n, block: ["A@50"] },
    { validUntil: 151n, block: [] },
  ];
  for (const { validUntil, block } of cases) {
    const chain = new HandChain(1, { ttl: 100n });
    chain.content("A", validUntil);
    expect(chain.block(chain.deliver(everyone(1, 60n, () => [["A", 50n]])))).toEqual(block);
  }
});

test("O-2 a late transaction is ordered while the parent's horizon is below its validUntil, then never", () => {
  for (const [validUntil, block] of [
    [41n, ["A@41"]],
    [40n, []],
  ] as const) {
    const chain = new HandChain(4);
    chain.content("A", validUntil);
    chain.deliver(everyone(4, 40n, (lane) => (lane === 0 ? [["A", 10n]] : [])));
    const late = { "lane 3": { head: 50n, sees: [["A", 41n]] as const } };
    const point = chain.deliver({ lanes: { ...everyone(3, 60n).lanes, ...late } });
    // c = 41: lane 3 told of it only now.
    expect(chain.block(point)).toEqual(block);
    expect(chain.deliver(everyone(4, 70n)).transactions).toHaveLength(0);
  }
});

test("O-2 stamps up to the parent's T − TTL are ignored", () => {
  for (const [stamp, block] of [
    [51n, ["A@151"]],
    [50n, []],
  ] as const) {
    const chain = new HandChain(4, { ttl: 100n });
    chain.content("A", 151n);
    // Lane 0 stays behind with what it has seen.
    const { "lane 0": _, ...others } = everyone(4, 150n).lanes;
    chain.deliver({ lanes: others });
    const point = chain.deliver({
      lanes: {
        ...everyone(4, 160n, (lane) => (lane === 1 ? [["A", 151n]] : [])).lanes,
        "lane 0": { head: 160n, sees: [["A", stamp]] },
      },
    });
    expect(point.liveCounts).toEqual([block.length, 1, 0, 0]);
    expect(chain.block(point)).toEqual(block);
  }
});

test("O-2 near the genesis time nothing is old enough to be ignored", () => {
  const chain = new HandChain(1, { ttl: 100n });
  chain.content("A", 1n);
  expect(chain.block(chain.deliver(everyone(1, 1n, () => [["A", 1n]])))).toEqual(["A@1"]);
});

test("O-2, trace (c): a committed transaction that f lanes and a late correct one sight again stays ordered once", () => {
  const chain = new HandChain(4);
  chain.content("A", 90n);
  const { "lane 3": _, ...others } = everyone(4, 60n, (lane) =>
    lane < 2 ? [["A", 50n + BigInt(lane)]] : [],
  ).lanes;
  const first = chain.deliver({ lanes: others });
  // Lane 3 had seen it in time, and lane 0 sees it again whenever it likes.
  const again = chain.deliver(
    everyone(4, 95n, (lane) => {
      if (lane === 3) return [["A", 55n]];
      return lane === 0 ? [["A", 61n]] : [];
    }),
  );
  const later = chain.deliver(everyone(4, 120n, (lane) => (lane < 2 ? [["A", 96n]] : [])));
  expect([first, again, later].map((point) => chain.block(point))).toEqual([["A@51"], [], []]);
  expect([again.liveCounts, later.liveCounts]).toEqual([
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
});

test("O-2, LITERAL_TTL without the parent's horizon, what had expired for ever is ordered after all", () => {
  const run = (chain: HandChain): readonly string[] => {
    chain.content("A", 35n);
    const sees = (lane: number) => (lane === 0 ? ([["A", 10n]] as const) : []);
    chain.deliver({ lanes: everyone(3, 40n, sees).lanes });
    const late = chain.deliver(everyone(4, 60n, (lane) => (lane === 3 ? [["A", 30n]] : [])));
    return chain.block(late);
  };
  expect(run(new HandChain(4))).toEqual([]);
  expect(run(new HandChain(4, { rules: LITERAL_TTL }))).toEqual(["A@41!"]);
});

test("O-2 what is in a block is remembered until T ≥ validUntil + TTL, and not longer", () => {
  for (const [horizon, live] of [
    [189n, 0],
    [190n, 1],
  ] as const) {
    const chain = new HandChain(1, { ttl: 100n });
    chain.content("A", 90n);
    chain.deliver(everyone(1, 60n, () => [["A", 50n]]));
    chain.deliver(everyone(1, horizon));
    expect(chain.memory().remembered).toHaveLength(live === 0 ? 1 : 0);
    const point = chain.extend(
      chain.book.settled,
      everyone(1, 200n, () => [["A", 195n]]),
    );
    expect(point.liveCounts).toEqual([live]);
    expect(point.transactions).toHaveLength(0);
  }
});

test("O-3 equal c: by the later stamps, a missing one last, and then by the hash with the parent cut's digest", () => {
  const chain = new HandChain(4);
  for (const name of ["A", "B", "C", "D", "E"]) chain.content(name, 500n);
  const point = chain.deliver({
    lanes: {
      "lane 0": {
        head: 90n,
        sees: [
          ["A", 10n],
          ["B", 11n],
          ["C", 12n],
          ["D", 13n],
          ["E", 14n],
        ],
      },
      "lane 1": {
        head: 90n,
        sees: [
          ["A", 50n],
          ["B", 60n],
          ["C", 70n],
        ],
      },
      "lane 2": {
        head: 90n,
        sees: [
          ["B", 50n],
          ["A", 60n],
          ["D", 70n],
        ],
      },
      "lane 3": {
        head: 90n,
        sees: [
          ["C", 50n],
          ["A", 59n],
          ["D", 60n],
          ["E", 70n],
        ],
      },
    },
  });
  // c: A 50, B 50, C 50, D 60, E 70. Then A 59, B 60, C 70; D 70, none; E none.
  expect(chain.block(point)).toEqual(["A@50", "B@51", "C@52", "D@60", "E@70"]);

  const tied = new HandChain(4);
  const names = ["A", "B", "C", "D"];
  for (const name of names) tied.content(name, 500n);
  // Each lane stamps each at its own turn, so that all have the same four stamps.
  const both = tied.deliver(
    everyone(4, 90n, (lane) =>
      names.map((_, turn) => [names[(turn + lane) % 4] ?? "", BigInt(10 * (turn + 1))] as const),
    ),
  );
  const salted = (name: string): string =>
    bytesToHex(hasher.sha256(concatBytes(named("genesis"), txidOf(tied.txid(name)))));
  const wanted = names.toSorted((a, b) => (salted(a) < salted(b) ? -1 : 1));
  expect(tied.block(both)).toEqual(wanted.map((name, i) => `${name}@${20 + i}`));
});

test("O-4 times strictly increase along the chain, and stay behind nothing that was ordered before", () => {
  const chain = new HandChain(4);
  for (const name of ["A", "B", "C"]) chain.content(name, 500n);
  const all = (name: string, stamp: bigint) => [[name, stamp]] as const;
  const one = chain.deliver(everyone(4, 40n, (lane) => (lane < 2 ? [["A", 40n]] : [["B", 40n]])));
  expect(chain.block(one).map((it) => it.slice(1))).toEqual(["@40", "@41"]);
  expect([one.horizon, one.lastTime, one.timersUntil]).toEqual([40n, 41n, 41n]);
  const two = chain.deliver(everyone(4, 41n, () => all("C", 41n)));
  expect(chain.block(two)).toEqual(["C@42"]);
  const three = chain.deliver(everyone(4, 60n));
  expect([three.lastTime, three.timersUntil]).toEqual([42n, 60n]);
});

test("O-4, trace (d): after a timer due at 370 has run, a late transaction gets no time before it", () => {
  const run = (chain: HandChain): readonly string[] => {
    chain.content("A", 900n);
    const first = chain.deliver({
      lanes: { ...everyone(3, 380n, (lane) => (lane === 0 ? [["A", 330n]] : [])).lanes },
    });
    expect(first.timersUntil).toBe(380n);
    const late = chain.deliver({
      lanes: { ...everyone(3, 400n).lanes, "lane 3": { head: 400n, sees: [["A", 331n]] } },
    });
    return chain.block(late);
  };
  expect(run(new HandChain(4))).toEqual(["A@381"]);
  expect(run(new HandChain(4, { rules: TIME_BEFORE_TIMER }))).toEqual(["A@331"]);
});

test("O-4 what gets a time past its validUntil is in the block, as expired", () => {
  const chain = new HandChain(1, { transactions: 10 });
  chain.content("A", 50n);
  chain.content("B", 50n);
  const point = chain.deliver({
    lanes: {
      "lane 0": {
        head: 60n,
        sees: [
          ["A", 49n],
          ["B", 50n],
        ],
      },
    },
  });
  expect(chain.block(point)).toEqual(["A@49", "B@50"]);
  const late = new HandChain(4);
  for (const name of ["A", "B"]) late.content(name, 41n);
  late.deliver(everyone(3, 40n));
  const both = late.deliver(everyone(4, 50n, (lane) => (lane < 2 ? [["A", 41n]] : [["B", 41n]])));
  expect(late.block(both).map((it) => it.slice(1))).toEqual(["@41", "@42!"]);
});

test("C-2 T is the (f+1)-th smallest head, so that f slow lanes don't hold it back", () => {
  for (let n = 1; n <= 31; n++) {
    const f = Math.floor((n - 1) / 3);
    const chain = new HandChain(n);
    const heads = everyone(n, 0n).lanes;
    const lanes = Object.fromEntries(Object.keys(heads).map((name, i) => [name, { head: BigInt(100 + i) }]));
    expect(chain.deliver({ lanes }).horizon).toBe(BigInt(100 + f));
  }
});

test("C-1 a cut that moves neither the horizon nor a lane is refused", () => {
  const chain = new HandChain(4);
  chain.deliver(everyone(4, 50n));
  const same = chain.tryExtend(chain.book.settled, { lanes: {} });
  expect(isRejection(same) && same.code).toBe("HORIZON_NOT_LATER");
});

test("C-2 while too few lanes reach past the parent's horizon they catch up, and nothing is ordered", () => {
  const chain = new HandChain(4);
  chain.content("A", 500n);
  chain.deliver(everyone(4, 50n));
  const seen: Said = { head: 90n, sees: [["A", 60n]] };
  const behind = chain.deliver({ lanes: { "lane 0": seen, "lane 1": seen } });
  expect(behind).toMatchObject({ horizon: 50n, full: false, transactions: [], timersUntil: 50n });
  const caughtUp = chain.deliver({ lanes: { "lane 2": { head: 91n } } });
  expect(caughtUp.horizon).toBe(90n);
  expect(caughtUp.transactions).toHaveLength(1);
});

test("C-2 more is due than fits: the largest horizon at which it fits, just below the first c that is too much", () => {
  const chain = new HandChain(1, { transactions: 2 });
  for (const name of ["A", "B", "C"]) chain.content(name, 500n);
  const one = chain.deliver({
    lanes: {
      "lane 0": {
        head: 90n,
        sees: [
          ["A", 10n],
          ["B", 20n],
          ["C", 30n],
        ],
      },
    },
  });
  expect([one.horizon, one.full, one.stillDue, chain.block(one)]).toEqual([29n, true, 0, ["A@10", "B@20"]]);
  expect([one.liveCounts, one.liveAfter]).toEqual([[3], [1]]);
  const two = chain.deliver({ lanes: {} });
  expect([two.horizon, two.full, chain.block(two)]).toEqual([90n, false, ["C@30"]]);
});

test("C-2 bytes count as transactions do", () => {
  const chain = new HandChain(1, { bytes: 10 });
  for (const [name, bytes] of [
    ["A", 6],
    ["B", 4],
    ["C", 1],
  ] as const)
    chain.content(name, 500n, bytes);
  const point = chain.deliver({
    lanes: {
      "lane 0": {
        head: 90n,
        sees: [
          ["A", 10n],
          ["B", 20n],
          ["C", 30n],
        ],
      },
    },
  });
  expect([point.horizon, point.full, chain.block(point)]).toEqual([29n, true, ["A@10", "B@20"]]);
});

test("C-2 those with the same c go together, or wait together", () => {
  const chain = new HandChain(4, { transactions: 3 });
  for (const name of ["A", "B", "C", "D"]) chain.content(name, 500n);
  const point = chain.deliver({
    lanes: {
      "lane 0": {
        head: 90n,
        sees: [
          ["A", 10n],
          ["B", 20n],
          ["C", 30n],
          ["D", 31n],
        ],
      },
      "lane 1": {
        head: 90n,
        sees: [
          ["A", 11n],
          ["B", 21n],
        ],
      },
      "lane 2": { head: 90n, sees: [["C", 40n]] },
      "lane 3": { head: 90n, sees: [["D", 40n]] },
    },
  });
  // A has c = 11, B 21, C and D both 40: four are too much, so T stops below 40.
  expect([point.horizon, point.full, chain.block(point)]).toEqual([39n, true, ["A@11", "B@21"]]);
});

test("C-2 a tie that alone is too much leaves an empty full block, and then goes in by O-3", () => {
  const chain = new HandChain(2, { transactions: 1 });
  for (const name of ["A", "B"]) chain.content(name, 500n);
  const one = chain.deliver({
    lanes: {
      "lane 0": { head: 90n, sees: [["A", 40n]] },
      "lane 1": {
        head: 90n,
        sees: [
          ["B", 40n],
          ["A", 41n],
        ],
      },
    },
  });
  expect([one.horizon, one.full, one.transactions.length]).toEqual([39n, true, 0]);
  const two = chain.deliver({ lanes: {} });
  // A has a second stamp, B has none.
  expect([two.horizon, two.full, two.stillDue, chain.block(two)]).toEqual([40n, true, 1, ["A@40"]]);
  const three = chain.deliver({ lanes: {} });
  expect([three.horizon, three.full, chain.block(three)]).toEqual([90n, false, ["B@41"]]);
});

test("C-2, trace (g): what a slow lane brings from below the parent's T goes in block after block, in order", () => {
  const chain = new HandChain(4, { transactions: 2 });
  const names = ["A", "B", "C", "D", "E"];
  for (const name of names) chain.content(name, 900n);
  const sees = (from: bigint) => names.map((name, i) => [name, from + BigInt(i)] as const);
  chain.deliver({ lanes: { ...everyone(3, 500n).lanes, "lane 0": { head: 500n, sees: sees(10n) } } });
  let point = chain.deliver({
    lanes: { ...everyone(3, 600n).lanes, "lane 3": { head: 600n, sees: sees(20n) } },
  });
  expect([point.horizon, point.full, point.stillDue, chain.block(point)]).toEqual([
    501n,
    true,
    3,
    ["A@501", "B@502"],
  ]);
  point = chain.deliver({ lanes: {} });
  expect([point.horizon, point.full, point.stillDue, chain.block(point)]).toEqual([
    502n,
    true,
    1,
    ["C@503", "D@504"],
  ]);
  point = chain.deliver({ lanes: {} });
  expect([point.horizon, point.full, point.stillDue, chain.block(point)]).toEqual([
    600n,
    false,
    0,
    ["E@505"],
  ]);
});

test("V-1 content within the horizon must be held, and what lies past it doesn't matter", () => {
  const chain = new HandChain(1, { transactions: 2 });
  const cut = {
    lanes: {
      "lane 0": {
        head: 90n,
        sees: [
          ["A", 10n],
          ["B", 20n],
          ["C", 30n],
          ["D", 40n],
        ] as const,
      },
    },
  };
  const ask = (): readonly string[] => {
    const extension = chain.tryExtend(chain.book.settled, cut);
    return "missing" in extension ? extension.missing.map(({ txid }) => chain.nameOf(txid)) : [];
  };
  expect(ask()).toEqual(["A", "B", "C", "D"]);
  chain.content("A", 900n);
  chain.content("B", 900n);
  expect(ask()).toEqual(["C", "D"]);
  chain.content("C", 900n);
  // With three that are due the horizon is below D, whatever D is.
  expect(ask()).toEqual([]);
  expect(chain.block(chain.deliver(cut))).toEqual(["A@10", "B@20"]);
});

test("V-1 a cut that waits for content leaves nothing behind", () => {
  const chain = new HandChain(1);
  const before = chain.usesOf("A");
  const extension = chain.tryExtend(
    chain.book.settled,
    everyone(1, 50n, () => [["A", 10n]]),
  );
  expect("missing" in extension).toBe(true);
  // The batch itself uses it once.
  expect(chain.usesOf("A")).toBe(before + 1);
});
