import { join } from "node:path";
import { bytesToHex, Prng } from "@touchmark/core";
import { MemoryStore } from "@touchmark/state";
import { expect } from "vitest";
import { openLevelStore, temporaryFolder } from "./folders.ts";
import { Ledger, makeHistory } from "./history.ts";

/** A cache of one leaf is always wrong about what comes next; one of a million never forgets. */
const CACHES = [1, 100, 1_000_000];

/** L-1: one history has one root after each block, whatever store it runs on, and whenever that was opened again. */
export async function expectOneHistory(seed: number, length: number, caches = CACHES): Promise<void> {
  const prng = new Prng(seed);
  const { blocks, roots, outcomes } = makeHistory(prng, length);
  expect(outcomes.filter((it) => it === "transaction ok").length).toBeGreaterThan(length / 4);
  expect(outcomes.filter((it) => it === "timer ok").length).toBeGreaterThan(length / 50);
  for (const cached of caches) {
    const memory = Ledger.begin(new MemoryStore(), cached);
    expect(blocks.map((block) => bytesToHex(memory.apply(block).stateRoot))).toEqual(roots);

    const options = { path: join(temporaryFolder(), "chain"), sync: false, cacheBytes: cached };
    let store = await openLevelStore(options);
    let disk = Ledger.begin(store, cached);
    const restartsAt = new Set([prng.below(length), Math.floor(length / 2)]);
    for (const [i, block] of blocks.entries()) {
      expect(bytesToHex(disk.apply(block).stateRoot), `block ${block.height}`).toBe(roots[i]);
      if (!restartsAt.has(i)) continue;
      await store.close();
      store = await openLevelStore(options);
      disk = disk.restart(store, cached);
      expect(disk.root, `opened again behind block ${block.height}`).toBe(roots[i]);
    }
    await store.close();
  }
}
