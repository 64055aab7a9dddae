import {
  Amount,
  addNanos,
  assert,
  bytesToKey,
  Epoch,
  encode,
  Height,
  type Id,
  must,
  Nanos,
  type Prng,
  SECOND,
  SIGNATURE_BYTES,
  toDigest,
  toId,
  toTxid,
  ZERO_DIGEST,
} from "@touchmark/core";
import { nativeHasher, nativeIsRegistrableKey, nativeVerifier } from "@touchmark/core/native";
import {
  balances,
  type Commitment,
  currencies,
  Engine,
  type Keyspace,
  keys,
  MemoryStore,
  newParticipant,
  participants,
  registry,
  storeKey,
  type Transaction,
  validatorSet,
  validators,
  type Write,
} from "@touchmark/state";
import type { Bench, Context, Measured } from "../figure.ts";
import { measureTogether, median } from "../harness.ts";
import { Laps, type Tally } from "../laps.ts";

/**
 * What execution costs for each one-op transfer, all of it but decoding, signatures and the tree: checks of replay and
 * window, who acts, quota, the operation, its event, receipt and receipts' root, the block's list, and the encoded
 * writes. Accounts are in memory, as on a node that has run for a while; each sender sends once a block.
 *
 * The floor is five reads and two writes of Maps with text keys, which any ledger in this language pays.
 */
const CHAIN_ID = "bench-0011223344556677";
const GENESIS = 1_790_000_000_000_000_000n;
/** So far apart that marks of old blocks go, as they do on a chain. */
const BLOCK_GAP = 30n * SECOND;
const FUNDS = 1_000_000_000;

const [FULL_BLOCK, TINY_BLOCK] = [10_000, 100];
const [FULL_ACCOUNTS, TINY_ACCOUNTS] = [100_000, 1_000];
/** Below this many inputs a run only shows that everything runs. */
const FULL_INPUTS = 1_000;

/** The tree has a bench of its own. */
const noTree: Commitment = { root: ZERO_DIGEST, update: () => ZERO_DIGEST };

interface Account {
  readonly id: Id<"acct">;
  readonly key: Uint8Array;
}

function leaf<K, V>(space: Keyspace<K, V>, key: K, value: V): Write {
  return { key: storeKey(space, key), value: encode(space.value, value) };
}

function participantOf(key: Uint8Array) {
  return newParticipant({
    legalDigest: toDigest(key),
    name: undefined,
    country: "DE",
    key,
    status: "VERIFIED",
  });
}

function fill(store: MemoryStore, accounts: readonly Account[]): void {
  for (const { id, key } of accounts) {
    store.write([
      leaf(participants, id, participantOf(key)),
      leaf(keys, key, { kind: "participant", id }),
      leaf(
        balances,
        { account: id, currency: "EUR" },
        { free: Amount.of(FUNDS), held: Amount.of(0), frozen: undefined },
      ),
    ]);
  }
  const first = must(accounts[0], "an account");
  const euro = {
    issuer: first.id,
    decimals: 2,
    supply: Amount.of(FUNDS * accounts.length),
    attested: Amount.of(FUNDS * accounts.length),
    attestedUntil: Nanos.of(GENESIS),
    attestor: first.id,
    paused: false,
  };
  store.write([
    leaf(currencies, "EUR", euro),
    leaf(validatorSet, 0, { epoch: Epoch.of(0), current: [first.key], members: [first.key] }),
    leaf(validators, first.key, {
      participant: first.id,
      status: "ACTIVE",
      since: Nanos.of(GENESIS),
      runsSince: undefined,
      replaces: undefined,
      suspendedAt: undefined,
    }),
  ]);
}

interface Block {
  readonly transactions: readonly Transaction[];
  readonly time: Nanos;
}

function drawBlock(prng: Prng, accounts: readonly Account[], count: number, height: number): Block {
  const time = Nanos.of(GENESIS + BigInt(height) * BLOCK_GAP);
  const offset = (height * count) % accounts.length;
  const transactions = Array.from({ length: count }, (_, i): Transaction => {
    const { key } = must(accounts[(offset + i) % accounts.length], "a sender");
    const to = must(
      accounts[(offset + i + 1 + prng.below(accounts.length - 1)) % accounts.length],
      "a payee",
    ).id;
    const at = addNanos(time, Nanos.of(BigInt(i)));
    const validUntil = addNanos(at, Nanos.of(60n * SECOND));
    const ops = [{ kind: "pay.transfer", to, currency: "EUR", amount: Amount.of(1 + prng.below(100)) }];
    const txid = toTxid(prng.bytes(32));
    const signature = new Uint8Array(SIGNATURE_BYTES);
    return {
      chainId: CHAIN_ID,
      sender: key,
      for: undefined,
      at,
      validUntil,
      ops,
      signature,
      txid,
      bytes: 200,
    };
  });
  return { transactions, time };
}

function executeLap(prng: Prng, accounts: readonly Account[], count: number): (tally: Tally) => void {
  const store = new MemoryStore();
  fill(store, accounts);
  const engine = new Engine({
    registry,
    chain: {
      chainId: CHAIN_ID,
      hasher: nativeHasher,
      verifier: nativeVerifier,
      isRegistrableKey: nativeIsRegistrableKey,
    },
    reader: store,
    commitment: noTree,
    recentList: () => undefined,
    cachedLeaves: 10 * accounts.length,
  });
  const lap = ({ ms, things }: Tally): void => {
    const height = Height.of(engine.height + 1);
    const { transactions, time } = drawBlock(prng, accounts, count, height);
    const input = transactions.map((content, i) => ({
      txid: content.txid,
      time: addNanos(time, Nanos.of(BigInt(i))),
      content,
    }));
    const startedAt = performance.now();
    const applied = engine.applyBlock({
      height,
      epoch: Epoch.of(0),
      blockHash: ZERO_DIGEST,
      timersUntil: time,
      transactions: input,
    });
    ms[0] = (ms[0] ?? 0) + performance.now() - startedAt;
    store.write(applied.writes);
    assert(
      applied.receipts.every((it) => it.refusal === undefined),
      "every transfer of the bench succeeds",
    );
    things[0] = (things[0] ?? 0) + count;
  };
  // Every account has been read once, as on a node that has run for a while.
  const unmeasured = { ms: new Float64Array(1), things: new Float64Array(1) };
  for (let sent = 0; sent < accounts.length; sent += count) lap(unmeasured);
  return lap;
}

function floorLap(accounts: readonly Account[], count: number): (tally: Tally) => void {
  const owners = new Map(accounts.map((it) => [bytesToKey(it.key), bytesToKey(it.id)]));
  const money = new Map(accounts.map((it) => [bytesToKey(it.id), FUNDS]));
  const names = accounts.map((it) => bytesToKey(it.key));
  let start = 0;
  return ({ ms, things }) => {
    const startedAt = performance.now();
    for (let i = 0; i < count; i++) {
      const from = owners.get(must(names[(start + i) % names.length], "a name")) ?? "";
      const to = owners.get(must(names[(start + 7 * i + 1) % names.length], "a name")) ?? "";
      if (owners.has(from)) continue;
      money.set(from, (money.get(from) ?? 0) - 1);
      money.set(to, (money.get(to) ?? 0) + 1);
    }
    ms[0] = (ms[0] ?? 0) + performance.now() - startedAt;
    start += count;
    things[0] = (things[0] ?? 0) + count;
  };
}

export const executeBenches: readonly Bench[] = [
  {
    kinds: [
      {
        bench: "micro.execute.transfer",
        unit: "ns",
        floorIs: "five reads and two writes of Maps",
        target: { of: "value", most: 8_000 },
      },
    ],
    run({ prng, plan, inputs }: Context): readonly Measured[] {
      const isTiny = inputs < FULL_INPUTS;
      const count = isTiny ? TINY_BLOCK : FULL_BLOCK;
      const accounts = Array.from({ length: isTiny ? TINY_ACCOUNTS : FULL_ACCOUNTS }, () => ({
        id: toId("acct", prng.bytes(20)),
        key: prng.bytes(32),
      }));
      const ours = new Laps(1, executeLap(prng, accounts, count));
      const floor = new Laps(1, floorLap(accounts, count), plan.runMs / 2);
      measureTogether([ours, floor], plan);
      return [{ value: median(must(ours.runs[0], "runs")), floor: median(must(floor.runs[0], "runs")) }];
    },
  },
];
