import { addNanos, Nanos, Prng, SECOND } from "@touchmark/core";
import { expect, test } from "vitest";
import { currencies, holds } from "../../src/machines/payments/records.ts";
import { readAll } from "../../src/reader.ts";
import type { Named } from "../../src/registry.ts";
import type { Ledger, Sent } from "../support/ledger.ts";
import { amount, expectMoneyConserved, free, fundedLedger, held } from "../support/money.ts";
import { digestOf } from "../support/parties.ts";

/** A plain account of who has what, from the events alone: bigints by name, and nothing of the machine's code. */
class Book {
  readonly free = new Map<string, bigint>();
  readonly held = new Map<string, bigint>();
  supply = 0n;

  note(event: Named): void {
    const sum = BigInt(Number(event["amount"] ?? 0));
    switch (event.kind) {
      case "currency.minted":
        this.move(this.free, event["to"], sum);
        this.supply += sum;
        break;
      case "currency.honoured":
        this.move(this.held, event["holder"], -sum);
        this.supply -= sum;
        break;
      case "pay.transferred":
        this.move(this.free, event["from"], -sum);
        this.move(this.free, event["to"], sum);
        break;
      case "pay.held":
      case "pay.redeeming": {
        const payer = event["payer"] ?? event["holder"];
        this.payers.set(nameOf(event["hold"]), payer);
        this.move(this.free, payer, -sum);
        this.move(this.held, payer, sum);
        break;
      }
      case "pay.posted":
        this.move(this.held, this.payers.get(nameOf(event["hold"])), -sum);
        this.move(this.free, event["payee"], sum);
        break;
      case "pay.released":
      case "currency.issuerDefaulted": {
        const payer = event["payer"] ?? event["holder"];
        this.move(this.held, payer, -sum);
        this.move(this.free, payer, sum);
        break;
      }
      default:
    }
  }

  private readonly payers = new Map<string, unknown>();

  private move(book: Map<string, bigint>, whom: unknown, sum: bigint): void {
    const name = nameOf(whom);
    book.set(name, (book.get(name) ?? 0n) + sum);
  }
}

function nameOf(id: unknown): string {
  if (!(id instanceof Uint8Array)) throw new Error("an id");
  return Buffer.from(id).toString("hex");
}

const PEOPLE = ["Cy", "Mia", "Max", "Moe", "Ivo", "Iss"] as const;

function drawOp(prng: Prng, ledger: Ledger): Named {
  const money = { currency: "EUR", amount: amount(prng.chance(0.1) ? 0 : prng.below(400)) };
  const open = [...readAll(ledger.store, holds)].map(([id]) => id);
  const hold = open.length > 0 ? prng.pick(open) : new Uint8Array(20);
  const until = addNanos(ledger.now, Nanos.of(BigInt(prng.between(0, 20)) * SECOND));
  const account = ledger.id(prng.pick(PEOPLE));
  return prng.pick<() => Named>([
    () => ({ kind: "pay.transfer", to: account, ...money }),
    () => ({ kind: "pay.hold", ...money, releaser: ledger.id(prng.pick(PEOPLE)), payee: account, until }),
    () => ({ kind: "pay.post", hold, amount: money.amount }),
    () => ({ kind: "pay.void", hold }),
    () => ({ kind: "pay.redeem", ...money, payout: digestOf("account") }),
    () => ({ kind: "currency.honour", hold }),
    () => ({ kind: "currency.mint", ...money, to: account }),
    () =>
      prng.chance(0.2)
        ? { kind: "pay.freeze", currency: "EUR", account, order: digestOf("order") }
        : { kind: "pay.unfreeze", currency: "EUR", account },
  ])();
}

test.each([1, 2, 3])(
  "L-22 money is conserved and equal to a plain account of the events, walk %i",
  (seed) => {
    const prng = new Prng(seed);
    const ledger = fundedLedger({ Cy: 2_000, Mia: 500, Iss: 300 });
    for (let i = 0; i < 250; i++) {
      const time = addNanos(ledger.now, Nanos.of(BigInt(prng.between(1, 3_000)) * 1_000_000n));
      const sent = (offset: bigint): Sent => ({
        by: prng.pick(PEOPLE),
        ops: Array.from({ length: prng.between(1, 3) }, () => drawOp(prng, ledger)),
        time: addNanos(time, Nanos.of(offset)),
      });
      ledger.block([sent(0n), sent(1n)], addNanos(time, Nanos.of(prng.chance(0.5) ? SECOND : 1n)));
      expectMoneyConserved(ledger);
    }
    const book = new Book();
    for (const { receipts } of ledger.blocks)
      for (const { events } of receipts) for (const it of events) book.note(it);
    for (const name of PEOPLE) {
      const id = nameOf(ledger.id(name));
      expect(BigInt(free(ledger, name))).toBe(book.free.get(id) ?? 0n);
      expect(BigInt(held(ledger, name))).toBe(book.held.get(id) ?? 0n);
    }
    expect(BigInt(ledger.view.get(currencies, "EUR")?.supply ?? -1)).toBe(book.supply);
    const ran = ledger.blocks.flatMap((it) => it.receipts);
    expect(ran.filter((it) => it.kind === "timer" && it.refusal !== undefined)).toEqual([]);
    expect(ran.filter((it) => it.kind === "timer").length).toBeGreaterThan(5);
    expect(ran.filter((it) => it.refusal === undefined).length).toBeGreaterThan(50);
  },
);
