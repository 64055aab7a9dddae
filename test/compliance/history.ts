import {
  Amount,
  addNanos,
  bytesToHex,
  DAY,
  Epoch,
  encode,
  Height,
  type Id,
  isRegistrableKey,
  isRejection,
  must,
  Nanos,
  type Prng,
  portableHasher,
  portableSigner,
  portableVerifier,
  SECOND,
  SIGNATURE_BYTES,
  secretKeyFromSeed,
  toId,
  toTxid,
  utf8ToBytes,
} from "@touchmark/core";
import {
  type AppliedBlock,
  type BlockInput,
  type Chain,
  Engine,
  type GenesisBody,
  genesisEntryDigest,
  genesisSchema,
  initialStateOf,
  KEYSPACE_NUMBERS,
  keys,
  MemoryStore,
  type Op,
  possessionDigest,
  registry,
  type Store,
  TreeCommitment,
  viewOf,
} from "@touchmark/state";

/** Random histories of a small ledger, and ledgers on any store to run them on. */

const START = Nanos.of(1_790_000_000_000_000_000n);
const PORTS = { hasher: portableHasher, verifier: portableVerifier, isRegistrableKey };
const NAMES = ["Reg", "Iss", "Att", "Arb", "Ada", "Ben", "Cy", "Mia", "Otto"] as const;
const ROLES = { Reg: ["registrar"], Iss: ["issuer"], Att: ["attestor"], Arb: ["arbiter"] } as const;

function digestOf(name: string) {
  return portableHasher.sha256(utf8ToBytes(name));
}

const signers = new Map<string, ReturnType<typeof portableSigner>>();

function signerOf(name: string) {
  const known = signers.get(name) ?? portableSigner(secretKeyFromSeed("ed25519", digestOf(`key of ${name}`)));
  signers.set(name, known);
  return known;
}

function rolesOf(name: (typeof NAMES)[number]) {
  return name === "Reg" || name === "Iss" || name === "Att" || name === "Arb" ? [...ROLES[name]] : [];
}

function makeStart() {
  const keyOf = (name: string) => signerOf(name).publicKey;
  const body: GenesisBody = {
    name: "story",
    time: START,
    participants: NAMES.map((name) => ({
      key: keyOf(name),
      coldKey: undefined,
      legalDigest: digestOf(`register entry of ${name}`),
      name,
      country: "DE",
      roles: rolesOf(name),
    })),
    validators: ["Reg"].map((name) => ({ key: keyOf(`validator of ${name}`), participant: keyOf(name) })),
    currencies: [{ code: "EUR", decimals: 2, issuer: keyOf("Iss"), attestor: keyOf("Att") }],
    fund: keyOf("Reg"),
    arbiters: [keyOf("Arb")],
    parameters: [],
  };
  const proofs = [
    ...body.participants.map((value, i) =>
      signerOf(must(NAMES[i], "a name")).sign(
        genesisEntryDigest(PORTS, body.name, { kind: "participant", value }),
      ),
    ),
    ...body.validators.map((value) =>
      signerOf("validator of Reg").sign(genesisEntryDigest(PORTS, body.name, { kind: "validator", value })),
    ),
  ];
  const start = initialStateOf(PORTS, encode(genesisSchema, { body, proofs }));
  if (isRejection(start)) throw new Error(`genesis: ${start.code}`);
  return start;
}

const start = makeStart();
const CHAIN: Chain = { ...PORTS, chainId: start.chainId };

/** The tree, made anew from all that is stored: it is right only if the store is. */
export function commitmentOf(store: Store): TreeCommitment {
  const commitment = new TreeCommitment(portableHasher);
  commitment.update(Object.values(KEYSPACE_NUMBERS).flatMap((number) => [...store.entries(number)]));
  return commitment;
}

/** An engine on a store, with what the shell keeps. */
export class Ledger {
  readonly lists: Map<number, Uint8Array>;
  readonly store: Store;
  readonly commitment: TreeCommitment;
  readonly engine: Engine;

  private constructor(store: Store, cachedLeaves: number, lists: Map<number, Uint8Array>) {
    this.store = store;
    this.lists = lists;
    this.commitment = commitmentOf(store);
    this.engine = new Engine({
      registry,
      chain: CHAIN,
      reader: store,
      commitment: this.commitment,
      recentList: (height) => lists.get(height),
      cachedLeaves,
    });
  }

  static begin(store: Store, cachedLeaves: number): Ledger {
    store.write(start.writes);
    return new Ledger(store, cachedLeaves, new Map());
  }

  /** The same ledger, on the same store that may have been opened again, as after a restart. */
  restart(store: Store, cachedLeaves: number): Ledger {
    return new Ledger(store, cachedLeaves, new Map(this.lists));
  }

  get root(): string {
    return bytesToHex(this.commitment.root);
  }

  apply(block: BlockInput): AppliedBlock {
    const applied = this.engine.applyBlock(block);
    this.store.write(applied.writes);
    if (applied.recentList !== undefined) this.lists.set(applied.height, applied.recentList);
    for (const over of applied.recentOver) this.lists.delete(over);
    return applied;
  }
}

/** What is drawn from: ids that the history has made. */
interface Made {
  readonly accounts: readonly Id<"acct">[];
  readonly holds: Uint8Array[];
  readonly sessions: Uint8Array[];
}

function drawOp(prng: Prng, made: Made, by: number, now: Nanos, tag: string): Op {
  const money = { currency: "EUR", amount: Amount.of(prng.below(300)) };
  const to = prng.pick(made.accounts);
  const owner = must(made.accounts[by], "an account");
  const until = addNanos(now, Nanos.of(BigInt(prng.between(1, 30)) * SECOND));
  const proven = (kind: "session" | "machine") => ({
    key: signerOf(tag).publicKey,
    proof: signerOf(tag).sign(possessionDigest(CHAIN, kind, signerOf(tag).publicKey, owner)),
  });
  const draws: readonly (() => Op)[] = [
    () => ({ kind: "pay.transfer", to, ...money }),
    () => ({ kind: "pay.transfer", to, ...money }),
    () => ({ kind: "pay.hold", ...money, releaser: owner, payee: to, until }),
    () => ({ kind: "pay.post", hold: toId("hold", prng.pick(made.holds.slice(-4))), amount: money.amount }),
    () => ({ kind: "pay.void", hold: toId("hold", prng.pick(made.holds.slice(-4))) }),
    () => ({
      kind: "session.grant",
      ...proven("session"),
      ops: [520],
      objects: undefined,
      limits: [{ currency: "EUR", left: Amount.of(100) }],
      until,
    }),
    () => ({ kind: "session.revoke", session: toId("sess", prng.pick(made.sessions.slice(-4))) }),
  ];
  // A key costs two signatures, so most draws make none.
  return prng.pick(prng.chance(0.2) ? draws : draws.slice(0, 5))();
}

function noteMade(made: Made, { receipts }: AppliedBlock): void {
  for (const event of receipts.flatMap((it) => it.events)) {
    const { hold, session } = { hold: undefined, session: undefined, ...event };
    if (event.kind === "pay.held" && hold !== undefined) made.holds.push(Uint8Array.from(hold));
    if (event.kind === "session.granted" && session !== undefined)
      made.sessions.push(Uint8Array.from(session));
  }
}

export interface History {
  readonly blocks: readonly BlockInput[];
  /** The root after each of them, from memory. */
  readonly roots: readonly string[];
  /** What became of all its transactions and timers: "ok" or the code. */
  readonly outcomes: readonly string[];
}

function contentOf(name: string, ops: readonly Op[], time: Nanos, tag: string) {
  const validUntil = addNanos(time, Nanos.of(60n * SECOND));
  const txid = toTxid(digestOf(tag));
  const sender = signerOf(name).publicKey;
  const signature = new Uint8Array(SIGNATURE_BYTES);
  const { chainId } = CHAIN;
  return { txid, chainId, sender, for: undefined, at: time, validUntil, ops, signature, bytes: 300 };
}

/** The history of a seed: it is made while it runs in memory, since what is drawn depends on what was made. */
export function makeHistory(prng: Prng, length: number): History {
  const ledger = Ledger.begin(new MemoryStore(), 1_000_000);
  const view = viewOf(ledger.store);
  const accounts = NAMES.map((name) => {
    const record = view.get(keys, signerOf(name).publicKey);
    if (record?.kind !== "participant") throw new Error(`${name} is no participant`);
    return record.id;
  });
  const made: Made = { accounts, holds: [new Uint8Array(20)], sessions: [new Uint8Array(20)] };
  const digest = digestOf("report");
  const until = Nanos.of(START + 30n * DAY);
  const reserves = {
    kind: "currency.attest",
    currency: "EUR",
    amount: Amount.of(1_000_000),
    until,
    digest,
  } as const;
  const mints = accounts.map(
    (to) => ({ kind: "currency.mint", currency: "EUR", to, amount: Amount.of(5_000) }) as const,
  );
  const blocks: BlockInput[] = [];
  const roots: string[] = [];
  const outcomes: string[] = [];
  let now = START;
  for (let i = 1; i <= length; i++) {
    now = addNanos(now, Nanos.of(BigInt(prng.between(1, 2_000)) * 1_000_000n));
    const drawn = Array.from({ length: prng.below(4) }, (_, k) => {
      const by = prng.below(NAMES.length);
      const ops = Array.from({ length: prng.between(1, 3) }, (__, n) =>
        drawOp(prng, made, by, now, `${i}/${k}/${n}`),
      );
      return contentOf(must(NAMES[by], "a name"), ops, now, `transaction ${i}/${k}`);
    });
    const first = [contentOf("Att", [reserves], now, "reserves"), contentOf("Iss", mints, now, "mints")];
    const transactions = (i === 1 ? first : drawn).map((content) => ({
      txid: content.txid,
      time: now,
      content,
    }));
    const at = {
      height: Height.of(i),
      epoch: Epoch.of(Math.floor(i / 100)),
      blockHash: digestOf(`block ${i}`),
    };
    const block = { ...at, timersUntil: now, transactions };
    const applied = ledger.apply(block);
    noteMade(made, applied);
    blocks.push(block);
    roots.push(bytesToHex(applied.stateRoot));
    outcomes.push(...applied.receipts.map((it) => `${it.kind} ${it.refusal?.code ?? "ok"}`));
  }
  return { blocks, roots, outcomes };
}
