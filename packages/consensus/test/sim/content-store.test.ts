import { Nanos, Prng } from "@touchmark/core";
import { expect, test } from "vitest";
import { readerLimits } from "../../src/content/fair-reader.ts";
import { defaultParams } from "../../src/params.ts";
import { type ContentPorts, ContentStore } from "../../src/sim/content-store.ts";
import { createSender, type SimTransaction, TransactionPool } from "../../src/sim/transaction-pool.ts";
import { MICROS, MILLIS, RUN_EPOCH, toDuration } from "../../src/sim/true-time.ts";

const BYTES = 60_000;

/** A store with a clock of its own, and when each content was stamped and sent on. */
class Rig {
  readonly store: ContentStore;
  readonly stamped = new Map<string, number>();
  readonly sentOn: { readonly key: string; readonly introducer: number }[] = [];
  private readonly pool = new TransactionPool();
  private readonly prng = new Prng(1);
  private readonly due: { readonly at: number; readonly run: () => void }[] = [];
  private now = 0;

  constructor() {
    const ports: ContentPorts = {
      pool: this.pool,
      prng: this.prng,
      after: (delay, run) => {
        this.due.push({ at: this.now + delay, run });
      },
      input: () => undefined,
      arrived: ({ key }) => this.stamped.set(key, this.now),
      now: (): Nanos => this.time,
      isKnown: ({ facts }) => facts.sender[0] === 0,
      peers: () => [1],
      machinesOf: () => [],
      send: (_to, { key }, introducer) => {
        this.sentOn.push({ key, introducer });
      },
      ask: () => undefined,
    };
    const timing = { checkLeast: 100 * MICROS, checkSpread: 0, forwardTo: 1 };
    this.store = new ContentStore(ports, timing, readerLimits(defaultParams(4)), true);
  }

  private get time(): Nanos {
    return Nanos.of(RUN_EPOCH + toDuration(this.now));
  }

  create(kind: "known" | "unknown"): SimTransaction {
    const sender = createSender(this.prng, kind, 0);
    return this.pool.create(this.prng, sender, this.time, BYTES, false);
  }

  run(until: number): void {
    for (;;) {
      this.due.sort((a, b) => a.at - b.at);
      const next = this.due[0];
      if (next === undefined || next.at > until) break;
      this.due.shift();
      this.now = next.at;
      next.run();
    }
    this.now = until;
  }
}

test("S-2, S-1 one introducer's flood, over many peers, doesn't delay what another brings in", () => {
  const rig = new Rig();
  const flood = Array.from({ length: 900 }, () => rig.create("known"));
  flood.forEach((it, i) => {
    rig.store.arrive(it, "bundle", { peer: i % 60, introducer: 7 });
  });
  expect(rig.stamped.size).toBeLessThan(flood.length / 2);
  const honest = rig.create("known");
  rig.store.arrive(honest, "bundle", { peer: 61, introducer: 3 });
  rig.run(MILLIS);
  expect(rig.stamped.get(honest.key)).toBeLessThanOrEqual(200 * MICROS);
  expect(rig.sentOn.find(({ key }) => key === honest.key)?.introducer).toBe(3);
  rig.run(1_000 * MILLIS);
  // S-1: what wasn't read stayed in its stream, and came in time.
  for (const it of flood) expect(rig.stamped.has(it.key)).toBe(true);
});

test("S-2 what this machine asked for comes through its own clients' flood, whoever knows the sender", () => {
  const rig = new Rig();
  for (let i = 0; i < 300; i++) rig.store.arrive(rig.create("known"), "client");
  const asked = rig.create("unknown");
  rig.store.arrive(asked, "fetched", { peer: 2, introducer: 2 });
  rig.run(MILLIS);
  expect(rig.stamped.get(asked.key)).toBeLessThanOrEqual(200 * MICROS);
});

test("S-2 unknown senders come through at a pace, and what waits is looked at again in time", () => {
  const rig = new Rig();
  const unknown = Array.from({ length: 10 }, () => rig.create("unknown"));
  for (const it of unknown) rig.store.arrive(it, "bundle", { peer: 1, introducer: 1 });
  const stamped = () => unknown.filter(({ key }) => rig.stamped.has(key)).length;
  expect(stamped()).toBe(1);
  rig.run(450 * MILLIS);
  expect(stamped()).toBe(5);
  rig.run(2_000 * MILLIS);
  expect(stamped()).toBe(10);
});
