/**
 * G-2: how a proposal is counted: always against the set of now. Votes are by participants; only those count whose seat is
 * in the set now and isn't suspended by evidence. n is the whole set, the suspended among it: with f of n proven
 * faulty, the others are still a quorum.
 */
import { bytesToKey, equalBytes, type Id, must } from "@touchmark/core";
import type { StateView } from "../../keyspace.ts";
import { type Member, membersOf, setOf } from "../../validators.ts";
import { ACTION_RULES } from "./actions.ts";
import type { Proposal, Vote } from "./records.ts";

/** ⌈(n + f + 1) / 2⌉, as in consensus. */
export function quorumOf(n: number): number {
  const faulty = Math.floor((n - 1) / 3);
  return Math.ceil((n + faulty + 1) / 2);
}

export function majorityOf(n: number): number {
  return Math.floor(n / 2) + 1;
}

/** The seats of the current set, the suspended ones too. */
function currentSeats(state: StateView): readonly Member[] {
  const current = new Set(setOf(state).current.map(bytesToKey));
  return membersOf(state).filter((it) => current.has(bytesToKey(it.key)));
}

function votersOf(state: StateView): readonly Member[] {
  return currentSeats(state).filter((it) => it.suspendedAt === undefined);
}

export function isVoter(state: StateView, participant: Id<"acct">): boolean {
  return votersOf(state).some((it) => equalBytes(it.participant, participant));
}

/** The votes of those that have one now. */
export function countedVotes(state: StateView, votes: readonly Vote[]): readonly Vote[] {
  const voters = new Set(votersOf(state).map((it) => bytesToKey(it.participant)));
  return votes.filter((it) => voters.has(bytesToKey(it.participant)));
}

export interface Tally {
  readonly isPassed: boolean;
  /** Not even with everyone's vote who hasn't voted yet. */
  readonly isLost: boolean;
}

export function tallyOf(state: StateView, { action, votes }: Pick<Proposal, "action" | "votes">): Tally {
  const n = must(currentSeats(state).length, "a set");
  const needed = ACTION_RULES[action.kind].threshold === "quorum" ? quorumOf(n) : majorityOf(n);
  const counted = countedVotes(state, votes);
  const against = counted.filter((it) => !it.approves).length;
  return {
    isPassed: counted.length - against >= needed,
    isLost: n - against < needed,
  };
}

/** G-3: more members against it than for it. */
export function isVetoed({ action, membersFor, membersAgainst }: Proposal): boolean {
  return ACTION_RULES[action.kind].veto && membersAgainst > membersFor;
}
