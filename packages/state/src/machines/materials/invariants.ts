/**
 * What must hold of lots in every state (design 2, section 4). For tests and random walks: they read the whole store.
 */
import { bytesToHex, bytesToKey } from "@touchmark/core";
import { type Reader, readAll, viewOf } from "../../reader.ts";
import { certificates, programmes } from "../certification/records.ts";
import { participants } from "../identity/records.ts";
import { type Lot, lots } from "./records.ts";

/** A name for what is wrong, and where. */
type Violation = string;

function addTo(sums: Map<string, bigint>, name: string, quantity: number): void {
  sums.set(name, (sums.get(name) ?? 0n) + BigInt(quantity));
}

/** B-1, B-2: mass balance of each lot and of all together, capacity used, and that every reference resolves. */
export function materialViolations(reader: Reader): readonly Violation[] {
  const violations: Violation[] = [];
  /** By class, unit and programme: what was moved out of lots, less what came into new ones. */
  const inTransit = new Map<string, bigint>();
  const used = new Map<string, bigint>();
  for (const [id, lot] of readAll(reader, lots)) {
    const name = `lot ${bytesToHex(id)}`;
    const faults = [...balanceFaults(lot), ...statusFaults(lot), ...references(reader, lot)];
    violations.push(...faults.map((it) => `${name}: ${it}`));
    const programme = lot.programme === undefined ? "" : bytesToKey(lot.programme);
    const goods = JSON.stringify([lot.class, lot.unit, programme]);
    addTo(inTransit, goods, lot.moved);
    if (lot.parents.length > 0) addTo(inTransit, goods, -lot.registered);
    else if (lot.status !== "WITHDRAWN") addTo(used, programme, lot.registered);
  }
  for (const difference of inTransit.values()) {
    if (difference !== 0n)
      violations.push(`lots: what was moved and what came of it differ by ${difference}`);
  }
  for (const [id, programme] of readAll(reader, programmes)) {
    const registered = used.get(bytesToKey(id)) ?? 0n;
    if (registered !== BigInt(programme.used))
      violations.push(`programme ${bytesToHex(id)}: ${programme.used} used, ${registered} registered`);
  }
  return violations;
}

function* balanceFaults(lot: Lot): Iterable<Violation> {
  const { registered, left, reserved, consumed, moved, lost } = lot;
  const sum = BigInt(left) + BigInt(consumed) + BigInt(moved) + BigInt(lost);
  if (sum !== BigInt(registered)) yield `${registered} registered, ${sum} accounted for`;
  if (reserved > left) yield `${reserved} reserved, ${left} left`;
  if (registered === 0) yield "nothing was registered";
}

function* statusFaults(lot: Lot): Iterable<Violation> {
  const { status, left, registered, reserved, offer, parents, transferred } = lot;
  if ((status === "EXHAUSTED") !== (left === 0)) yield `${left} left and ${status}`;
  if ((status === "OFFERED") !== (offer !== undefined)) yield `${status}, and its offer says otherwise`;
  if (reserved > 0 && status !== "OPEN" && status !== "BLOCKED") yield `reserved and ${status}`;
  const isWhole = left === registered && parents.length === 0 && !transferred;
  if (status === "WITHDRAWN" && !isWhole) yield "withdrawn after something had become of it";
  if (status === "BLOCKED" && lot.programme === undefined) yield "blocked by nobody";
}

function* references(reader: Reader, lot: Lot): Iterable<Violation> {
  const view = viewOf(reader);
  for (const id of [lot.owner, ...lot.producers])
    if (view.get(participants, id) === undefined) yield "a party of it is nobody";
  for (const id of lot.parents) if (view.get(lots, id) === undefined) yield "a parent isn't there";
  for (const id of lot.certificates)
    if (view.get(certificates, id)?.verdict !== "PASS") yield "a certificate didn't pass";
  for (const id of lot.findings)
    if (view.get(certificates, id)?.verdict !== "FAIL") yield "a finding didn't fail";
  if (lot.programme === undefined) return;
  const programme = view.get(programmes, lot.programme);
  if (programme === undefined) yield "its programme isn't there";
  else if (programme.class !== lot.class || programme.unit !== lot.unit)
    yield "its programme is of another class";
}
