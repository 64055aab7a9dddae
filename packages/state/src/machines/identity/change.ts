import type { Id } from "@touchmark/core";
import type { Context } from "../../machine.ts";
import { type Participant, participants } from "./records.ts";

/** Writes the participant with these fields changed, as it is now: never as it was read earlier. */
export function changeParticipant(ctx: Context, id: Id<"acct">, changes: Partial<Participant>): void {
  ctx.put(participants, id, { ...ctx.need(participants, id), ...changes });
}

/** L-8: every session of it is of an older generation from here on. */
export function revokeSessions(ctx: Context, id: Id<"acct">): void {
  const { sessionGeneration } = ctx.need(participants, id);
  changeParticipant(ctx, id, { sessionGeneration: sessionGeneration + 1 });
}
