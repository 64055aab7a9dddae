/**
 * G-1: proposals of validators, one open for each kind and target.
 *
 *   open → OPEN → (enough for it) PASSED → ⏱executesAt → EXECUTED | VETOED | FAILED
 *   OPEN → (can't pass any more) REJECTED; OPEN → ⏱closesAt → PASSED | REJECTED
 *
 * It is counted by the set of now: at each vote, at closesAt, and again at executesAt. So a proposal that has waited
 * under one set takes effect under another only if that one is for it too. A validator may change its vote as long
 * as nothing has come of it: that is what the delay is for.
 *
 * Attacks. One that opens nonsense to keep a place from others: a rejecting vote and the right proposal fit one
 * transaction. Votes by key: there are none, votes are participants'. A payload that was good once: it is judged when
 * the proposal is opened, and when it takes effect; what is refused then changes nothing.
 */
import { addNanos, boolean, equalBytes, type Id, idSchema, Nanos } from "@touchmark/core";
import { type Context, operation, timer } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { closeObject, needVerified, openObject } from "../identity/guards.ts";
import { ACTION_RULES, actionSchema, slotOf } from "./actions.ts";
import { executed, failed, memberVoted, opened, passed, rejected, vetoed, voted } from "./events.ts";
import { EXECUTION_CODES, EXECUTION_EVENTS, execute } from "./execution.ts";
import { memberVotes, openProposals, type Proposal, proposals, type Vote } from "./records.ts";
import { countedVotes, isVetoed, isVoter, tallyOf } from "./thresholds.ts";

type ProposalId = Id<"prop">;

/** What takes effect at once runs a nanosecond later all the same: always as a timer, with nobody acting. */
const AT_ONCE = Nanos.of(1n);

function needVoter(ctx: Context): void {
  check(isVoter(ctx, ctx.acting), "NOT_A_VALIDATOR");
}

function closeAs(ctx: Context, id: ProposalId, proposal: Proposal, status: Proposal["status"]): void {
  ctx.put(proposals, id, { ...proposal, status });
  ctx.remove(openProposals, slotOf(proposal.action));
  closeObject(ctx, proposal.proposer);
}

/** After a vote, or at closesAt: what has come of an open one. */
function settle(ctx: Context, id: ProposalId, proposal: Proposal, isOver: boolean): void {
  const { isPassed, isLost } = tallyOf(ctx, proposal);
  if (isPassed) {
    const { delay } = ACTION_RULES[proposal.action.kind];
    const executesAt = addNanos(ctx.now, delay === undefined ? AT_ONCE : ctx.parameter(delay));
    ctx.put(proposals, id, { ...proposal, status: "PASSED", executesAt });
    ctx.cancelTimer(proposalCloses, proposal.closesAt, { proposal: id });
    ctx.setTimer(proposalExecutes, executesAt, { proposal: id });
    ctx.emit(passed, { proposal: id, executesAt });
    return;
  }
  if (!isLost && !isOver) {
    ctx.put(proposals, id, proposal);
    return;
  }
  ctx.cancelTimer(proposalCloses, proposal.closesAt, { proposal: id });
  closeAs(ctx, id, proposal, "REJECTED");
  ctx.emit(rejected, { proposal: id });
}

export const proposalCloses = timer({
  name: "proposal.closes",
  number: 1000,
  fields: { proposal: idSchema("prop") },
  guard: "counted by the set of now: enough for it → PASSED, else REJECTED",
  codes: [],
  events: [passed, rejected],
  run(ctx, { proposal: id }) {
    settle(ctx, id, ctx.need(proposals, id), true);
  },
});

export const proposalExecutes = timer({
  name: "proposal.executes",
  number: 1001,
  fields: { proposal: idSchema("prop") },
  guard:
    "still enough for it in the set of now, no majority of members' votes against it, payload still good → EXECUTED; else FAILED or VETOED, and nothing changes",
  codes: [],
  events: [...EXECUTION_EVENTS, executed, failed, vetoed],
  run(ctx, { proposal: id }) {
    const proposal = ctx.need(proposals, id);
    if (isVetoed(proposal)) {
      closeAs(ctx, id, proposal, "VETOED");
      ctx.emit(vetoed, { proposal: id });
      return;
    }
    const refusal = ctx.attempt(() => {
      check(tallyOf(ctx, proposal).isPassed, "NOT_ENOUGH_VOTES");
      execute(ctx, proposal.action);
    }, "do");
    closeAs(ctx, id, proposal, refusal === undefined ? "EXECUTED" : "FAILED");
    if (refusal === undefined) ctx.emit(executed, { proposal: id });
    else ctx.emit(failed, { proposal: id, code: refusal.code });
  },
});

export const open = operation({
  name: "proposal.open",
  number: 1000,
  fields: { action: actionSchema, closesAt: Nanos.schema },
  who: "a validator of the current set, not suspended by evidence",
  guard:
    "none open for this kind and target; now < closesAt ≤ now + proposalTerm; the payload would be good now → OPEN with the proposer's vote for it; ⏱closesAt",
  codes: ["NOT_A_VALIDATOR", ...EXECUTION_CODES],
  events: [opened, voted, passed, rejected],
  by: ["key"],
  since: 1,
  run(ctx, { action, closesAt }) {
    needVoter(ctx);
    const slot = slotOf(action);
    check(ctx.get(openProposals, slot) === undefined, "DUPLICATE");
    check(closesAt > ctx.now, "DEADLINE_PASSED");
    check(closesAt <= addNanos(ctx.now, ctx.parameter("proposalTerm")), "DEADLINE_OUT_OF_BOUNDS");
    const fault = ctx.attempt(() => execute(ctx, action), "rehearse");
    if (fault !== undefined) refuse(fault.code, fault.data);
    const proposer = ctx.acting;
    openObject(ctx, proposer);
    const id = ctx.newId("prop");
    ctx.put(openProposals, slot, id);
    ctx.setTimer(proposalCloses, closesAt, { proposal: id });
    ctx.emit(opened, { proposal: id, action, proposer, closesAt });
    ctx.emit(voted, { proposal: id, by: proposer, approves: true });
    const votes = [{ participant: proposer, approves: true }];
    const proposal: Proposal = {
      action,
      proposer,
      closesAt,
      executesAt: undefined,
      votes,
      membersFor: 0,
      membersAgainst: 0,
      status: "OPEN",
    };
    settle(ctx, id, proposal, false);
  },
});

/** Votes of those that have left the set go, so that the list never grows past it. */
function withVote(ctx: Context, votes: readonly Vote[], given: Vote): readonly Vote[] {
  const own = votes.find((it) => equalBytes(it.participant, given.participant));
  check(own?.approves !== given.approves, "DUPLICATE");
  return [...countedVotes(ctx, votes).filter((it) => it !== own), given];
}

/** Up to when it may be voted on; none where all is over. */
function openUntil({ status, closesAt, executesAt }: Proposal): Nanos | undefined {
  if (status === "OPEN") return closesAt;
  return status === "PASSED" ? executesAt : undefined;
}

function needOpen(ctx: Context, id: ProposalId): Proposal {
  const proposal = ctx.need(proposals, id);
  const until = openUntil(proposal);
  if (until === undefined) return refuse("WRONG_STATUS");
  check(ctx.now <= until, "DEADLINE_PASSED");
  return proposal;
}

export const vote = operation({
  name: "proposal.vote",
  number: 1001,
  fields: { proposal: idSchema("prop"), approves: boolean },
  who: "a validator of the current set, not suspended by evidence",
  guard:
    "OPEN and now ≤ closesAt, or PASSED and now ≤ executesAt; not the vote that it has → counted by the set of now: PASSED, REJECTED, or still open",
  codes: ["NOT_A_VALIDATOR"],
  events: [voted, passed, rejected],
  by: ["key"],
  since: 1,
  run(ctx, { proposal: id, approves }) {
    needVoter(ctx);
    const proposal = needOpen(ctx, id);
    const votes = withVote(ctx, proposal.votes, { participant: ctx.acting, approves });
    ctx.emit(voted, { proposal: id, by: ctx.acting, approves });
    const next = { ...proposal, votes };
    // When it takes effect it is counted again; until then it stands.
    if (proposal.status === "PASSED") ctx.put(proposals, id, next);
    else settle(ctx, id, next, false);
  },
});

export const memberVote = operation({
  name: "proposal.memberVote",
  number: 1002,
  fields: { proposal: idSchema("prop"), approves: boolean },
  who: "any VERIFIED participant, once for each legal person",
  guard: "of a kind that members can veto; OPEN and now ≤ closesAt, or PASSED and now ≤ executesAt → counted",
  codes: ["NO_VETO"],
  events: [memberVoted],
  by: ["key"],
  since: 1,
  run(ctx, { proposal: id, approves }) {
    const { legalDigest } = needVerified(ctx, ctx.acting);
    const proposal = needOpen(ctx, id);
    check(ACTION_RULES[proposal.action.kind].veto, "NO_VETO");
    const place = { proposal: id, legalDigest };
    check(ctx.get(memberVotes, place) === undefined, "DUPLICATE");
    ctx.put(memberVotes, place, approves);
    const { membersFor, membersAgainst } = proposal;
    const counts = approves ? { membersFor: membersFor + 1 } : { membersAgainst: membersAgainst + 1 };
    ctx.put(proposals, id, { ...proposal, ...counts });
    ctx.emit(memberVoted, { proposal: id, by: ctx.acting, approves });
  },
});
