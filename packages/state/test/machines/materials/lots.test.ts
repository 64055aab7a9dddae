import { addNanos, DAY, HOUR, type Id, must, Nanos } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { codeOf } from "../../support/ledger.ts";
import { Certified, idIn, nanos, plantRole, quantity } from "../certification/certified.ts";

import { given, lotOf, merged, mergeOf, partsOf, SECOND, splitOf } from "./shapes.ts";

describe("registering", () => {
  test("B-1 a supplier registers, and all of it is left", () => {
    const world = new Certified();
    expect(world.code("Mia", world.registerOf(5))).toBe("ROLE_MISSING");
    expect(world.code("Sue", world.registerOf(0))).toBe("QUANTITY_ZERO");
    const lot = world.register(Number.MAX_SAFE_INTEGER);
    expect(lotOf(world, lot)).toMatchObject({ status: "OPEN", left: Number.MAX_SAFE_INTEGER, reserved: 0 });
    world.expectSound();
  });

  test("B-1 nothing was made tomorrow, or is over before it was made", () => {
    const world = new Certified();
    const op = world.registerOf(5);
    expect(world.code("Sue", { ...op, producedAt: world.after(2n * SECOND) })).toBe("DEADLINE_OUT_OF_BOUNDS");
    expect(world.code("Sue", { ...op, bestBefore: op.producedAt })).toBe("DEADLINE_OUT_OF_BOUNDS");
    expect(world.codeAt(world.after(SECOND), "Sue", { ...op, producedAt: world.after(SECOND) })).toBe("ok");
  });

  test("Q-3 of two lots that race for the last capacity one gets it, also within a nanosecond", () => {
    const world = new Certified();
    const programme = world.programme({ capacity: 100 });
    const time = world.after(SECOND);
    const { receipts } = world.ledger.block([
      { by: "Sue", ops: [world.registerOf(60, { programme })], time },
      { by: "Sue", ops: [world.registerOf(60, { programme })], time, at: nanos(time + 1n) },
    ]);
    expect(receipts.map(codeOf)).toEqual(["ok", "CAPACITY_EXCEEDED"]);
    expect(world.code("Sue", world.registerOf(40, { programme }), world.registerOf(1, { programme }))).toBe(
      "CAPACITY_EXCEEDED",
    );
    // L-5: the first of the two wasn't registered either.
    expect(world.programmeRecord(programme).used).toBe(60);
    expect(world.code("Sue", world.registerOf(40, { programme }))).toBe("ok");
    world.expectSound();
  });

  test("Q-3 a programme is the producer's own, of this class and unit, certified, and in its period", () => {
    const world = new Certified();
    const from = world.after(DAY);
    const applied = world.apply();
    const programme = world.programme({ from });
    plantRole(world.ledger, "Moe", "supplier");
    expect(world.code("Moe", world.registerOf(1, { programme }))).toBe("NOT_YOURS");
    expect(world.code("Sue", world.registerOf(1, { programme, class: "PA11" }))).toBe("PROGRAMME_DIFFERS");
    expect(world.code("Sue", { ...world.registerOf(1, { programme }), unit: "g" })).toBe("PROGRAMME_DIFFERS");
    expect(world.code("Sue", world.registerOf(1, { programme: applied }))).toBe("WRONG_STATUS");
    expect(world.codeAt(nanos(from - 1n), "Sue", world.registerOf(1, { programme }))).toBe("NOT_IN_PERIOD");
    expect(world.codeAt(from, "Sue", world.registerOf(1, { programme }))).toBe("ok");
  });
});

describe("splitting and merging", () => {
  test("B-2 parts inherit the papers, and the rest stays", () => {
    const world = new Certified();
    const programme = world.programme();
    const lot = world.register(100, { programme, bestBefore: world.after(DAY) });
    const [passed, failed] = [world.issue(lot), world.issue(lot, "FAIL")];
    const [part] = partsOf(world, lot, 30, 20);
    const record = lotOf(world, must(part, "a part"));
    expect(record).toMatchObject({ registered: 30, left: 30, programme, parents: [lot] });
    expect([record.certificates, record.findings]).toEqual([[passed], [failed]]);
    expect(lotOf(world, lot)).toMatchObject({ left: 50, moved: 50, status: "OPEN" });
    partsOf(world, lot, 50);
    expect(lotOf(world, lot)).toMatchObject({ left: 0, moved: 100, status: "EXHAUSTED" });
    expect(world.code("Sue", splitOf(lot, 1))).toBe("WRONG_STATUS");
    expect(world.programmeRecord(programme).used).toBe(100);
    world.expectSound();
  });

  test("B-2 no part is nothing, and all together are no more than there is, also past 2^53", () => {
    const world = new Certified();
    const lot = world.register(100);
    const most = Number.MAX_SAFE_INTEGER;
    expect(world.code("Mia", splitOf(lot, 5))).toBe("NOT_YOURS");
    expect(world.code("Sue", splitOf(lot, 5, 0))).toBe("QUANTITY_ZERO");
    expect(world.code("Sue", splitOf(lot, 50, 51))).toBe("QUANTITY_EXCEEDED");
    expect(world.code("Sue", splitOf(lot, most, most))).toBe("OVERFLOW");
    expect(world.code("Sue", splitOf(lot, ...Array.from({ length: 16 }, () => 6)))).toBe("ok");
    expect(lotOf(world, lot).left).toBe(4);
    world.expectSound();
  });

  test("B-2 merged lots have the certificates that all had, and every finding that any had", () => {
    const world = new Certified();
    const [a, b] = [world.register(40, { bestBefore: world.after(DAY) }), world.register(60)];
    const parts = partsOf(world, a, 10, 10);
    const [first, second] = [must(parts[0], "a part"), must(parts[1], "a part")];
    const onlyFirst = world.issue(first);
    const bad = world.issue(second, "FAIL");
    const whole = merged(world, [first, second, b]);
    const record = lotOf(world, whole);
    expect([record.certificates, record.findings]).toEqual([[], [bad]]);
    expect(record).toMatchObject({ registered: 80, left: 80, bestBefore: lotOf(world, a).bestBefore });
    expect(record.producedAt).toBe(lotOf(world, a).producedAt);
    expect(lotOf(world, first)).toMatchObject({ status: "EXHAUSTED", certificates: [onlyFirst], moved: 10 });
    world.expectSound();
  });

  test("B-2 what all of it was certified for, the mixture is", () => {
    const world = new Certified();
    const lot = world.register(40);
    const both = world.issue(lot);
    const parts = partsOf(world, lot, 10, 20);
    world.issue(must(parts[0], "a part"));
    expect(lotOf(world, merged(world, parts)).certificates).toEqual([both]);
  });

  test("B-2 only what is of one class, unit and programme, one's own, and named once, is merged", () => {
    const world = new Certified();
    const programme = world.programme();
    const [lot, other] = [world.register(5), world.register(5, { class: "PA11" })];
    const certified = world.register(5, { programme });
    const elsewhere = world.register(5, { programme: world.programme() });
    expect(world.code("Sue", mergeOf(lot, lot))).toBe("DUPLICATE");
    expect(world.code("Sue", mergeOf(lot, other))).toBe("LOTS_DIFFER");
    expect(world.code("Sue", mergeOf(lot, certified))).toBe("LOTS_DIFFER");
    expect(world.code("Sue", mergeOf(certified, elsewhere))).toBe("LOTS_DIFFER");
    const grams = { ...world.registerOf(5), unit: "g" } as const;
    const inGrams = idIn(world.ledger.send("Sue", grams), "lot.registered", "lot", "lot");
    expect(world.code("Sue", mergeOf(lot, inGrams))).toBe("LOTS_DIFFER");
    const sold = world.register(5);
    given(world, sold, "Mia");
    expect(world.code("Sue", mergeOf(lot, sold))).toBe("NOT_YOURS");
    expect(world.code("Sue", mergeOf(lot, world.register(5)))).toBe("ok");
    expect(world.code("Sue", mergeOf(lot, world.register(5)))).toBe("WRONG_STATUS");
    world.expectSound();
  });

  test("B-2 a mixture past 2^53 is refused, and nothing of it happened", () => {
    const world = new Certified();
    const [a, b] = [world.register(Number.MAX_SAFE_INTEGER), world.register(1)];
    expect(world.code("Sue", mergeOf(a, b))).toBe("OVERFLOW");
    expect(lotOf(world, a).status).toBe("OPEN");
    world.expectSound();
  });

  test("B-2 whoever mixes is one of its makers, and more than sixteen makers are no lot", () => {
    const world = new Certified();
    const names = [
      "Ada",
      "Ben",
      "Otto",
      "Max",
      "Moe",
      "Ivo",
      "Cy",
      "Arb",
      "Backup",
      "Fund",
      "Iss",
      "Att",
      "SealIss",
      "Reg",
      "Reg2",
      "Aud",
    ];
    const theirs = names.map((name) => {
      plantRole(world.ledger, name, "supplier");
      const lot = world.register(1, {}, name);
      given(world, lot, "Mia", name);
      return lot;
    });
    expect(world.code("Mia", mergeOf(...theirs))).toBe("LIST_FULL");
    const whole = merged(world, theirs.slice(0, 15), "Mia");
    expect(lotOf(world, whole).producers).toHaveLength(16);
    // Its own laboratory can't certify it for Mia, whoever has it by then.
    given(world, whole, "Cy", "Mia");
    expect(world.code("Otto", world.certificateOf(whole))).toBe("NOT_INDEPENDENT");
    world.expectSound();
  });

  test("B-2 findings past sixteen are not merged away", () => {
    const world = new Certified();
    const [a, b] = [world.register(1), world.register(1)];
    for (let i = 0; i < 9; i++) for (const lot of [a, b]) world.issue(lot, "FAIL");
    expect(world.code("Sue", mergeOf(a, b))).toBe("LIST_FULL");
  });
});

describe("losing and withdrawing", () => {
  const withdraw = (lot: Id<"lot">) => ({ kind: "lot.withdraw", lot }) as const;
  const lose = (lot: Id<"lot">, count: number) =>
    ({ kind: "lot.lose", lot, quantity: quantity(count) }) as const;

  test("B-1 what is lost is gone, and no capacity comes back", () => {
    const world = new Certified();
    const programme = world.programme();
    const lot = world.register(100, { programme });
    expect(world.code("Mia", lose(lot, 1))).toBe("NOT_YOURS");
    expect(world.code("Sue", lose(lot, 0))).toBe("QUANTITY_ZERO");
    expect(world.code("Sue", lose(lot, 101))).toBe("QUANTITY_EXCEEDED");
    expect(world.code("Sue", lose(lot, 60))).toBe("ok");
    expect(world.code("Sue", withdraw(lot))).toBe("LOT_TOUCHED");
    expect(world.code("Sue", lose(lot, 40))).toBe("ok");
    expect(lotOf(world, lot)).toMatchObject({ status: "EXHAUSTED", lost: 100 });
    expect(world.code("Sue", lose(lot, 1))).toBe("WRONG_STATUS");
    expect(world.programmeRecord(programme).used).toBe(100);
    world.expectSound();
  });

  test("B-2 a registration is taken back within a day, whole, and its capacity comes back", () => {
    const world = new Certified();
    const programme = world.programme({ capacity: 100 });
    const [early, late] = [world.register(60, { programme }), world.register(40, { programme })];
    const { registeredAt } = lotOf(world, early);
    expect(world.code("Mia", withdraw(early))).toBe("NOT_YOURS");
    expect(world.codeAt(addNanos(registeredAt, Nanos.of(24n * HOUR)), "Sue", withdraw(early))).toBe("ok");
    const over = nanos(lotOf(world, late).registeredAt + 24n * HOUR + 1n);
    expect(world.codeAt(over, "Sue", withdraw(late))).toBe("DEADLINE_PASSED");
    expect(world.code("Sue", withdraw(early))).toBe("WRONG_STATUS");
    expect(world.programmeRecord(programme).used).toBe(40);
    expect(world.code("Sue", world.registerOf(60, { programme }))).toBe("ok");
    world.expectSound();
  });

  test("B-2 nothing is withdrawn that was ever another's, split or merged", () => {
    const world = new Certified();
    const programme = world.programme();
    const [sold, cut, a, b] = [10, 10, 10, 10].map((count) => world.register(count, { programme }));
    const lot = must(sold, "a lot");
    given(world, lot, "Mia");
    expect(world.code("Sue", withdraw(lot))).toBe("NOT_YOURS");
    expect(world.code("Mia", withdraw(lot))).toBe("LOT_TOUCHED");
    given(world, lot, "Sue", "Mia");
    expect(world.code("Sue", withdraw(lot))).toBe("LOT_TOUCHED");
    const [part] = partsOf(world, must(cut, "a lot"), 4);
    expect(world.code("Sue", withdraw(must(cut, "a lot")))).toBe("LOT_TOUCHED");
    expect(world.code("Sue", withdraw(must(part, "a part")))).toBe("LOT_TOUCHED");
    const whole = merged(world, [must(a, "a lot"), must(b, "a lot")]);
    expect(world.code("Sue", withdraw(whole))).toBe("LOT_TOUCHED");
    expect(world.code("Sue", withdraw(must(a, "a lot")))).toBe("WRONG_STATUS");
    expect(world.programmeRecord(programme).used).toBe(40);
    world.expectSound();
  });

  test("B-2 a lot that failed a test doesn't come again under a new id", () => {
    const world = new Certified();
    const lot = world.register(10, { programme: world.programme() });
    world.issue(lot, "FAIL");
    expect(world.code("Sue", withdraw(lot))).toBe("LOT_TOUCHED");
  });

  test("B-2 capacity comes back also to a programme that was cut or has ended meanwhile", () => {
    const world = new Certified();
    const to = world.after(HOUR);
    const programme = world.programme({ to });
    const lot = world.register(100, { programme });
    expect(
      world.code("Cert", { kind: "programme.amend", programme, capacity: quantity(100), audit: undefined }),
    ).toBe("ok");
    world.ledger.wait(HOUR);
    expect(world.programmeRecord(programme).status).toBe("ENDED");
    expect(world.code("Sue", withdraw(lot))).toBe("ok");
    expect(world.programmeRecord(programme).used).toBe(0);
    world.expectSound();
  });
});
