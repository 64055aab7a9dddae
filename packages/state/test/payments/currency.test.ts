import { addNanos, DAY, must, Nanos, SECOND } from "@touchmark/core";
import { expect, test } from "vitest";
import { participants } from "../../src/machines/identity/records.ts";
import { currencies, holds } from "../../src/machines/payments/records.ts";
import { PARAMETERS } from "../../src/parameters.ts";
import { readAll } from "../../src/reader.ts";
import { codeOf, eventsOf, Ledger } from "../support/ledger.ts";
import { amount, expectMoneyConserved, free, fundedLedger, held } from "../support/money.ts";
import { digestOf } from "../support/parties.ts";

const EUR = { currency: "EUR" } as const;

function attest(ledger: Ledger, value: number, until = addNanos(ledger.now, Nanos.of(30n * DAY))) {
  return {
    kind: "currency.attest",
    ...EUR,
    amount: amount(value),
    until,
    digest: digestOf("report"),
  } as const;
}

function mint(ledger: Ledger, value: number, to = "Cy", currency = "EUR") {
  return { kind: "currency.mint", currency, to: ledger.id(to), amount: amount(value) } as const;
}

function supplyOf(ledger: Ledger): number {
  return must(ledger.view.get(currencies, "EUR"), "EUR").supply;
}

test("L-22 nothing is minted before reserves are attested, beyond them, or after the attestor's word has ended", () => {
  const ledger = new Ledger();
  expect(codeOf(ledger.send("Iss", mint(ledger, 1)))).toBe("ATTESTATION_EXPIRED");
  const until = addNanos(ledger.now, Nanos.of(100n * SECOND));
  expect(codeOf(ledger.send("Att", attest(ledger, 1_000, until)))).toBe("ok");
  expect(codeOf(ledger.send("Iss", mint(ledger, 1_001)))).toBe("RESERVES_EXCEEDED");
  expect(codeOf(ledger.send("Iss", mint(ledger, 400), mint(ledger, 601)))).toBe("RESERVES_EXCEEDED");
  expect(supplyOf(ledger)).toBe(0);
  expect(codeOf(ledger.sendAny({ by: "Iss", ops: [mint(ledger, 1_000)], time: until }))).toBe("ok");
  const behind = addNanos(until, Nanos.of(1n));
  expect(codeOf(ledger.sendAny({ by: "Iss", ops: [mint(ledger, 1)], time: behind }))).toBe(
    "ATTESTATION_EXPIRED",
  );
  expect([supplyOf(ledger), free(ledger, "Cy")]).toEqual([1_000, 1_000]);
  expectMoneyConserved(ledger);
});

test("L-22 only the currency's attestor attests, within the longest term, and for a time to come", () => {
  const ledger = new Ledger();
  expect(codeOf(ledger.send("Iss", attest(ledger, 1)))).toBe("NOT_YOURS");
  expect(codeOf(ledger.send("Att", attest(ledger, 1, ledger.now)))).toBe("DEADLINE_PASSED");
  const next = addNanos(ledger.now, Nanos.of(SECOND));
  const most = addNanos(next, PARAMETERS.attestationMax.standard);
  const over = attest(ledger, 1, addNanos(most, Nanos.of(1n)));
  expect(codeOf(ledger.sendAny({ by: "Att", ops: [over], time: next }))).toBe("DEADLINE_OUT_OF_BOUNDS");
  const time = addNanos(next, Nanos.of(0n));
  expect(
    codeOf(
      ledger.sendAny({ by: "Att", ops: [attest(ledger, 1, most)], time, at: addNanos(time, Nanos.of(1n)) }),
    ),
  ).toBe("ok");
  expect(codeOf(ledger.send("Att", { ...attest(ledger, 1), currency: "USD" }))).toBe("NOT_FOUND");
});

test("L-22 an attestor that has become the issuer's affiliate, or has lost its role, attests no more", () => {
  const ledger = new Ledger();
  const id = ledger.id("Att");
  const attestor = must(ledger.view.get(participants, id), "Att");
  ledger.plant(participants, id, { ...attestor, affiliates: [ledger.id("Iss")] });
  expect(codeOf(ledger.send("Att", attest(ledger, 1)))).toBe("NOT_INDEPENDENT");
  ledger.plant(participants, id, { ...attestor, roles: [] });
  expect(codeOf(ledger.send("Att", attest(ledger, 1)))).toBe("ROLE_MISSING");
  ledger.plant(participants, id, {
    ...attestor,
    roles: [{ role: "attestor", by: undefined, until: ledger.now }],
  });
  expect(codeOf(ledger.send("Att", attest(ledger, 1)))).toBe("ROLE_MISSING");
  ledger.plant(participants, id, { ...attestor, status: "UNVERIFIED" });
  expect(codeOf(ledger.send("Att", attest(ledger, 1)))).toBe("NOT_VERIFIED");
});

test("L-22 only the issuer mints and burns, and burns only what it has", () => {
  const ledger = fundedLedger({ Iss: 50 });
  expect(codeOf(ledger.send("Cy", mint(ledger, 1)))).toBe("NOT_YOURS");
  expect(codeOf(ledger.send("Iss", mint(ledger, 0)))).toBe("AMOUNT_ZERO");
  expect(codeOf(ledger.send("Cy", { kind: "currency.burn", ...EUR, amount: amount(1) }))).toBe("NOT_YOURS");
  expect(codeOf(ledger.send("Iss", { kind: "currency.burn", ...EUR, amount: amount(51) }))).toBe(
    "INSUFFICIENT_FUNDS",
  );
  expect(codeOf(ledger.send("Iss", { kind: "currency.burn", ...EUR, amount: amount(20) }))).toBe("ok");
  expect([supplyOf(ledger), free(ledger, "Iss")]).toEqual([30, 30]);
  expectMoneyConserved(ledger);
});

function redeem(ledger: Ledger, value: number) {
  expect(
    codeOf(
      ledger.send("Cy", { kind: "pay.redeem", ...EUR, amount: amount(value), payout: digestOf("account") }),
    ),
  ).toBe("ok");
  return must([...readAll(ledger.store, holds)][0], "a hold")[0];
}

test("L-22 a redemption that the issuer honours burns the money", () => {
  const ledger = fundedLedger({ Cy: 100 });
  const hold = redeem(ledger, 60);
  expect([free(ledger, "Cy"), held(ledger, "Cy")]).toEqual([40, 60]);
  expect(codeOf(ledger.send("Mia", { kind: "currency.honour", hold }))).toBe("NOT_YOURS");
  expect(codeOf(ledger.send("Cy", { kind: "pay.void", hold }))).toBe("HOLD_OWNED");
  expect(codeOf(ledger.send("Cy", { kind: "pay.post", hold, amount: amount(1) }))).toBe("HOLD_OWNED");
  const receipt = ledger.send("Iss", { kind: "currency.honour", hold });
  expect([codeOf(receipt), eventsOf(receipt)]).toEqual(["ok", ["currency.honoured"]]);
  expect([supplyOf(ledger), free(ledger, "Cy"), held(ledger, "Cy")]).toEqual([40, 40, 0]);
  expect(ledger.wait(10n * DAY).receipts).toEqual([]);
  expect(must(ledger.view.get(participants, ledger.id("Cy")), "Cy").openObjects).toBe(0);
  expectMoneyConserved(ledger);
});

test("L-22 a redemption that nobody honours comes back after its term, and the default is on record", () => {
  const ledger = fundedLedger({ Cy: 100 });
  const hold = redeem(ledger, 60);
  const until = must(ledger.view.get(holds, hold)?.until, "until");
  const { receipts } = ledger.block([], until);
  expect(receipts.map((it) => it.kind)).toEqual(["timer"]);
  expect(receipts.flatMap(eventsOf)).toEqual(["currency.issuerDefaulted"]);
  expect([supplyOf(ledger), free(ledger, "Cy"), held(ledger, "Cy")]).toEqual([100, 100, 0]);
  expect(codeOf(ledger.send("Iss", { kind: "currency.honour", hold }))).toBe("NOT_FOUND");
  expectMoneyConserved(ledger);
});

test("L-22 the issuer may honour up to the nanosecond at which it is due", () => {
  const ledger = fundedLedger({ Cy: 100 });
  const hold = redeem(ledger, 60);
  const until = must(ledger.view.get(holds, hold)?.until, "until");
  expect(codeOf(ledger.sendAny({ by: "Iss", ops: [{ kind: "currency.honour", hold }], time: until }))).toBe(
    "ok",
  );
});

test("L-22 a paused currency has no minting and no debits of free money; holds and honouring run on", () => {
  const ledger = fundedLedger({ Cy: 100 });
  const hold = redeem(ledger, 10);
  ledger.plant(currencies, "EUR", { ...must(ledger.view.get(currencies, "EUR"), "EUR"), paused: true });
  const transfer = { kind: "pay.transfer", to: ledger.id("Mia"), ...EUR, amount: amount(1) } as const;
  expect(codeOf(ledger.send("Cy", transfer))).toBe("CURRENCY_PAUSED");
  expect(codeOf(ledger.send("Iss", mint(ledger, 1)))).toBe("CURRENCY_PAUSED");
  expect(codeOf(ledger.send("Iss", { kind: "currency.honour", hold }))).toBe("ok");
});
