/**
 * Lots, capacity and the money for them once more, slowly: plain Maps and bigint, times as they are, no timers. It
 * shares no code with the machines, and says of each try only whether it may happen. Names stand for ids.
 */
const DAY = 86_400_000_000_000n;
const MOST = 2n ** 53n - 1n;

export interface SlowLot {
  owner: string;
  kind: string;
  programme: string | undefined;
  parents: number;
  registered: bigint;
  left: bigint;
  reserved: bigint;
  consumed: bigint;
  moved: bigint;
  lost: bigint;
  passed: Set<string>;
  failed: Set<string>;
  makers: Set<string>;
  at: bigint;
  sold: boolean;
  blocked: boolean;
  withdrawn: boolean;
  offer: { to: string; price: bigint; until: bigint } | undefined;
}

interface SlowProgramme {
  producer: string;
  kind: string;
  capacity: bigint;
  used: bigint;
  from: bigint;
  to: bigint;
  stopped: boolean;
}

export type Try =
  | { do: "register"; by: string; programme: string | undefined; kind: string; n: bigint; name: string }
  | { do: "split"; by: string; lot: string; parts: readonly bigint[]; names: readonly string[] }
  | { do: "merge"; by: string; lots: readonly string[]; name: string }
  | { do: "offer"; by: string; lot: string; to: string; price: bigint; until: bigint }
  | { do: "accept"; by: string; lot: string; n: bigint; price: bigint }
  | { do: "rescind" | "withdraw" | "block" | "unblock"; by: string; lot: string }
  | { do: "lose" | "reserve" | "release" | "consume"; by: string; lot: string; n: bigint }
  | { do: "certify"; by: string; lot: string; passes: boolean; name: string }
  | { do: "amend"; by: string; programme: string; n: bigint }
  | { do: "stop" | "start"; by: string; programme: string };

export class SlowMaterials {
  readonly lots = new Map<string, SlowLot>();
  readonly programmes = new Map<string, SlowProgramme>();
  readonly money = new Map<string, bigint>();

  private lot(name: string, now: bigint): SlowLot | undefined {
    const lot = this.lots.get(name);
    if (lot?.offer !== undefined && lot.offer.until < now) lot.offer = undefined;
    return lot;
  }

  /** Neither final, nor offered, nor stopped. */
  private isFree(lot: SlowLot): boolean {
    return lot.left > 0n && !lot.withdrawn && !lot.blocked && lot.offer === undefined;
  }

  /** Whether it may happen; if so, it has. */
  try(it: Try, now: bigint): boolean {
    switch (it.do) {
      case "register":
        return this.register(it, now);
      case "merge":
        return this.merge(it, now);
      case "amend":
      case "stop":
      case "start":
        return this.oversee(it, now);
      default: {
        const lot = this.lot(it.lot, now);
        return lot !== undefined && this.onLot(it, lot, now);
      }
    }
  }

  private register(it: Extract<Try, { do: "register" }>, now: bigint): boolean {
    if (it.by === "Mia" || it.n === 0n || it.n > MOST) return false;
    if (it.programme !== undefined) {
      const programme = this.programmes.get(it.programme);
      if (programme === undefined || programme.producer !== it.by || programme.kind !== it.kind) return false;
      if (programme.stopped || now < programme.from || now > programme.to) return false;
      if (programme.used + it.n > programme.capacity) return false;
      programme.used += it.n;
    }
    this.add(it.name, it.n, { owner: it.by, kind: it.kind, programme: it.programme, at: now });
    return true;
  }

  private add(
    name: string,
    n: bigint,
    about: Pick<SlowLot, "owner" | "kind" | "programme" | "at">,
    parents: readonly SlowLot[] = [],
  ): void {
    const [first, ...others] = parents;
    this.lots.set(name, {
      ...about,
      parents: parents.length,
      registered: n,
      left: n,
      reserved: 0n,
      consumed: 0n,
      moved: 0n,
      lost: 0n,
      passed: new Set([...(first?.passed ?? [])].filter((id) => others.every((lot) => lot.passed.has(id)))),
      failed: new Set(parents.flatMap((lot) => [...lot.failed])),
      makers: new Set(first === undefined ? [about.owner] : parents.flatMap((lot) => [...lot.makers])),
      sold: false,
      blocked: false,
      withdrawn: false,
      offer: undefined,
    });
  }

  private merge(it: Extract<Try, { do: "merge" }>, now: bigint): boolean {
    const lots = it.lots.map((name) => this.lot(name, now));
    const [first] = lots;
    if (first === undefined || new Set(it.lots).size < it.lots.length) return false;
    const found = lots.flatMap((lot) => (lot === undefined ? [] : [lot]));
    const areAlike = found.every((lot) => lot.kind === first.kind && lot.programme === first.programme);
    const areFree = found.every((lot) => lot.owner === it.by && this.isFree(lot) && lot.reserved === 0n);
    const sum = found.reduce((total, lot) => total + lot.left, 0n);
    if (found.length < lots.length || !areAlike || !areFree || sum > MOST) return false;
    if (new Set(found.flatMap((lot) => [...lot.failed])).size > 16) return false;
    for (const lot of found) {
      lot.moved += lot.left;
      lot.left = 0n;
    }
    this.add(it.name, sum, { owner: it.by, kind: first.kind, programme: first.programme, at: now }, found);
    this.lots.get(it.name)?.makers.add(it.by);
    return true;
  }

  private oversee(it: Extract<Try, { do: "amend" | "stop" | "start" }>, now: bigint): boolean {
    const programme = this.programmes.get(it.programme);
    if (programme === undefined || it.by !== "Cert" || now > programme.to) return false;
    if (it.do === "amend") {
      // Upwards needs an audit, which nobody makes here.
      if (it.n < programme.used || it.n > programme.capacity) return false;
      programme.capacity = it.n;
      return true;
    }
    if (programme.stopped === (it.do === "stop")) return false;
    programme.stopped = it.do === "stop";
    return true;
  }

  private onLot(it: Extract<Try, { lot: string }>, lot: SlowLot, now: bigint): boolean {
    const isOwner = it.by === lot.owner;
    switch (it.do) {
      case "split": {
        const sum = it.parts.reduce((total, n) => total + n, 0n);
        if (!isOwner || !this.isFree(lot) || it.parts.includes(0n) || sum > lot.left - lot.reserved)
          return false;
        lot.left -= sum;
        lot.moved += sum;
        for (const [i, n] of it.parts.entries()) this.add(it.names[i] ?? "", n, { ...lot, at: now }, [lot]);
        return true;
      }
      case "offer":
        if (!isOwner || !this.isFree(lot) || lot.reserved > 0n || it.to === it.by || it.until <= now)
          return false;
        lot.offer = { to: it.to, price: it.price, until: it.until };
        return true;
      case "accept":
        return this.accept(it, lot);
      case "rescind":
        if (lot.offer === undefined || !(isOwner || it.by === lot.offer.to)) return false;
        lot.offer = undefined;
        return true;
      case "withdraw":
        return isOwner && this.withdraw(lot, now);
      case "certify":
        return this.certify(it, lot);
      case "block":
      case "unblock":
        return this.block(it, lot);
      default:
        return this.take(it, lot);
    }
  }

  private accept(it: Extract<Try, { do: "accept" }>, lot: SlowLot): boolean {
    const { offer, owner } = lot;
    if (offer === undefined || offer.to !== it.by || it.n !== lot.left || it.price !== offer.price)
      return false;
    const has = this.money.get(it.by) ?? 0n;
    if (has < it.price) return false;
    this.money.set(it.by, has - it.price);
    this.money.set(owner, (this.money.get(owner) ?? 0n) + it.price);
    lot.owner = it.by;
    lot.sold = true;
    lot.offer = undefined;
    return true;
  }

  private withdraw(lot: SlowLot, now: bigint): boolean {
    const isWhole = lot.left === lot.registered && lot.reserved === 0n && lot.failed.size === 0;
    if (!this.isFree(lot) || !isWhole || lot.parents > 0 || lot.sold || now > lot.at + DAY) return false;
    lot.withdrawn = true;
    const programme = this.programmes.get(lot.programme ?? "");
    if (programme !== undefined) programme.used -= lot.registered;
    return true;
  }

  private certify(it: Extract<Try, { do: "certify" }>, lot: SlowLot): boolean {
    const list = it.passes ? lot.passed : lot.failed;
    const isAccredited = it.by === "Otto" || it.by === "Cert";
    if (!isAccredited || lot.withdrawn || list.size >= 16) return false;
    list.add(it.name);
    return true;
  }

  private block(
    it: Extract<Try, { do: "block" | "unblock" | "rescind" | "withdraw" }>,
    lot: SlowLot,
  ): boolean {
    if (it.by !== "Cert" || lot.programme === undefined || lot.left === 0n || lot.withdrawn) return false;
    if (lot.blocked === (it.do === "block")) return false;
    lot.blocked = it.do === "block";
    lot.offer = undefined;
    return true;
  }

  private take(it: Extract<Try, { do: "lose" | "reserve" | "release" | "consume" }>, lot: SlowLot): boolean {
    const isMineAndThere = it.by === lot.owner && lot.left > 0n && !lot.withdrawn && lot.offer === undefined;
    if (it.do === "release") {
      if (it.n > lot.reserved) return false;
      lot.reserved -= it.n;
      return true;
    }
    if (it.n === 0n) return false;
    if (it.do === "lose") {
      if (!isMineAndThere || it.n > lot.left - lot.reserved) return false;
      lot.left -= it.n;
      lot.lost += it.n;
      return true;
    }
    if (lot.blocked) return false;
    if (it.do === "reserve") {
      if (!isMineAndThere || it.n > lot.left - lot.reserved) return false;
      lot.reserved += it.n;
      return true;
    }
    if (it.n > lot.reserved) return false;
    lot.reserved -= it.n;
    lot.left -= it.n;
    lot.consumed += it.n;
    return true;
  }
}
