/** I-12: a participant leaves for good, once it has nothing, owes nothing, and nothing of others relies on it. */
import { equalBytes } from "@touchmark/core";
import { operation } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { membersOf } from "../../validators.ts";
import { changeParticipant } from "./change.ts";
import { revokeDelegationsOf } from "./delegations.ts";
import { closed, delegationRevoked } from "./events.ts";
import { dropPendingColdKey, endLameKey } from "./own-keys.ts";
import { participants } from "./records.ts";

export const close = operation({
  name: "participant.close",
  number: 113,
  fields: {},
  who: "its own key",
  guard:
    "nothing open, no balance, nothing that pays to it or relies on it, no recovery, no validator → CLOSED; delegations revoked",
  codes: ["STILL_OPEN"],
  events: [closed, delegationRevoked],
  by: ["key"],
  since: 1,
  run(ctx) {
    const id = ctx.acting;
    const { status, openObjects, balances, ties, recovery } = ctx.need(participants, id);
    check(status !== "CLOSED", "CLOSED");
    const isFree = openObjects === 0 && balances === 0 && ties === 0 && recovery === undefined;
    const validates = membersOf(ctx).some((it) => equalBytes(it.participant, id));
    check(isFree && !validates, "STILL_OPEN", { openObjects, balances, ties });
    endLameKey(ctx, id);
    dropPendingColdKey(ctx, id);
    revokeDelegationsOf(ctx, id);
    changeParticipant(ctx, id, { status: "CLOSED" });
    ctx.emit(closed, { participant: id });
  },
});
