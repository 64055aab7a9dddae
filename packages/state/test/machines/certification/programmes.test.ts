import { DAY, must } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { codeOf } from "../../support/ledger.ts";
import { digestOf } from "../../support/parties.ts";
import {
  Certified,
  nanos,
  participantOf,
  plantParticipant,
  plantRole,
  plantSameLegalPerson,
  quantity,
  REASON,
  YEAR,
} from "./certified.ts";

const SECOND = 1_000_000_000n;

function certifyOf(programme: ReturnType<Certified["apply"]>, audit: ReturnType<Certified["audit"]>) {
  return { kind: "programme.certify", programme, audit } as const;
}

function amendOf(
  programme: ReturnType<Certified["apply"]>,
  capacity: number,
  audit?: ReturnType<Certified["audit"]>,
) {
  return { kind: "programme.amend", programme, capacity: quantity(capacity), audit } as const;
}

describe("an application", () => {
  test("Q-3 is for a period of at most programmeMax, not begun too far ahead, and not over", () => {
    const world = new Certified();
    const now = world.after(SECOND);
    const applied = (from: bigint, to: bigint) => {
      const code = world.code("Sue", world.applyOf({ from: nanos(from), to: nanos(to) }));
      return code;
    };
    expect(applied(now, now)).toBe("DEADLINE_OUT_OF_BOUNDS");
    expect(applied(now + 5n, now)).toBe("DEADLINE_OUT_OF_BOUNDS");
    expect(applied(now, now + 2n * YEAR + 1n)).toBe("DEADLINE_OUT_OF_BOUNDS");
    expect(applied(now + 3n * YEAR, now + 4n * YEAR)).toBe("DEADLINE_OUT_OF_BOUNDS");
    expect(applied(now - YEAR, now)).toBe("DEADLINE_PASSED");
    expect(applied(0xffff_ffff_ffff_fff0n, 0xffff_ffff_ffff_ffffn)).toBe("DEADLINE_OUT_OF_BOUNDS");
    expect(applied(now, now + 2n * YEAR)).toBe("ok");
  });

  test("Q-3 is of somebody verified, for something, under a current standard", () => {
    const world = new Certified();
    expect(world.code("Sue", world.applyOf({ capacity: 0 }))).toBe("QUANTITY_ZERO");
    plantParticipant(world.ledger, "Moe", () => ({ status: "UNVERIFIED" }));
    expect(world.code("Moe", world.applyOf())).toBe("NOT_VERIFIED");
    const old = world.publish("old");
    const content = { version: 2026, digest: digestOf("text"), auditMaxAge: nanos(DAY) };
    expect(world.code("Std", { kind: "standard.supersede", standard: old, ...content })).toBe("ok");
    expect(world.code("Sue", world.applyOf({ standard: old }))).toBe("STANDARD_NOT_CURRENT");
  });

  test.each([undefined, 0])("Q-3 lapses after its last nanosecond (timers a block: %s)", (most) => {
    const world = new Certified(most === undefined ? {} : { blockTimersMax: most });
    const early = world.apply();
    const late = world.apply();
    const [first, second] = [world.audit(early), world.audit(late)];
    const { lapsesAt } = world.programmeRecord(early);
    expect(lapsesAt).toBeGreaterThan(world.ledger.now);
    world.ledger.wait(lapsesAt - world.ledger.now - DAY);
    const again = world.audit(early);
    expect(first).not.toEqual(again);
    expect(world.codeAt(lapsesAt, "Cert", certifyOf(early, again))).toBe("ok");
    const over = world.programmeRecord(late).lapsesAt;
    expect(world.codeAt(nanos(over + 1n), "Cert", certifyOf(late, second))).toBe("WRONG_STATUS");
    expect(world.code("Aud", world.auditOf(late))).toBe("WRONG_STATUS");
    expect(world.programmeRecord(late).status).toBe(most === 0 ? "APPLIED" : "LAPSED");
    if (most === undefined) expect(participantOf(world.ledger, "Sue")?.openObjects).toBe(1);
    world.expectSound();
  });
});

describe("a certification", () => {
  test("Q-3 rests on a passed audit of this programme by an accredited auditor", () => {
    const world = new Certified();
    const [programme, other] = [world.apply(), world.apply()];
    expect(world.code("Mia", world.auditOf(programme))).toBe("NOT_ACCREDITED");
    const elsewhere = world.audit(other);
    const failed = world.audit(programme, "Ivo", "FAIL");
    expect(world.code("Cert", certifyOf(programme, elsewhere))).toBe("AUDIT_OF_ANOTHER");
    expect(world.code("Cert", certifyOf(programme, failed))).toBe("AUDIT_FAILED");
    const audit = world.audit(programme);
    expect(world.code("Mia", certifyOf(programme, audit))).toBe("NOT_ACCREDITED");
    expect(world.code("Otto", certifyOf(programme, audit))).toBe("NOT_ACCREDITED");
    expect(world.code("Cert", certifyOf(programme, audit))).toBe("ok");
    expect(world.code("Cert2", certifyOf(programme, audit))).toBe("WRONG_STATUS");
    expect(world.programmeRecord(programme)).toMatchObject({ status: "ACTIVE", audit, used: 0 });
    world.expectSound();
  });

  test("Q-3 a failure outweighs every pass before it, whoever gave that", () => {
    const world = new Certified();
    const programme = world.apply();
    const passed = world.audit(programme, "Aud");
    world.audit(programme, "Ivo", "FAIL");
    expect(world.code("Cert", certifyOf(programme, passed))).toBe("AUDIT_FAILED");
    expect(world.code("Cert", certifyOf(programme, world.audit(programme, "Aud")))).toBe("ok");
  });

  test("Q-3 a pass and a failure of one nanosecond are a failure", () => {
    const world = new Certified();
    const programme = world.apply();
    const time = world.after(SECOND);
    const { receipts } = world.ledger.block([
      { by: "Ivo", ops: [world.auditOf(programme, "FAIL")], time },
      { by: "Aud", ops: [world.auditOf(programme)], time },
    ]);
    const event = must(receipts[1]?.events[0], "the pass");
    const op = { ...certifyOf(programme, world.audit(world.apply())), audit: event["audit"] };
    expect(world.ledger.sendAny({ by: "Cert", ops: [op] }).refusal?.code).toBe("AUDIT_FAILED");
  });

  test("Q-3 an audit is young enough up to its last nanosecond", () => {
    const world = new Certified();
    const { ledger } = world;
    const standard = world.publish("daily", DAY);
    const grant = { kind: "accreditation.grant", standard, until: world.after(YEAR) } as const;
    const offices = [
      { ...grant, who: ledger.id("Aud"), office: "auditor" },
      { ...grant, who: ledger.id("Cert"), office: "certifier" },
    ] as const;
    expect(world.code("Std", ...offices)).toBe("ok");
    const [first, second] = [world.apply({ standard }), world.apply({ standard })];
    const early = world.audit(first);
    const due = nanos(ledger.now + DAY);
    expect(world.codeAt(nanos(due + 1n), "Cert", certifyOf(first, early))).toBe("AUDIT_TOO_OLD");
    const late = world.audit(second);
    expect(world.codeAt(nanos(ledger.now + DAY), "Cert", certifyOf(second, late))).toBe("ok");
  });

  test("Q-3 certifier, auditor and producer are pairwise independent, now and not only then", () => {
    const pairs = [
      ["Cert", "Sue"],
      ["Cert", "Aud"],
      ["Aud", "Sue"],
    ] as const;
    for (const [name, as] of pairs) {
      const world = new Certified();
      const programme = world.apply();
      const audit = world.audit(programme);
      plantSameLegalPerson(world.ledger, name, as);
      expect(world.code("Cert", certifyOf(programme, audit))).toBe("NOT_INDEPENDENT");
    }
  });

  test("Q-3 nobody audits its own, its affiliate's, or whom it acts for", () => {
    const world = new Certified();
    const programme = world.apply();
    const auditor = world.ledger.id("Aud");
    plantParticipant(world.ledger, "Sue", () => ({ affiliates: [auditor] }));
    expect(world.code("Aud", world.auditOf(programme))).toBe("NOT_INDEPENDENT");
  });

  test("Q-3 an auditor that may act for the certifier, or for the producer, doesn't count as another", () => {
    for (const party of ["Cert", "Sue"]) {
      const world = new Certified();
      const programme = world.apply();
      const audit = world.audit(programme);
      world.delegate(party, "Aud", [222]);
      expect(world.code("Cert", certifyOf(programme, audit))).toBe("NOT_INDEPENDENT");
      // Nor by the hand of the delegate itself.
      const sent = { by: "Aud", for: world.ledger.id(party), ops: [certifyOf(programme, audit)] };
      expect(codeOf(world.ledger.sendAny(sent))).toBe(
        party === "Cert" ? "NOT_INDEPENDENT" : "NOT_ACCREDITED",
      );
    }
  });

  test("Q-3 an auditor or a producer that was stopped since carries no decision", () => {
    const world = new Certified();
    const programme = world.apply();
    const audit = world.audit(programme);
    const accreditation = must(world.accreditations["Aud"], "Aud");
    expect(world.code("Std", { kind: "accreditation.suspend", accreditation, reason: REASON })).toBe("ok");
    expect(world.code("Cert", certifyOf(programme, audit))).toBe("NOT_ACCREDITED");
    expect(world.code("Std", { kind: "accreditation.reinstate", accreditation })).toBe("ok");
    plantParticipant(world.ledger, "Sue", () => ({ status: "SUSPENDED" }));
    expect(world.code("Cert", certifyOf(programme, audit))).toBe("NOT_VERIFIED");
  });

  test("Q-1 nothing new begins on a standard that isn't current; what runs, runs on", () => {
    const world = new Certified();
    const running = world.programme();
    const programme = world.apply();
    const audit = world.audit(programme);
    expect(world.code("Std", { kind: "standard.withdraw", standard: world.standard })).toBe("ok");
    expect(world.code("Cert", certifyOf(programme, audit))).toBe("STANDARD_NOT_CURRENT");
    expect(world.code("Sue", world.registerOf(100, { programme: running }))).toBe("ok");
    const more = world.audit(running);
    expect(world.code("Cert", amendOf(running, 2_000, more))).toBe("ok");
  });
});

describe("an amendment", () => {
  test("Q-3 more capacity needs an audit after the last decision; the one before carried that", () => {
    const world = new Certified();
    const programme = world.apply();
    const [spare, used] = [world.audit(programme, "Ivo"), world.audit(programme)];
    expect(world.code("Cert", certifyOf(programme, used))).toBe("ok");
    expect(world.code("Cert", amendOf(programme, 1_001))).toBe("AUDIT_MISSING");
    expect(world.code("Cert", amendOf(programme, 1_001, used))).toBe("AUDIT_NOT_NEW");
    expect(world.code("Cert", amendOf(programme, 1_001, spare))).toBe("AUDIT_NOT_NEW");
    const next = world.audit(programme);
    expect(world.code("Cert", amendOf(programme, 1_001, next))).toBe("ok");
    expect(world.code("Cert", amendOf(programme, 1_002, next))).toBe("AUDIT_NOT_NEW");
    world.expectSound();
  });

  test("Q-3 an audit that carries no certification carries no amendment", () => {
    const world = new Certified();
    const [programme, other] = [world.programme(), world.programme()];
    const raise = (audit: ReturnType<Certified["audit"]>) =>
      world.code("Cert", amendOf(programme, 2_000, audit));
    expect(raise(world.audit(other))).toBe("AUDIT_OF_ANOTHER");
    const passed = world.audit(programme);
    expect(raise(world.audit(programme, "Ivo", "FAIL"))).toBe("AUDIT_FAILED");
    expect(raise(passed)).toBe("AUDIT_FAILED");
    const old = world.audit(programme);
    world.ledger.wait(180n * DAY);
    expect(raise(old)).toBe("AUDIT_TOO_OLD");
    expect(raise(world.audit(programme))).toBe("ok");
    world.expectSound();
  });

  test("Q-3 capacity never goes below what is used, nor past what a number holds", () => {
    const world = new Certified();
    const programme = world.programme();
    world.register(400, { programme });
    expect(world.code("Cert", amendOf(programme, 399))).toBe("CAPACITY_BELOW_USED");
    expect(world.code("Cert", amendOf(programme, 400))).toBe("ok");
    expect(world.code("Sue", world.registerOf(1, { programme }))).toBe("CAPACITY_EXCEEDED");
    const most = Number.MAX_SAFE_INTEGER;
    expect(world.code("Cert", amendOf(programme, most, world.audit(programme)))).toBe("ok");
    expect(world.code("Sue", world.registerOf(most, { programme }))).toBe("CAPACITY_EXCEEDED");
    expect(world.code("Sue", world.registerOf(most - 400, { programme }))).toBe("ok");
    expect(world.programmeRecord(programme).used).toBe(most);
    world.expectSound();
  });

  test("Q-3 only its certifier, accredited still, or the independent body raises it", () => {
    const world = new Certified();
    const programme = world.programme();
    const audit = world.audit(programme);
    expect(world.code("Cert2", amendOf(programme, 5, audit))).toBe("NOT_YOURS");
    expect(world.code("Sue", amendOf(programme, 5))).toBe("NOT_YOURS");
    const accreditation = must(world.accreditations["Cert"], "Cert");
    expect(world.code("Std", { kind: "accreditation.revoke", accreditation, reason: REASON })).toBe("ok");
    expect(world.code("Cert", amendOf(programme, 2_000, audit))).toBe("NOT_ACCREDITED");
    expect(world.code("Cert", amendOf(programme, 900))).toBe("ok");
    expect(world.code("Std", amendOf(programme, 2_000, audit))).toBe("ok");
    plantSameLegalPerson(world.ledger, "Std", "Sue");
    expect(world.code("Std", amendOf(programme, 3_000, world.audit(programme)))).toBe("NOT_INDEPENDENT");
  });
});

describe("a stop", () => {
  const stops = (programme: ReturnType<Certified["apply"]>) => ({
    suspend: { kind: "programme.suspend", programme, reason: REASON } as const,
    reinstate: { kind: "programme.reinstate", programme } as const,
    revoke: { kind: "programme.revoke", programme, reason: REASON } as const,
  });

  test("Q-3 a suspended programme registers nothing until it is reinstated", () => {
    const world = new Certified();
    const programme = world.programme();
    const { suspend, reinstate } = stops(programme);
    expect(world.code("Cert2", suspend)).toBe("NOT_YOURS");
    expect(world.code("Cert", reinstate)).toBe("WRONG_STATUS");
    expect(world.code("Cert", suspend)).toBe("ok");
    expect(world.code("Cert", suspend)).toBe("WRONG_STATUS");
    expect(world.code("Sue", world.registerOf(1, { programme }))).toBe("WRONG_STATUS");
    expect(world.code("Cert", reinstate)).toBe("ok");
    expect(world.code("Sue", world.registerOf(1, { programme }))).toBe("ok");
    world.expectSound();
  });

  test("Q-3 what the body suspended, or took over, the certifier doesn't reinstate", () => {
    const world = new Certified();
    const programme = world.programme();
    const { suspend, reinstate } = stops(programme);
    expect(world.code("Cert", suspend)).toBe("ok");
    expect(world.code("Std", suspend)).toBe("ok");
    expect(world.code("Std", suspend)).toBe("WRONG_STATUS");
    expect(world.code("Cert", reinstate)).toBe("NOT_YOURS");
    expect(world.code("Std", reinstate)).toBe("ok");
    expect(world.code("Cert", suspend)).toBe("ok");
    expect(world.code("Std", reinstate)).toBe("ok");
    world.expectSound();
  });

  test("Q-3 a certifier that lost its accreditation suspends, and reinstates nothing", () => {
    const world = new Certified();
    const programme = world.programme();
    const accreditation = must(world.accreditations["Cert"], "Cert");
    expect(world.code("Std", { kind: "accreditation.suspend", accreditation, reason: REASON })).toBe("ok");
    const { suspend, reinstate } = stops(programme);
    expect(world.code("Cert", suspend)).toBe("ok");
    expect(world.code("Cert", reinstate)).toBe("NOT_ACCREDITED");
  });

  test("Q-3 a revoked programme is over, with its timer, and leaves its producer's place free", () => {
    const world = new Certified();
    const programme = world.programme();
    const { suspend, reinstate, revoke } = stops(programme);
    expect(world.code("Sue", revoke)).toBe("NOT_YOURS");
    expect(world.code("Std", suspend)).toBe("ok");
    expect(world.code("Cert", revoke)).toBe("ok");
    for (const op of [suspend, reinstate, revoke]) expect(world.code("Std", op)).toBe("WRONG_STATUS");
    expect(world.code("Cert", amendOf(programme, 5))).toBe("WRONG_STATUS");
    expect(world.code("Sue", world.registerOf(1, { programme }))).toBe("WRONG_STATUS");
    world.ledger.wait(2n * YEAR);
    expect(world.programmeRecord(programme).status).toBe("REVOKED");
    expect(participantOf(world.ledger, "Sue")?.openObjects).toBe(0);
    world.expectSound();
  });

  test.each([undefined, 0])("Q-3 a programme ends after its last nanosecond (timers a block: %s)", (most) => {
    const world = new Certified(most === undefined ? {} : { blockTimersMax: most });
    const to = world.after(DAY);
    const programme = world.programme({ to });
    expect(world.codeAt(to, "Sue", world.registerOf(1, { programme }))).toBe("ok");
    expect(world.codeAt(nanos(to + 1n), "Sue", world.registerOf(1, { programme }))).toBe("NOT_IN_PERIOD");
    const { suspend, reinstate, revoke } = stops(programme);
    for (const op of [suspend, reinstate, revoke]) expect(world.code("Cert", op)).toBe("WRONG_STATUS");
    expect(world.programmeRecord(programme).status).toBe(most === 0 ? "ACTIVE" : "ENDED");
    world.expectSound();
  });

  test("Q-3 an application isn't suspended or revoked: it lapses", () => {
    const world = new Certified();
    const { suspend, revoke } = stops(world.apply());
    expect(world.code("Std", suspend)).toBe("WRONG_STATUS");
    expect(world.code("Std", revoke)).toBe("WRONG_STATUS");
    plantRole(world.ledger, "Arb", "standards");
    expect(world.code("Arb", revoke)).toBe("NOT_YOURS");
  });
});
