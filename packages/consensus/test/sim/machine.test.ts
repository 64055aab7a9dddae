import { Epoch, equalBytes, Height, Nanos, View } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import type { ReplicaConfig } from "../../src/config.ts";
import type { Effect } from "../../src/effect.ts";
import type { Input, StateMachine } from "../../src/input.ts";
import type { Message } from "../../src/messages.ts";
import { FLAWS } from "../../src/sim/broken.ts";
import { Cluster } from "../../src/sim/cluster.ts";
import type { Fault } from "../../src/sim/fault.ts";
import { quietPlan } from "../../src/sim/quiet-plan.ts";
import type { RunEvent } from "../../src/sim/run-event.ts";
import { MICROS, RUN_EPOCH } from "../../src/sim/true-time.ts";

/** Does what a test says, and writes down what it was told. */
class Scripted implements StateMachine<Input, Effect> {
  readonly inputs: Input[] = [];
  private readonly answer: (input: Input) => readonly Effect[];

  constructor(answer: (input: Input) => readonly Effect[]) {
    this.answer = answer;
  }

  step(input: Input): readonly Effect[] {
    this.inputs.push(input);
    return this.answer(input);
  }
}

interface Stage {
  readonly cluster: Cluster;
  /** The replicas in the order in which they were made; a restart makes another. */
  readonly replicas: readonly Scripted[];
  readonly events: readonly RunEvent[];
}

function stage(
  answer: (input: Input, place: number, config: ReplicaConfig) => readonly Effect[],
  options: { readonly faults?: readonly Fault[]; readonly flaw?: string } = {},
): Stage {
  const replicas: Scripted[] = [];
  const events: RunEvent[] = [];
  const plan = { ...quietPlan({ seed: 7, validators: 3, transactions: 0 }), faults: options.faults ?? [] };
  const flaw = options.flaw === undefined ? undefined : FLAWS.get(options.flaw);
  const createReplica = (config: ReplicaConfig): Scripted => {
    const place = config.genesis.validators.findIndex((key) => equalBytes(key, config.signer.publicKey));
    const replica = new Scripted((input) => answer(input, place, config));
    replicas.push(replica);
    return replica;
  };
  const cluster = new Cluster(flaw === undefined ? { plan, createReplica } : { plan, createReplica, flaw });
  cluster.listen({ kinds: "all", observe: (event) => events.push(event) });
  return { cluster, replicas, events };
}

function ping(number: number): Message {
  const nonce = Nanos.of(BigInt(number));
  return { kind: "ping", nonce, epoch: Epoch.of(0), view: View.of(0), height: Height.of(0) };
}

function content(number: number): Effect {
  const txid = new Uint8Array(32).fill(number) as never;
  const transaction = { txid, sender: new Uint8Array(4), validUntil: Nanos.of(1n), bytes: 1 };
  return { kind: "persist", record: { kind: "content", transaction, arrived: Nanos.of(0n) } };
}

function sentBy(
  events: readonly RunEvent[],
  machine: number,
): readonly (readonly [bigint, number, number])[] {
  return events.flatMap((event) => {
    if (event.kind !== "sent" || event.machine !== machine || event.message.kind !== "ping") return [];
    return [[event.at - RUN_EPOCH, Number(event.message.nonce), event.to] as const];
  });
}

const SYNC = BigInt(100 * MICROS);

describe("the shell around a replica", () => {
  test("P-7 what stands behind a persist leaves only once that is durable, in its order", () => {
    const { cluster, events } = stage((input, place, { genesis }) => {
      if (input.kind !== "start" || place !== 0) return [];
      const to = genesis.validators[1];
      if (to === undefined) return [];
      return [
        { kind: "broadcast", message: ping(1) },
        content(1),
        { kind: "broadcast", message: ping(2) },
        content(2),
        { kind: "send", to, message: ping(3) },
      ];
    });
    cluster.run(1_000 * MICROS);
    const sent = sentBy(events, 0);
    expect(sent.map(([, number, to]) => [number, to])).toEqual([
      [1, 1],
      [1, 2],
      [1, 0],
      [2, 1],
      [2, 2],
      [2, 0],
      [3, 1],
    ]);
    const times = sent.map(([at]) => at);
    expect(times.slice(0, 3)).toEqual([0n, 0n, 0n]);
    expect(times.slice(3).every((at) => at >= SYNC)).toBe(true);
  });

  test("a broadcast comes back as a message from the own key, and waits for the disk like every other", () => {
    const { cluster, replicas } = stage((input, place) => {
      if (input.kind !== "start" || place !== 0) return [];
      return [content(1), { kind: "broadcast", message: ping(1) }];
    });
    cluster.run(10_000 * MICROS);
    const [own, other] = replicas;
    const heard = own?.inputs.find((it) => it.kind === "message");
    expect(heard?.kind === "message" && heard.from).toBe(cluster.world.keyAt(0));
    expect((heard?.now ?? 0n) >= RUN_EPOCH + SYNC).toBe(true);
    const heardByOther = other?.inputs.find((it) => it.kind === "message");
    expect(heardByOther?.kind === "message" && heardByOther.from).toBe(cluster.world.keyAt(0));
  });

  test("P-7 a crash before the sync lets nothing leave, and the restart finds a first part of the log", () => {
    const faults: Fault[] = [
      { kind: "crash", machines: [0], at: 50 * MICROS },
      { kind: "restart", machines: [0], at: 5_000 * MICROS },
    ];
    const { cluster, replicas, events } = stage(
      (input, place) => {
        const isFirstStart = input.kind === "start" && place === 0 && input.now === RUN_EPOCH;
        return isFirstStart ? [content(1), content(2), { kind: "broadcast", message: ping(1) }] : [];
      },
      { faults },
    );
    cluster.run(20_000 * MICROS);
    expect(sentBy(events, 0)).toEqual([]);
    const restarted = replicas[3]?.inputs[0];
    const records = restarted?.kind === "start" ? restarted.recovered.records : undefined;
    const numbers = records?.map((it) => (it.kind === "content" ? it.transaction.txid[0] : -1));
    expect(numbers).toEqual([1, 2].slice(0, numbers?.length));
    expect(restarted?.kind === "start" && restarted.recovered.observeOnly).toBe(false);
  });

  test("S-3 a machine whose log was replaced starts as an observer, then and ever after", () => {
    const faults: Fault[] = [
      { kind: "crash", machines: [0], at: 1_000 * MICROS },
      { kind: "wipe", machine: 0, keptRecords: 1, at: 1_001 * MICROS },
      { kind: "restart", machines: [0], at: 2_000 * MICROS },
      { kind: "crash", machines: [0], at: 3_000 * MICROS },
      { kind: "restart", machines: [0], at: 4_000 * MICROS },
    ];
    const { cluster, replicas, events } = stage(
      (input, place) => (input.kind === "start" && place === 0 ? [content(1), content(2)] : []),
      { faults },
    );
    cluster.run(10_000 * MICROS);
    const starts = replicas.slice(3).map(({ inputs: [first] }) => first);
    expect(starts.map((it) => it?.kind === "start" && it.recovered.observeOnly)).toEqual([true, true]);
    const [afterLoss] = starts;
    expect(afterLoss?.kind === "start" && afterLoss.recovered.records.length).toBe(1);
    const how = events.flatMap((it) => (it.kind === "started" && it.machine === 0 ? [it.how] : []));
    expect(how).toEqual(["genesis", "wiped", "wiped"]);
  });

  test("the negative control vote-before-persist sends at once", () => {
    const { cluster, events } = stage(
      (input, place) => {
        const isStart = input.kind === "start" && place === 0;
        return isStart ? [content(1), { kind: "broadcast", message: ping(1) }] : [];
      },
      { flaw: "vote-before-persist" },
    );
    cluster.run(10 * MICROS);
    expect(sentBy(events, 0).map(([at]) => at)).toEqual([0n, 0n, 0n]);
  });

  test("a wake rings once, at its time by the machine's own clock, and a later wake replaces it", () => {
    const { cluster, replicas } = stage((input, place) => {
      if (input.kind !== "start" || place !== 0) return [];
      const inMillis = (millis: bigint): Nanos => Nanos.of(input.now + millis * 1_000_000n);
      return [
        { kind: "wake", at: inMillis(1n) },
        { kind: "wake", at: inMillis(3n) },
      ];
    });
    cluster.run(50_000 * MICROS);
    const ticks = replicas[0]?.inputs.filter((it) => it.kind === "tick").map((it) => it.now - RUN_EPOCH);
    expect(ticks).toEqual([3_000_000n]);
  });

  test("a message that no validator signed does not reach the replica", () => {
    const { cluster, replicas } = stage((input, place) => {
      if (input.kind !== "start" || place !== 0) return [];
      const message = {
        kind: "complaint",
        epoch: 0 as never,
        view: 0 as never,
        validator: 0 as never,
        signature: new Uint8Array(64),
      } as const;
      return [{ kind: "broadcast", message }];
    });
    cluster.run(10_000 * MICROS);
    expect(replicas[1]?.inputs.some((it) => it.kind === "message")).toBe(false);
    expect(cluster.world.verification.refused.get("BAD_SIGNATURE")).toBe(2);
  });

  test("a replica that throws stops its machine, and the run knows of it", () => {
    const { cluster, events } = stage((input, place) => {
      if (input.kind === "start" && place === 1) throw new Error("out of its mind");
      return [];
    });
    cluster.run(10 * MICROS);
    expect(cluster.failures.map((it) => [it.machine, it.property])).toEqual([[1, "assertion"]]);
    expect(events.some((it) => it.kind === "halted" && it.machine === 1)).toBe(true);
  });
});
