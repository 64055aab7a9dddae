import {
  Amount,
  boolean,
  digestSchema,
  Epoch,
  Height,
  idSchema,
  integer,
  Nanos,
  optional,
  text,
} from "@touchmark/core";
import { choice } from "../../choice.ts";
import { event } from "../../machine.ts";
import { parameterValueSchema } from "../../parameters.ts";
import { acct, publicKey } from "../identity/records.ts";
import { currencyCode } from "../payments/currency-code.ts";
import { actionSchema } from "./actions.ts";

const proposal = idSchema("prop");
const seat = { key: publicKey, participant: acct } as const;

export const opened = event("proposal.opened", 1000, {
  proposal,
  action: actionSchema,
  proposer: acct,
  closesAt: Nanos.schema,
});
export const voted = event("proposal.voted", 1001, { proposal, by: acct, approves: boolean });
export const memberVoted = event("proposal.memberVoted", 1002, { proposal, by: acct, approves: boolean });
export const passed = event("proposal.passed", 1003, { proposal, executesAt: Nanos.schema });
export const rejected = event("proposal.rejected", 1004, { proposal });
export const vetoed = event("proposal.vetoed", 1005, { proposal });
export const executed = event("proposal.executed", 1006, { proposal });
/** Passed, and yet nothing changed: the code by name. */
export const failed = event("proposal.failed", 1007, { proposal, code: text(1, 64) });

export const admitted = event("validator.admitted", 1010, { ...seat, replaces: optional(publicKey) });
export const ready = event("validator.ready", 1011, seat);
export const leaving = event("validator.leaving", 1012, seat);
/** Never came: removed, or not ready in time. */
export const dropped = event("validator.dropped", 1013, seat);
export const OFFENCES = ["doubleBatch", "brokenBatch", "doubleVote"] as const;
export const suspended = event("validator.suspended", 1014, {
  ...seat,
  offence: choice(OFFENCES),
  height: Height.schema,
});

export const parameterSet = event("parameter.set", 1020, {
  parameter: integer(1, 65_535),
  value: parameterValueSchema,
});
export const versionActivated = event("version.activated", 1021, {
  version: integer(1, 65_535),
  height: Height.schema,
});
export const kindWithdrawn = event("kind.withdrawn", 1022, { operation: integer(1, 65_535) });
export const kindRestored = event("kind.restored", 1023, { operation: integer(1, 65_535) });
export const fundSpent = event("fund.spent", 1024, {
  currency: currencyCode,
  amount: Amount.schema,
  to: acct,
  digest: digestSchema,
});
export const arbiterAdded = event("arbiter.added", 1025, { participant: acct });
export const arbiterRemoved = event("arbiter.removed", 1026, { participant: acct });

export const deposited = event("evidence.deposited", 1030, {
  lane: publicKey,
  by: acct,
  epoch: Epoch.schema,
  until: Nanos.schema,
});
