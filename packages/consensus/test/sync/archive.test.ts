import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import * as consensus from "../../src/index.ts";
import { assertOneChain, hashesOf, MS, submitMany } from "../agreement/cluster-checks.ts";
import { SmallCluster, T0 } from "../agreement/small-cluster.ts";
import { CHAIN, type SmallNode } from "../agreement/small-node.ts";

const ARCHIVE = 0;
const COUNT = 40;

function clusterOf(params: Partial<consensus.Params> = {}): SmallCluster {
  const small = { snapshotEvery: 6, keptHeights: 8, epochHeights: 9, ...params };
  return new SmallCluster(4, { params: small, archives: [ARCHIVE] });
}

/** The batches' transactions as the order takes them, with the content that an archive keeps. */
function sighted(
  cluster: SmallCluster,
  table: consensus.TransactionTable,
  batches: readonly consensus.LaneBatch[],
): readonly consensus.SightedBatch[] {
  return batches.map(({ sightings }) => ({
    stamps: BigUint64Array.from(sightings, ({ stamp }) => stamp),
    records: sightings.map(({ txid }) => {
      const record = table.use(txid);
      const facts = core.must(cluster.contents.get(core.bytesToKey(txid)), "archived content");
      if (record.facts === undefined) table.hold(record, facts, cluster.config.genesis.time);
      return record;
    }),
  }));
}

/** The whole order again, from nothing but what the archive holds: each block's hash. */
function recomputed(cluster: SmallCluster, archive: SmallNode): readonly string[] {
  const { genesis, params } = cluster.config;
  const table = new consensus.TransactionTable();
  const setting = { limits: params, table, hasher: CHAIN.hasher };
  const book = consensus.OrderBook.atGenesis(setting, genesis.time, genesis.validators);
  const heads = new Map(genesis.validators.map((key) => [core.bytesToKey(key), genesis.time]));
  const hashes: string[] = [];
  let [digest, blockHash] = [genesis.digest, genesis.digest];
  for (let height = 1; ; height++) {
    const block = archive.shelf.block(core.Height.of(height));
    if (block === undefined) return hashes;
    const { cut, batches } = block;
    const epoch = core.Epoch.of(Math.floor((height - 1) / params.epochHeights));
    const lanes = genesis.validators.map((key, i): consensus.LaneAdvance => {
      const own = batches.filter(({ lane }) => core.equalBytes(lane, key));
      const head = own.at(-1)?.head ?? core.must(heads.get(core.bytesToKey(key)), "head");
      heads.set(core.bytesToKey(key), head);
      return {
        key,
        tip: core.must(cut.tips[i], "tip"),
        head,
        batches: sighted(cluster, table, own),
        counts: true,
      };
    });
    const advance = { height: cut.height, parentDigest: digest, f: 1, lanes };
    const point = book.extend(book.settled, advance);
    if (core.isRejection(point) || "missing" in point) throw new Error(`height ${height}: ${String(point)}`);
    expect(point.horizon).toBe(cut.horizon);
    book.settle(point);
    expect(cut.parent).toEqual(digest);
    digest = consensus.cutDigest(CHAIN, epoch, cut);
    blockHash = consensus.blockHash(CHAIN, epoch, digest, blockHash, point.transactions);
    hashes.push(core.bytesToHex(blockHash));
  }
}

describe("an archive node", () => {
  test("Y-1 holds all from which anybody can compute the whole order again, across epochs and restarts", () => {
    const cluster = clusterOf();
    const archive = cluster.at(ARCHIVE);
    submitMany(cluster, COUNT, T0 + 10n * MS, 20n * MS);
    cluster.run(T0 + 400n * MS);
    const newest = archive.records.findLastIndex((it) => it.kind === "checkpoint");
    expect(newest).toBeGreaterThan(0);
    archive.records.splice(0, newest);
    cluster.restart(archive);
    cluster.run(T0 + 5_000n * MS);
    const all = hashesOf(cluster.at(1));
    expect(all.length).toBeGreaterThan(25);
    expect(recomputed(cluster, archive)).toEqual(all);
  });

  test("Y-1 brings back who is too far behind for everybody else, block by block", () => {
    const cluster = clusterOf({ snapshotEvery: 1_000 });
    const away = cluster.at(3);
    submitMany(cluster, COUNT, T0 + 10n * MS, 20n * MS);
    cluster.run(T0 + 100n * MS);
    cluster.crash(away);
    cluster.run(T0 + 900n * MS);
    expect(cluster.at(1).blocks.size - away.blocks.size).toBeGreaterThan(8);
    cluster.restart(away);
    cluster.run(T0 + 20_000n * MS);
    assertOneChain(cluster);
    expect(away.adopted).toEqual([]);
    expect(hashesOf(away)).toEqual(hashesOf(cluster.at(1)));
  });

  test("Y-1 takes no snapshot, for it would leave blocks out", () => {
    const cluster = clusterOf();
    const archive = cluster.at(ARCHIVE);
    submitMany(cluster, COUNT, T0 + 10n * MS, 20n * MS);
    cluster.run(T0 + 100n * MS);
    cluster.crash(archive);
    cluster.run(T0 + 900n * MS);
    cluster.restart(archive);
    const sent = archive.sent.length;
    cluster.run(T0 + 15_000n * MS);
    expect(archive.sent.slice(sent).some(({ message }) => message.kind === "askSnapshot")).toBe(false);
  });
});
