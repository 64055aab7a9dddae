import {
  bytesToKey,
  compareBytes,
  type Digest,
  Epoch,
  Height,
  MILLISECOND,
  MINUTE,
  must,
  Nanos,
  Prng,
  toDigest,
  toTxid,
} from "@touchmark/core";
import { Committee, type ValidatorKey } from "../../committee.ts";
import type { Genesis, ReplicaConfig } from "../../config.ts";
import type { Input, TransactionFacts } from "../../input.ts";
import type { Cut, LaneBatch, Message } from "../../messages.ts";
import { defaultParams, type Params } from "../../params.ts";
import { Replica } from "../../replica.ts";
import { RULES } from "../../rules.ts";
import type { Chain, DigestSigner } from "../../signing.ts";
import { MessageVerifier, ownMessage } from "../../verify.ts";
import { type Flaw, type ShellFlaws, SOUND_SHELL } from "../broken.ts";
import { simHasher } from "../sim-hasher.ts";
import { SimSignatures } from "../sim-signatures.ts";
import { RUN_EPOCH } from "../true-time.ts";
import { Body } from "./body.ts";

/** Clusters of four: the smallest that bear a fault, and every replica more multiplies the space. */
export const CLUSTER = 4;
const ROOT_BYTES = 32;
const TRANSACTIONS = 2;
/** So late that no heartbeat and no second batch goes out: what lanes hold is given up front. */
const NEVER = 60n;

/** A set whose certificates are accepted with another number of signers: a negative control. */
class CommitteeWithQuorum extends Committee {
  override readonly quorum: number;

  constructor(keys: readonly ValidatorKey[], quorum: number) {
    super(Epoch.of(0), keys);
    this.quorum = quorum;
  }
}

/**
 * What is the same in every schedule of one case: keys, limits, content and batches.
 *
 * Replicas 1 to 3 sight two transactions and show their batches to all. The leader holds those before it holds the
 * content, so that its cut covers them at once and little of its own lane: a later leader, which holds all of that
 * lane too, proposes another cut unless it is bound. So a change of views that forgets is seen.
 */
export class Setting {
  readonly chain: Chain = { chainId: "exploration", hasher: simHasher };
  readonly params: Params;
  readonly genesis: Genesis;
  readonly keys: readonly ValidatorKey[];
  readonly committee: Committee;
  readonly verifier: MessageVerifier;
  readonly shell: ShellFlaws;
  /** What each replica is given before the first phase, in order. */
  readonly openings: readonly (readonly Input[])[];
  /** Every batch there is, by lane. */
  readonly batches: readonly (readonly LaneBatch[])[];
  readonly heights: number;
  /** When the first phase begins. */
  readonly begin: Nanos;
  private readonly flaw: Flaw | undefined;
  private readonly signatures = new SimSignatures();

  constructor(heights: number, flaw: Flaw | undefined) {
    const prng = new Prng(1);
    const keys = Array.from({ length: CLUSTER }, () => this.signatures.createKey(prng));
    this.keys = keys.sort(compareBytes);
    this.flaw = flaw;
    this.shell = { ...SOUND_SHELL, ...flaw?.shell };
    const digest = toDigest(prng.bytes(ROOT_BYTES));
    const stateRoot = toDigest(prng.bytes(ROOT_BYTES));
    this.genesis = { digest, time: RUN_EPOCH, stateRoot, validators: this.keys };
    this.params = {
      ...defaultParams(CLUSTER),
      window: 2,
      batchInterval: Nanos.of(NEVER * MINUTE),
      proposalInterval: Nanos.of(0n),
      // Each sighting is a batch of its own, so that lanes have tips to choose from.
      batchSightingsMax: 1,
      // Two transactions are one height or two.
      blockTransactionsMax: heights === 1 ? TRANSACTIONS : 1,
    };
    const sound = new Committee(Epoch.of(0), this.keys);
    this.committee = new CommitteeWithQuorum(this.keys, this.shell.quorum(sound));
    this.verifier = new MessageVerifier(this.chain, () => this.committee, this.signatures);
    this.heights = heights;
    const content = this.content(prng);
    const start: Input = {
      now: this.at(0n),
      kind: "start",
      recovered: { records: [], observeOnly: false, stateHeight: Height.of(0) },
    };
    const followers = this.keys.map((_, index) => {
      return index === 0 ? [] : batchesOf(this, index, [start, ...content(1n)]);
    });
    const leading = [start, ...this.heard(followers.flat(), 2n), ...content(3n)];
    this.batches = [batchesOf(this, 0, leading), ...followers.slice(1)];
    this.openings = this.keys.map((_, index) => {
      if (index === 0) return leading;
      const others = this.batches.filter((_batches, lane) => lane !== index);
      return [start, ...content(1n), ...this.heard(others.flat(), 4n)];
    });
    this.begin = this.at(10n);
  }

  key(index: number): ValidatorKey {
    return must(this.keys[index], "a key of four");
  }

  signerOf(index: number): DigestSigner {
    return this.signatures.signerOf(this.key(index));
  }

  create(index: number): Replica {
    const { chain, params, genesis } = this;
    const config: ReplicaConfig = { chain, params, genesis, signer: this.signerOf(index) };
    return new Replica(config, this.flaw?.rules ?? RULES);
  }

  /** The cut of height 2 that follows: the same lanes, as far as they reach. */
  above(parent: Cut, digest: Digest): Cut {
    const heads = this.batches.map((lane) => must(lane.at(-1), "a batch").head);
    const horizon = heads.reduce((a, b) => (a < b ? a : b));
    return { height: Height.of(parent.height + 1), parent: digest, horizon, tips: parent.tips };
  }

  private at(milliseconds: bigint): Nanos {
    return Nanos.of(this.genesis.time + milliseconds * MILLISECOND);
  }

  indexOf(key: Uint8Array): number {
    const name = bytesToKey(key);
    return this.keys.findIndex((it) => bytesToKey(it) === name);
  }

  private heard(batches: readonly LaneBatch[], milliseconds: bigint): readonly Input[] {
    return batches.map((batch) => {
      const message: Message = { kind: "batch", batch };
      return { now: this.at(milliseconds), kind: "message", from: batch.lane, message: ownMessage(message) };
    });
  }

  /** Both arrive, then both are judged: the first one last, so that a leader sees both at once. */
  private content(prng: Prng): (milliseconds: bigint) => readonly Input[] {
    const transactions = Array.from({ length: TRANSACTIONS }, (): TransactionFacts => {
      const txid = toTxid(prng.bytes(ROOT_BYTES));
      const validUntil = Nanos.of(this.genesis.time + 4n * MINUTE);
      return { txid, sender: new Uint8Array(0), validUntil, bytes: 100 };
    });
    return (milliseconds) => {
      const now = this.at(milliseconds);
      const arrived = transactions.map(({ bytes }, ref): Input => ({ now, kind: "arrived", ref, bytes }));
      const checked = transactions.map(
        (transaction, ref): Input => ({ now, kind: "checked", ref, transaction }),
      );
      return [...arrived, ...checked.reverse()];
    };
  }
}

function batchesOf(setting: Setting, index: number, inputs: readonly Input[]): readonly LaneBatch[] {
  const body = new Body(setting, index);
  return inputs.flatMap((input) =>
    body
      .take(input)
      .flatMap((it) => (it.kind === "sent" && it.message.kind === "batch" ? [it.message.batch] : [])),
  );
}
