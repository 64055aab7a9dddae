/**
 * When the leader proposes what, by the text of the rules alone: S-4 says when lanes speak, C-2 and O-1 what
 * a cut contains, O-5 and P-1 when the next may come. For lanes that always have something new to say, on
 * links that all take one md, without execution, disks or failures.
 */
export interface Arrival {
  readonly at: bigint;
  /** The validator that the client sent it to. The first n arrivals are those of validators 0, 1 … */
  readonly entry: number;
}

export interface Setting {
  readonly n: number;
  readonly md: bigint;
  readonly batchInterval: bigint;
  readonly proposalInterval: bigint;
}

const LEADER = 0;

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The k-th smallest, from 0. */
function nth(values: readonly bigint[], k: number): bigint | undefined {
  return values.toSorted(ascending)[k];
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

class Model {
  private readonly setting: Setting;
  private readonly arrivals: readonly Arrival[];

  constructor(setting: Setting, arrivals: readonly Arrival[]) {
    this.setting = setting;
    this.arrivals = arrivals;
  }

  /** S-1: when content is whole there. */
  private stamp({ at, entry }: Arrival, lane: number): bigint {
    return lane === entry ? at : at + this.setting.md;
  }

  /** S-4: lane v speaks first with its own first transaction, and then every δ. */
  private firstBatch(lane: number): bigint {
    return this.arrivals[lane]?.at ?? 0n;
  }

  /** The head of the newest batch that the leader holds of a lane; 0 for none. */
  private head(lane: number, now: bigint): bigint {
    const { md, batchInterval } = this.setting;
    const sentBy = lane === LEADER ? now : now - md;
    const first = this.firstBatch(lane);
    return sentBy < first ? 0n : first + ((sentBy - first) / batchInterval) * batchInterval;
  }

  /** C-2, O-1, O-2: what is due in a cut of all that the leader holds. */
  due(now: bigint, done: ReadonlySet<number>): readonly number[] {
    const { n } = this.setting;
    const f = Math.floor((n - 1) / 3);
    const heads = Array.from({ length: n }, (_, lane) => this.head(lane, now));
    const horizon = nth(heads, f) ?? 0n;
    return this.arrivals.flatMap((arrival, i) => {
      if (done.has(i)) return [];
      const covered = heads.flatMap((head, lane) => {
        const stamp = this.stamp(arrival, lane);
        return stamp <= head ? [stamp] : [];
      });
      const c = nth(covered, f);
      return c !== undefined && c <= horizon ? [i] : [];
    });
  }

  /** The moments at which the leader comes to hold something new. */
  moments(until: bigint): readonly bigint[] {
    const { n, md, batchInterval } = this.setting;
    const moments: bigint[] = [];
    for (let lane = 0; lane < n; lane++) {
      const delay = lane === LEADER ? 0n : md;
      for (let at = this.firstBatch(lane); at <= until; at += batchInterval) moments.push(at + delay);
    }
    return moments.sort(ascending);
  }
}

/** For each transaction, when it was proposed. */
export function proposalTimes(setting: Setting, arrivals: readonly Arrival[]): readonly bigint[] {
  const { md, proposalInterval, batchInterval } = setting;
  // P-1: the certificate below is there after 2 md. O-5: once that height is delivered none is open, after 3 md.
  const apart = larger(2n * md, smaller(3n * md, proposalInterval));
  const model = new Model(setting, arrivals);
  const done = new Set<number>();
  const times: bigint[] = arrivals.map(() => 0n);
  const last = arrivals.reduce((latest, { at }) => larger(latest, at), 0n);
  let allowedAt = 0n;
  const moments = model.moments(last + 3n * md + 2n * batchInterval + apart);
  let next = 0;
  while (done.size < arrivals.length && next < moments.length) {
    // Either something new comes in, or the pace allows what is already there.
    const now = larger(moments[next] ?? 0n, allowedAt);
    while ((moments[next] ?? now + 1n) <= now) next++;
    const due = model.due(now, done);
    if (due.length === 0) continue;
    for (const i of due) {
      done.add(i);
      times[i] = now;
    }
    allowedAt = now + apart;
  }
  return times;
}
