import { hash } from "node:crypto";

/**
 * Timers as a list that is searched from its beginning each time: what L-10 and L-11 say, in their order, with nothing
 * of the engine's. Ids are made by hand.
 */
type ToyTimer = {
  readonly due: bigint;
  readonly tag: number;
  readonly left: number;
};

export type ToyOp = ({ readonly kind: "toy.set" | "toy.cancel" } & ToyTimer) | { readonly kind: "toy.fail" };

export interface ToyTransaction {
  readonly time: bigint;
  readonly ops: readonly ToyOp[];
}

function lengthBefore(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
}

function idOf(chainId: string, { due, tag, left }: ToyTimer): string {
  const dueBytes = Buffer.alloc(8);
  dueBytes.writeBigUInt64BE(due);
  // MessagePack: a list of three: the kind's number, tag, left.
  const value = Buffer.from([0x93, 1, tag, left]);
  const domain = [lengthBefore("touchmark/v1/timer"), lengthBefore(chainId), Buffer.alloc(8)];
  return hash("sha256", Buffer.concat([...domain, dueBytes, value]), "hex");
}

export class SlowTimers {
  /** What ran, as text. */
  readonly log: string[] = [];
  private pending: (ToyTimer & { readonly id: string })[] = [];
  private readonly chainId: string;
  private readonly budget: number;

  constructor(chainId: string, budget: number) {
    this.chainId = chainId;
    this.budget = budget;
  }

  get nextDue(): bigint | undefined {
    return this.earliest()?.due;
  }

  block(transactions: readonly ToyTransaction[], timersUntil: bigint): void {
    let left = this.budget;
    const runUpTo = (last: bigint) => {
      for (
        let next = this.earliest();
        next !== undefined && next.due <= last && left > 0;
        next = this.earliest()
      ) {
        this.ring(next);
        left--;
      }
    };
    for (const transaction of transactions) {
      runUpTo(transaction.time - 1n);
      this.run(transaction);
    }
    runUpTo(timersUntil);
  }

  private earliest() {
    const sorted = [...this.pending].sort((a, b) =>
      a.due === b.due ? (a.id < b.id ? -1 : 1) : a.due < b.due ? -1 : 1,
    );
    return sorted[0];
  }

  private ring(timer: ToyTimer & { readonly id: string }): void {
    this.pending = this.pending.filter((it) => it !== timer);
    this.log.push(`timer ${timer.due} ${timer.tag} ${timer.left}`);
    if (timer.left > 0 && timer.tag < 90) {
      this.set({ due: timer.due + 1n, tag: timer.tag, left: timer.left - 1 });
    }
  }

  private set(timer: ToyTimer): void {
    const id = idOf(this.chainId, timer);
    if (!this.pending.some((it) => it.id === id)) this.pending.push({ ...timer, id });
  }

  private run({ time, ops }: ToyTransaction): void {
    const before = [...this.pending];
    let code = "ok";
    for (const op of ops) {
      if (op.kind === "toy.fail") code = "SAME_PARTY";
      else if (op.kind === "toy.set" && op.due <= time) code = "DEADLINE_PASSED";
      else if (op.kind === "toy.set") this.set({ due: op.due, tag: op.tag, left: op.left });
      else {
        const id = idOf(this.chainId, { due: op.due, tag: op.tag, left: op.left });
        this.pending = this.pending.filter((it) => it.id !== id);
      }
      if (code !== "ok") break;
    }
    if (code !== "ok") this.pending = before;
    this.log.push(`transaction ${time} ${code}`);
  }
}
