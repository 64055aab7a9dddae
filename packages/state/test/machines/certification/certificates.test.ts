import { DAY, type Id, must, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { readCertificate } from "../../../src/machines/certification/standing.ts";
import { machines } from "../../../src/machines/identity/records.ts";
import { lots } from "../../../src/machines/materials/records.ts";
import { keyOf } from "../../support/parties.ts";
import { Certified, idIn, nanos, plantParticipant, plantSameLegalPerson, REASON } from "./certified.ts";

function reading(world: Certified, id: Id<"cert">): string | undefined {
  return readCertificate(world.view, id, world.ledger.now);
}

test("Q-4 a certifier or a laboratory certifies a lot, which remembers it", () => {
  const world = new Certified();
  const lot = world.register(100);
  const [byLab, byCertifier] = [world.issue(lot), world.issue(lot, "PASS", "Cert")];
  const failed = world.issue(lot, "FAIL", "Cert2");
  const record = must(world.view.get(lots, lot), "a lot");
  expect(record.certificates).toEqual([byLab, byCertifier]);
  expect(record.findings).toEqual([failed]);
  expect([byLab, byCertifier, failed].map((id) => reading(world, id))).toEqual(["VALID", "VALID", "VALID"]);
  world.expectSound();
});

test("Q-4 nobody else certifies, and nobody under a withdrawn standard", () => {
  const world = new Certified();
  const lot = world.register(100);
  expect(world.code("Aud", world.certificateOf(lot))).toBe("NOT_ACCREDITED");
  expect(world.code("Mia", world.certificateOf(lot))).toBe("NOT_ACCREDITED");
  expect(world.code("Std", { kind: "standard.withdraw", standard: world.standard })).toBe("ok");
  expect(world.code("Otto", world.certificateOf(lot))).toBe("STANDARD_NOT_CURRENT");
});

test("Q-4 the issuer is independent of the owner, and of whoever made it, also once it is sold", () => {
  const world = new Certified();
  const lot = world.register(100);
  const until = world.after(DAY);
  expect(
    world.code("Sue", { kind: "lot.offer", lot, to: world.ledger.id("Mia"), price: undefined, until }),
  ).toBe("ok");
  const accept = {
    kind: "lot.accept",
    lot,
    quantity: world.registerOf(100).quantity,
    price: undefined,
  } as const;
  expect(world.code("Mia", accept)).toBe("ok");
  const otto = world.ledger.id("Otto");
  plantParticipant(world.ledger, "Mia", () => ({ affiliates: [otto] }));
  expect(world.code("Otto", world.certificateOf(lot))).toBe("NOT_INDEPENDENT");
  plantParticipant(world.ledger, "Mia", () => ({ affiliates: [] }));
  expect(world.code("Otto", world.certificateOf(lot))).toBe("ok");
  plantSameLegalPerson(world.ledger, "Otto", "Sue");
  expect(world.code("Otto", world.certificateOf(lot))).toBe("NOT_INDEPENDENT");
});

test("Q-4 of a machine: independent of its owner; of what no machine of the ledger makes yet: not found", () => {
  const world = new Certified();
  const id = toId("mach", new Uint8Array(20).fill(7));
  const machine = {
    owner: world.ledger.id("Mia"),
    kind: "fabricator",
    model: "P 396",
    serial: "1",
    site: "",
    region: "",
    tags: [],
    key: keyOf("Cy"),
    parent: undefined,
    calibratedUntil: undefined,
    openJobs: 0,
    offer: undefined,
    status: "ACTIVE",
  } as const;
  world.ledger.plant(machines, id, machine);
  const of = (subject: ReturnType<typeof world.certificateOf>["subject"] | object) =>
    ({ ...world.certificateOf(world.register(1)), subject }) as ReturnType<typeof world.certificateOf>;
  expect(world.code("Otto", of({ kind: "machine", id }))).toBe("ok");
  plantSameLegalPerson(world.ledger, "Otto", "Mia");
  expect(world.code("Otto", of({ kind: "machine", id }))).toBe("NOT_INDEPENDENT");
  for (const kind of ["version", "kit", "unit", "machine", "lot"])
    expect(world.code("Otto", of({ kind, id: new Uint8Array(20).fill(8) }))).toBe("NOT_FOUND");
  world.expectSound();
});

test("Q-4 a certificate is valid up to its last nanosecond, and ends after now", () => {
  const world = new Certified();
  const lot = world.register(100);
  const time = world.after(1_000_000_000n);
  expect(world.codeAt(time, "Otto", world.certificateOf(lot, "PASS", time))).toBe("DEADLINE_PASSED");
  const until = world.after(DAY);
  const id = world.issue(lot, "PASS", "Otto", until);
  expect(readCertificate(world.view, id, until)).toBe("VALID");
  expect(readCertificate(world.view, id, nanos(until + 1n))).toBe("EXPIRED");
  expect(readCertificate(world.view, toId("cert", new Uint8Array(20)), until)).toBeUndefined();
});

test("Q-4 a suspended issuer's certificates read FLAGGED and are not rewritten", () => {
  const world = new Certified();
  const id = world.issue(world.register(100));
  plantParticipant(world.ledger, "Otto", () => ({ status: "SUSPENDED" }));
  expect(reading(world, id)).toBe("FLAGGED");
  plantParticipant(world.ledger, "Otto", () => ({ status: "VERIFIED" }));
  expect(reading(world, id)).toBe("VALID");
  const accreditation = must(world.accreditations["Otto"], "Otto");
  expect(world.code("Std", { kind: "accreditation.suspend", accreditation, reason: REASON })).toBe("ok");
  expect(reading(world, id)).toBe("FLAGGED");
  expect(world.code("Std", { kind: "accreditation.reinstate", accreditation })).toBe("ok");
  expect(reading(world, id)).toBe("VALID");
  expect(world.code("Std", { kind: "accreditation.revoke", accreditation, reason: REASON })).toBe("ok");
  expect(reading(world, id)).toBe("FLAGGED");
  // A new accreditation says nothing about what was found under the one before.
  world.accredit("Otto", "lab");
  expect(reading(world, id)).toBe("FLAGGED");
});

test("Q-4 its issuer and the body revoke it, once, also after the issuer's accreditation has ended", () => {
  const world = new Certified();
  const lot = world.register(100);
  const [mine, theirs] = [world.issue(lot), world.issue(lot)];
  const revoke = (certificate: Id<"cert">) =>
    ({ kind: "certificate.revoke", certificate, reason: REASON }) as const;
  expect(world.code("Sue", revoke(mine))).toBe("NOT_YOURS");
  expect(world.code("Cert", revoke(mine))).toBe("NOT_YOURS");
  const accreditation = must(world.accreditations["Otto"], "Otto");
  expect(world.code("Std", { kind: "accreditation.revoke", accreditation, reason: REASON })).toBe("ok");
  expect(world.code("Otto", revoke(mine))).toBe("ok");
  expect(world.code("Std", revoke(theirs))).toBe("ok");
  expect(world.code("Std", revoke(mine))).toBe("WRONG_STATUS");
  expect([mine, theirs].map((id) => reading(world, id))).toEqual(["REVOKED", "REVOKED"]);
});

test("Q-4 no value stands twice, and a lot keeps at most sixteen of each kind", () => {
  const world = new Certified();
  const lot = world.register(100);
  const op = world.certificateOf(lot);
  expect(world.code("Otto", { ...op, values: [...op.values, ...op.values] })).toBe("DUPLICATE");
  for (let i = 0; i < 16; i++) world.issue(lot, i % 2 === 0 ? "PASS" : "FAIL");
  for (let i = 0; i < 8; i++) world.issue(lot, "PASS");
  expect(world.code("Otto", op)).toBe("LIST_FULL");
  expect(world.code("Otto", world.certificateOf(lot, "FAIL"))).toBe("ok");
});

test("Q-4 papers that were taken back don't keep new ones out", () => {
  const world = new Certified();
  const lot = world.register(100);
  const friendly = Array.from({ length: 16 }, () => world.issue(lot, "FAIL"));
  expect(world.code("Cert", world.certificateOf(lot, "FAIL"))).toBe("LIST_FULL");
  const [first] = friendly;
  const revoke = { kind: "certificate.revoke", certificate: must(first, "one"), reason: REASON } as const;
  expect(world.code("Otto", revoke)).toBe("ok");
  const honest = world.issue(lot, "FAIL", "Cert");
  expect(world.view.get(lots, lot)?.findings).toEqual([...friendly.slice(1), honest]);
  world.expectSound();
});

test("Q-4 a lot that was withdrawn was never there to be certified", () => {
  const world = new Certified();
  const lot = world.register(100);
  expect(world.code("Sue", { kind: "lot.withdraw", lot })).toBe("ok");
  expect(world.code("Otto", world.certificateOf(lot))).toBe("WRONG_STATUS");
  const spent = world.register(100);
  expect(world.code("Sue", { kind: "lot.lose", lot: spent, quantity: world.registerOf(100).quantity })).toBe(
    "ok",
  );
  // A retained sample may still be found bad.
  expect(
    idIn(
      world.ledger.send("Otto", world.certificateOf(spent, "FAIL")),
      "certificate.issued",
      "cert",
      "certificate",
    ),
  ).toHaveLength(20);
  world.expectSound();
});
