import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, must, Prng } from "@touchmark/core";
import { expect, test } from "vitest";
import { expectOneHistory } from "./determinism.ts";
import { openLevelStore, temporaryFolder } from "./folders.ts";
import { commitmentOf, Ledger, makeHistory } from "./history.ts";

test.each([1, 2])(
  "L-1 the same blocks give the same roots from memory and from disk, with any cache and after a restart, seed %i",
  (seed) => expectOneHistory(seed, 150),
);

test("L-1 a store passes over damage in the middle of its log, and the root of its leaves shows it", async () => {
  const { blocks, roots } = makeHistory(new Prng(4), 60);
  const path = join(temporaryFolder(), "chain");
  const store = await openLevelStore({ path });
  const ledger = Ledger.begin(store, 100);
  for (const block of blocks) ledger.apply(block);
  await store.close();

  const name = must(
    readdirSync(path).find((it) => it.endsWith(".log")),
    "a log",
  );
  const log = readFileSync(join(path, name));
  log.fill(0xa5, log.length >> 1, (log.length >> 1) + 8);
  writeFileSync(join(path, name), log);

  const damaged = await openLevelStore({ path });
  const root = bytesToHex(commitmentOf(damaged).root);
  // Something was left: it isn't the root of nothing.
  expect(damaged.entries(1)[Symbol.iterator]().next().done).toBe(false);
  expect(root).not.toBe(must(roots.at(-1), "a root"));
});
