import { DAY, type Id, must } from "@touchmark/core";
import { expect, test } from "vitest";
import { lots } from "../../../src/machines/materials/records.ts";
import { codeOf } from "../../support/ledger.ts";
import { Certified, nanos, participantOf, quantity, REASON } from "../certification/certified.ts";
import { workshopRegistry } from "./workshop.ts";

function atWork(
  world: Certified,
  what: "reserve" | "release" | "consume",
  lot: Id<"lot">,
  count: number,
  by = "Sue",
): string {
  const op = { kind: `workshop.${what}`, lot, quantity: quantity(count) };
  return codeOf(world.ledger.sendAny({ by, ops: [op] }));
}

function lotOf(world: Certified, id: Id<"lot">) {
  return must(world.view.get(lots, id), "a lot");
}

test("B-4 what is reserved is consumed once, and the rest comes back", () => {
  const world = new Certified({ registry: workshopRegistry });
  const lot = world.register(100);
  expect(atWork(world, "reserve", lot, 60)).toBe("ok");
  expect(lotOf(world, lot)).toMatchObject({ left: 100, reserved: 60 });
  expect(atWork(world, "reserve", lot, 41)).toBe("QUANTITY_EXCEEDED");
  expect(atWork(world, "consume", lot, 61)).toBe("QUANTITY_EXCEEDED");
  expect(atWork(world, "consume", lot, 50)).toBe("ok");
  expect(lotOf(world, lot)).toMatchObject({ left: 50, reserved: 10, consumed: 50 });
  expect(atWork(world, "release", lot, 11)).toBe("QUANTITY_EXCEEDED");
  expect(atWork(world, "release", lot, 10)).toBe("ok");
  expect(atWork(world, "release", lot, 0)).toBe("ok");
  expect(atWork(world, "consume", lot, 1)).toBe("QUANTITY_EXCEEDED");
  world.expectSound();
});

test("B-4 with its last gram a lot is exhausted, and its owner's place is free", () => {
  const world = new Certified({ registry: workshopRegistry });
  const lot = world.register(100);
  expect(atWork(world, "reserve", lot, 100)).toBe("ok");
  expect(atWork(world, "consume", lot, 100)).toBe("ok");
  expect(lotOf(world, lot)).toMatchObject({ status: "EXHAUSTED", consumed: 100 });
  expect(participantOf(world.ledger, "Sue")?.openObjects).toBe(0);
  expect(atWork(world, "reserve", lot, 1)).toBe("WRONG_STATUS");
  world.expectSound();
});

test("B-4 only its owner's jobs reserve, something, of an open lot", () => {
  const world = new Certified({ registry: workshopRegistry });
  const lot = world.register(100);
  expect(atWork(world, "reserve", lot, 1, "Mia")).toBe("NOT_YOURS");
  expect(atWork(world, "reserve", lot, 0)).toBe("QUANTITY_ZERO");
  expect(atWork(world, "consume", lot, 0)).toBe("QUANTITY_ZERO");
  const terms = { to: world.ledger.id("Mia"), price: undefined, until: world.after(DAY) };
  expect(world.code("Sue", { kind: "lot.offer", lot, ...terms })).toBe("ok");
  expect(atWork(world, "reserve", lot, 1)).toBe("WRONG_STATUS");
  // Behind its end it is the owner's again.
  world.ledger.wait(2n * DAY);
  expect(atWork(world, "reserve", lot, 1)).toBe("ok");
});

test("B-4 what is reserved isn't lost, split off, merged, offered or withdrawn from under a job", () => {
  const world = new Certified({ registry: workshopRegistry });
  const [lot, other] = [world.register(100), world.register(5)];
  expect(atWork(world, "reserve", lot, 60)).toBe("ok");
  const terms = { to: world.ledger.id("Mia"), price: undefined, until: world.after(DAY) };
  expect(world.code("Sue", { kind: "lot.lose", lot, quantity: quantity(41) })).toBe("QUANTITY_EXCEEDED");
  expect(world.code("Sue", { kind: "lot.split", lot, quantities: [quantity(41)] })).toBe("QUANTITY_EXCEEDED");
  const merge = { kind: "lot.merge", lots: [other, lot], digest: REASON } as const;
  expect(world.code("Sue", merge)).toBe("LOT_RESERVED");
  expect(world.code("Sue", { kind: "lot.offer", lot, ...terms })).toBe("LOT_RESERVED");
  expect(world.code("Sue", { kind: "lot.withdraw", lot })).toBe("LOT_RESERVED");
  expect(world.code("Sue", { kind: "lot.split", lot, quantities: [quantity(40)] })).toBe("ok");
  expect(atWork(world, "consume", lot, 60)).toBe("ok");
  world.expectSound();
});

test("B-4 a blocked lot isn't consumed; its reservations may go back, and a job's end never refuses", () => {
  const world = new Certified({ registry: workshopRegistry });
  const lot = world.register(100, { programme: world.programme() });
  expect(atWork(world, "reserve", lot, 30)).toBe("ok");
  const due = nanos(world.ledger.now + DAY);
  const open = { kind: "workshop.open", lot, quantity: quantity(20), due };
  expect(codeOf(world.ledger.sendAny({ by: "Sue", ops: [open] }))).toBe("ok");
  expect(world.code("Cert", { kind: "lot.block", lot, reason: REASON })).toBe("ok");
  expect(atWork(world, "consume", lot, 1)).toBe("WRONG_STATUS");
  expect(atWork(world, "reserve", lot, 1)).toBe("WRONG_STATUS");
  expect(atWork(world, "release", lot, 30)).toBe("ok");
  expect(world.code("Sue", { kind: "lot.lose", lot, quantity: quantity(81) })).toBe("QUANTITY_EXCEEDED");
  world.ledger.wait(2n * DAY);
  expect(lotOf(world, lot)).toMatchObject({ reserved: 0, left: 100, status: "BLOCKED" });
  world.expectSound();
});

test("B-4 after part was consumed, the registration isn't taken back", () => {
  const world = new Certified({ registry: workshopRegistry });
  const lot = world.register(100, { programme: world.programme() });
  expect(atWork(world, "reserve", lot, 10)).toBe("ok");
  expect(atWork(world, "consume", lot, 10)).toBe("ok");
  expect(world.code("Sue", { kind: "lot.withdraw", lot })).toBe("LOT_TOUCHED");
});
