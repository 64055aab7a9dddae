import { DAY, type Id, must } from "@touchmark/core";
import { expect } from "vitest";
import { lots } from "../../../src/machines/materials/records.ts";
import { codeOf } from "../../support/ledger.ts";
import { digestOf } from "../../support/parties.ts";
import { type Certified, idIn, quantity } from "../certification/certified.ts";

export const SECOND = 1_000_000_000n;
const DIGEST = digestOf("mixture");

export function lotOf(world: Certified, id: Id<"lot">) {
  return must(world.view.get(lots, id), "a lot");
}

export function splitOf(lot: Id<"lot">, ...quantities: readonly number[]) {
  return { kind: "lot.split", lot, quantities: quantities.map(quantity) } as const;
}

export function mergeOf(...ids: readonly Id<"lot">[]) {
  return { kind: "lot.merge", lots: ids, digest: DIGEST } as const;
}

export function partsOf(
  world: Certified,
  lot: Id<"lot">,
  ...quantities: readonly number[]
): readonly Id<"lot">[] {
  const receipt = world.ledger.send("Sue", splitOf(lot, ...quantities));
  expect(codeOf(receipt)).toBe("ok");
  const events = receipt.events.filter((it) => it.kind === "lot.split");
  return events.map((event) => idIn({ ...receipt, events: [event] }, "lot.split", "lot", "part"));
}

export function merged(world: Certified, ids: readonly Id<"lot">[], by = "Sue"): Id<"lot"> {
  return idIn(world.ledger.send(by, mergeOf(...ids)), "lot.merged", "lot", "lot");
}

/** From Sue to this one, for nothing. */
export function given(world: Certified, lot: Id<"lot">, to: string, from = "Sue"): void {
  const terms = { to: world.ledger.id(to), price: undefined, until: world.after(DAY) };
  expect(world.code(from, { kind: "lot.offer", lot, ...terms })).toBe("ok");
  const { left } = lotOf(world, lot);
  expect(world.code(to, { kind: "lot.accept", lot, quantity: left, price: undefined })).toBe("ok");
}
