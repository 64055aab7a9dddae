import { assert, copyBytes, DIGEST_BYTES, equalBytes, type Hasher, must } from "@touchmark/core";
import { type ChangeList, sortedPlaces } from "./changes.ts";
import { CHUNK_LEAVES_MAX, type Chunk, toPrefix } from "./chunk.ts";
import {
  bitAt,
  type KeyHash,
  type Leaf,
  type StateRoot,
  toKeyHash,
  toStateRoot,
  toValueHash,
  type ValueHash,
} from "./digest.ts";
import { toPath } from "./path.ts";
import type { StateProof } from "./proof.ts";
import { BYTES_PER_ROW, ROOT_SLOT, Rows, refAt, toLeafRow } from "./rows.ts";
import { Updater } from "./update.ts";

/**
 * The authenticated state: a sparse Merkle tree over the hashes of keys. The root depends on which leaves
 * there are and on nothing else (T-3, T-4); leaves are stored elsewhere, and the tree is built of them at start.
 */

/** Sorted leaves are built in runs whose part of the tree stays in a cache, and lies together in memory. */
const BUILD_RUN = 4_096;
/** A tree of random keys has 1.4427 nodes for each leaf (1 / ln 2). */
const NODES_PER_LEAF = 1.45;

/** What lies at the end of a key's way, and the digests beside it, from the root on. */
interface Way {
  readonly ref: number;
  readonly siblings: readonly Uint8Array[];
}

/** A subtree that is still to be cut into chunks, and where it stands. */
interface Subtree extends Way {
  readonly way: Uint8Array;
}

export class StateTree {
  readonly #nodes = new Rows("nodes");
  readonly #leaves = new Rows("leaves");
  readonly #updater: Updater;
  #canUndo = false;
  /** Counts updates, so that nobody walks a tree that changes under him. */
  #version = 0;

  constructor(hasher: Hasher) {
    this.#updater = new Updater(hasher, this.#nodes, this.#leaves);
  }

  /** T-5: the tree of these leaves, which come in any order. */
  static fromLeaves(hasher: Hasher, leaves: ChangeList): StateTree {
    assert(!leaves.removals.subarray(0, leaves.length).includes(1), "a tree is built of leaves, no removals");
    const tree = new StateTree(hasher);
    const places = sortedPlaces(leaves);
    tree.#leaves.reserve(places.length);
    tree.#nodes.reserve(Math.floor(places.length * NODES_PER_LEAF));
    for (let from = 0; from < places.length; from += BUILD_RUN) {
      tree.#updater.apply(leaves, places.subarray(from, from + BUILD_RUN));
    }
    tree.#updater.commit();
    return tree;
  }

  get root(): StateRoot {
    return toStateRoot(this.#digestAt(ROOT_SLOT));
  }

  /** How many leaves there are. */
  get size(): number {
    return this.#leaves.used - this.#updater.leavesLeaving;
  }

  /** What the tree takes in memory, beside what its last update still needs. */
  get bytesHeld(): number {
    return this.#nodes.bytesHeld + this.#leaves.bytesHeld;
  }

  /** T-4: the root after these changes. The update before this one can't be undone any more. */
  update(changes: ChangeList): StateRoot {
    this.#version += 1;
    this.#updater.apply(changes, sortedPlaces(changes));
    this.#canUndo = true;
    return this.root;
  }

  /** T-6: takes the last update back, and no more than that one. */
  undo(): StateRoot {
    assert(this.#canUndo, "only the last update can be undone, once");
    this.#version += 1;
    this.#updater.undo();
    this.#canUndo = false;
    return this.root;
  }

  get(keyHash: KeyHash): ValueHash | undefined {
    const { ref } = this.#walk(keyHash, false);
    if (ref >= 0) return undefined;
    const leaf = this.#leafAt(ref);
    return equalBytes(leaf.keyHash, keyHash) ? leaf.valueHash : undefined;
  }

  /** T-7, T-8: a proof of the key's value, or of there being none. */
  prove(keyHash: KeyHash): StateProof {
    const { ref, siblings } = this.#walk(keyHash, true);
    const path = toPath(siblings);
    if (ref === 0) return { kind: "vacant", ...path };
    const leaf = this.#leafAt(ref);
    if (equalBytes(leaf.keyHash, keyHash)) return { kind: "present", ...path };
    return { kind: "occupied", ...path, ...leaf };
  }

  /** Every leaf, in the order of key hashes. The tree must not change meanwhile. */
  *leaves(): Generator<Leaf> {
    yield* this.#leavesBelow(refAt(this.#nodes.refs, ROOT_SLOT));
  }

  /** T-9: the whole tree in chunks of at most so many leaves, in the order of key hashes. */
  *chunks(leavesMax: number): Generator<Chunk> {
    assert(leavesMax >= 1 && leavesMax <= CHUNK_LEAVES_MAX, "a chunk has from 1 leaf to the limit");
    const root = refAt(this.#nodes.refs, ROOT_SLOT);
    const open: Subtree[] = [{ ref: root, way: new Uint8Array(DIGEST_BYTES), siblings: [] }];
    for (let subtree = open.pop(); subtree !== undefined; subtree = open.pop()) {
      const { ref, way, siblings } = subtree;
      const depth = siblings.length;
      if (ref > 0 && this.#hasMore(ref, leavesMax)) {
        const { refs } = this.#nodes;
        const right = way.slice();
        right[depth >> 3] = (right[depth >> 3] ?? 0) | (0x80 >> (depth & 7));
        const beside = (slot: number): Uint8Array[] => [...siblings, this.#digestAt(slot)];
        open.push({ ref: refAt(refs, 2 * ref + 1), way: right, siblings: beside(2 * ref) });
        open.push({ ref: refAt(refs, 2 * ref), way, siblings: beside(2 * ref + 1) });
      } else {
        const proof = { ...toPrefix(way, depth), ...toPath(siblings) };
        yield { proof, leaves: [...this.#leavesBelow(ref)] };
      }
    }
  }

  #digestAt(slot: number): Uint8Array {
    return copyBytes(this.#nodes.bytes, slot * DIGEST_BYTES, (slot + 1) * DIGEST_BYTES);
  }

  #leafAt(ref: number): Leaf {
    const at = toLeafRow(ref) * BYTES_PER_ROW;
    const { bytes } = this.#leaves;
    return {
      keyHash: toKeyHash(copyBytes(bytes, at, at + DIGEST_BYTES)),
      valueHash: toValueHash(copyBytes(bytes, at + DIGEST_BYTES, at + BYTES_PER_ROW)),
    };
  }

  #walk(keyHash: KeyHash, withSiblings: boolean): Way {
    const { refs } = this.#nodes;
    const siblings: Uint8Array[] = [];
    let ref = refAt(refs, ROOT_SLOT);
    for (let depth = 0; ref > 0; depth++) {
      const slot = 2 * ref + bitAt(keyHash, depth);
      // The other slot of the same row.
      if (withSiblings) siblings.push(this.#digestAt(slot ^ 1));
      ref = refAt(refs, slot);
    }
    return { ref, siblings };
  }

  *#leavesBelow(top: number): Generator<Leaf> {
    const version = this.#version;
    const open = [top];
    while (open.length > 0) {
      assert(this.#version === version, "the tree changed while its leaves were read");
      const ref = must(open.pop(), "a reference");
      if (ref < 0) yield this.#leafAt(ref);
      if (ref > 0) open.push(refAt(this.#nodes.refs, 2 * ref + 1), refAt(this.#nodes.refs, 2 * ref));
    }
  }

  /** Whether there are more leaves than this below a node; it counts no further. */
  #hasMore(top: number, most: number): boolean {
    const open = [top];
    let leaves = 0;
    while (open.length > 0 && leaves <= most) {
      const ref = must(open.pop(), "a reference");
      if (ref < 0) leaves += 1;
      if (ref > 0) open.push(refAt(this.#nodes.refs, 2 * ref + 1), refAt(this.#nodes.refs, 2 * ref));
    }
    return leaves > most;
  }
}
