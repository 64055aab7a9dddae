import { readFileSync } from "node:fs";
import {
  bytesToHex,
  decode,
  encode,
  hexToBytes,
  must,
  portableHasher,
  type Schema,
  toTxid,
} from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { REFUSAL_CODES } from "../../src/codes.ts";
import { chainIdOf, genesisDigest } from "../../src/genesis.ts";
import { registry } from "../../src/machines/all.ts";
import { type Receipt, receiptSchema, receiptsRoot } from "../../src/receipt.ts";
import { recentList } from "../../src/recent.ts";
import type { Named } from "../../src/registry.ts";
import { decodeTransaction, envelopeSchema, signTransaction } from "../../src/transaction.ts";
import { genesisBodyOf } from "../support/genesis.ts";
import { keyOf, signerOf } from "../support/parties.ts";
import { SAMPLES } from "./samples/all.ts";
import { SAMPLE_AMOUNT, SAMPLE_TIME, sampleDigest, sampleId } from "./samples/sample.ts";

type Table = Readonly<Record<string, string>>;
const GOLDEN = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8")) as {
  readonly operations: Table;
  readonly timers: Table;
  readonly events: Table;
  readonly formats: Table;
};

function hexOf<T>(schema: Schema<T>, value: T): string {
  return bytesToHex(encode(schema, value));
}

/** Compared as whole tables, so that what is missing is printed as it would stand there. */
function expectTable(samples: readonly Named[], schema: Schema<Named>, pinned: Table): void {
  expect(Object.fromEntries(samples.map((it) => [it.kind, hexOf(schema, it)]))).toEqual(pinned);
  for (const sample of samples) {
    const bytes = must(hexToBytes(must(pinned[sample.kind], "pinned bytes")), "hex");
    expect(decode(schema, bytes)).toEqual(sample);
  }
}

describe("golden bytes", () => {
  test("L-2 of every operation", () => {
    const samples = SAMPLES.flatMap((it) => it.operations);
    expect(samples.map((it) => it.kind).sort()).toEqual(registry.operations.map((it) => it.name).sort());
    expectTable(samples, registry.operationSchema, GOLDEN.operations);
  });

  test("L-10 of every timer", () => {
    const samples = SAMPLES.flatMap((it) => it.timers);
    expect(samples.map((it) => it.kind).sort()).toEqual(registry.timers.map((it) => it.name).sort());
    expectTable(samples, registry.timerSchema, GOLDEN.timers);
  });

  test("L-15 of every event", () => {
    const samples = SAMPLES.flatMap((it) => it.events);
    expect(samples.map((it) => it.kind).sort()).toEqual(registry.events.map((it) => it.name).sort());
    expectTable(samples, registry.eventSchema, GOLDEN.events);
  });

  const transfer = {
    kind: "pay.transfer",
    to: sampleId("acct", 2),
    currency: "EUR",
    amount: SAMPLE_AMOUNT,
  };
  const unsigned = {
    chainId: "golden-0123456789abcdef",
    for: undefined,
    at: SAMPLE_TIME,
    validUntil: SAMPLE_TIME,
    ops: [transfer],
  };
  const txid = toTxid(sampleDigest(3));
  const refusal: Receipt = {
    kind: "transaction",
    txid,
    time: SAMPLE_TIME,
    refusal: {
      code: "INSUFFICIENT_FUNDS",
      opIndex: 1,
      data: [
        { name: "free", value: { kind: "number", value: 5 } },
        { name: "what", value: { kind: "text", value: "holds" } },
      ],
    },
    events: [],
  };
  const succeeded: Receipt = {
    kind: "transaction",
    txid,
    time: SAMPLE_TIME,
    refusal: undefined,
    events: [{ ...transfer, kind: "pay.transferred", from: sampleId("acct", 1) }],
  };
  const ran: Receipt = {
    kind: "timer",
    id: sampleDigest(4),
    due: SAMPLE_TIME,
    timer: { kind: "pay.holdExpires", hold: sampleId("hold", 7) },
    refusal: undefined,
    events: [],
  };

  test("L-2, L-13, L-15, L-20 of the formats around them", () => {
    const receipts = receiptSchema(registry);
    const chain = { chainId: "golden-0123456789abcdef", hasher: portableHasher };
    const entry = {
      txid,
      sender: keyOf("Ada"),
      at: SAMPLE_TIME,
      validUntil: SAMPLE_TIME,
      charged: sampleId("acct", 1),
      ops: 1,
      time: SAMPLE_TIME,
    };
    const body = genesisBodyOf();
    const digest = genesisDigest(chain, body);
    const encoded = [succeeded, refusal, ran].map((it) => encode(receipts, it));
    const sent = signTransaction(envelopeSchema(registry), portableHasher, signerOf("Ada"), unsigned);
    expect({
      transaction: bytesToHex(sent),
      succeeded: hexOf(receipts, succeeded),
      refused: hexOf(receipts, refusal),
      timer: hexOf(receipts, ran),
      "root of three receipts": bytesToHex(receiptsRoot(chain, encoded)),
      "root of no receipts": bytesToHex(receiptsRoot(chain, [])),
      recent: hexOf(recentList, [entry]),
      "genesis digest": bytesToHex(digest),
      "chain id": chainIdOf(body.name, digest),
    }).toEqual(GOLDEN.formats);
    expect(decodeTransaction(envelopeSchema(registry), portableHasher, sent)).toMatchObject(unsigned);
  });

  test("L-6 no two codes have one number", () => {
    const numbers = Object.values(REFUSAL_CODES);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
