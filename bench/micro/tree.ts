import { hashInto } from "@chainsafe/hashtree";
import {
  assert,
  DIGEST_BYTES,
  encode,
  type Hasher,
  isRejection,
  must,
  type Prng,
  portableHasher,
} from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import {
  ChangeList,
  type KeyHash,
  keyHashOf,
  StateTree,
  stateProof,
  toKeyHash,
  toValueHash,
  valueHashOf,
  verifyProof,
} from "@touchmark/state";
import { atTurn, type Bench, type Context, type Measured } from "../figure.ts";
import { type Contender, measureTogether, median, Subject, type Work } from "../harness.ts";
import { Laps, type Tally } from "../laps.ts";

/**
 * The tree of state (T-1 to T-9): what a block's changes cost for each leaf, how that grows with the state,
 * how long the start takes, how large a proof is and how fast a client judges it.
 *
 * The floor of an update is its hashes alone: as many pairs as it hashed, in one buffer, in calls of the same size.
 */
const PAIR_BYTES = 2 * DIGEST_BYTES;
const PAIRS_PER_CALL = 1_024;
const VALUE_BYTES = 200;
/** Below this many inputs a run only shows that everything runs. */
const FULL_INPUTS = 1_000;

interface Sizes {
  readonly few: number;
  readonly many: number;
  readonly block: number;
  readonly smallBlock: number;
}

const FULL: Sizes = { few: 10_000, many: 1_000_000, block: 20_000, smallBlock: 2_000 };
const TINY: Sizes = { few: 200, many: 2_000, block: 400, smallBlock: 100 };

function sizesFor({ inputs }: Context): Sizes {
  return inputs < FULL_INPUTS ? TINY : FULL;
}

/** Key `i` is its number in eight bytes behind the keyspace's two. */
function keyOf(i: number): Uint8Array {
  const key = new Uint8Array(10);
  new DataView(key.buffer).setUint32(6, i);
  return key;
}

/** Key hashes as bytes one after another: drawn, since a hash of each would be most of the set-up. */
class Keys {
  readonly #bytes: Uint8Array;

  constructor(count: number) {
    const level = new Uint8Array(count * PAIR_BYTES);
    const numbers = new DataView(level.buffer);
    for (let i = 0; i < count; i++) numbers.setUint32(i * PAIR_BYTES, i);
    this.#bytes = nativeHasher.sha256Pairs(level);
  }

  at(i: number): KeyHash {
    return toKeyHash(this.#bytes.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES));
  }

  list(count: number): ChangeList {
    const list = new ChangeList();
    for (let i = 0; i < count; i++) list.put(this.at(i), toValueHash(this.at(0)));
    return list;
  }
}

/** Another value for so many keys all over the state. */
function fillBlock(prng: Prng, keys: Keys, count: number, size: number, into: ChangeList): void {
  into.clear();
  const value = toValueHash(prng.bytes(DIGEST_BYTES));
  const stride = Math.floor(count / size);
  for (let i = 0; i < size; i++) into.put(keys.at(i * stride + prng.below(stride)), value);
}

class CountingHasher implements Hasher {
  pairs = 0;

  sha256(bytes: Uint8Array): ReturnType<Hasher["sha256"]> {
    return nativeHasher.sha256(bytes);
  }

  sha256Pairs(level: Uint8Array, digests?: Uint8Array): Uint8Array {
    this.pairs += level.length / PAIR_BYTES;
    return nativeHasher.sha256Pairs(level, digests);
  }
}

function add({ ms, things }: Tally, startedAt: number, count: number): void {
  ms[0] = (ms[0] ?? 0) + performance.now() - startedAt;
  things[0] = (things[0] ?? 0) + count;
}

/** Hashes so many pairs for each leaf of a block, and nothing else. */
function hashingLap(pairsPerLeaf: number, leaves: number): (tally: Tally) => void {
  const level = new Uint8Array(PAIRS_PER_CALL * PAIR_BYTES);
  const digests = new Uint8Array(PAIRS_PER_CALL * DIGEST_BYTES);
  const calls = Math.max(1, Math.round((pairsPerLeaf * leaves) / PAIRS_PER_CALL));
  return (tally) => {
    const startedAt = performance.now();
    for (let call = 0; call < calls; call++) hashInto(level, digests);
    add(tally, startedAt, (calls * PAIRS_PER_CALL) / pairsPerLeaf);
  };
}

function measured(ours: Laps, floor: Laps): Measured {
  return { value: median(must(ours.runs[0], "runs")), floor: median(must(floor.runs[0], "runs")) };
}

/** A tree of so many keys, and laps that bring blocks of this size into it. */
function updateLaps(
  prng: Prng,
  count: number,
  size: number,
): { laps: Laps; pairsPerLeaf: number; tree: StateTree } {
  const keys = new Keys(count);
  const hasher = new CountingHasher();
  const tree = StateTree.fromLeaves(hasher, keys.list(count));
  const block = new ChangeList();
  fillBlock(prng, keys, count, size, block);
  hasher.pairs = 0;
  tree.update(block);
  const pairsPerLeaf = hasher.pairs / size;
  const laps = new Laps(1, (tally) => {
    fillBlock(prng, keys, count, size, block);
    const startedAt = performance.now();
    tree.update(block);
    add(tally, startedAt, size);
  });
  return { laps, pairsPerLeaf, tree };
}

const updateBench: Bench = {
  kinds: [
    {
      bench: "micro.tree.update",
      unit: "ns",
      floorIs: "hashtree over as many pairs",
      target: { of: "value", most: 1_000 },
    },
    { bench: "micro.tree.memory", unit: "B", floorIs: "key hash and value hash" },
  ],
  run(context) {
    const { many, block } = sizesFor(context);
    const { laps, pairsPerLeaf, tree } = updateLaps(context.prng, many, block);
    const floor = new Laps(1, hashingLap(pairsPerLeaf, block), context.plan.runMs / 10);
    measureTogether([laps, floor], context.plan);
    return [measured(laps, floor), { value: tree.bytesHeld / tree.size, floor: PAIR_BYTES }];
  },
};

const growthBench: Bench = {
  kinds: [
    { bench: "micro.tree.update-many-keys", unit: "ns", floorIs: "the same with a hundredth of the keys" },
  ],
  run(context) {
    const { few, many, smallBlock } = sizesFor(context);
    const ours = updateLaps(context.prng, many, smallBlock);
    const floor = updateLaps(context.prng, few, smallBlock);
    measureTogether([ours.laps, floor.laps], context.plan);
    return [measured(ours.laps, floor.laps)];
  },
};

const rebuildBench: Bench = {
  kinds: [{ bench: "micro.tree.rebuild", unit: "ns", floorIs: "hashtree over as many pairs" }],
  run(context) {
    const { many } = sizesFor(context);
    const list = new Keys(many).list(many);
    const hasher = new CountingHasher();
    StateTree.fromLeaves(hasher, list);
    const pairsPerLeaf = hasher.pairs / many;
    const ours = new Laps(1, (tally) => {
      const startedAt = performance.now();
      const tree = StateTree.fromLeaves(nativeHasher, list);
      add(tally, startedAt, many);
      assert(tree.size === many, "every leaf stands");
    });
    const floor = new Laps(1, hashingLap(pairsPerLeaf, many), context.plan.runMs / 10);
    measureTogether([ours, floor], context.plan);
    return [measured(ours, floor)];
  },
};

interface Proven {
  readonly bytes: number;
  /** Digests that a verifier computes: of the key, the value and the leaf, and one for each level. */
  readonly digests: number;
  readonly verify: (hasher: Hasher) => Work;
}

function proveSome(prng: Prng, count: number): Proven {
  const list = new ChangeList();
  const value = prng.bytes(VALUE_BYTES);
  const valueHash = valueHashOf(nativeHasher, value);
  for (let i = 0; i < count; i++) list.put(keyHashOf(nativeHasher, keyOf(i)), valueHash);
  const tree = StateTree.fromLeaves(nativeHasher, list);
  const { root } = tree;
  const asked = Array.from({ length: 64 }, () => {
    const key = keyOf(prng.below(count));
    return { claim: { key, value }, proof: tree.prove(keyHashOf(nativeHasher, key)) };
  });
  const sum = (of: (it: (typeof asked)[number]) => number): number =>
    asked.reduce((total, it) => total + of(it), 0);
  return {
    bytes: Math.max(...asked.map(({ proof }) => encode(stateProof, proof).length)),
    digests: 3 + sum(({ proof }) => proof.siblings.length / DIGEST_BYTES) / asked.length,
    verify: (hasher) => (turn) => {
      const { claim, proof } = atTurn(asked, turn);
      return !isRejection(verifyProof(hasher, root, claim, proof));
    },
  };
}

const HASHERS = [
  ["native", nativeHasher],
  ["portable", portableHasher],
] as const;

function proofBench(name: string, sizeOf: (sizes: Sizes) => number): Bench {
  return {
    kinds: [
      {
        bench: `micro.tree.proof-bytes-${name}`,
        unit: "B",
        floorIs: "a sibling for each doubling",
        target: { of: "value", most: 2_048 },
      },
      ...HASHERS.map(([hasher]) => ({
        bench: `micro.tree.proof-verify-${name}-${hasher}`,
        unit: "ns" as const,
        floorIs: "as many single digests",
      })),
    ],
    run(context) {
      const count = sizeOf(sizesFor(context));
      const { bytes, digests, verify } = proveSome(context.prng, count);
      const pair = context.prng.bytes(PAIR_BYTES);
      const subjects = HASHERS.map(([, hasher]) => ({
        work: new Subject(verify(hasher), context.plan),
        floor: new Subject(() => hasher.sha256(pair), context.plan),
      }));
      const contenders: Contender[] = subjects.flatMap(({ work, floor }) => [work, floor]);
      measureTogether(contenders, context.plan);
      const floorBytes = Math.floor(Math.log2(count)) * DIGEST_BYTES;
      return [
        { value: bytes, floor: floorBytes },
        ...subjects.map(({ work, floor }) => ({
          value: median(work.runs),
          floor: digests * median(floor.runs),
        })),
      ];
    },
  };
}

export const treeBenches: readonly Bench[] = [
  updateBench,
  growthBench,
  rebuildBench,
  proofBench("few-keys", ({ few }) => few),
  proofBench("many-keys", ({ many }) => many),
];
