/** What an auditor found at a producer's. Every finding stays; a failure outweighs all that passed before it. */
import { digestSchema } from "@touchmark/core";
import { operation } from "../../machine.ts";
import { check } from "../../refusal.ts";
import { needIndependent } from "../identity/guards.ts";
import { audited } from "./events.ts";
import { audits, programmeId, programmes, verdict } from "./records.ts";
import { needAccredited, programmeStatus } from "./standing.ts";

export const recordAudit = operation({
  name: "audit.record",
  number: 221,
  fields: { programme: programmeId, verdict, digest: digestSchema },
  who: "an accredited auditor",
  guard: "APPLIED, ACTIVE or SUSPENDED; independent of the producer → on record",
  codes: ["NOT_ACCREDITED"],
  events: [audited],
  objects: (fields) => [fields.programme],
  since: 1,
  run(ctx, { programme: id, verdict: found, digest }) {
    const programme = ctx.need(programmes, id);
    const status = programmeStatus(programme, ctx.now);
    check(status === "APPLIED" || status === "ACTIVE" || status === "SUSPENDED", "WRONG_STATUS");
    const accreditation = needAccredited(ctx, programme.standard, "auditor");
    const auditor = ctx.acting;
    needIndependent(ctx, auditor, programme.producer);
    const audit = ctx.newId("audt");
    ctx.put(audits, audit, {
      programme: id,
      auditor,
      accreditation,
      verdict: found,
      digest,
      at: ctx.now,
    });
    if (found === "FAIL") ctx.put(programmes, id, { ...programme, failedAt: ctx.now });
    ctx.emit(audited, { audit, programme: id, auditor, verdict: found, digest });
  },
});
