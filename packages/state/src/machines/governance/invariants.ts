/** What must hold of governance in every state. For tests and random walks: they read the whole store. */
import { bytesToHex, bytesToKey } from "@touchmark/core";
import { type Reader, readAll, viewOf } from "../../reader.ts";
import {
  changesMax,
  joinersOf,
  membersOf,
  setOf,
  VALIDATORS_MAX,
  wantedValidators,
} from "../../validators.ts";
import { keys, participants } from "../identity/records.ts";
import { slotOf } from "./actions.ts";
import { openProposals, proposals } from "./records.ts";

type Violation = string;

function duplicates(names: readonly string[]): boolean {
  return new Set(names).size < names.length;
}

/** G-1: what is open has its slot, and every slot is of something open. */
function proposalViolations(reader: Reader): readonly Violation[] {
  const violations: Violation[] = [];
  const view = viewOf(reader);
  let open = 0;
  for (const [id, { action, status, votes, executesAt }] of readAll(reader, proposals)) {
    const name = `proposal ${bytesToHex(id)}`;
    const isOpen = status === "OPEN" || status === "PASSED";
    if (isOpen) open++;
    const holder = view.get(openProposals, slotOf(action));
    const holdsSlot = holder !== undefined && bytesToKey(holder) === bytesToKey(id);
    if (holdsSlot !== isOpen) violations.push(`${name}: ${status}, and its slot says otherwise`);
    if (status === "PASSED" && executesAt === undefined) violations.push(`${name}: passed, for no time`);
    if (duplicates(votes.map((it) => bytesToKey(it.participant))))
      violations.push(`${name}: somebody votes twice`);
  }
  const slots = [...readAll(reader, openProposals)].length;
  if (slots !== open) violations.push(`${open} proposals are open in ${slots} slots`);
  return violations;
}

/** L-19, G-4: the set, and who comes and goes. */
function seatViolations(reader: Reader): readonly Violation[] {
  const violations: Violation[] = [];
  const view = viewOf(reader);
  const { current } = setOf(view);
  const members = membersOf(view);
  const currentNames = new Set(current.map(bytesToKey));
  const wanted = wantedValidators(view);
  const most = changesMax(current.length);
  const coming = wanted.filter((key) => !currentNames.has(bytesToKey(key))).length;
  const staying = wanted.length - coming;
  if (coming > most || current.length - staying > most) violations.push("too many change with one epoch");
  if (wanted.length < 1 || wanted.length > VALIDATORS_MAX) violations.push(`${wanted.length} would validate`);
  if (joinersOf(view).length > most) violations.push("too many lanes of joiners run");
  const legal = members
    .filter((it) => it.replaces === undefined)
    .map((it) => view.get(participants, it.participant)?.legalDigest);
  if (duplicates(legal.map((it) => (it === undefined ? "nobody" : bytesToKey(it)))))
    violations.push("a legal person has two seats");
  for (const { key, replaces, participant, status } of members) {
    const name = `validator ${bytesToHex(key)}`;
    const record = view.get(keys, key);
    if (record?.kind !== "validator" || bytesToKey(record.id) !== bytesToKey(participant))
      violations.push(`${name}: its key is somebody else's`);
    const isCurrent = currentNames.has(bytesToKey(key));
    const isComing = status === "WAITING" || status === "JOINING" || status === "READY";
    if (isCurrent === isComing) violations.push(`${name}: ${status} is none of its states`);
    const target = replaces === undefined ? undefined : bytesToKey(replaces);
    const replaced = members.find((it) => bytesToKey(it.key) === target);
    if (replaces !== undefined && replaced?.status === "LEAVING")
      violations.push(`${name}: would replace one that was voted out`);
    if (replaces !== undefined && replaced === undefined) violations.push(`${name}: replaces nobody`);
  }
  return violations;
}

export function governanceViolations(reader: Reader): readonly Violation[] {
  return [...proposalViolations(reader), ...seatViolations(reader)];
}
