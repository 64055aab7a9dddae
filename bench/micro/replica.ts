import { type Message, Replica } from "@touchmark/consensus";
import { assert, bytesToKey, must, type Txid } from "@touchmark/core";
import { nativeHasher } from "@touchmark/core/native";
import type { Bench, Context, FigureKind, Measured } from "../figure.ts";
import { measureTogether, median } from "../harness.ts";
import { Laps, type Tally } from "../laps.ts";
import { type InputKind, type Load, type Recorded, type Recording, recordRun } from "./replica-run.ts";

/**
 * What a replica itself costs, without signatures: recorded inputs are played to a fresh one, and the time of
 * each kind counts for itself, with everything that its inputs set in motion.
 *
 * The floors: a sighting must be hashed and its txid looked up, a vote must be put beside the others of its
 * digest, an arrival must be put into a table.
 */
const SIGHTING_FLOOR = "its bytes hashed, its txid looked up";
const VOTE_FLOOR = "put into a Map by digest";
const ARRIVAL_FLOOR = "put into a Map by txid";
const SIGHTING_BYTES = 45;

/** Inputs of one kind in a row: the clock is read once for all of them. */
interface Stretch {
  readonly kind: InputKind;
  readonly inputs: readonly Recorded[];
  readonly things: number;
}

function toStretches(inputs: readonly Recorded[]): readonly Stretch[] {
  const stretches: { kind: InputKind; inputs: Recorded[]; things: number }[] = [];
  for (const recorded of inputs) {
    const last = stretches.at(-1);
    const stretch = last?.kind === recorded.kind ? last : { kind: recorded.kind, inputs: [], things: 0 };
    if (stretch !== last) stretches.push(stretch);
    stretch.inputs.push(recorded);
    stretch.things += recorded.things;
  }
  return stretches;
}

function add(tally: Tally, at: number, ms: number, things: number): void {
  tally.ms[at] = (tally.ms[at] ?? 0) + ms;
  tally.things[at] = (tally.things[at] ?? 0) + things;
}

function play({ config, height }: Recording, stretches: readonly Stretch[], kinds: readonly InputKind[]) {
  return (tally: Tally): void => {
    const replica = new Replica(config);
    let delivered = 0;
    for (const { kind, inputs, things } of stretches) {
      const startedAt = performance.now();
      for (const { input } of inputs) {
        for (const effect of replica.step(input)) if (effect.kind === "deliver") delivered += 1;
      }
      const ms = performance.now() - startedAt;
      const at = kinds.indexOf(kind);
      if (at >= 0) add(tally, at, ms, things);
    }
    assert(delivered === height, "a replica that is played the same delivers the same");
  };
}

/** What the floors do with one stretch. */
function floorOf(stretch: Stretch): () => void {
  const messages = stretch.inputs.flatMap(({ input }): Message[] =>
    input.kind === "message" ? [input.message] : [],
  );
  if (stretch.kind === "vote") {
    const votes = messages.filter(
      (it) => it.kind === "prepare" || it.kind === "commit" || it.kind === "final",
    );
    const ballot = new Map<string, Message[]>();
    return () => {
      for (const vote of votes) {
        const key = bytesToKey(vote.digest);
        const others = ballot.get(key);
        if (others === undefined) ballot.set(key, [vote]);
        else others[vote.validator] = vote;
      }
    };
  }
  const txids = stretch.inputs.flatMap(({ input }): Txid[] => {
    if (input.kind === "checked") return [input.transaction.txid];
    const isBatch = input.kind === "message" && input.message.kind === "batch";
    return isBatch ? input.message.batch.sightings.map((it) => it.txid) : [];
  });
  const known = new Map<string, Txid>();
  const bytes = new Uint8Array(stretch.kind === "sighting" ? txids.length * SIGHTING_BYTES : 0);
  return () => {
    for (const txid of txids) {
      const key = bytesToKey(txid);
      if (!known.has(key)) known.set(key, txid);
    }
    if (bytes.length > 0) nativeHasher.sha256(bytes);
  };
}

function playFloor(stretches: readonly Stretch[], kinds: readonly InputKind[]) {
  const measured = stretches.filter(({ kind }) => kinds.includes(kind));
  return (tally: Tally): void => {
    for (const stretch of measured) {
      const floor = floorOf(stretch);
      const startedAt = performance.now();
      floor();
      add(tally, kinds.indexOf(stretch.kind), performance.now() - startedAt, stretch.things);
    }
  };
}

interface Figure {
  readonly kind: InputKind;
  readonly figure: FigureKind;
}

/** Below this many inputs a run only shows that everything runs. */
const FULL_INPUTS = 1_000;

function replicaBench(figures: readonly Figure[], full: Load, tiny: Load): Bench {
  const kinds = figures.map((it) => it.kind);
  return {
    kinds: figures.map((it) => it.figure),
    run({ prng, plan, inputs }: Context): readonly Measured[] {
      const recording = recordRun(prng, inputs < FULL_INPUTS ? tiny : full);
      const stretches = toStretches(recording.inputs);
      const ours = new Laps(kinds.length, play(recording, stretches, kinds));
      const floor = new Laps(kinds.length, playFloor(stretches, kinds), plan.runMs / 2);
      measureTogether([ours, floor], plan);
      return kinds.map((_, at) => ({
        value: median(must(ours.runs[at], "runs")),
        floor: median(must(floor.runs[at], "runs")),
      }));
    },
  };
}

const TINY = { transactions: 4, every: 2, steps: 40 } as const;

export const replicaBenches: readonly Bench[] = [
  // About a thousand sightings in a batch.
  replicaBench(
    [
      {
        kind: "sighting",
        figure: {
          bench: "micro.replica.sighting",
          unit: "ns",
          floorIs: SIGHTING_FLOOR,
          target: { of: "value", most: 1_000 },
        },
      },
      {
        kind: "arrival",
        figure: { bench: "micro.replica.arrival", unit: "ns", floorIs: ARRIVAL_FLOOR },
      },
    ],
    { validators: 4, transactions: 200, every: 1, steps: 60 },
    { validators: 4, ...TINY },
  ),
  // About 25: a loaded node's.
  replicaBench(
    [
      {
        kind: "sighting",
        figure: { bench: "micro.replica.sighting-small-batch", unit: "ns", floorIs: SIGHTING_FLOOR },
      },
    ],
    { validators: 4, transactions: 5, every: 1, steps: 400 },
    { validators: 4, ...TINY },
  ),
  ...[4, 31].map((validators) =>
    replicaBench(
      [
        {
          kind: "vote",
          figure: {
            bench: `micro.replica.vote-of-${validators}`,
            unit: "ns",
            floorIs: VOTE_FLOOR,
            target: { of: "value", most: 5_000 },
          },
        },
      ],
      { validators, transactions: 1, every: 7, steps: validators > 4 ? 250 : 2_000 },
      // A tiny run says nothing about speed, and thirty-one replicas take long to record.
      { validators: Math.min(validators, 7), ...TINY },
    ),
  ),
];
