/** What a certificate may be about: whose it is, and where the thing itself remembers it. */
import type { Id } from "@touchmark/core";
import type { Context } from "../../machine.ts";
import { check, refuse } from "../../refusal.ts";
import { machines } from "../identity/records.ts";
import { CERTIFICATES_MAX, lots } from "../materials/records.ts";
import { type Certificate, type CertificateSubject, certificates } from "./records.ts";

/** Owner, makers and authors: nobody judges what is theirs. */
export function partiesOf(ctx: Context, subject: CertificateSubject): readonly Id<"acct">[] {
  switch (subject.kind) {
    case "lot": {
      const { owner, producers } = ctx.need(lots, subject.id);
      return [owner, ...producers];
    }
    case "machine":
      return [ctx.need(machines, subject.id).owner];
    default:
      // No design version, kit or unit is in the state before the machine that makes them; it adds its case here.
      return refuse("NOT_FOUND", { what: subject.kind });
  }
}

/** A lot carries its papers along, when it is split or merged; others are found by their subject. */
export function attach(
  ctx: Context,
  { subject, verdict }: Pick<Certificate, "subject" | "verdict">,
  id: Id<"cert">,
) {
  if (subject.kind !== "lot") return;
  const lot = ctx.need(lots, subject.id);
  check(lot.status !== "WITHDRAWN", "WRONG_STATUS");
  const list = verdict === "PASS" ? lot.certificates : lot.findings;
  const isFull = list.length === CERTIFICATES_MAX;
  // Papers that were taken back don't keep new ones out: else a friend could fill the list, and revoke.
  const kept = isFull ? list.filter((it) => ctx.need(certificates, it).revokedBy === undefined) : list;
  check(kept.length < CERTIFICATES_MAX, "LIST_FULL");
  const added = [...kept, id];
  const lists = verdict === "PASS" ? { certificates: added } : { findings: added };
  ctx.put(lots, subject.id, { ...lot, ...lists });
}
