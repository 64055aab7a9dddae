import {
  Amount,
  addNanos,
  bytesToHex,
  DAY,
  HOUR,
  type Id,
  must,
  Nanos,
  Prng,
  type Quantity,
} from "@touchmark/core";
import { expect } from "vitest";
import { lots } from "../../../src/machines/materials/records.ts";
import type { Receipt } from "../../../src/receipt.ts";
import type { Named } from "../../../src/registry.ts";
import { free } from "../../support/money.ts";
import { Certified, idIn, plantRole, quantity, REASON } from "../certification/certified.ts";
import { type SlowLot, SlowMaterials, type Try } from "./slow-materials.ts";
import { workshopRegistry } from "./workshop.ts";

const OWNERS = ["Sue", "Moe", "Mia"] as const;
const ANYBODY = [...OWNERS, "Cert", "Otto"] as const;
const PROGRAMMES = ["first", "second"] as const;
const MOST = BigInt(Number.MAX_SAFE_INTEGER);

/** One ledger and its slow twin, driven by the same tries. */
class Walk {
  readonly world: Certified;
  readonly slow = new SlowMaterials();
  readonly random: Prng;
  private readonly seed: number;
  private readonly ids = new Map<string, Id<"lot">>();
  private readonly certificates = new Map<string, string>();
  private readonly programmes = new Map<string, Id<"prog">>();
  private names = 0;
  private readonly counts: Map<string, number>;

  constructor(seed: number, blockTimersMax: number | undefined, counts: Map<string, number>) {
    this.counts = counts;
    this.seed = seed;
    this.random = new Prng(seed);
    this.world = new Certified({
      registry: workshopRegistry,
      ...(blockTimersMax === undefined ? {} : { blockTimersMax }),
    });
    plantRole(this.world.ledger, "Moe", "supplier");
    const capacities = { first: 1_000, second: Number.MAX_SAFE_INTEGER };
    for (const name of PROGRAMMES) {
      const to = this.world.after(name === "first" ? 3n * DAY : 300n * DAY);
      const from = this.world.after(name === "first" ? 0n : HOUR);
      const id = this.world.programme({ capacity: capacities[name], from, to });
      this.programmes.set(name, id);
      const capacity = BigInt(capacities[name]);
      this.slow.programmes.set(name, {
        producer: "Sue",
        kind: "PA12",
        capacity,
        used: 0n,
        from,
        to,
        stopped: false,
      });
    }
    for (const name of OWNERS) this.slow.money.set(name, BigInt(free(this.world.ledger, name)));
  }

  private newName(): string {
    this.names++;
    return `thing ${this.names}`;
  }

  private number(lot: SlowLot | undefined): bigint {
    const { random } = this;
    const near =
      lot === undefined ? [100n] : [lot.left, lot.left - lot.reserved, lot.reserved, lot.left + 1n];
    const some = BigInt(random.between(1, 300));
    const picked = random.pick([0n, 1n, some, some, ...near, ...near, random.chance(0.1) ? MOST : some]);
    return picked > MOST ? MOST : picked;
  }

  private anyLot(): string {
    const all = [...this.slow.lots];
    const live = all.filter(([, lot]) => lot.left > 0n && !lot.withdrawn);
    const from = live.length > 0 && this.random.chance(0.9) ? live : all;
    // Mostly the newest, so that some are walked far.
    const [name] = from[Math.max(0, from.length - 1 - this.random.below(8))] ?? ["none"];
    return name;
  }

  private alike(lot: SlowLot | undefined): string {
    const others = [...this.slow.lots].filter(
      ([, it]) => it.left > 0n && it.reserved === 0n && isAlike(it, lot),
    );
    const [name] =
      this.random.chance(0.3) || others.length === 0 ? [this.anyLot()] : this.random.pick(others);
    return name;
  }

  draw(): Try {
    const { random } = this;
    const lot = this.anyLot();
    const record = this.slow.lots.get(lot);
    const owner = record !== undefined && random.chance(0.8) ? record.owner : random.pick(ANYBODY);
    const by = owner;
    const n = this.number(record);
    const programme = random.pick([...PROGRAMMES, undefined]);
    const now = this.world.ledger.now;
    const until = now + random.pick([1n, 2n, HOUR, DAY]) * 1n + 1_000_000_000n;
    const price = random.pick([0n, 0n, 1n, 500n, 9_999n]);
    const { offer } = record ?? {};
    if (offer !== undefined && record !== undefined && random.chance(0.4)) {
      if (random.chance(0.3)) return { do: "rescind", by: random.pick([offer.to, record.owner]), lot };
      return { do: "accept", by: offer.to, lot, n: record.left, price: offer.price };
    }
    if (record !== undefined && record.reserved > 0n && random.chance(0.3)) {
      const all = random.pick(["consume", "release"] as const);
      return {
        do: all,
        by,
        lot,
        n: random.pick([record.reserved, record.reserved, 1n, record.reserved + 1n]),
      };
    }
    if (record?.blocked === true && random.chance(0.4)) return { do: "unblock", by: "Cert", lot };
    return random.pick<() => Try>([
      () => ({
        do: "register",
        by: random.pick(OWNERS),
        programme,
        kind: random.pick(["PA12", "PA12", "PA11"]),
        n,
        name: this.newName(),
      }),
      () => ({
        do: "register",
        by: "Sue",
        programme,
        kind: "PA12",
        n: BigInt(random.between(1, 400)),
        name: this.newName(),
      }),
      () => {
        const parts = Array.from({ length: random.between(1, 4) }, () =>
          random.chance(0.7) ? n / 4n : this.number(record),
        );
        return { do: "split", by, lot, parts, names: parts.map(() => this.newName()) };
      },
      () => ({
        do: "merge",
        by,
        lots: [lot, ...Array.from({ length: random.between(1, 3) }, () => this.alike(record))],
        name: this.newName(),
      }),
      () => ({ do: "offer", by, lot, to: random.pick(OWNERS), price, until }),
      () => ({
        do: "accept",
        by: offer?.to ?? by,
        lot,
        n: record?.left ?? n,
        price: random.chance(0.9) ? (offer?.price ?? price) : price,
      }),
      () => ({ do: "accept", by, lot, n, price }),
      () => ({ do: random.pick(["rescind", "withdraw"]), by, lot }),
      () => ({ do: "block", by: random.chance(0.3) ? "Cert" : by, lot }),
      () => ({ do: "unblock", by: random.chance(0.9) ? "Cert" : by, lot }),
      () => ({
        do: random.pick(["lose", "reserve", "reserve", "release", "consume", "consume"]),
        by,
        lot,
        n,
      }),
      () => ({
        do: "certify",
        by: random.chance(0.8) ? "Otto" : by,
        lot,
        passes: random.chance(0.6),
        name: this.newName(),
      }),
      () => ({
        do: "amend",
        by: random.pick(["Cert", "Sue"]),
        programme: random.pick(PROGRAMMES),
        n: n > MOST - 300n ? MOST : n + 300n,
      }),
      () => ({
        do: random.pick(["stop", "start", "start"]),
        by: random.pick(["Cert", "Sue"]),
        programme: random.pick(PROGRAMMES),
      }),
    ])();
  }

  private idOf(lot: string): Id<"lot"> {
    return must(this.ids.get(lot), lot);
  }

  private opOf(it: Try): Named {
    const { world } = this;
    const programmeOf = (name: string) => must(this.programmes.get(name), "a programme");
    const priceOf = (n: bigint) => (n === 0n ? undefined : { currency: "EUR", amount: Amount.of(Number(n)) });
    switch (it.do) {
      case "register": {
        const programme = it.programme === undefined ? undefined : programmeOf(it.programme);
        const producedAt = world.ledger.now;
        const goods = {
          class: it.kind,
          unit: "mg",
          quantity: q(it.n),
          programme,
          producedAt,
          bestBefore: undefined,
        };
        return { kind: "lot.register", ...goods, digest: REASON };
      }
      case "split":
        return { kind: "lot.split", lot: this.idOf(it.lot), quantities: it.parts.map(q) };
      case "merge":
        return { kind: "lot.merge", lots: it.lots.map((lot) => this.idOf(lot)), digest: REASON };
      case "offer": {
        const to = world.ledger.id(it.to);
        return {
          kind: "lot.offer",
          lot: this.idOf(it.lot),
          to,
          price: priceOf(it.price),
          until: Nanos.of(it.until),
        };
      }
      case "accept":
        return { kind: "lot.accept", lot: this.idOf(it.lot), quantity: q(it.n), price: priceOf(it.price) };
      case "certify":
        return world.certificateOf(this.idOf(it.lot), it.passes ? "PASS" : "FAIL");
      case "amend": {
        const programme = programmeOf(it.programme);
        return {
          kind: "programme.amend",
          programme,
          capacity: q(it.n),
          audit: undefined,
        };
      }
      case "stop":
        return { kind: "programme.suspend", programme: programmeOf(it.programme), reason: REASON };
      case "start":
        return { kind: "programme.reinstate", programme: programmeOf(it.programme) };
      case "rescind":
      case "withdraw":
        return { kind: `lot.${it.do}`, lot: this.idOf(it.lot) };
      case "block":
        return { kind: "lot.block", lot: this.idOf(it.lot), reason: REASON };
      case "unblock":
        return { kind: "lot.unblock", lot: this.idOf(it.lot) };
      case "lose":
        return { kind: "lot.lose", lot: this.idOf(it.lot), quantity: q(it.n) };
      default:
        return { kind: `workshop.${it.do}`, lot: this.idOf(it.lot), quantity: q(it.n) };
    }
  }

  private learn(it: Try, receipt: Receipt): void {
    const one = (event: Named) => ({ ...receipt, events: [event] });
    switch (it.do) {
      case "register":
        this.ids.set(it.name, idIn(receipt, "lot.registered", "lot", "lot"));
        return;
      case "merge":
        this.ids.set(it.name, idIn(receipt, "lot.merged", "lot", "lot"));
        return;
      case "split": {
        const events = receipt.events.filter((event) => event.kind === "lot.split");
        for (const [i, event] of events.entries())
          this.ids.set(must(it.names[i], "a name"), idIn(one(event), "lot.split", "lot", "part"));
        return;
      }
      case "certify":
        this.certificates.set(
          bytesToHex(idIn(receipt, "certificate.issued", "cert", "certificate")),
          it.name,
        );
        return;
      default:
    }
  }

  step(): void {
    const it = this.draw();
    if ("lot" in it && !this.ids.has(it.lot)) return;
    if (it.do === "merge" && it.lots.some((lot) => !this.ids.has(lot))) return;
    const { ledger } = this.world;
    const offer = "lot" in it ? this.slow.lots.get(it.lot)?.offer : undefined;
    // Now and then just at the end of an offer, or one nanosecond behind it.
    const isAtEdge = offer !== undefined && offer.until > ledger.now && this.random.chance(0.3);
    const time = isAtEdge
      ? Nanos.of(offer.until + BigInt(this.random.below(2)))
      : addNanos(ledger.now, Nanos.of(this.random.pick([1n, 1n, 1_000_000_000n, HOUR])));
    // What the operation says of now is said for its own time.
    const op = this.opOf(it);
    const stamped = it.do === "offer" && it.until <= time ? { ...it, until: it.until } : it;
    const may = this.slow.try(stamped, time);
    const receipt = ledger.sendAny({ by: it.by, ops: [op], time });
    const what = `seed ${this.seed}: ${JSON.stringify(it, (_, value) => (typeof value === "bigint" ? `${value}` : value))} ${receipt.refusal?.code}`;
    expect(receipt.refusal === undefined, what).toBe(may);
    const counted = `${it.do} ${may ? "taken" : "refused"}`;
    this.counts.set(counted, (this.counts.get(counted) ?? 0) + 1);
    if (may) this.learn(it, receipt);
  }

  /** Everything that both know. */
  compare(): void {
    const { world, slow, seed } = this;
    for (const [name, lot] of slow.lots) {
      const record = must(world.view.get(lots, must(this.ids.get(name), name)), name);
      const { registered, left, reserved, consumed, moved, lost } = record;
      expect(
        [registered, left, reserved, consumed, moved, lost].map(BigInt),
        `${name}, seed ${seed}`,
      ).toEqual([lot.registered, lot.left, lot.reserved, lot.consumed, lot.moved, lot.lost]);
      expect(record.owner, `${name}, seed ${seed}`).toEqual(world.ledger.id(lot.owner));
      expect(record.producers, `${name}, seed ${seed}`).toHaveLength(lot.makers.size);
      const namesOf = (ids: readonly Uint8Array[]) =>
        ids.map((id) => this.certificates.get(bytesToHex(id))).sort();
      expect(namesOf(record.certificates), `${name}, seed ${seed}`).toEqual([...lot.passed].sort());
      expect(namesOf(record.findings), `${name}, seed ${seed}`).toEqual([...lot.failed].sort());
    }
    for (const [name, programme] of slow.programmes) {
      const record = world.programmeRecord(must(this.programmes.get(name), name));
      expect([BigInt(record.used), BigInt(record.capacity)], `${name}, seed ${seed}`).toEqual([
        programme.used,
        programme.capacity,
      ]);
    }
    for (const name of OWNERS)
      expect(BigInt(free(world.ledger, name)), `${name}, seed ${seed}`).toBe(slow.money.get(name));
    world.expectSound();
  }
}

function isAlike(a: SlowLot, b: SlowLot | undefined): boolean {
  return a.owner === b?.owner && a.kind === b.kind && a.programme === b.programme;
}

function q(n: bigint): Quantity {
  return quantity(Number(n));
}

const KINDS: readonly Try["do"][] = [
  "register",
  "split",
  "merge",
  "offer",
  "accept",
  "rescind",
  "withdraw",
  "block",
  "unblock",
  "lose",
  "reserve",
  "release",
  "consume",
  "certify",
  "amend",
  "stop",
  "start",
];

/** So many walks from this seed on; each kind of try happened now and then, and was refused now and then. */
export function walkThrough(
  seed: number,
  walks: number,
  { ops, blockTimersMax }: { readonly ops: number; readonly blockTimersMax: number | undefined },
): void {
  const counts = new Map<string, number>();
  for (let i = 0; i < walks; i++) {
    const walk = new Walk(seed + i, blockTimersMax, counts);
    for (let step = 1; step <= ops; step++) {
      walk.step();
      if (step % 50 === 0) walk.compare();
    }
  }
  // A walk on which all is refused, or nothing is, would show nothing.
  for (const kind of KINDS) {
    expect(counts.get(`${kind} taken`) ?? 0, kind).toBeGreaterThan(4);
    expect(counts.get(`${kind} refused`) ?? 0, kind).toBeGreaterThan(4);
  }
}
