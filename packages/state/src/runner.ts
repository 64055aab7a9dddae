/** One transaction, or one timer, from its checks to its receipt. */
import {
  addNanos,
  assert,
  type Epoch,
  type Height,
  isRejection,
  must,
  type Nanos,
  subtractNanos,
} from "@touchmark/core";
import { type Actor, ownerOfKey, refusalFor, resolveActor } from "./actor.ts";
import { COMMON_CODES, type RefusalCode } from "./codes.ts";
import type { RunContext } from "./context.ts";
import type { Operation, TimerDefinition } from "./machine.ts";
import type { Overlay } from "./overlay.ts";
import { type Receipt, toRefusalRecord } from "./receipt.ts";
import { type Charged, markOf, type RecentBlocks } from "./recent.ts";
import { Refusal } from "./refusal.ts";
import type { Named, Registry, TimerKey } from "./registry.ts";
import type { TimerQueue } from "./timers.ts";
import type { Transaction } from "./transaction.ts";
import { isWithdrawn, versionAt } from "./versions.ts";

interface RunnerParts {
  readonly overlay: Overlay;
  readonly registry: Registry;
  readonly context: RunContext;
  readonly recent: RecentBlocks;
  readonly timers: TimerQueue;
}

const COMMON: ReadonlySet<RefusalCode> = new Set(COMMON_CODES);

export class Runner {
  private readonly parts: RunnerParts;
  private version = 1;

  constructor(parts: RunnerParts) {
    this.parts = parts;
  }

  beginBlock(height: Height, epoch: Epoch): void {
    const { context, overlay } = this.parts;
    context.height = height;
    context.epoch = epoch;
    // L-18: one version for the whole block.
    this.version = versionAt(overlay, height);
  }

  isRegistrationOpen(): boolean {
    return this.parts.context.parameter("selfRegistration") === 1;
  }

  runTransaction(transaction: Transaction, time: Nanos): Receipt {
    const { context, overlay, recent } = this.parts;
    const { txid, sender, at, validUntil, ops } = transaction;
    // L-3: another chain's transaction was never meant for this one: it costs its sender nothing here.
    if (transaction.chainId !== context.chain.chainId)
      return failed(transaction, time, new Refusal("WRONG_CHAIN", {}));
    const charged = ownerOfKey(overlay, sender);
    const mark = markOf(sender, at);
    const actor = this.admit(transaction, time, charged, mark);
    const isOverQuota = actor instanceof Refusal && actor.code === "QUOTA";
    // L-4: failed ones leave their mark too, and L-9: they cost what they asked for.
    const cost = isOverQuota ? 0 : ops.length;
    recent.add(context.height, { txid, sender, at, validUntil, charged, ops: cost, time }, mark);
    if (actor instanceof Refusal) return failed(transaction, time, actor);
    return this.runOperations(transaction, time, actor);
  }

  /** L-3: the checks before any operation runs, in this order: the first that fails gives the code. */
  private admit(transaction: Transaction, now: Nanos, charged: Charged, mark: string): Actor | Refusal {
    const { context, overlay, recent } = this.parts;
    const { sender, at, validUntil, ops } = transaction;
    if (recent.isUsed(mark)) return new Refusal("REPLAYED", { at });
    if (now < subtractNanos(at, context.parameter("skew"))) return new Refusal("NOT_YET_VALID", { at });
    if (validUntil > addNanos(at, context.parameter("window")))
      return new Refusal("VALID_TOO_LONG", { validUntil });
    if (now > validUntil) return new Refusal("EXPIRED", { validUntil });
    const actor = resolveActor(overlay, now, sender, transaction.for);
    if (isRejection(actor)) return new Refusal(actor.code, {});
    const most = context.parameter(charged === undefined ? "strangerOps" : "quotaOps");
    const used = recent.opsUsed(charged, now);
    return used + ops.length > most ? new Refusal("QUOTA", { used, most }) : actor;
  }

  /** L-5: all operations, or none. */
  private runOperations(transaction: Transaction, time: Nanos, actor: Actor): Receipt {
    const { context, overlay } = this.parts;
    const { txid, ops } = transaction;
    const mark = overlay.mark();
    context.begin(txid, time, actor);
    for (const [opIndex, op] of ops.entries()) {
      const refusal = this.runOperation(op, opIndex, actor);
      if (refusal === undefined) continue;
      overlay.revert(mark);
      return failed(transaction, time, refusal, opIndex);
    }
    overlay.commit();
    this.settleTimers();
    return { kind: "transaction", txid, time, refusal: undefined, events: context.events };
  }

  private runOperation(op: Named, opIndex: number, actor: Actor): Refusal | undefined {
    const { context, registry } = this.parts;
    const operation = registry.operation(op.kind);
    const barred = this.barred(operation, op, actor);
    if (barred !== undefined) return new Refusal(barred, {});
    context.beginOperation(opIndex, operation.events);
    return attempt(operation, () => operation.run(context, op));
  }

  private barred(operation: Operation, op: Named, actor: Actor): RefusalCode | undefined {
    const { overlay } = this.parts;
    if (operation.since > this.version) return "KIND_NOT_ACTIVE";
    // L-18: nobody can be locked in by a withdrawal.
    if (operation.exitSet !== true && isWithdrawn(overlay, operation.number)) return "KIND_WITHDRAWN";
    return refusalFor(overlay, actor, operation, op);
  }

  /** L-10: its leaf goes, whatever it comes to; if it refuses, that is its receipt, and the block goes on. */
  runTimer(key: TimerKey): Receipt {
    const { context, overlay, registry, timers } = this.parts;
    const value = must(overlay.get(registry.timerSpace, key), "the leaf of a timer that is due");
    overlay.remove(registry.timerSpace, key);
    timers.removed();
    const definition = registry.timer(value.kind);
    const mark = overlay.mark();
    context.begin(key.id, key.due, undefined);
    context.beginOperation(0, definition.events);
    const refusal = attempt(definition, () => definition.run(context, value));
    if (refusal === undefined) this.settleTimers();
    else overlay.revert(mark);
    overlay.commit();
    const { id, due } = key;
    if (refusal === undefined) {
      return { kind: "timer", id, due, timer: value, refusal: undefined, events: context.events };
    }
    return { kind: "timer", id, due, timer: value, refusal: toRefusalRecord(refusal, undefined), events: [] };
  }

  private settleTimers(): void {
    const { context, timers } = this.parts;
    const { set, removed } = context.takeTimerChanges();
    for (const key of set) timers.push(key);
    for (let i = 0; i < removed; i++) timers.removed();
  }
}

/** L-6: what it threw, if that is a refusal; anything else is a bug and goes on its way. */
function attempt(
  { name, codes }: Pick<Operation | TimerDefinition, "name" | "codes">,
  run: () => void,
): Refusal | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    assert(COMMON.has(thrown.code) || codes.includes(thrown.code), `${name} declares ${thrown.code}`);
    return thrown;
  }
}

function failed(transaction: Transaction, time: Nanos, refusal: Refusal, opIndex?: number): Receipt {
  const { txid } = transaction;
  return { kind: "transaction", txid, time, refusal: toRefusalRecord(refusal, opIndex), events: [] };
}
