import { concatBytes, decode, encode, isRejection, Prng } from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import {
  type Claim,
  type StateProof,
  type StateTree,
  stateProof,
  toKeyHash,
  verifyProof,
} from "@touchmark/state";
import {
  bytesOf,
  type Change,
  chosenHasher,
  drawHash,
  drawKey,
  keyOf,
  keyWithHash,
  toHex,
  treeOf,
  valueHashOfHex,
} from "./world.ts";

/**
 * Forgers at work on valid proofs. Whatever they hand in, one thing is asked: if it verifies, the claim is
 * true, and the proof is byte by byte the one that the tree gives. So neither a false claim nor a second form
 * of a true one has ever passed.
 */
interface World {
  readonly tree: StateTree;
  /** By key hash, the value as it was written. */
  readonly values: ReadonlyMap<string, Uint8Array>;
  readonly keys: readonly string[];
}

/** What a forger hands in. */
interface Forgery {
  readonly key: string;
  readonly value: Uint8Array | undefined;
  readonly proof: StateProof;
}

function drawWorld(prng: Prng): World {
  const keys: string[] = [];
  const isDeep = prng.chance(0.5);
  for (let i = prng.pick([1, 2, 3, 8, 40, 200]); i > 0; i--)
    keys.push(isDeep ? drawKey(prng, keys) : drawHash(prng));
  const values = new Map(keys.map((key) => [key, prng.bytes(prng.below(70))]));
  const leaves = [...values].map(([key, value]): Change => [key, toHex(nativeHasher.sha256(value))]);
  return { tree: treeOf(leaves), values, keys: [...values.keys()] };
}

function drawValid(prng: Prng, { tree, values, keys }: World): Forgery {
  const key = prng.chance(0.5) ? prng.pick(keys) : drawKey(prng, keys);
  return { key, value: values.get(key), proof: tree.prove(keyOf(key)) };
}

function siblingsOf({ siblings }: StateProof): readonly Uint8Array[] {
  return Array.from({ length: siblings.length / 32 }, (_, i) => siblings.slice(32 * i, 32 * i + 32));
}

function withSiblings(proof: StateProof, siblings: readonly Uint8Array[]): StateProof {
  return { ...proof, siblings: concatBytes(...siblings) };
}

function flipBit(prng: Prng, bytes: Uint8Array): Uint8Array {
  const flipped = bytes.slice();
  if (flipped.length === 0) return flipped;
  const at = prng.below(flipped.length);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << prng.below(8));
  return flipped;
}

/** A digest that looks like one: another one of this proof or tree, zeros, the root, or drawn. */
function drawDigest(prng: Prng, { tree, keys }: World, proof: StateProof): Uint8Array {
  const others = siblingsOf(tree.prove(keyOf(prng.pick(keys))));
  return prng.pick([
    prng.bytes(32),
    new Uint8Array(32),
    tree.root,
    bytesOf(prng.pick(keys)),
    ...others,
    ...siblingsOf(proof),
  ]);
}

/** The bits and the siblings for a way of any depth, cut or made longer at either end. */
function redrawFilled(prng: Prng, proof: StateProof): Uint8Array {
  const bits = prng.pick([
    () => flipBit(prng, proof.filled),
    () => concatBytes(proof.filled, Uint8Array.of(prng.below(256))),
    () => proof.filled.slice(0, -1),
    () => concatBytes(Uint8Array.of(prng.below(256)), proof.filled),
    () => prng.bytes(prng.below(33)),
  ]);
  return bits();
}

type Forger = (prng: Prng, world: World, valid: Forgery) => Forgery;

const dropSibling: Forger = (prng, _world, valid) => {
  const siblings = siblingsOf(valid.proof);
  const at = prng.below(siblings.length + 1);
  return { ...valid, proof: withSiblings(valid.proof, siblings.toSpliced(at, 1)) };
};

const addSibling: Forger = (prng, world, valid) => {
  const siblings = siblingsOf(valid.proof);
  const added = siblings.toSpliced(prng.below(siblings.length + 1), 0, drawDigest(prng, world, valid.proof));
  return { ...valid, proof: withSiblings(valid.proof, added) };
};

const replaceSibling: Forger = (prng, world, valid) => {
  const siblings = siblingsOf(valid.proof);
  const at = prng.below(siblings.length + 1);
  return {
    ...valid,
    proof: withSiblings(valid.proof, siblings.toSpliced(at, 1, drawDigest(prng, world, valid.proof))),
  };
};

const shuffleSiblings: Forger = (prng, _world, valid) => ({
  ...valid,
  proof: withSiblings(valid.proof, prng.shuffle(siblingsOf(valid.proof))),
});

const changeBits: Forger = (prng, _world, valid) => ({
  ...valid,
  proof: { ...valid.proof, filled: redrawFilled(prng, valid.proof) },
});

/** Bits and siblings changed together, so that their counts agree. */
const changeDepth: Forger = (prng, world, valid) => {
  const filled = redrawFilled(prng, valid.proof);
  const count = [...filled].reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
  const siblings = [...siblingsOf(valid.proof)];
  while (siblings.length > count) siblings.splice(prng.chance(0.5) ? 0 : siblings.length - 1, 1);
  while (siblings.length < count)
    siblings.splice(prng.below(siblings.length + 1), 0, drawDigest(prng, world, valid.proof));
  return { ...valid, proof: withSiblings({ ...valid.proof, filled }, siblings) };
};

const changeKind: Forger = (prng, world, valid) => {
  const { filled, siblings } = valid.proof;
  const other = prng.pick(world.keys);
  const hashes = {
    keyHash: toKeyHash(prng.pick([bytesOf(other), bytesOf(valid.key), drawDigest(prng, world, valid.proof)])),
    valueHash: valueHashOfHex(toHex(nativeHasher.sha256(world.values.get(other) ?? new Uint8Array()))),
  };
  const value = prng.pick([undefined, valid.value, world.values.get(other), prng.bytes(20)]);
  const proof = prng.pick<StateProof>([
    { kind: "present", filled, siblings },
    { kind: "vacant", filled, siblings },
    { kind: "occupied", filled, siblings, ...hashes },
  ]);
  return { key: valid.key, value, proof };
};

const changeClaim: Forger = (prng, world, valid) => {
  const key = prng.pick([valid.key, prng.pick(world.keys), drawKey(prng, world.keys)]);
  const value = prng.pick([
    valid.value,
    undefined,
    world.values.get(key),
    flipBit(prng, valid.value ?? prng.bytes(3)),
  ]);
  return { ...valid, key, value };
};

/** Another key's proof, or the proof of another tree. */
const swapProof: Forger = (prng, world, valid) => {
  const { tree } = prng.chance(0.5) ? world : drawWorld(prng);
  return { ...valid, proof: tree.prove(keyOf(drawKey(prng, world.keys))) };
};

const FORGERS: readonly Forger[] = [
  dropSibling,
  addSibling,
  replaceSibling,
  shuffleSiblings,
  changeBits,
  changeDepth,
  changeKind,
  changeClaim,
  swapProof,
];

/** The bytes with bits flipped, cut, or made longer; undefined where that is no proof at all. */
function damageBytes(prng: Prng, valid: Forgery): Forgery | undefined {
  let bytes = encode(stateProof, valid.proof);
  for (let i = prng.between(1, 3); i > 0; i--) bytes = flipBit(prng, bytes);
  if (prng.chance(0.1)) bytes = bytes.slice(0, prng.below(bytes.length));
  if (prng.chance(0.1)) bytes = concatBytes(bytes, prng.bytes(prng.between(1, 40)));
  const proof = decode(stateProof, bytes);
  return isRejection(proof) ? undefined : { ...valid, proof };
}

export interface Tally {
  /** Not even a proof's bytes. */
  undecoded: number;
  /** By code. */
  readonly refused: Map<string, number>;
  /** What came out as it was, or as the proof of another claim that is true. */
  harmless: number;
}

function isTruth({ tree, values }: World, { key, value, proof }: Forgery): boolean {
  const truth = values.get(key);
  const isTrue =
    value === undefined ? truth === undefined : truth !== undefined && toHex(truth) === toHex(value);
  const own = encode(stateProof, tree.prove(keyOf(key)));
  return isTrue && toHex(own) === toHex(encode(stateProof, proof));
}

export type Verify = typeof verifyProof;

/** Throws at the first forgery that passes. */
export function attack(seed: number, forgeries: number, verify: Verify = verifyProof): Tally {
  const prng = new Prng(seed);
  const tally: Tally = { undecoded: 0, refused: new Map(), harmless: 0 };
  let world = drawWorld(prng);
  for (let i = 0; i < forgeries; i++) {
    if (i % 100 === 0) world = drawWorld(prng);
    const valid = drawValid(prng, world);
    const forgery = prng.chance(0.4) ? damageBytes(prng, valid) : prng.pick(FORGERS)(prng, world, valid);
    if (forgery === undefined) {
      tally.undecoded += 1;
      continue;
    }
    const claim: Claim = { key: keyWithHash(forgery.key), value: forgery.value };
    const result = verify(chosenHasher, world.tree.root, claim, forgery.proof);
    if (isRejection(result)) tally.refused.set(result.code, (tally.refused.get(result.code) ?? 0) + 1);
    else if (isTruth(world, forgery)) tally.harmless += 1;
    else throw new Error(`seed ${seed}, forgery ${i} passed: key ${forgery.key}, kind ${forgery.proof.kind}`);
  }
  return tally;
}
