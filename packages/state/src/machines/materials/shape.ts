/**
 * Splitting and merging (B-2): mass only moves, and papers never get better. A part has its parent's papers; what is
 * merged keeps the certificates that all of it has, and every finding that any of it has. All of it is of one
 * programme, so that the certifier of what went in can still block what came out.
 */
import {
  bytesToKey,
  compareBytes,
  digestSchema,
  type Id,
  list,
  must,
  type Nanos,
  Quantity,
} from "@touchmark/core";
import { type Context, operation } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { openObject } from "../identity/guards.ts";
import { lotSplit, merged, movedInto, offerLapsed } from "./events.ts";
import { addQuantities, less, needFree, needOpenLot, needQuantity, putLot } from "./lot.ts";
import { CERTIFICATES_MAX, type Lot, lotId, lots, PARENTS_MAX, PARTS_MAX, PRODUCERS_MAX } from "./records.ts";

const NONE = Quantity.of(0);

type Inherited = Pick<
  Lot,
  | "producers"
  | "class"
  | "unit"
  | "programme"
  | "certificates"
  | "findings"
  | "producedAt"
  | "bestBefore"
  | "digest"
  | "parents"
>;

function addLot(ctx: Context, quantity: Quantity, inherited: Inherited): Id<"lot"> {
  const owner = ctx.acting;
  openObject(ctx, owner);
  const lot = ctx.newId("lot");
  ctx.put(lots, lot, {
    ...inherited,
    owner,
    registered: quantity,
    left: quantity,
    reserved: NONE,
    consumed: NONE,
    moved: NONE,
    lost: NONE,
    registeredAt: ctx.now,
    transferred: false,
    offer: undefined,
    status: "OPEN",
  });
  return lot;
}

function moveOut(ctx: Context, id: Id<"lot">, lot: Lot, quantity: Quantity): void {
  putLot(ctx, id, { ...lot, left: less(lot.left, quantity), moved: addQuantities(lot.moved, quantity) });
}

export const split = operation({
  name: "lot.split",
  number: 301,
  fields: { lot: lotId, quantities: list(Quantity.schema, 1, PARTS_MAX) },
  who: "owner",
  guard:
    "OPEN; each part > 0, together ≤ left − reserved → a lot for each, of the same papers; left falls, moved rises; with nothing left EXHAUSTED",
  codes: ["QUANTITY_ZERO", "QUANTITY_EXCEEDED"],
  events: [lotSplit, offerLapsed],
  objects: (fields) => [fields.lot],
  since: 1,
  run(ctx, { lot: id, quantities }) {
    const lot = needOpenLot(ctx, id);
    for (const quantity of quantities) needQuantity(quantity);
    const together = quantities.reduce(addQuantities, NONE);
    needFree(lot, together);
    moveOut(ctx, id, lot, together);
    for (const quantity of quantities) {
      const part = addLot(ctx, quantity, { ...inheritedOf(lot), parents: [id] });
      ctx.emit(lotSplit, { lot: id, owner: ctx.acting, part, quantity });
    }
  },
});

function inheritedOf(lot: Lot): Omit<Inherited, "parents"> {
  const {
    producers,
    class: name,
    unit,
    programme,
    certificates,
    findings,
    producedAt,
    bestBefore,
    digest,
  } = lot;
  return { producers, class: name, unit, programme, certificates, findings, producedAt, bestBefore, digest };
}

export const merge = operation({
  name: "lot.merge",
  number: 302,
  fields: { lots: list(lotId, 2, PARENTS_MAX), digest: digestSchema },
  who: "owner of all",
  guard:
    "none twice; all OPEN, nothing reserved, of one class, unit and programme → one lot: certificates those of all, findings those of any, producers those of any and the owner, the earliest producedAt and bestBefore; the others EXHAUSTED",
  codes: ["LOTS_DIFFER", "LOT_RESERVED", "LIST_FULL"],
  events: [merged, movedInto, offerLapsed],
  objects: (fields) => fields.lots,
  since: 1,
  run(ctx, { lots: ids, digest }) {
    check(new Set(ids.map(bytesToKey)).size === ids.length, "DUPLICATE");
    const parts = ids.map((id) => ({ id, lot: needOpenLot(ctx, id) }));
    const inherited = mergedOf(
      ctx.acting,
      parts.map((it) => it.lot),
    );
    const quantity = parts.reduce((sum, it) => addQuantities(sum, it.lot.left), NONE);
    for (const it of parts) moveOut(ctx, it.id, it.lot, it.lot.left);
    const lot = addLot(ctx, quantity, { ...inherited, parents: ids, digest });
    ctx.emit(merged, { lot, owner: ctx.acting, quantity, digest });
    for (const it of parts) ctx.emit(movedInto, { lot: it.id, into: lot, quantity: it.lot.left });
  },
});

function mergedOf(owner: Id<"acct">, parts: readonly Lot[]): Omit<Inherited, "parents" | "digest"> {
  const first = must(parts[0], "a lot to merge");
  const others = parts.slice(1);
  for (const lot of parts) check(lot.reserved === 0, "LOT_RESERVED");
  for (const lot of others) check(isAlike(first, lot), "LOTS_DIFFER");
  const inAll = first.certificates.filter((id) => others.every((it) => has(it.certificates, id)));
  const best = parts.flatMap((it) => (it.bestBefore === undefined ? [] : [it.bestBefore]));
  return {
    class: first.class,
    unit: first.unit,
    programme: first.programme,
    // Who mixes makes: its own laboratory can't certify the mixture for it, once that is sold.
    producers: union([[owner], ...parts.map((it) => it.producers)], PRODUCERS_MAX),
    certificates: union([inAll], CERTIFICATES_MAX),
    findings: union(
      parts.map((it) => it.findings),
      CERTIFICATES_MAX,
    ),
    producedAt: parts.map((it) => it.producedAt).reduce(earlier),
    bestBefore: best.length === 0 ? undefined : best.reduce(earlier),
  };
}

function isAlike(a: Lot, b: Lot): boolean {
  return a.class === b.class && a.unit === b.unit && nameOf(a.programme) === nameOf(b.programme);
}

function nameOf(id: Uint8Array | undefined): string {
  return id === undefined ? "" : bytesToKey(id);
}

function has(ids: readonly Uint8Array[], id: Uint8Array): boolean {
  return ids.some((it) => compareBytes(it, id) === 0);
}

/** Ascending, each once; refused with LIST_FULL where a lot can't remember them all. */
function union<T extends Uint8Array>(lists: readonly (readonly T[])[], most: number): readonly T[] {
  const byName = new Map(lists.flat().map((id) => [bytesToKey(id), id]));
  if (byName.size > most) refuse("LIST_FULL", { most });
  return [...byName.values()].sort(compareBytes);
}

function earlier(a: Nanos, b: Nanos): Nanos {
  return a < b ? a : b;
}
