import { equalBytes } from "@touchmark/core";
import type { Block, OrderedTransaction } from "../../block.ts";
import type { FinalityCertificate } from "../../messages.ts";
import type { RunEvent } from "../run-event.ts";
import { nameOfBytes } from "./names.ts";
import type { RunLog } from "./run-log.ts";
import type { Property, PropertyName, RunEventKind } from "./setup.ts";

interface Place {
  height: number;
  /** No delivery in this life of the machine yet. */
  isFresh: boolean;
  /** Its first delivery may be at any height: it has a copy of the chain that the world gave it. */
  isFree: boolean;
}

/**
 * Design 1 section 1: no two correct machines deliver different blocks at a height: not another cut, order,
 * time or epoch. Each delivers heights one by one; after a restart it may deliver some again, the same, and
 * leaves none out but those below a snapshot that it takes over. Certificates of finality that correct machines hold agree on everything that they sign,
 * and on the delivered block. And no correct machine halts: it does so only on seeing one of these broken.
 */
export class Agreement implements Property {
  readonly name: PropertyName = "agreement";
  readonly kinds: readonly RunEventKind[] = ["started", "halted", "adopted", "delivered", "final"];
  private readonly log: RunLog;
  private readonly places = new Map<number, Place>();
  private readonly certificates = new Map<number, FinalityCertificate>();
  private readonly found: string[] = [];

  constructor(log: RunLog) {
    this.log = log;
  }

  observe(event: RunEvent): void {
    const { machine } = event;
    if (this.log.machines.correct(machine) === undefined) return;
    if (event.kind === "started") {
      const height = this.places.get(machine)?.height ?? 0;
      this.places.set(machine, {
        height,
        isFresh: true,
        isFree: event.how === "wiped" || event.how === "joiner",
      });
    } else if (event.kind === "adopted") this.adopted(machine, event.height);
    else if (event.kind === "halted") this.found.push(`machine ${machine} halted: ${event.diagnosis}`);
    else if (event.kind === "delivered") this.delivered(machine, event.block);
    else if (event.kind === "final") this.final(machine, event.finality);
  }

  private delivered(machine: number, block: Block): void {
    this.follow(machine, block.height);
    const first = this.log.deliveries.at(block.height);
    if (first === undefined || first.block === block) return;
    const difference = differenceOf(first.block, block);
    if (difference === undefined) return;
    this.found.push(
      `machines ${first.machine} and ${machine} delivered different blocks at height ${block.height}: ${difference}`,
    );
  }

  /** Y-1: what it leaves out is final, and what it begins behind was signed. */
  private adopted(machine: number, height: number): void {
    this.places.set(machine, { height, isFresh: false, isFree: false });
  }

  private follow(machine: number, height: number): void {
    const place = this.places.get(machine);
    if (place === undefined) return;
    const isNext = height === place.height + 1;
    const isAgain = place.isFresh && height <= place.height && height >= 1;
    if (!isNext && !isAgain && !(place.isFresh && place.isFree)) {
      this.found.push(`machine ${machine} delivered height ${height} after ${place.height}`);
    }
    place.height = height;
    place.isFresh = false;
  }

  private final(machine: number, finality: FinalityCertificate): void {
    const { height } = finality;
    const known = this.certificates.get(height);
    if (known === undefined) this.certificates.set(height, finality);
    else if (known !== finality) {
      const difference = firstDifference(CERTIFIED, known, finality);
      if (difference !== undefined) {
        this.found.push(
          `certificates of height ${height} differ in ${difference}, one at machine ${machine}`,
        );
      }
    }
  }

  finish(): readonly string[] {
    const unlike = [...this.certificates.values()].flatMap((finality) => {
      const block = this.log.deliveries.at(finality.height)?.block;
      const isOfBlock =
        block === undefined ||
        (block.epoch === finality.epoch &&
          equalBytes(block.digest, finality.digest) &&
          equalBytes(block.blockHash, finality.blockHash));
      return isOfBlock ? [] : [`another block than the delivered one is final at height ${finality.height}`];
    });
    return [...this.found, ...unlike];
  }
}

const CERTIFIED = ["epoch", "digest", "blockHash", "stateRoot", "nextValidatorsHash", "liveHash"] as const;
const IDENTITY = ["epoch", "digest", "parentBlockHash", "blockHash", "horizon", "timersUntil"] as const;

type Field = Uint8Array | number | bigint | undefined;

function isSame(a: Field, b: Field): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? equalBytes(a, b) : a === b;
}

function firstDifference<Name extends string>(
  names: readonly Name[],
  a: Readonly<Record<Name, Field>>,
  b: Readonly<Record<Name, Field>>,
): Name | undefined {
  return names.find((name) => !isSame(a[name], b[name]));
}

function isSamePlace(a: OrderedTransaction, b: OrderedTransaction | undefined): boolean {
  return b !== undefined && a.time === b.time && a.expired === b.expired && equalBytes(a.txid, b.txid);
}

function differenceOf(a: Block, b: Block): string | undefined {
  const field = firstDifference(IDENTITY, a, b);
  if (field === "digest") return `cuts ${nameOfBytes(a.digest)} and ${nameOfBytes(b.digest)}`;
  if (field !== undefined) return field;
  if (a.transactions.length !== b.transactions.length) return "the number of transactions";
  const at = a.transactions.findIndex((it, i) => !isSamePlace(it, b.transactions[i]));
  return at < 0 ? undefined : `transaction ${at}`;
}
