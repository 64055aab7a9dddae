import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import type { ChainMemory, LogRecord, SignedOnce } from "../../src/index.ts";
import { Journal } from "../../src/journal.ts";
import * as world from "../wire/signed-world.ts";

const { EPOCH, KEYS } = world;
const OWN = core.must(KEYS[0], "key");
const H = 10;

const tip = { seq: core.Seq.of(5), digest: world.digestOf("tip") };
const memory: ChainMemory = {
  order: {
    epoch: EPOCH,
    height: core.Height.of(H),
    digest: world.digestOf("cut"),
    blockHash: world.digestOf("block"),
    horizon: world.at(60),
    lastTime: world.at(55),
    lanes: KEYS.slice(0, 3).map((key) => ({ key, tip, head: world.at(50), dead: false, live: [] })),
    remembered: [],
  },
  validators: KEYS,
  epochEnd: core.Height.of(10_000),
  joiners: [],
  past: [{ key: core.must(KEYS[3], "key"), tip, head: world.at(50), dead: false }],
};

function content(name: string): LogRecord {
  const txid = core.toTxid(world.digestOf(name));
  const transaction = { txid, sender: new Uint8Array(32), validUntil: world.at(99), bytes: 1 };
  return { kind: "content", transaction, arrived: world.at(1) };
}

const sent = (message: SignedOnce): LogRecord => ({ kind: "sent", message });
const batch = (owner: number, seq: number): LogRecord => ({ kind: "batch", batch: world.batch(owner, seq) });
const vote = (kind: "prepare" | "commit", h: number): LogRecord =>
  sent({ ...world.vote(kind), kind, height: core.Height.of(h) });
const viewChange = (v: number, epoch = EPOCH): LogRecord =>
  sent({ kind: "viewChange", ...world.viewChange(0, v), epoch });
const accepted = (v: number): LogRecord => ({
  kind: "acceptedView",
  newView: { ...world.newView(), view: world.view(v) },
});
const proposal = (h: number): LogRecord => sent({ ...world.preprepare(), cut: world.cutAt(h) });
const final = (h: number): LogRecord => {
  const signature = new Uint8Array(64);
  return sent({ kind: "final", ...world.finalBody(h), validator: world.indexAt(0), signature });
};

function keptOf(
  records: readonly LogRecord[],
  needed: readonly string[] = [],
  of: ChainMemory = memory,
): readonly LogRecord[] {
  const journal = new Journal();
  for (const record of records) journal.note(record);
  const wanted = new Set(needed.map((name) => core.bytesToHex(world.digestOf(name))));
  const keeper = {
    needsContent: (txid: core.Txid) => wanted.has(core.bytesToHex(txid)),
    isSelf: (key: Uint8Array) => core.equalBytes(key, OWN),
  };
  const kept = journal.cutAt(of, keeper);
  // What is kept is what the next checkpoint chooses from.
  expect(journal.cutAt(of, keeper)).toEqual(kept);
  return kept;
}

describe("what a checkpoint takes over", () => {
  test("S-5 evidence, until the lane that it is against is dead", () => {
    const against = (owner: number): LogRecord => {
      const [first, second] = [world.batch(owner), world.batch(owner, 7, 901)];
      return { kind: "evidence", evidence: { kind: "evidence", first, second } };
    };
    const records = [against(1), against(2)];
    expect(keptOf(records)).toEqual(records);
    const lanes = memory.order.lanes.map((lane, i) => ({ ...lane, dead: i === 1 }));
    expect(keptOf(records, [], { ...memory, order: { ...memory.order, lanes } })).toEqual([against(2)]);
  });

  test.each<readonly [string, (h: number) => LogRecord]>([
    ["PRE-PREPAREs", proposal],
    ["PREPAREs", (h) => vote("prepare", h)],
    ["COMMITs", (h) => vote("commit", h)],
    ["FINALs", final],
    ["cuts", (h) => ({ kind: "cut", epoch: EPOCH, cut: world.cutAt(h) })],
    ["PCs", (h) => ({ kind: "certificate", certificate: world.certificate(world.digestOf("c"), h) })],
    ["FCs", (h) => ({ kind: "finality", finality: world.finality(h) })],
  ])("P-7 %s above its height, and none up to it", (_, made) => {
    const [below, at, above, high] = [H - 1, H, H + 1, H + 7].map(made);
    const records = [below, at, above, high].map((it) => core.must(it, "record"));
    expect(keptOf(records)).toEqual(records.slice(2));
  });

  test("P-7 every vote of a height, whatever the view, in its order", () => {
    const records = [0, 2, 1].map((v) =>
      sent({ ...world.vote("prepare"), kind: "prepare", view: world.view(v), height: core.Height.of(H + 1) }),
    );
    expect(keptOf(records)).toEqual(records);
  });

  test("P-7 the VIEW-CHANGE and the accepted view of the highest view, and none of an epoch that is over", () => {
    const before = core.Epoch.of(EPOCH - 1);
    const next = core.Epoch.of(EPOCH + 1);
    const records = [
      viewChange(9, before),
      viewChange(1),
      accepted(1),
      viewChange(2),
      accepted(2),
      viewChange(3),
    ];
    expect(keptOf(records)).toEqual([accepted(2), viewChange(3)]);
    expect(keptOf([...records, viewChange(1, next)])).toEqual([accepted(2), viewChange(1, next)]);
  });

  test("S-3 batches beyond the lanes' tips, also of lanes that have left or are to come", () => {
    const records = [batch(1, 5), batch(1, 6), batch(3, 5), batch(3, 6)];
    expect(keptOf(records)).toEqual([batch(1, 6), batch(3, 6)]);
    const stranger: LogRecord = {
      kind: "batch",
      batch: { ...world.batch(1, 1), lane: core.must(memory.past[0], "lane").key, seq: core.Seq.of(6) },
    };
    expect(keptOf([stranger])).toEqual([stranger]);
  });

  test("S-3 the newest own batch, though every cut covers it: no number is signed twice", () => {
    const records = [batch(0, 3), batch(0, 4), batch(1, 4)];
    expect(keptOf(records)).toEqual([batch(0, 4)]);
  });

  test("O-2, S-2 content that some later height may need, once", () => {
    const records = [content("old"), content("live"), content("live"), content("other")];
    expect(keptOf(records, ["live"])).toEqual([content("live")]);
  });
});
