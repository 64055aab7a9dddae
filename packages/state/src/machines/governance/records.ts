/** Proposals, votes, the roster of arbiters, and what was brought against validators. */
import {
  binary,
  boolean,
  digestSchema,
  Epoch,
  idSchema,
  integer,
  list,
  Nanos,
  optional,
  Seq,
  tuple,
  type ValueOf,
} from "@touchmark/core";
import { choice } from "../../choice.ts";
import { keyspace } from "../../keyspace.ts";
import { VALIDATORS_MAX } from "../../validators.ts";
import { ONLY_SCHEMA } from "../../versions.ts";
import { acct, publicKey } from "../identity/records.ts";
import { actionSchema } from "./actions.ts";

export const ARBITERS_MAX = 256;

/** Who may be named as arbiter, ascending by id. One leaf; none where there is nobody. */
export const arbiterRoster = keyspace("arbiters", ONLY_SCHEMA, list(acct, 1, ARBITERS_MAX));

const PROPOSAL_STATUSES = ["OPEN", "PASSED", "EXECUTED", "REJECTED", "VETOED", "FAILED"] as const;

const vote = tuple({ participant: acct, approves: boolean });
export type Vote = ValueOf<typeof vote>;

const count = integer(0, Number.MAX_SAFE_INTEGER);

const proposal = tuple({
  action: actionSchema,
  proposer: acct,
  closesAt: Nanos.schema,
  /** When it takes effect; it has passed then. */
  executesAt: optional(Nanos.schema),
  /** Of participants, so that a new key is no new vote; only of those that had a seat at the last vote. */
  votes: list(vote, 0, VALIDATORS_MAX),
  /** Members' votes, by legal person, where the kind lets them veto. */
  membersFor: count,
  membersAgainst: count,
  status: choice(PROPOSAL_STATUSES),
});
export type Proposal = ValueOf<typeof proposal>;
export const proposals = keyspace("proposals", idSchema("prop"), proposal);

/** The one that is open, or has passed and waits, for each kind and target. */
export const openProposals = keyspace(
  "openProposals",
  tuple({ action: integer(1, 65_535), target: binary(0, 64) }),
  idSchema("prop"),
);

/** What a legal person said to a proposal. */
export const memberVotes = keyspace(
  "memberVotes",
  tuple({ proposal: idSchema("prop"), legalDigest: digestSchema }),
  boolean,
);

/** A signed batch that somebody waits to bring another one against: at most one for each lane and submitter. */
export const deposits = keyspace(
  "evidence",
  tuple({ lane: publicKey, by: acct }),
  tuple({ epoch: Epoch.schema, seq: Seq.schema, digest: digestSchema, until: Nanos.schema }),
);
