import type { Digest, Hasher } from "@touchmark/core";
import { ChangeList, keyHashOf, StateTree, valueHashOf } from "./merkle/index.ts";
import type { Write } from "./reader.ts";

/** What gives the state its one digest. The engine hands it each block's writes, sorted by key, and nothing else. */
export interface Commitment {
  readonly root: Digest;
  /** The root after these writes. */
  update(writes: readonly Write[]): Digest;
}

/** The state's tree as the engine sees it: keys and values go in as their hashes. */
export class TreeCommitment implements Commitment {
  readonly tree: StateTree;
  private readonly hasher: Hasher;
  private readonly changes = new ChangeList();

  constructor(hasher: Hasher, tree: StateTree = new StateTree(hasher)) {
    this.hasher = hasher;
    this.tree = tree;
  }

  get root(): Digest {
    return this.tree.root;
  }

  update(writes: readonly Write[]): Digest {
    const { hasher, changes } = this;
    changes.clear();
    for (const { key, value } of writes) {
      if (value === undefined) changes.remove(keyHashOf(hasher, key));
      else changes.put(keyHashOf(hasher, key), valueHashOf(hasher, value));
    }
    return this.tree.update(changes);
  }
}
