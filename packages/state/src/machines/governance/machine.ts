import type { Machine } from "../../machine.ts";
import { deposit, depositEnds, submit } from "./evidence.ts";
import { memberVote, open, proposalCloses, proposalExecutes, vote } from "./proposals.ts";
import { declare, joiningEnds, rotate } from "./seats.ts";

/** Who validates and by which rules: proposals, votes, seats, evidence (2b §11). */
export const governance = {
  name: "governance",
  operations: {
    "proposal.open": open,
    "proposal.vote": vote,
    "proposal.memberVote": memberVote,
    "validator.ready": declare,
    "validator.rotate": rotate,
    "evidence.deposit": deposit,
    "evidence.submit": submit,
  },
  timers: [proposalCloses, proposalExecutes, joiningEnds, depositEnds],
} as const satisfies Machine;
