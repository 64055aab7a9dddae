import { DAY, HOUR, must } from "@touchmark/core";
import { expect, test } from "vitest";
import { accreditations, standardCodes, standards } from "../../../src/machines/certification/records.ts";
import { accreditationOf, readCertificate } from "../../../src/machines/certification/standing.ts";
import { eventsOf } from "../../support/ledger.ts";
import { digestOf } from "../../support/parties.ts";
import {
  Certified,
  idIn,
  nanos,
  plantParticipant,
  plantRole,
  plantSameLegalPerson,
  REASON,
  YEAR,
} from "./certified.ts";

const content = { digest: digestOf("text"), auditMaxAge: nanos(DAY) };

test("Q-1 a code belongs to the body that used it first, and only a standards body has codes", () => {
  const world = new Certified();
  const publish = { kind: "standard.publish", code: "ISO 9001", version: 3_000, ...content } as const;
  expect(world.code("Mia", publish)).toBe("ROLE_MISSING");
  plantRole(world.ledger, "Arb", "standards");
  expect(world.code("Arb", publish)).toBe("DUPLICATE");
  expect(world.code("Arb", { ...publish, code: "ISO 9002" })).toBe("ok");
  world.expectSound();
});

test("Q-1 versions rise, one of a code is current, and the code leads to it", () => {
  const world = new Certified();
  const { standard } = world;
  const supersede = { kind: "standard.supersede", standard, version: 2015, ...content } as const;
  expect(world.code("Arb", supersede)).toBe("NOT_YOURS");
  expect(world.code("Std", supersede)).toBe("VERSION_NOT_RISING");
  const receipt = world.ledger.send("Std", { ...supersede, version: 2026 });
  const newer = idIn(receipt, "standard.superseded", "stnd", "by");
  expect(world.view.get(standards, standard)?.status).toBe("SUPERSEDED");
  expect(world.view.get(standards, newer)).toMatchObject({
    status: "CURRENT",
    code: "ISO 9001",
    version: 2026,
  });
  expect(world.view.get(standardCodes, "ISO 9001")).toEqual(newer);
  expect(world.code("Std", { ...supersede, version: 2027 })).toBe("WRONG_STATUS");
  world.expectSound();
});

test("Q-1 a withdrawn standard stays withdrawn, and its code is never used again", () => {
  const world = new Certified();
  const { standard } = world;
  const withdraw = { kind: "standard.withdraw", standard } as const;
  expect(world.code("Cert", withdraw)).toBe("NOT_YOURS");
  expect(world.code("Std", withdraw)).toBe("ok");
  expect(world.code("Std", withdraw)).toBe("WRONG_STATUS");
  const supersede = { kind: "standard.supersede", standard, version: 2026, ...content } as const;
  expect(world.code("Std", supersede)).toBe("WRONG_STATUS");
  const publish = { kind: "standard.publish", code: "ISO 9001", version: 2026, ...content } as const;
  expect(world.code("Std", publish)).toBe("DUPLICATE");
  world.expectSound();
});

test("Q-1 a body without its role decides nothing", () => {
  const world = new Certified();
  plantParticipant(world.ledger, "Std", () => ({ roles: [] }));
  expect(world.code("Std", { kind: "standard.withdraw", standard: world.standard })).toBe("ROLE_MISSING");
});

test("Q-2 a body accredits who is independent of it, verified, and of the role", () => {
  const world = new Certified();
  expect(world.code("Mia", world.grantOf("Max", "lab"))).toBe("NOT_YOURS");
  expect(world.code("Std", world.grantOf("Mia", "certifier"))).toBe("ROLE_MISSING");
  expect(world.code("Std", world.grantOf("Mia", "auditor"))).toBe("ROLE_MISSING");
  expect(world.code("Std", world.grantOf("Std", "lab"))).toBe("NOT_INDEPENDENT");
  plantSameLegalPerson(world.ledger, "Max", "Std");
  expect(world.code("Std", world.grantOf("Max", "lab"))).toBe("NOT_INDEPENDENT");
  plantParticipant(world.ledger, "Moe", () => ({ status: "UNVERIFIED" }));
  expect(world.code("Std", world.grantOf("Moe", "lab"))).toBe("NOT_VERIFIED");
  expect(world.code("Std", { kind: "standard.withdraw", standard: world.standard })).toBe("ok");
  expect(world.code("Std", world.grantOf("Mia", "lab"))).toBe("STANDARD_NOT_CURRENT");
});

test("Q-2 an accreditation ends after now, and not later than accreditationMax", () => {
  const world = new Certified();
  const next = world.after(1_000_000_000n);
  expect(world.code("Std", world.grantOf("Mia", "lab", next))).toBe("DEADLINE_PASSED");
  const time = world.after(1_000_000_000n);
  const most = nanos(time + 5n * YEAR);
  expect(world.codeAt(time, "Std", world.grantOf("Mia", "lab", nanos(most + 1n)))).toBe(
    "DEADLINE_OUT_OF_BOUNDS",
  );
  expect(world.codeAt(nanos(time + 1n), "Std", world.grantOf("Mia", "lab", nanos(most + 1n)))).toBe("ok");
});

test("Q-2 what lives or is suspended is not granted twice; what has ended is", () => {
  const world = new Certified();
  expect(world.code("Std", world.grantOf("Otto", "lab"))).toBe("DUPLICATE");
  const accreditation = must(world.accreditations["Otto"], "Otto");
  expect(world.code("Std", { kind: "accreditation.suspend", accreditation, reason: REASON })).toBe("ok");
  expect(world.code("Std", world.grantOf("Otto", "lab"))).toBe("DUPLICATE");
  expect(world.code("Std", { kind: "accreditation.revoke", accreditation, reason: REASON })).toBe("ok");
  const again = world.accredit("Otto", "lab");
  const holder = { standard: world.standard, who: world.ledger.id("Otto"), office: "lab" } as const;
  expect(accreditationOf(world.view, holder, world.ledger.now)).toEqual(again);
  world.expectSound();
});

test("Q-2 only the body suspends, reinstates and revokes, each from where it may", () => {
  const world = new Certified();
  const accreditation = must(world.accreditations["Otto"], "Otto");
  const suspend = { kind: "accreditation.suspend", accreditation, reason: REASON } as const;
  const reinstate = { kind: "accreditation.reinstate", accreditation } as const;
  const revoke = { kind: "accreditation.revoke", accreditation, reason: REASON } as const;
  for (const op of [suspend, reinstate, revoke]) expect(world.code("Otto", op)).toBe("NOT_YOURS");
  expect(world.code("Std", reinstate)).toBe("WRONG_STATUS");
  expect(world.code("Std", suspend)).toBe("ok");
  expect(world.code("Std", suspend)).toBe("WRONG_STATUS");
  expect(world.code("Std", reinstate)).toBe("ok");
  expect(world.code("Std", revoke)).toBe("ok");
  for (const op of [suspend, reinstate, revoke]) expect(world.code("Std", op)).toBe("WRONG_STATUS");
  // Its timer has gone with it, and all others run.
  world.ledger.wait(4n * YEAR);
  const statuses = Object.values(world.accreditations).map(
    (id) => world.view.get(accreditations, id)?.status,
  );
  expect(statuses).toEqual(["EXPIRED", "EXPIRED", "EXPIRED", "EXPIRED", "REVOKED"]);
  world.expectSound();
});

/** With an accreditation of Mia as a laboratory for a day, its timer run or still waiting. */
function endedIn(blockTimersMax: number | undefined, suspended: boolean) {
  const world = new Certified(blockTimersMax === undefined ? {} : { blockTimersMax });
  const until = world.after(DAY);
  const accreditation = world.accredit("Mia", "lab", until);
  const lot = world.register(10);
  const certificate = world.issue(lot, "PASS", "Mia");
  if (suspended)
    expect(world.code("Std", { kind: "accreditation.suspend", accreditation, reason: REASON })).toBe("ok");
  const ops = world.certificateOf(lot);
  const atEnd = world.codeAt(until, "Mia", ops);
  const after = world.codeAt(nanos(until + 1n), "Mia", ops);
  return { world, accreditation, certificate, atEnd, after };
}

test.each([undefined, 0])("Q-2 an accreditation holds up to its nanosecond (timers a block: %s)", (most) => {
  const { world, accreditation, certificate, atEnd, after } = endedIn(most, false);
  expect([atEnd, after]).toEqual(["ok", "NOT_ACCREDITED"]);
  // What was said in its time stays valid.
  expect(readCertificate(world.view, certificate, world.ledger.now)).toBe("VALID");
  expect(world.code("Std", { kind: "accreditation.suspend", accreditation, reason: REASON })).toBe(
    "WRONG_STATUS",
  );
  expect(world.view.get(accreditations, accreditation)?.status).toBe(most === 0 ? "ACTIVE" : "EXPIRED");
  expect(world.code("Std", world.grantOf("Mia", "lab"))).toBe("ok");
  world.expectSound();
});

test.each([undefined, 0])(
  "Q-2 who is suspended doesn't come clean by waiting (timers a block: %s)",
  (most) => {
    const { world, accreditation, certificate, atEnd } = endedIn(most, true);
    expect(atEnd).toBe("NOT_ACCREDITED");
    expect(readCertificate(world.view, certificate, world.ledger.now)).toBe("FLAGGED");
    // The body may still lift it, and nobody is accredited by that.
    const reinstate = { kind: "accreditation.reinstate", accreditation } as const;
    expect(world.code("Std", reinstate)).toBe("ok");
    expect(world.code("Std", reinstate)).toBe("WRONG_STATUS");
    expect(readCertificate(world.view, certificate, world.ledger.now)).toBe("VALID");
    expect(world.code("Mia", world.certificateOf(world.register(1)))).toBe("NOT_ACCREDITED");
  },
);

test.each([undefined, 0])("Q-2 what has ended may still be revoked (timers a block: %s)", (most) => {
  const { world, accreditation, certificate } = endedIn(most, false);
  expect(world.code("Std", { kind: "accreditation.revoke", accreditation, reason: REASON })).toBe("ok");
  expect(readCertificate(world.view, certificate, world.ledger.now)).toBe("FLAGGED");
  world.expectSound();
});

test("L-11, Q-2 of two that end together, the one whose timer waits is ended by the grant behind it", () => {
  const world = new Certified({ blockTimersMax: 1 });
  const until = world.after(DAY);
  const both = ["Mia", "Max"].map((name) => world.accredit(name, "lab", until));
  const ops = ["Mia", "Max"].map((name) => world.grantOf(name, "lab", nanos(until + DAY)));
  const receipt = world.ledger.sendAny({ by: "Std", ops, time: nanos(until + 1n) });
  expect(eventsOf(receipt).filter((it) => it === "accreditation.expired")).toHaveLength(1);
  world.ledger.wait(HOUR);
  world.ledger.wait(HOUR);
  expect(both.map((id) => world.view.get(accreditations, id)?.status)).toEqual(["EXPIRED", "EXPIRED"]);
  world.expectSound();
});

test("Q-2 who has lost its role or its standing is accredited no more", () => {
  const world = new Certified();
  const programme = world.apply();
  plantParticipant(world.ledger, "Aud", () => ({ roles: [] }));
  expect(world.code("Aud", world.auditOf(programme))).toBe("NOT_ACCREDITED");
});

test("Q-2 what one party can pile up is bounded", () => {
  const world = new Certified();
  plantParticipant(world.ledger, "Std", () => ({ openObjects: 10_000 }));
  expect(world.code("Std", world.grantOf("Mia", "lab"))).toBe("TOO_MANY_OPEN");
  plantParticipant(world.ledger, "Sue", () => ({ openObjects: 10_000 }));
  expect(world.code("Sue", world.applyOf())).toBe("TOO_MANY_OPEN");
  expect(world.code("Sue", world.registerOf(1))).toBe("TOO_MANY_OPEN");
});
