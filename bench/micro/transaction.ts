import * as core from "@touchmark/core";

/**
 * A transaction with the fields, bounds and lengths of a real one. The bench has a schema of its own, so
 * that its figures stay comparable while the product's schema changes.
 */
export const OPS_MAX = 64;

const op = core.variant({
  transfer: [
    70,
    {
      to: core.idSchema("acct"),
      currency: core.binary(core.ID_BYTES),
      amount: core.Amount.schema,
      memo: core.optional(core.text(0, 64)),
    },
  ],
  // Never drawn: a decoder that knew one kind only would have an easier life than the real one.
  mint: [71, { currency: core.binary(core.ID_BYTES), amount: core.Amount.schema }],
});

export const transactionSchema = core.tuple({
  chainId: core.text(1, 64),
  sender: core.binary(32),
  participant: core.optional(core.idSchema("acct")),
  at: core.Nanos.schema,
  validUntil: core.Nanos.schema,
  ops: core.list(op, 1, OPS_MAX),
  signature: core.binary(core.SIGNATURE_BYTES),
});

export type Transaction = core.ValueOf<typeof transactionSchema>;
type Op = core.ValueOf<typeof op>;

const CHAIN_ID = "consortium-0a1b2c3d4e5f6071";
const GENESIS = 1_790_000_000_000_000_000n;
const YEAR_NS = 31_536_000_000_000_000n;
const MEMO_SHARE = 0.25;
const MEMOS = ["order 4711", "Rechnung 2026-11-20", "Prägung, 3. Los", "鋼材", "thank you", "x".repeat(40)];

/** Mostly everyday amounts, and some that take the longest form. */
function drawAmount(prng: core.Prng): core.Amount {
  return core.Amount.of(Math.floor(10 ** (prng.fraction() * 15)));
}

function drawTransfer(prng: core.Prng): Op {
  return {
    kind: "transfer",
    to: core.toId("acct", prng.bytes(core.ID_BYTES)),
    currency: prng.bytes(core.ID_BYTES),
    amount: drawAmount(prng),
    memo: prng.chance(MEMO_SHARE) ? prng.pick(MEMOS) : undefined,
  };
}

export function drawTransaction(prng: core.Prng, ops: number): Transaction {
  const at = GENESIS + (prng.u64() % YEAR_NS);
  return {
    chainId: CHAIN_ID,
    sender: prng.bytes(32),
    participant: prng.chance(0.5) ? core.toId("acct", prng.bytes(core.ID_BYTES)) : undefined,
    at: core.Nanos.of(at),
    validUntil: core.addNanos(core.Nanos.of(at), core.MINUTE),
    ops: Array.from({ length: ops }, () => drawTransfer(prng)),
    signature: prng.bytes(core.SIGNATURE_BYTES),
  };
}
