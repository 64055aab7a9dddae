import type { VariantOf } from "@touchmark/core";
import type { Operation } from "../machine.ts";
import { createRegistry, type Registry } from "../registry.ts";
import { certification } from "./certification/machine.ts";
import { governance } from "./governance/machine.ts";
import { identity } from "./identity/machine.ts";
import { materials } from "./materials/machine.ts";
import { payments } from "./payments/machine.ts";

/** Every machine of the ledger. A new one is added here, and to Operations below. */
export const MACHINES = [identity, certification, materials, payments, governance] as const;

/** One `&` for each machine: `(typeof payments)["operations"] & (typeof identity)["operations"]`. */
type Operations = (typeof identity)["operations"] &
  (typeof certification)["operations"] &
  (typeof materials)["operations"] &
  (typeof payments)["operations"] &
  (typeof governance)["operations"];

type KindsOf<Ops extends Readonly<Record<string, Operation>>> = {
  readonly [Name in keyof Ops]: readonly [number: number, fields: Ops[Name]["fields"]];
};

/** An operation with its fields, of any machine, as whoever builds a transaction writes it. */
export type Op = VariantOf<KindsOf<Operations>>;

/** The registry of the ledger. */
export const registry: Registry = createRegistry(MACHINES);
