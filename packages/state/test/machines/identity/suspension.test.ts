import { DAY, Nanos } from "@touchmark/core";
import { expect, test } from "vitest";
import { reinstated, suspended } from "../../../src/machines/identity/events.ts";
import { confirmSuspension, endSuspension } from "../../../src/machines/identity/suspension.ts";
import { codeOf, eventsOf, Ledger } from "../../support/ledger.ts";
import { amount, free, fundedLedger } from "../../support/money.ts";
import { probe, probeRegistry } from "../../support/probe.ts";
import {
  code,
  codeAt,
  done,
  expectSound,
  later,
  participantOf,
  registration,
  sessionGrant,
} from "./world.ts";

const registry = probeRegistry(["COOLDOWN"], [suspended, reinstated]);
const TERM = 30n * DAY;

function withNia(): Ledger {
  const ledger = fundedLedger({ Cy: 1_000 }, { registry });
  done(ledger, "Reg", registration(ledger, "Nia", "Reg"));
  return ledger;
}

function suspend(ledger: Ledger) {
  return { kind: "participant.suspend", participant: ledger.id("Nia") } as const;
}

function reinstate(ledger: Ledger) {
  return { kind: "participant.reinstate", participant: ledger.id("Nia") } as const;
}

function statusOf(ledger: Ledger): string {
  return participantOf(ledger, ledger.id("Nia")).status;
}

test("I-5 a registrar's suspension ends by itself, by its registrar, and by nobody else", () => {
  const ledger = withNia();
  expect(code(ledger, "Reg2", suspend(ledger))).toBe("NOT_YOURS");
  expect(code(ledger, "Mia", suspend(ledger))).toBe("ROLE_MISSING");
  done(ledger, "Reg", suspend(ledger));
  expect(code(ledger, "Reg", suspend(ledger))).toBe("WRONG_STATUS");
  expect(code(ledger, "Reg2", reinstate(ledger))).toBe("NOT_YOURS");
  expectSound(ledger);
  done(ledger, "Reg", reinstate(ledger));
  expect(statusOf(ledger)).toBe("VERIFIED");
  expect(code(ledger, "Reg", reinstate(ledger))).toBe("WRONG_STATUS");
  // Its timer went with it.
  expect(ledger.wait(TERM).receipts).toEqual([]);
  expectSound(ledger);
});

test("I-5 the timer ends it after transactions of its nanosecond and before those of the next", () => {
  const ledger = withNia();
  const until = later(ledger, TERM + 1_000_000_000n);
  done(ledger, "Reg", suspend(ledger));
  const rotate = { kind: "participant.close" } as const;
  expect(codeAt(ledger, "Nia", until, rotate)).toBe("SUSPENDED");
  expect(codeAt(ledger, "Nia", Nanos.of(until + 1n), rotate)).toBe("ok");
});

test("I-5 suspensions in a row don't last for ever: the registrar waits as long as it had", () => {
  const ledger = withNia();
  done(ledger, "Reg", suspend(ledger));
  ledger.wait(TERM);
  expect(statusOf(ledger)).toBe("VERIFIED");
  expect(code(ledger, "Reg", suspend(ledger))).toBe("COOLDOWN");
  ledger.wait(TERM);
  done(ledger, "Reg", suspend(ledger));
  // Nor does it help to lift it a day before.
  done(ledger, "Reg", reinstate(ledger));
  expect(code(ledger, "Reg", suspend(ledger))).toBe("COOLDOWN");
});

test("I-5 the suspended does nothing but leave: the exit set works, all else is refused", () => {
  const ledger = withNia();
  done(ledger, "Cy", { kind: "pay.transfer", to: ledger.id("Nia"), currency: "EUR", amount: amount(500) });
  done(ledger, "Reg", suspend(ledger));
  const pay = { kind: "pay.transfer", to: ledger.id("Cy"), currency: "EUR", amount: amount(1) } as const;
  expect(code(ledger, "Nia", pay)).toBe("SUSPENDED");
  expect(code(ledger, "Nia", sessionGrant(ledger, ledger.id("Nia"), "gate"))).toBe("SUSPENDED");
  expect(code(ledger, "Nia", { kind: "participant.object", to: "recovery" })).toBe("WRONG_STATUS");
  const redeem = { kind: "pay.redeem", currency: "EUR", amount: amount(500), payout: new Uint8Array(32) };
  expect(codeOf(ledger.sendAny({ by: "Nia", ops: [redeem] }))).toBe("ok");
  expect(free(ledger, "Nia")).toBe(0);
  expectSound(ledger);
});

test("I-5 I-8 a session is over with its grantor's suspension, and doesn't come back with the reinstatement", () => {
  const ledger = withNia();
  done(ledger, "Cy", { kind: "pay.transfer", to: ledger.id("Nia"), currency: "EUR", amount: amount(500) });
  done(ledger, "Nia", sessionGrant(ledger, ledger.id("Nia"), "gate"));
  const pay = { kind: "pay.transfer", to: ledger.id("Cy"), currency: "EUR", amount: amount(1) } as const;
  done(ledger, "gate", pay);
  done(ledger, "Reg", suspend(ledger));
  expect(code(ledger, "gate", pay)).toBe("SESSION_OVER");
  expectSound(ledger);
  done(ledger, "Reg", reinstate(ledger));
  expect(code(ledger, "gate", pay)).toBe("SESSION_OVER");
  ledger.wait(DAY);
  expectSound(ledger);
});

test("I-5 a proposal confirms: then neither the timer nor the registrar ends it, only another proposal", () => {
  const ledger = withNia();
  const nia = ledger.id("Nia");
  done(ledger, "Reg", suspend(ledger));
  expect(probe(ledger, "Cert", (ctx) => confirmSuspension(ctx, nia))).toBe("ok");
  expect(probe(ledger, "Cert", (ctx) => confirmSuspension(ctx, nia))).toBe("WRONG_STATUS");
  expect(ledger.wait(2n * TERM).receipts).toEqual([]);
  expect([statusOf(ledger), code(ledger, "Reg", reinstate(ledger))]).toEqual(["SUSPENDED", "WRONG_STATUS"]);
  expectSound(ledger);
  expect(probe(ledger, "Cert", (ctx) => endSuspension(ctx, nia))).toBe("ok");
  expect(statusOf(ledger)).toBe("VERIFIED");
  expect(probe(ledger, "Cert", (ctx) => endSuspension(ctx, nia))).toBe("WRONG_STATUS");
  expectSound(ledger);
});

test("I-5 a proposal may also suspend at once, and end what a registrar began", () => {
  const ledger = withNia();
  const nia = ledger.id("Nia");
  expect(probe(ledger, "Cert", (ctx) => confirmSuspension(ctx, nia))).toBe("ok");
  expect(participantOf(ledger, nia)).toMatchObject({ status: "SUSPENDED", suspendedUntil: undefined });
  expect(probe(ledger, "Cert", (ctx) => endSuspension(ctx, nia))).toBe("ok");
  done(ledger, "Reg", suspend(ledger));
  expect(probe(ledger, "Cert", (ctx) => endSuspension(ctx, nia))).toBe("ok");
  expect(ledger.wait(TERM).receipts).toEqual([]);
  expectSound(ledger);
});

test("I-5 who was never verified isn't made so by a suspension and its end", () => {
  const genesis = { parameters: [{ number: 6, value: { kind: "number", value: 1 } as const }] };
  const ledger = new Ledger({ registry, genesis });
  done(ledger, "Nia", registration(ledger, "Nia", undefined));
  expect(code(ledger, "Reg", suspend(ledger))).toBe("NOT_YOURS");
  const nia = ledger.id("Nia");
  expect(probe(ledger, "Cert", (ctx) => confirmSuspension(ctx, nia))).toBe("ok");
  expect(code(ledger, "Reg", { kind: "participant.verify", participant: nia })).toBe("WRONG_STATUS");
  expect(probe(ledger, "Cert", (ctx) => endSuspension(ctx, nia))).toBe("ok");
  expect(statusOf(ledger)).toBe("UNVERIFIED");
});

test("I-5 a suspended registrar registers, verifies and suspends nobody", () => {
  const ledger = withNia();
  const reg = ledger.id("Reg");
  expect(probe(ledger, "Cert", (ctx) => confirmSuspension(ctx, reg))).toBe("ok");
  expect(code(ledger, "Reg", suspend(ledger))).toBe("SUSPENDED");
  expect(code(ledger, "Reg", registration(ledger, "Pia", "Reg"))).toBe("SUSPENDED");
  const receipt = ledger.send("Reg2", registration(ledger, "Pia", "Reg2"));
  expect(eventsOf(receipt)).toEqual(["participant.registered"]);
});
