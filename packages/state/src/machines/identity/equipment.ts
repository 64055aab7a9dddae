/**
 * I-10: machines that make, measure or read, each with a key of its own.
 *
 *   – → register → ACTIVE ⇄ (suspend, resume) SUSPENDED; ACTIVE, SUSPENDED → retire → RETIRED*
 *
 * While a job runs on it, its key stays and so does it. `handover.ts` has what happens between two owners.
 */
import {
  addNanos,
  digestSchema,
  equalBytes,
  type Id,
  idSchema,
  list,
  Nanos,
  optional,
  text,
} from "@touchmark/core";
import { choice } from "../../choice.ts";
import { type Context, operation } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { needAccredited } from "../certification/standing.ts";
import {
  machineCalibrated,
  machineRegistered,
  machineResumed,
  machineRetired,
  machineRotated,
  machineSuspended,
  machineUpdated,
} from "./events.ts";
import { closeObject, needIndependent, needVerified, openObject } from "./guards.ts";
import { claimKey } from "./key-registry.ts";
import { type Equipment, MACHINE_KINDS, machineSerials, machines, publicKey } from "./records.ts";
import { proofSchema } from "./registration.ts";

const mach = idSchema("mach");
const place = { site: text(0, 64), region: text(0, 32), tags: list(text(1, 32), 0, 16) } as const;

/** A machine of the acting participant that isn't RETIRED. */
export function needOwnMachine(ctx: Context, id: Id<"mach">): Equipment {
  const machine = ctx.need(machines, id);
  check(equalBytes(machine.owner, ctx.acting), "NOT_YOURS");
  check(machine.status !== "RETIRED", "WRONG_STATUS");
  return machine;
}

export function needIdle(machine: Equipment): void {
  check(machine.openJobs === 0, "MACHINE_BUSY");
}

export const register = operation({
  name: "machine.register",
  number: 120,
  fields: {
    type: choice(MACHINE_KINDS),
    model: text(1, 64),
    serial: text(1, 64),
    ...place,
    key: publicKey,
    proof: proofSchema,
    parent: optional(mach),
  },
  who: "owner to be, VERIFIED",
  guard:
    "(model, serial) never used; key new and fit, possession proven; the parent one's own, not RETIRED → ACTIVE",
  codes: [],
  events: [machineRegistered],
  since: 1,
  objects: ({ parent }) => (parent === undefined ? [] : [parent]),
  run(ctx, { type, proof, ...fields }) {
    const owner = ctx.acting;
    const { model, serial, key, parent, site, region, tags } = fields;
    needVerified(ctx, owner);
    check(ctx.get(machineSerials, { model, serial }) === undefined, "DUPLICATE");
    if (parent !== undefined) needOwnMachine(ctx, parent);
    openObject(ctx, owner);
    const id = ctx.newId("mach");
    claimKey(ctx, { algorithm: "ed25519", key, record: { kind: "machine", id }, serves: owner, proof });
    ctx.put(machineSerials, { model, serial }, id);
    ctx.put(machines, id, {
      owner,
      kind: type,
      model,
      serial,
      site,
      region,
      tags,
      key,
      parent,
      calibratedUntil: undefined,
      openJobs: 0,
      offer: undefined,
      status: "ACTIVE",
    });
    ctx.emit(machineRegistered, { machine: id, owner, type, model, serial, key });
  },
});

export const update = operation({
  name: "machine.update",
  number: 121,
  fields: { machine: mach, ...place },
  who: "owner",
  guard: "not RETIRED → site, region, tags",
  codes: [],
  events: [machineUpdated],
  since: 1,
  objects: ({ machine }) => [machine],
  run(ctx, { machine: id, site, region, tags }) {
    ctx.put(machines, id, { ...needOwnMachine(ctx, id), site, region, tags });
    ctx.emit(machineUpdated, { machine: id });
  },
});

export const rotate = operation({
  name: "machine.rotate",
  number: 122,
  fields: { machine: mach, key: publicKey, proof: proofSchema },
  who: "owner",
  guard: "no job runs on it; key new and fit, possession proven → the new one acts",
  codes: ["MACHINE_BUSY"],
  events: [machineRotated],
  by: ["key"],
  since: 1,
  run(ctx, { machine: id, key, proof }) {
    const machine = needOwnMachine(ctx, id);
    needIdle(machine);
    const record = { kind: "machine", id } as const;
    claimKey(ctx, { algorithm: "ed25519", key, record, serves: machine.owner, proof });
    ctx.put(machines, id, { ...machine, key });
    ctx.emit(machineRotated, { machine: id, key });
  },
});

export const suspend = operation({
  name: "machine.suspend",
  number: 123,
  fields: { machine: mach },
  who: "owner",
  guard: "ACTIVE → SUSPENDED: its key does nothing",
  codes: [],
  events: [machineSuspended],
  since: 1,
  objects: ({ machine }) => [machine],
  run(ctx, { machine: id }) {
    const machine = needOwnMachine(ctx, id);
    check(machine.status === "ACTIVE", "WRONG_STATUS");
    ctx.put(machines, id, { ...machine, status: "SUSPENDED" });
    ctx.emit(machineSuspended, { machine: id });
  },
});

export const resume = operation({
  name: "machine.resume",
  number: 124,
  fields: { machine: mach },
  who: "owner",
  guard: "SUSPENDED → ACTIVE",
  codes: [],
  events: [machineResumed],
  since: 1,
  objects: ({ machine }) => [machine],
  run(ctx, { machine: id }) {
    const machine = needOwnMachine(ctx, id);
    check(machine.status === "SUSPENDED", "WRONG_STATUS");
    ctx.put(machines, id, { ...machine, status: "ACTIVE" });
    ctx.emit(machineResumed, { machine: id });
  },
});

export const retire = operation({
  name: "machine.retire",
  number: 125,
  fields: { machine: mach },
  who: "owner",
  guard: "no job runs on it → RETIRED; an offer of it is gone",
  codes: ["MACHINE_BUSY"],
  events: [machineRetired],
  since: 1,
  objects: ({ machine }) => [machine],
  run(ctx, { machine: id }) {
    const machine = needOwnMachine(ctx, id);
    needIdle(machine);
    ctx.put(machines, id, { ...machine, status: "RETIRED", offer: undefined });
    closeObject(ctx, machine.owner);
    ctx.emit(machineRetired, { machine: id, owner: machine.owner });
  },
});

export const calibrate = operation({
  name: "machine.calibrate",
  number: 129,
  fields: { machine: mach, standard: idSchema("stnd"), until: Nanos.schema, digest: digestSchema },
  who: "auditor accredited for the standard",
  guard:
    "independent of the owner; not RETIRED; now < until ≤ now + calibrationMax, and later than before → calibratedUntil",
  codes: ["NOT_ACCREDITED"],
  events: [machineCalibrated],
  by: ["key"],
  since: 1,
  run(ctx, { machine: id, standard, until, digest }) {
    const auditor = ctx.acting;
    needAccredited(ctx, standard, "auditor");
    const machine = ctx.need(machines, id);
    check(machine.status !== "RETIRED", "WRONG_STATUS");
    needIndependent(ctx, machine.owner, auditor);
    check(until > ctx.now, "DEADLINE_PASSED");
    check(until <= addNanos(ctx.now, ctx.parameter("calibrationMax")), "DEADLINE_OUT_OF_BOUNDS");
    // Else any auditor could end what another one measured.
    check(machine.calibratedUntil === undefined || until > machine.calibratedUntil, "DEADLINE_OUT_OF_BOUNDS");
    ctx.put(machines, id, { ...machine, calibratedUntil: until });
    ctx.emit(machineCalibrated, { machine: id, auditor, standard, until, digest });
  },
});
