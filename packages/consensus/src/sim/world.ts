import {
  AssertionFailed,
  bytesToKey,
  compareBytes,
  decode,
  type Epoch,
  encode,
  isRejection,
  must,
  Prng,
  type Txid,
  toDigest,
} from "@touchmark/core";
import { Committee, type ValidatorKey } from "../committee.ts";
import type { Genesis } from "../config.ts";
import { type Message, message as messageSchema } from "../messages.ts";
import type { Params } from "../params.ts";
import type { Chain, DigestSigner } from "../signing.ts";
import type { ContentOrigin, ContentSource } from "./content-store.ts";
import { EventLog } from "./event-log.ts";
import { ModelLedger } from "./model-state.ts";
import { type LinkQuality, Network } from "./network.ts";
import { Scheduler } from "./scheduler.ts";
import { simHasher } from "./sim-hasher.ts";
import { SimSignatures } from "./sim-signatures.ts";
import { accusedKey, readyJoiner, type SimTransaction, TransactionPool } from "./transaction-pool.ts";
import { RUN_EPOCH } from "./true-time.ts";
import { Verification } from "./verification.ts";

/** What a machine is to the others. */
export interface Endpoint {
  readonly number: number;
  readonly key: ValidatorKey;
  receive(from: Endpoint, message: Message): void;
  receiveContent(transaction: SimTransaction, origin: ContentOrigin, source?: ContentSource): void;
  /** Somebody asks for content. */
  askedForContent(by: Endpoint, transaction: SimTransaction): void;
}

/** Something that no correct machine does, found by the simulator itself and not by the checker. */
export interface Failure {
  readonly machine: number;
  readonly property: string;
  readonly detail: string;
  /** What was thrown. */
  readonly cause?: unknown;
}

/** E-1: what makes the model's state want another set; keys by their number in the world. */
export interface PlannedSetChange {
  readonly height: number;
  readonly joiner: number | undefined;
  readonly leaver: number | undefined;
  readonly suspends: boolean;
}

export interface WorldSetup {
  readonly seed: number;
  readonly params: Params;
  /** The set of epoch 0: keys 0 to `validators` - 1, ascending. The joiners' keys stand behind them. */
  readonly validators: number;
  readonly joiners: number;
  readonly machines: number;
  readonly links: LinkQuality;
  readonly setChanges: readonly PlannedSetChange[];
  /** Messages go through the codec, so that machines share nothing but bytes: slower, and closer to a node. */
  readonly encodes: boolean;
  /** How many signers a certificate needs; a negative control may ask for fewer. */
  readonly quorum: (committee: Committee) => number;
}

/** A set whose certificates are accepted with another number of signers. */
class CommitteeWithQuorum extends Committee {
  override readonly quorum: number;

  constructor(epoch: Epoch, keys: readonly ValidatorKey[], quorum: number) {
    super(epoch, keys);
    this.quorum = quorum;
  }
}

const ROOT_BYTES = 32;
const NOBODY = new Uint8Array(0);

/** All that the machines of one run have in common. */
export class World {
  readonly scheduler = new Scheduler();
  readonly signatures = new SimSignatures();
  readonly pool = new TransactionPool();
  readonly chain: Chain = { chainId: "simulation", hasher: simHasher };
  readonly prng: Prng;
  readonly params: Params;
  readonly genesis: Genesis;
  readonly keys: readonly ValidatorKey[];
  readonly network: Network;
  readonly events: EventLog;
  readonly verification = new Verification(this.chain, this.signatures);
  readonly ledger: ModelLedger;
  readonly failures: Failure[] = [];
  /** S-5: a machine brings to the chain that the owner of this key is proven faulty. */
  accuse: (by: number, accused: ValidatorKey) => void = () => undefined;
  private readonly encodes: boolean;
  private readonly quorumOf: WorldSetup["quorum"];
  private readonly committees = new Map<string, Committee>();
  private readonly endpoints: Endpoint[] = [];
  private readonly shared = new Map<string, Map<string, string>>();
  private readonly endpointsByKey = new Map<string, Endpoint[]>();

  constructor(setup: WorldSetup) {
    this.prng = new Prng(setup.seed);
    this.params = setup.params;
    this.encodes = setup.encodes;
    this.quorumOf = setup.quorum;
    const prng = this.prng.fork("keys");
    const createKey = (): ValidatorKey => this.signatures.createKey(prng);
    const validators = Array.from({ length: setup.validators }, createKey).sort(compareBytes);
    this.keys = [...validators, ...Array.from({ length: setup.joiners }, createKey)];
    const digest = toDigest(prng.bytes(ROOT_BYTES));
    this.genesis = { digest, time: RUN_EPOCH, stateRoot: toDigest(prng.bytes(ROOT_BYTES)), validators };
    const changes = setup.setChanges.map((it) => ({
      ...it,
      joiner: it.joiner === undefined ? undefined : this.keyAt(it.joiner),
      leaver: it.leaver === undefined ? undefined : this.keyAt(it.leaver),
    }));
    const senderOf = (txid: Txid): Uint8Array => this.pool.find(txid)?.facts.sender ?? NOBODY;
    const keyOf = (number: number | undefined) => (number === undefined ? undefined : this.keyAt(number));
    this.ledger = new ModelLedger(this.genesis, changes, setup.params.ttl, {
      readyBy: (txid) => keyOf(readyJoiner(senderOf(txid))),
      accusedBy: (txid) => keyOf(accusedKey(senderOf(txid))),
    });
    this.network = new Network(this.scheduler, this.prng.fork("network"), setup.machines, setup.links);
    this.events = new EventLog(this.scheduler);
  }

  keyAt(number: number): ValidatorKey {
    return must(this.keys[number], "a key of this world");
  }

  signerOf(key: ValidatorKey): DigestSigner {
    return this.signatures.signerOf(key);
  }

  register(endpoint: Endpoint): void {
    this.endpoints.push(endpoint);
    const key = bytesToKey(endpoint.key);
    this.endpointsByKey.set(key, [...(this.endpointsByKey.get(key) ?? []), endpoint]);
  }

  endpoint(number: number): Endpoint {
    return must(this.endpoints[number], "a machine of this world");
  }

  /** Two machines may run one key (Twins). */
  endpointsOf(key: ValidatorKey): readonly Endpoint[] {
    return this.endpointsByKey.get(bytesToKey(key)) ?? [];
  }

  /** The one object for this set in this epoch, so that sets can be compared by identity. */
  committee(epoch: Epoch, keys: readonly ValidatorKey[]): Committee {
    const name = `${epoch} ${keys.map(bytesToKey).join("")}`;
    const known = this.committees.get(name);
    if (known !== undefined) return known;
    const rightful = new Committee(epoch, keys);
    const quorum = this.quorumOf(rightful);
    const made = quorum === rightful.quorum ? rightful : new CommitteeWithQuorum(epoch, keys, quorum);
    this.committees.set(name, made);
    return made;
  }

  /** Memory that the machines of one key have in common. */
  sharedBy(key: ValidatorKey): Map<string, string> {
    const name = bytesToKey(key);
    const shared = this.shared.get(name) ?? new Map<string, string>();
    this.shared.set(name, shared);
    return shared;
  }

  sendContent(
    from: Endpoint,
    to: Endpoint,
    transaction: SimTransaction,
    origin: ContentOrigin,
    introducer: number = from.number,
  ): void {
    const source = { peer: from.number, introducer };
    this.network.send(from.number, to.number, "content", () =>
      to.receiveContent(transaction, origin, source),
    );
  }

  askForContent(from: Endpoint, of: Endpoint, transaction: SimTransaction): void {
    this.network.send(from.number, of.number, "askContent", () => of.askedForContent(from, transaction));
  }

  transmit(from: Endpoint, to: Endpoint, message: Message): void {
    const { events } = this;
    if (events.wants("sent")) {
      events.emit({ at: events.at, machine: from.number, kind: "sent", message, to: to.number });
    }
    const arriving = this.encodes && from !== to ? this.overTheWire(from, message) : message;
    this.network.send(from.number, to.number, message.kind, () => to.receive(from, arriving), message);
  }

  private overTheWire(from: Endpoint, message: Message): Message {
    let why: string;
    try {
      const decoded = decode(messageSchema, encode(messageSchema, message));
      if (!isRejection(decoded)) return decoded;
      why = decoded.toString();
    } catch (thrown) {
      if (!(thrown instanceof AssertionFailed)) throw thrown;
      why = thrown.message;
    }
    const detail = `a message of kind ${message.kind} does not survive the codec: ${why}`;
    this.failures.push({ machine: from.number, property: "wire", detail });
    return message;
  }
}
