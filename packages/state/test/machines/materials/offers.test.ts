import { DAY, type Id, must } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { currencies } from "../../../src/machines/payments/records.ts";
import { readAll } from "../../../src/reader.ts";
import { codeOf, eventsOf } from "../../support/ledger.ts";
import { amount, free } from "../../support/money.ts";
import { digestOf } from "../../support/parties.ts";
import {
  Certified,
  nanos,
  participantOf,
  plantParticipant,
  quantity,
  REASON,
} from "../certification/certified.ts";

import { given, lotOf, merged, mergeOf, partsOf, SECOND, splitOf } from "./shapes.ts";

describe("offering", () => {
  function offerOf(world: Certified, lot: Id<"lot">, price = 0, until = world.after(DAY)) {
    const asked = price === 0 ? undefined : { currency: "EUR", amount: amount(price) };
    return { kind: "lot.offer", lot, to: world.ledger.id("Mia"), price: asked, until } as const;
  }

  function acceptOf(lot: Id<"lot">, count: number, price = 0) {
    const asked = price === 0 ? undefined : { currency: "EUR", amount: amount(price) };
    return { kind: "lot.accept", lot, quantity: quantity(count), price: asked } as const;
  }

  test("B-3 lot and price change hands in one step", () => {
    const world = new Certified();
    const lot = world.register(50);
    expect(world.code("Sue", offerOf(world, lot, 400))).toBe("ok");
    expect(world.code("Cy", acceptOf(lot, 50, 400))).toBe("NOT_YOURS");
    const receipt = world.ledger.send("Mia", acceptOf(lot, 50, 400));
    expect(eventsOf(receipt)).toEqual(["pay.transferred", "lot.accepted"]);
    expect([free(world.ledger, "Mia"), free(world.ledger, "Sue")]).toEqual([9_600, 400]);
    expect(lotOf(world, lot)).toMatchObject({
      status: "OPEN",
      owner: world.ledger.id("Mia"),
      transferred: true,
    });
    expect([participantOf(world.ledger, "Sue"), participantOf(world.ledger, "Mia")]).toMatchObject([
      { openObjects: 0 },
      { openObjects: 1 },
    ]);
    expect(world.code("Mia", acceptOf(lot, 50, 400))).toBe("WRONG_STATUS");
    world.ledger.wait(2n * DAY);
    world.expectSound();
  });

  test("B-3 neither changes hands where the money isn't there", () => {
    const world = new Certified();
    const lot = world.register(50);
    expect(world.code("Sue", offerOf(world, lot, 10_001))).toBe("ok");
    expect(world.code("Mia", acceptOf(lot, 50, 10_001))).toBe("INSUFFICIENT_FUNDS");
    expect(lotOf(world, lot).status).toBe("OFFERED");
    expect(free(world.ledger, "Mia")).toBe(10_000);
    const order = digestOf("order");
    const account = world.ledger.id("Mia");
    expect(world.code("Iss", { kind: "pay.freeze", currency: "EUR", account, order })).toBe("ok");
    expect(world.code("Mia", acceptOf(lot, 50, 10_001))).toBe("FROZEN");
    const currency = must(world.view.get(currencies, "EUR"), "EUR");
    world.ledger.plant(currencies, "EUR", { ...currency, paused: true });
    expect(world.code("Mia", acceptOf(lot, 50, 10_001))).toBe("CURRENCY_PAUSED");
    expect(lotOf(world, lot).status).toBe("OFFERED");
  });

  test("B-3 an offer is to another that is there, for a price of something, and ends in time", () => {
    const world = new Certified();
    const lot = world.register(50);
    const op = offerOf(world, lot);
    expect(world.code("Mia", op)).toBe("NOT_YOURS");
    expect(world.code("Sue", { ...op, to: world.ledger.id("Sue") })).toBe("SAME_PARTY");
    expect(world.code("Sue", { ...op, price: { currency: "EUR", amount: amount(0) } })).toBe("AMOUNT_ZERO");
    expect(world.code("Sue", { ...op, price: { currency: "USD", amount: amount(1) } })).toBe("NOT_FOUND");
    expect(world.code("Sue", { ...op, until: world.after(SECOND) })).toBe("DEADLINE_PASSED");
    expect(world.code("Sue", { ...op, until: world.after(731n * DAY) })).toBe("DEADLINE_OUT_OF_BOUNDS");
    plantParticipant(world.ledger, "Cy", () => ({ status: "CLOSED" }));
    expect(world.code("Sue", { ...op, to: world.ledger.id("Cy") })).toBe("CLOSED");
    expect(world.code("Sue", op)).toBe("ok");
    expect(world.code("Sue", op)).toBe("WRONG_STATUS");
  });

  test("B-3 who accepts says for what: a dearer or smaller offer in its place is not accepted", () => {
    const world = new Certified();
    const lot = world.register(50);
    expect(world.code("Sue", offerOf(world, lot, 5))).toBe("ok");
    expect(world.code("Sue", { kind: "lot.rescind", lot }, offerOf(world, lot, 5_000))).toBe("ok");
    expect(world.code("Mia", acceptOf(lot, 50, 5))).toBe("TERMS_CHANGED");
    expect(world.code("Mia", acceptOf(lot, 50))).toBe("TERMS_CHANGED");
    const lose = { kind: "lot.lose", lot, quantity: quantity(49) } as const;
    expect(world.code("Sue", lose)).toBe("WRONG_STATUS");
    expect(world.code("Sue", { kind: "lot.rescind", lot }, lose, offerOf(world, lot, 5))).toBe("ok");
    expect(world.code("Mia", acceptOf(lot, 50, 5))).toBe("TERMS_CHANGED");
    expect(world.code("Mia", acceptOf(lot, 1, 5))).toBe("ok");
    world.expectSound();
  });

  test("B-3 owner or receiver end an offer, and nobody else", () => {
    const world = new Certified();
    const lot = world.register(50);
    const rescind = { kind: "lot.rescind", lot } as const;
    expect(world.code("Sue", rescind)).toBe("WRONG_STATUS");
    for (const by of ["Sue", "Mia"]) {
      expect(world.code("Sue", offerOf(world, lot))).toBe("ok");
      expect(world.code("Cy", rescind)).toBe("NOT_YOURS");
      expect(world.code(by, rescind)).toBe("ok");
      expect(lotOf(world, lot)).toMatchObject({ status: "OPEN", offer: undefined, transferred: false });
    }
    world.ledger.wait(2n * DAY);
    world.expectSound();
  });

  test("B-3 what is offered isn't split, merged, withdrawn, reserved or offered again", () => {
    const world = new Certified();
    const [lot, other] = [world.register(50), world.register(50)];
    expect(world.code("Sue", offerOf(world, lot))).toBe("ok");
    const ops = [
      splitOf(lot, 1),
      mergeOf(lot, other),
      { kind: "lot.withdraw", lot },
      offerOf(world, lot),
    ] as const;
    for (const op of ops) expect(world.code("Sue", op)).toBe("WRONG_STATUS");
  });

  test.each([undefined, 0])("B-3 an offer holds up to its nanosecond (timers a block: %s)", (most) => {
    const world = new Certified(most === undefined ? {} : { blockTimersMax: most });
    const [early, late] = [world.register(1), world.register(2)];
    const until = world.after(DAY);
    expect(world.code("Sue", offerOf(world, early, 5, until), offerOf(world, late, 5, until))).toBe("ok");
    // Twice at the last nanosecond: the first has it.
    const { receipts } = world.ledger.block([
      { by: "Mia", ops: [acceptOf(early, 1, 5)], time: until },
      { by: "Mia", ops: [acceptOf(early, 1, 5)], time: until, at: nanos(until + 9n) },
    ]);
    expect(receipts.filter((it) => it.kind === "transaction").map(codeOf)).toEqual(["ok", "WRONG_STATUS"]);
    expect(world.codeAt(nanos(until + 1n), "Mia", acceptOf(late, 2, 5))).toBe("WRONG_STATUS");
    expect(free(world.ledger, "Mia")).toBe(9_995);
    // The owner has it back, whether or not the timer has run.
    expect(world.code("Sue", splitOf(late, 1))).toBe("ok");
    world.expectSound();
  });

  test("B-3 an offer after one that is over has a time of its own, though the old timer waits", () => {
    const world = new Certified({ blockTimersMax: 0 });
    const lot = world.register(9);
    const until = world.after(DAY);
    expect(world.code("Sue", offerOf(world, lot, 5, until))).toBe("ok");
    const later = offerOf(world, lot, 7, nanos(until + DAY));
    const receipt = world.ledger.sendAny({ by: "Sue", ops: [later], time: nanos(until + 1n) });
    expect(eventsOf(receipt)).toEqual(["lot.offerLapsed", "lot.offered"]);
    expect(world.code("Mia", acceptOf(lot, 9, 7))).toBe("ok");
    expect(
      [...readAll(world.ledger.store, world.ledger.registry.timerSpace)].map(([, it]) => it.kind),
    ).not.toContain("lot.offerExpires");
  });

  test("L-8, B-3 a delegate accepts the lots it was named, for as much as it was given", () => {
    const world = new Certified();
    const [lot, dear, other] = [world.register(1), world.register(2), world.register(3)];
    expect(
      world.code("Sue", offerOf(world, lot, 400), offerOf(world, dear, 400), offerOf(world, other)),
    ).toBe("ok");
    world.delegate("Mia", "Cy", [304], [lot, dear], 500);
    const sentFor = (op: ReturnType<typeof acceptOf>) =>
      codeOf(world.ledger.sendAny({ by: "Cy", for: world.ledger.id("Mia"), ops: [op] }));
    expect(sentFor(acceptOf(other, 3))).toBe("OUT_OF_SCOPE");
    expect(sentFor(acceptOf(lot, 1, 400))).toBe("ok");
    expect(sentFor(acceptOf(dear, 2, 400))).toBe("SPENDING_LIMIT");
    expect(lotOf(world, lot).owner).toEqual(world.ledger.id("Mia"));
    expect(free(world.ledger, "Mia")).toBe(9_600);
  });

  test("B-3 a receiver with too much open accepts no more", () => {
    const world = new Certified();
    const lot = world.register(9);
    expect(world.code("Sue", offerOf(world, lot))).toBe("ok");
    plantParticipant(world.ledger, "Mia", () => ({ openObjects: 10_000 }));
    expect(world.code("Mia", acceptOf(lot, 9))).toBe("TOO_MANY_OPEN");
  });
});

describe("blocking", () => {
  const block = (lot: Id<"lot">) => ({ kind: "lot.block", lot, reason: REASON }) as const;
  const unblock = (lot: Id<"lot">) => ({ kind: "lot.unblock", lot }) as const;

  test("B-2 the programme's certifier blocks, whoever owns the lot, and nobody blocks one without programme", () => {
    const world = new Certified();
    const programme = world.programme();
    const [lot, plain] = [world.register(10, { programme }), world.register(10)];
    given(world, lot, "Mia");
    expect(world.code("Cert2", block(lot))).toBe("NOT_YOURS");
    expect(world.code("Std", block(lot))).toBe("NOT_YOURS");
    expect(world.code("Cert", block(plain))).toBe("NOT_YOURS");
    expect(world.code("Cert", unblock(lot))).toBe("WRONG_STATUS");
    expect(world.code("Cert", block(lot))).toBe("ok");
    expect(world.code("Cert", block(lot))).toBe("WRONG_STATUS");
    expect(world.code("Mia", unblock(lot))).toBe("NOT_YOURS");
    expect(world.code("Cert", unblock(lot))).toBe("ok");
    expect(world.code("Cert", block(lot))).toBe("ok");
    // A certifier that is gone locks nothing in.
    plantParticipant(world.ledger, "Cert", () => ({ roles: [] }));
    expect(world.code("Cert", block(world.register(1, { programme })))).toBe("ROLE_MISSING");
    expect(world.code("Std", unblock(lot))).toBe("ok");
    world.expectSound();
  });

  test("B-2 a blocked lot isn't split, merged, offered or withdrawn away; it may be destroyed", () => {
    const world = new Certified();
    const programme = world.programme();
    const [lot, other] = [world.register(10, { programme }), world.register(10, { programme })];
    expect(world.code("Cert", block(lot))).toBe("ok");
    const terms = { to: world.ledger.id("Mia"), price: undefined, until: world.after(DAY) };
    const ops = [
      splitOf(lot, 1),
      mergeOf(lot, other),
      mergeOf(other, lot),
      { kind: "lot.withdraw", lot },
    ] as const;
    for (const op of ops) expect(world.code("Sue", op)).toBe("WRONG_STATUS");
    expect(world.code("Sue", { kind: "lot.offer", lot, ...terms })).toBe("WRONG_STATUS");
    expect(world.code("Sue", { kind: "lot.lose", lot, quantity: quantity(10) })).toBe("ok");
    expect(world.code("Cert", unblock(lot))).toBe("WRONG_STATUS");
    world.expectSound();
  });

  test("B-2 a block ends an offer, and the offer doesn't come back with its end", () => {
    const world = new Certified();
    const lot = world.register(10, { programme: world.programme() });
    const terms = { to: world.ledger.id("Mia"), price: undefined, until: world.after(DAY) };
    expect(world.code("Sue", { kind: "lot.offer", lot, ...terms })).toBe("ok");
    const receipt = world.ledger.send("Cert", block(lot));
    expect(eventsOf(receipt)).toEqual(["lot.rescinded", "lot.blocked"]);
    const accept = { kind: "lot.accept", lot, quantity: quantity(10), price: undefined } as const;
    expect(world.code("Mia", accept)).toBe("WRONG_STATUS");
    // The time of the offer passes, and the block holds.
    world.ledger.wait(2n * DAY);
    expect(lotOf(world, lot).status).toBe("BLOCKED");
    expect(world.code("Cert", unblock(lot))).toBe("ok");
    expect(world.code("Mia", accept)).toBe("WRONG_STATUS");
    world.ledger.wait(2n * DAY);
    expect(lotOf(world, lot).status).toBe("OPEN");
    world.expectSound();
  });

  test("B-2 the certifier still reaches what was split, merged and sold", () => {
    const world = new Certified();
    const lot = world.register(100, { programme: world.programme() });
    const whole = merged(world, partsOf(world, lot, 20, 30));
    given(world, whole, "Mia");
    expect(world.code("Cert", block(whole), block(lot))).toBe("ok");
    world.expectSound();
  });
});
