import { Nanos, Quantity } from "@touchmark/core";
import { type Machine, operation, timer } from "../../../src/machine.ts";
import { MACHINES } from "../../../src/machines/all.ts";
import { lotId } from "../../../src/machines/materials/records.ts";
import {
  consumeLot,
  releaseLot,
  reserveLot,
  STOCK_CODES,
  STOCK_EVENTS,
} from "../../../src/machines/materials/stock.ts";
import { createRegistry } from "../../../src/registry.ts";

/**
 * What jobs will do with lots, as bare operations: fabrication is a machine of its own, and only its rules say when a
 * job may. Numbers are far from those of the ledger's machines.
 */
const taken = { lot: lotId, quantity: Quantity.schema } as const;
const common = {
  fields: taken,
  who: "maker",
  guard: "as the stock functions say",
  codes: STOCK_CODES,
  events: STOCK_EVENTS,
  since: 1,
} as const;

const reserve = operation({
  ...common,
  name: "workshop.reserve",
  number: 60_001,
  run: (ctx, { lot, quantity }) => reserveLot(ctx, { lot, quantity, owner: ctx.acting }),
});
const release = operation({
  ...common,
  name: "workshop.release",
  number: 60_002,
  run: (ctx, { lot, quantity }) => releaseLot(ctx, { lot, quantity }),
});
const consume = operation({
  ...common,
  name: "workshop.consume",
  number: 60_003,
  run: (ctx, { lot, quantity }) => consumeLot(ctx, { lot, quantity }),
});

/** A job that is over gives back what it reserved: in a timer, which must never refuse. */
const over = timer({
  name: "workshop.over",
  number: 60_001,
  fields: taken,
  guard: "reservation back",
  codes: STOCK_CODES,
  events: STOCK_EVENTS,
  run: (ctx, { lot, quantity }) => releaseLot(ctx, { lot, quantity }),
});
const open = operation({
  ...common,
  name: "workshop.open",
  number: 60_004,
  fields: { ...taken, due: Nanos.schema },
  run(ctx, { lot, quantity, due }) {
    reserveLot(ctx, { lot, quantity, owner: ctx.acting });
    ctx.setTimer(over, due, { lot, quantity });
  },
});

const workshop = {
  name: "workshop",
  operations: {
    "workshop.reserve": reserve,
    "workshop.release": release,
    "workshop.consume": consume,
    "workshop.open": open,
  },
  timers: [over],
} as const satisfies Machine;

export const workshopRegistry = createRegistry([...MACHINES, workshop]);
