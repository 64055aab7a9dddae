import { integer, Nanos } from "@touchmark/core";
import { keyspace } from "../../src/keyspace.ts";
import { operation, timer } from "../../src/machine.ts";
import { refuse } from "../../src/refusal.ts";
import { createRegistry } from "../../src/registry.ts";

/** A machine that does nothing but set timers, so that tests can say what runs when. */
const small = integer(0, 100);

/** How often the timers of a tag have rung. The keyspace is borrowed: no other machine runs beside this one. */
export const rings = keyspace("lots", small, integer(0, 1_000_000));

const ring = timer({
  name: "toy.ring",
  number: 1,
  /** `left`: so many more, each a nanosecond after the one before. */
  fields: { tag: small, left: small },
  guard: "rings",
  codes: ["SAME_PARTY"],
  events: [],
  run(ctx, { tag, left }) {
    ctx.put(rings, tag, (ctx.get(rings, tag) ?? 0) + 1);
    // Tags from 90 on are faulty: they refuse after they have written.
    if (tag >= 90) refuse("SAME_PARTY");
    if (left > 0) ctx.setTimer(ring, Nanos.of(ctx.now + 1n), { tag, left: left - 1 });
  },
});

const timed = { due: Nanos.schema, tag: small, left: small } as const;

const set = operation({
  name: "toy.set",
  number: 1,
  fields: timed,
  who: "anyone",
  guard: "due > now",
  codes: [],
  events: [],
  since: 1,
  run(ctx, { due, tag, left }) {
    ctx.setTimer(ring, due, { tag, left });
  },
});

const cancel = operation({
  name: "toy.cancel",
  number: 2,
  fields: timed,
  who: "anyone",
  guard: "–",
  codes: [],
  events: [],
  since: 1,
  run(ctx, { due, tag, left }) {
    ctx.cancelTimer(ring, due, { tag, left });
  },
});

const fail = operation({
  name: "toy.fail",
  number: 3,
  fields: {},
  who: "anyone",
  guard: "never",
  codes: ["SAME_PARTY"],
  events: [],
  since: 1,
  run() {
    refuse("SAME_PARTY");
  },
});

const lie = operation({
  name: "toy.lie",
  number: 4,
  fields: {},
  who: "anyone",
  guard: "refuses with what it doesn't declare",
  codes: [],
  events: [],
  since: 1,
  run() {
    refuse("FROZEN");
  },
});

const future = operation({
  name: "toy.future",
  number: 5,
  fields: {},
  who: "anyone",
  guard: "of version 2",
  codes: [],
  events: [],
  since: 2,
  run(ctx) {
    ctx.put(rings, 0, 1);
  },
});

const exit = operation({
  name: "toy.exit",
  number: 6,
  fields: {},
  who: "anyone",
  guard: "of the exit set",
  codes: [],
  events: [],
  exitSet: true,
  since: 1,
  run(ctx) {
    ctx.put(rings, 1, 1);
  },
});

export const toyRegistry = createRegistry([
  {
    name: "toy",
    operations: {
      "toy.set": set,
      "toy.cancel": cancel,
      "toy.fail": fail,
      "toy.lie": lie,
      "toy.future": future,
      "toy.exit": exit,
    },
    timers: [ring],
  },
]);
