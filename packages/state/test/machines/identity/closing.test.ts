import { DAY, Nanos, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { tie, untie } from "../../../src/machines/identity/guards.ts";
import { confirmSuspension } from "../../../src/machines/identity/suspension.ts";
import type { Ledger } from "../../support/ledger.ts";
import { amount, fundedLedger } from "../../support/money.ts";
import { digestOf } from "../../support/parties.ts";
import { probe, probeRegistry } from "../../support/probe.ts";
import {
  code,
  coldKey,
  done,
  expectSound,
  later,
  machineRegistration,
  made,
  participantOf,
  registration,
  rotation,
} from "./world.ts";

const close = { kind: "participant.close" } as const;

function withNia(): Ledger {
  const ledger = fundedLedger({ Cy: 1_000 }, { registry: probeRegistry([]) });
  done(ledger, "Reg", registration(ledger, "Nia", "Reg"));
  return ledger;
}

function pay(ledger: Ledger, to: string, value: number) {
  return { kind: "pay.transfer", to: ledger.id(to), currency: "EUR", amount: amount(value) } as const;
}

test("I-12 who has nothing leaves for good: the closed key acts no more, gets no money, and comes in nowhere", () => {
  const ledger = withNia();
  const nia = ledger.id("Nia");
  done(ledger, "Nia", coldKey(ledger, nia, "cold"), rotation(ledger, nia, "second"));
  done(ledger, "second", close);
  for (const key of ["Nia", "cold", "second"]) {
    expect(code(ledger, key, { kind: "participant.object", to: "coldKey" })).not.toBe("ok");
    expect(code(ledger, "Reg", registration(ledger, key, "Reg"))).toBe("KEY_USED");
  }
  expect(code(ledger, "second", close)).toBe("CLOSED");
  expect(code(ledger, "Cy", pay(ledger, "Nia", 1))).toBe("CLOSED");
  // No timer is left behind.
  expect(ledger.wait(100n * DAY).receipts).toEqual([]);
  expectSound(ledger);
});

test("I-12 money keeps the account open, free, held or frozen, until the last unit has gone", () => {
  const ledger = withNia();
  done(ledger, "Cy", pay(ledger, "Nia", 10));
  expect(participantOf(ledger, ledger.id("Nia")).balances).toBe(1);
  expect(code(ledger, "Nia", close)).toBe("STILL_OPEN");
  done(ledger, "Nia", pay(ledger, "Cy", 9));
  expect(code(ledger, "Nia", close)).toBe("STILL_OPEN");
  const redeem = { currency: "EUR", amount: amount(1), payout: digestOf("bank") };
  done(ledger, "Nia", { kind: "pay.redeem", ...redeem });
  expect(code(ledger, "Nia", close)).toBe("STILL_OPEN");
  ledger.wait(5n * DAY);
  expect(participantOf(ledger, ledger.id("Nia"))).toMatchObject({ balances: 1, openObjects: 0 });
  done(ledger, "Nia", pay(ledger, "Cy", 1));
  const order = { kind: "pay.freeze", currency: "EUR", account: ledger.id("Nia"), order: digestOf("order") };
  done(ledger, "Iss", { ...order, kind: "pay.freeze" });
  expect(code(ledger, "Nia", close)).toBe("STILL_OPEN");
  expectSound(ledger);
  done(ledger, "Iss", { kind: "pay.unfreeze", currency: "EUR", account: ledger.id("Nia") });
  // The last unit and the closing may be one transaction.
  done(ledger, "Cy", pay(ledger, "Nia", 5));
  done(ledger, "Nia", pay(ledger, "Cy", 5), close);
  expect(code(ledger, "Iss", { ...order, kind: "pay.freeze" })).toBe("CLOSED");
  expectSound(ledger);
});

test("I-12 a transaction that fails leaves the count of balances as it was", () => {
  const ledger = withNia();
  expect(code(ledger, "Cy", pay(ledger, "Nia", 10), pay(ledger, "Nia", 5_000))).toBe("INSUFFICIENT_FUNDS");
  expect(participantOf(ledger, ledger.id("Nia")).balances).toBe(0);
  done(ledger, "Nia", close);
});

test("I-12 the payee of a hold stays until it is posted, void or given back", () => {
  const until = (ledger: Ledger) => later(ledger, DAY);
  const hold = (ledger: Ledger) =>
    ({
      kind: "pay.hold",
      currency: "EUR",
      amount: amount(10),
      releaser: ledger.id("Ivo"),
      payee: ledger.id("Nia"),
      until: until(ledger),
    }) as const;
  const ways = [
    (ledger: Ledger) => done(ledger, "Nia", { kind: "pay.void", hold: holdId(ledger) }, close),
    (ledger: Ledger) => {
      ledger.wait(DAY);
      done(ledger, "Nia", close);
    },
    (ledger: Ledger) => {
      const post = { kind: "pay.post", hold: holdId(ledger), amount: amount(5) } as const;
      done(ledger, "Ivo", post);
      done(ledger, "Nia", pay(ledger, "Cy", 5));
      expect(code(ledger, "Nia", close)).toBe("STILL_OPEN");
      done(ledger, "Ivo", post);
      done(ledger, "Nia", pay(ledger, "Cy", 5), close);
    },
  ];
  let last = new Uint8Array();
  const holdId = (_: Ledger) => toId("hold", last);
  for (const way of ways) {
    const ledger = withNia();
    last = Uint8Array.from(made(ledger.send("Cy", hold(ledger)), "hold"));
    expect(code(ledger, "Nia", close)).toBe("STILL_OPEN");
    way(ledger);
    expect(participantOf(ledger, ledger.id("Nia")).ties).toBe(0);
    expectSound(ledger);
  }
});

test("I-12 a machine keeps it open until it is retired or another's", () => {
  const ledger = withNia();
  const receipt = ledger.send("Nia", machineRegistration(ledger, "Nia", "printer"));
  const machine = toId("mach", made(receipt, "machine"));
  expect(code(ledger, "Nia", close)).toBe("STILL_OPEN");
  done(ledger, "Nia", { kind: "machine.offer", machine, to: ledger.id("Max") });
  expect(code(ledger, "Nia", close)).toBe("STILL_OPEN");
  done(ledger, "Max", { kind: "machine.accept", machine });
  expect(code(ledger, "Nia", close, machineRegistration(ledger, "Nia", "other"))).toBe("NOT_VERIFIED");
  done(ledger, "Nia", close);
  expectSound(ledger);
});

test("I-12 fund, issuer, attestor, arbiters of the roster and those behind a validator stay", () => {
  const ledger = withNia();
  for (const name of ["Fund", "Iss", "Att", "Arb", "Backup", "Reg", "Cert"]) {
    expect([name, code(ledger, name, close)]).toEqual([name, "STILL_OPEN"]);
  }
  // Who has nothing at all goes, whatever its roles.
  done(ledger, "Ada", close);
});

test("I-12 what ties a participant to things of others holds it, and nobody is tied once closed", () => {
  const ledger = withNia();
  const nia = ledger.id("Nia");
  expect(probe(ledger, "Cy", (ctx) => tie(ctx, nia))).toBe("ok");
  expect(code(ledger, "Nia", close)).toBe("STILL_OPEN");
  expect(probe(ledger, "Cy", (ctx) => untie(ctx, nia))).toBe("ok");
  done(ledger, "Nia", close);
  expect(probe(ledger, "Cy", (ctx) => tie(ctx, nia))).toBe("CLOSED");
  const until = Nanos.of(ledger.now + DAY);
  const hold = { currency: "EUR", amount: amount(1), releaser: ledger.id("Ivo"), payee: nia, until };
  expect(code(ledger, "Cy", { kind: "pay.hold", ...hold })).toBe("CLOSED");
});

test("I-12 behind its closing in the same transaction nobody rotates, names a cold key, or is suspended", () => {
  const ledger = withNia();
  const nia = ledger.id("Nia");
  expect(code(ledger, "Nia", close, rotation(ledger, nia, "second"))).toBe("CLOSED");
  expect(code(ledger, "Nia", close, coldKey(ledger, nia, "cold"))).toBe("CLOSED");
  expect(code(ledger, "Nia", close, close)).toBe("CLOSED");
  done(ledger, "Nia", close);
  expect(code(ledger, "Reg", { kind: "participant.suspend", participant: nia })).toBe("WRONG_STATUS");
  expect(probe(ledger, "Cert", (ctx) => confirmSuspension(ctx, nia))).toBe("WRONG_STATUS");
});

test("I-12 another's key, the suspended and those whose recovery runs don't close", () => {
  const ledger = withNia();
  expect(code(ledger, "Stranger", close)).toBe("NOT_PERMITTED");
  done(ledger, "Reg", { kind: "participant.suspend", participant: ledger.id("Nia") });
  expect(code(ledger, "Nia", close)).toBe("SUSPENDED");
});
