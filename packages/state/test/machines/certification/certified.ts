import {
  addNanos,
  bytesToHex,
  DAY,
  type Id,
  type IdKind,
  must,
  Nanos,
  Quantity,
  toId,
} from "@touchmark/core";
import { expect } from "vitest";
import type { StateView } from "../../../src/keyspace.ts";
import { certificationViolations } from "../../../src/machines/certification/invariants.ts";
import { accreditations, programmes, standards } from "../../../src/machines/certification/records.ts";
import { participants, type Role } from "../../../src/machines/identity/records.ts";
import { materialViolations } from "../../../src/machines/materials/invariants.ts";
import { lots } from "../../../src/machines/materials/records.ts";
import { readAll } from "../../../src/reader.ts";
import type { Receipt } from "../../../src/receipt.ts";
import { codeOf, type Ledger, type LedgerOptions } from "../../support/ledger.ts";
import { expectMoneyConserved, fundedLedger } from "../../support/money.ts";
import { digestOf } from "../../support/parties.ts";

export function quantity(value: number): Quantity {
  return Quantity.of(value);
}

export function nanos(value: bigint): Nanos {
  return Nanos.of(value);
}

/** The id that an event of the receipt names. */
export function idIn<Kind extends IdKind>(
  receipt: Receipt,
  event: string,
  kind: Kind,
  field: string,
): Id<Kind> {
  expect(codeOf(receipt)).toBe("ok");
  const found = must(
    receipt.events.find((it) => it.kind === event),
    event,
  );
  const id = found[field];
  if (!(id instanceof Uint8Array)) throw new Error(`${event} has no ${field}`);
  return toId(kind, id);
}

/** What a test wants of a participant and no operation of this machine gives. */
export function plantParticipant(
  ledger: Ledger,
  name: string,
  changes: (record: NonNullable<ReturnType<typeof participantOf>>) => object,
): void {
  const record = must(participantOf(ledger, name), name);
  ledger.plant(participants, ledger.id(name), { ...record, ...changes(record) });
}

export function participantOf(ledger: Ledger, name: string) {
  return ledger.view.get(participants, ledger.id(name));
}

export function plantRole(ledger: Ledger, name: string, role: Role): void {
  plantParticipant(ledger, name, ({ roles }) => ({
    roles: [...roles, { role, by: undefined, until: undefined }],
  }));
}

/** One legal person with two names. */
export function plantSameLegalPerson(ledger: Ledger, name: string, as: string): void {
  const legalDigest = must(participantOf(ledger, as), as).legalDigest;
  plantParticipant(ledger, name, () => ({ legalDigest }));
}

export const REASON = digestOf("reason");
export const YEAR = 365n * DAY;

/** A ledger with a standard of Std, for which Cert, Cert2, Aud, Ivo and Otto (a laboratory) are accredited. */
export class Certified {
  readonly ledger: Ledger;
  readonly standard: Id<"stnd">;
  readonly accreditations: Readonly<Record<string, Id<"accr">>>;

  constructor(options: LedgerOptions = {}) {
    this.ledger = fundedLedger({ Mia: 10_000, Cy: 10_000 }, options);
    this.standard = this.publish("ISO 9001");
    this.accreditations = {
      Cert: this.accredit("Cert", "certifier"),
      Cert2: this.accredit("Cert2", "certifier"),
      Aud: this.accredit("Aud", "auditor"),
      Ivo: this.accredit("Ivo", "auditor"),
      Otto: this.accredit("Otto", "lab"),
    };
  }

  get view(): StateView {
    return this.ledger.view;
  }

  after(duration: bigint): Nanos {
    return addNanos(this.ledger.now, nanos(duration));
  }

  publish(code: string, auditMaxAge: bigint = 180n * DAY): Id<"stnd"> {
    const op = {
      kind: "standard.publish",
      code,
      version: 2015,
      digest: digestOf(code),
      auditMaxAge: nanos(auditMaxAge),
    } as const;
    return idIn(this.ledger.send("Std", op), "standard.published", "stnd", "standard");
  }

  grantOf(who: string, office: "certifier" | "auditor" | "lab", until = this.after(3n * YEAR)) {
    const { standard, ledger } = this;
    return { kind: "accreditation.grant", standard, who: ledger.id(who), office, until } as const;
  }

  accredit(who: string, office: "certifier" | "auditor" | "lab", until?: Nanos): Id<"accr"> {
    const receipt = this.ledger.send("Std", this.grantOf(who, office, until));
    return idIn(receipt, "accreditation.granted", "accr", "accreditation");
  }

  applyOf(
    changes: { capacity?: number; from?: Nanos; to?: Nanos; class?: string; standard?: Id<"stnd"> } = {},
  ) {
    const { capacity = 1_000, from = this.ledger.now, to = this.after(YEAR) } = changes;
    const { class: name = "PA12", standard = this.standard } = changes;
    const goods = { class: name, unit: "mg", capacity: quantity(capacity) };
    return { kind: "programme.apply", standard, ...goods, from, to } as const;
  }

  apply(changes: Parameters<Certified["applyOf"]>[0] = {}, by = "Sue"): Id<"prog"> {
    const receipt = this.ledger.send(by, this.applyOf(changes));
    return idIn(receipt, "programme.applied", "prog", "programme");
  }

  auditOf(programme: Id<"prog">, verdict: "PASS" | "FAIL" = "PASS") {
    return { kind: "audit.record", programme, verdict, digest: digestOf("findings") } as const;
  }

  audit(programme: Id<"prog">, by = "Aud", verdict: "PASS" | "FAIL" = "PASS"): Id<"audt"> {
    return idIn(this.ledger.send(by, this.auditOf(programme, verdict)), "audit.recorded", "audt", "audit");
  }

  /** A programme of Sue, audited by Aud, certified by Cert. */
  programme(changes: Parameters<Certified["applyOf"]>[0] = {}, by = "Sue"): Id<"prog"> {
    const programme = this.apply(changes, by);
    const audit = this.audit(programme);
    expect(this.code("Cert", { kind: "programme.certify", programme, audit })).toBe("ok");
    return programme;
  }

  programmeRecord(id: Id<"prog">) {
    return must(this.view.get(programmes, id), "a programme");
  }

  registerOf(count: number, changes: { programme?: Id<"prog">; class?: string; bestBefore?: Nanos } = {}) {
    const { programme, class: name = "PA12", bestBefore } = changes;
    const { now } = this.ledger;
    const digest = digestOf("analysis");
    const goods = { class: name, unit: "mg", quantity: quantity(count), programme };
    return { kind: "lot.register", ...goods, producedAt: now, bestBefore, digest } as const;
  }

  register(count: number, changes: Parameters<Certified["registerOf"]>[1] = {}, by = "Sue"): Id<"lot"> {
    const receipt = this.ledger.send(by, this.registerOf(count, changes));
    return idIn(receipt, "lot.registered", "lot", "lot");
  }

  certificateOf(lot: Id<"lot">, verdict: "PASS" | "FAIL" = "PASS", until?: Nanos) {
    const subject = { kind: "lot", id: lot } as const;
    const values = [{ code: "melt", value: 178, unit: "C" }];
    const { standard } = this;
    const digest = digestOf("report");
    return { kind: "certificate.issue", subject, standard, verdict, values, digest, until } as const;
  }

  issue(lot: Id<"lot">, verdict: "PASS" | "FAIL" = "PASS", by = "Otto", until?: Nanos): Id<"cert"> {
    const receipt = this.ledger.send(by, this.certificateOf(lot, verdict, until));
    return idIn(receipt, "certificate.issued", "cert", "certificate");
  }

  /** From now on `to` may do this for `from`, on these things, for at most so much EUR. */
  delegate(
    from: string,
    to: string,
    ops: readonly number[],
    objects?: readonly Uint8Array[],
    limit = 0,
  ): void {
    const { ledger } = this;
    const limits = limit === 0 ? [] : [{ currency: "EUR", left: limit }];
    const scope = { ops, objects, limits, until: this.after(30n * DAY) };
    const offered = ledger.send(from, { kind: "delegation.offer", to: ledger.id(to), ...scope });
    const delegation = idIn(offered, "delegation.offered", "dlgt", "delegation");
    const accept = { kind: "delegation.accept", from: ledger.id(from), delegation } as const;
    expect(this.code(to, accept)).toBe("ok");
  }

  code(by: string, ...ops: Parameters<Ledger["send"]>[1][]): string {
    return codeOf(this.ledger.send(by, ...ops));
  }

  /** At just this time. */
  codeAt(time: Nanos, by: string, op: Parameters<Ledger["send"]>[1]): string {
    return codeOf(this.ledger.sendAny({ by, ops: [op], time }));
  }

  /** B-1, B-2, L-22; and no timer was ever refused (L-10). */
  expectSound(): void {
    expect(certificationViolations(this.ledger.store)).toEqual([]);
    expect(materialViolations(this.ledger.store)).toEqual([]);
    expectMoneyConserved(this.ledger);
    this.expectPlaces();
    const timers = this.ledger.blocks.flatMap((it) => it.receipts).filter((it) => it.kind === "timer");
    expect(timers.filter((it) => it.refusal !== undefined)).toEqual([]);
  }

  /** What everybody has open: accreditations granted, programmes and lots that aren't over. */
  private expectPlaces(): void {
    const { store } = this.ledger;
    const places = new Map<string, number>();
    const add = (id: Uint8Array) => places.set(bytesToHex(id), (places.get(bytesToHex(id)) ?? 0) + 1);
    for (const [, it] of readAll(store, accreditations)) {
      const { body } = must(this.view.get(standards, it.standard), "a standard");
      if (it.status === "ACTIVE" || it.status === "SUSPENDED") add(body);
    }
    for (const [, it] of readAll(store, programmes)) {
      if (["APPLIED", "ACTIVE", "SUSPENDED"].includes(it.status)) add(it.producer);
    }
    for (const [, it] of readAll(store, lots)) {
      if (["OPEN", "OFFERED", "BLOCKED"].includes(it.status)) add(it.owner);
    }
    const open = [...readAll(store, participants)].filter(([, it]) => it.openObjects > 0);
    expect(new Map(open.map(([id, it]) => [bytesToHex(id), it.openObjects]))).toEqual(places);
  }
}
