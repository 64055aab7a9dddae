/**
 * I-10: a machine from one owner to another. Its key stays unless the new owner sends `machine.rotate` behind
 * `machine.accept` in the same transaction: whoever knows the old secret could act for the new owner else.
 *
 *   – → offer → OFFERED → accept (the one it is offered to) → the other's · rescind (either) → –
 */
import { equalBytes, idSchema } from "@touchmark/core";
import { operation } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { needIdle, needOwnMachine } from "./equipment.ts";
import { machineAccepted, machineOffered, machineRescinded } from "./events.ts";
import { closeObject, needVerified, openObject } from "./guards.ts";
import { acct, machines, participants } from "./records.ts";

const mach = idSchema("mach");

export const offer = operation({
  name: "machine.offer",
  number: 126,
  fields: { machine: mach, to: acct },
  who: "owner",
  guard: "no job runs on it, not offered yet, to another → OFFERED",
  codes: ["SAME_PARTY", "MACHINE_BUSY"],
  events: [machineOffered],
  by: ["key"],
  since: 1,
  run(ctx, { machine: id, to }) {
    const machine = needOwnMachine(ctx, id);
    check(!equalBytes(machine.owner, to), "SAME_PARTY");
    ctx.need(participants, to);
    check(machine.offer === undefined, "WRONG_STATUS");
    needIdle(machine);
    ctx.put(machines, id, { ...machine, offer: to });
    ctx.emit(machineOffered, { machine: id, to });
  },
});

export const accept = operation({
  name: "machine.accept",
  number: 127,
  fields: { machine: mach },
  who: "the one to whom it is offered, VERIFIED",
  guard: "no job runs on it → its owner; no parent and no calibration from before",
  codes: ["MACHINE_BUSY"],
  events: [machineAccepted],
  since: 1,
  objects: ({ machine }) => [machine],
  run(ctx, { machine: id }) {
    const machine = ctx.need(machines, id);
    const { owner: from, offer: to } = machine;
    check(to !== undefined, "WRONG_STATUS");
    check(equalBytes(to, ctx.acting), "NOT_YOURS");
    needVerified(ctx, to);
    needIdle(machine);
    closeObject(ctx, from);
    openObject(ctx, to);
    // The auditor was independent of the one who sold it, and nobody asked about the one who bought it.
    const cleared = { offer: undefined, parent: undefined, calibratedUntil: undefined };
    ctx.put(machines, id, { ...machine, ...cleared, owner: to });
    ctx.emit(machineAccepted, { machine: id, from, to });
  },
});

export const rescind = operation({
  name: "machine.rescind",
  number: 128,
  fields: { machine: mach },
  who: "owner; or the one to whom it is offered",
  guard: "OFFERED → no more",
  codes: [],
  events: [machineRescinded],
  since: 1,
  objects: ({ machine }) => [machine],
  run(ctx, { machine: id }) {
    const machine = ctx.need(machines, id);
    check(machine.offer !== undefined, "WRONG_STATUS");
    const isTheirs = [machine.owner, machine.offer].some((it) => equalBytes(it, ctx.acting));
    check(isTheirs, "NOT_YOURS");
    ctx.put(machines, id, { ...machine, offer: undefined });
    ctx.emit(machineRescinded, { machine: id });
  },
});
