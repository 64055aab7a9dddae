import { Nanos } from "@touchmark/core";
import { expect, test } from "vitest";
import { granted, withdrawn } from "../../../src/machines/identity/events.ts";
import { hasRole } from "../../../src/machines/identity/guards.ts";
import { ROLES, type Role } from "../../../src/machines/identity/records.ts";
import { grantRole, withdrawRole } from "../../../src/machines/identity/roles.ts";
import { Ledger } from "../../support/ledger.ts";
import { probe, probeRegistry } from "../../support/probe.ts";
import { code, done, expectSound, later, participantOf, registration } from "./world.ts";

const TRADE: readonly Role[] = ["auditor", "designer", "maker", "supplier", "carrier", "financier"];

function grant(ledger: Ledger, name: string, role: Role, until?: Nanos) {
  return { kind: "participant.grant", participant: ledger.id(name), role, until } as const;
}

function withdraw(ledger: Ledger, name: string, role: Role) {
  return { kind: "participant.withdraw", participant: ledger.id(name), role } as const;
}

test("I-3 a registrar gives the roles of trade, and no other", () => {
  const ledger = new Ledger();
  for (const role of ROLES) {
    const expected = TRADE.includes(role) ? "ok" : "ROLE_NOT_GRANTABLE";
    expect([role, code(ledger, "Reg", grant(ledger, "Cy", role))]).toEqual([role, expected]);
  }
  const { roles } = participantOf(ledger, ledger.id("Cy"));
  expect(roles.map((it) => it.role)).toEqual(TRADE);
  expect(code(ledger, "Mia", grant(ledger, "Cy", "maker"))).toBe("ROLE_MISSING");
  expectSound(ledger);
});

test("I-3 a registrar gives nothing to its own group, and nothing twice", () => {
  const ledger = new Ledger();
  expect(code(ledger, "Reg", grant(ledger, "Reg", "auditor"))).toBe("NOT_INDEPENDENT");
  const op = { participant: ledger.id("Reg"), other: ledger.id("Cy"), consent: undefined };
  done(ledger, "Reg2", { kind: "participant.affiliate", ...op });
  expect(code(ledger, "Reg", grant(ledger, "Cy", "auditor"))).toBe("NOT_INDEPENDENT");
  done(ledger, "Reg2", grant(ledger, "Cy", "auditor"));
  expect(code(ledger, "Reg2", grant(ledger, "Cy", "auditor"))).toBe("DUPLICATE");
});

test("I-3 a role holds up to and with its last nanosecond, and may be given again then", () => {
  const ledger = new Ledger();
  const until = later(ledger, 5_000_000_000n);
  expect(code(ledger, "Reg", grant(ledger, "Cy", "maker", ledger.now))).toBe("DEADLINE_PASSED");
  done(ledger, "Reg", grant(ledger, "Cy", "maker", until));
  const cy = participantOf(ledger, ledger.id("Cy"));
  expect([hasRole(cy, "maker", until), hasRole(cy, "maker", Nanos.of(until + 1n))]).toEqual([true, false]);
  expect(code(ledger, "Reg", grant(ledger, "Cy", "maker"))).toBe("DUPLICATE");
  ledger.wait(5_000_000_000n);
  done(ledger, "Reg2", grant(ledger, "Cy", "maker"));
  expect(participantOf(ledger, ledger.id("Cy")).roles).toEqual([
    { role: "maker", by: ledger.id("Reg2"), until: undefined },
  ]);
});

test("I-3 a role is withdrawn by the registrar that gave it or by the participant's own, and by no third", () => {
  const ledger = new Ledger();
  done(ledger, "Reg", registration(ledger, "Nia", "Reg"));
  done(ledger, "Reg2", grant(ledger, "Nia", "maker"));
  done(ledger, "Reg", withdraw(ledger, "Nia", "maker"));
  expect(code(ledger, "Reg", withdraw(ledger, "Nia", "maker"))).toBe("ROLE_MISSING");
  done(ledger, "Reg", grant(ledger, "Nia", "maker"));
  expect(code(ledger, "Reg2", withdraw(ledger, "Nia", "maker"))).toBe("NOT_YOURS");
  // What genesis gave, only a proposal takes.
  expect(code(ledger, "Reg", withdraw(ledger, "Mia", "maker"))).toBe("NOT_YOURS");
  expect(code(ledger, "Reg", withdraw(ledger, "Reg2", "registrar"))).toBe("ROLE_NOT_GRANTABLE");
  expect(code(ledger, "Mia", withdraw(ledger, "Nia", "maker"))).toBe("ROLE_MISSING");
  expectSound(ledger);
});

test("I-3 a proposal gives what registrars can't, and takes back whatever was given", () => {
  const registry = probeRegistry(["ROLE_NOT_GRANTABLE"], [granted, withdrawn]);
  const ledger = new Ledger({ registry });
  const mia = ledger.id("Mia");
  const give = (role: Role) =>
    probe(ledger, "Cert", (ctx) => grantRole(ctx, { participant: mia, role, until: undefined }));
  const take = (role: Role) => probe(ledger, "Cert", (ctx) => withdrawRole(ctx, mia, role));
  expect([give("carrier"), give("registrar"), give("registrar")]).toEqual([
    "ROLE_NOT_GRANTABLE",
    "ok",
    "DUPLICATE",
  ]);
  done(ledger, "Mia", grant(ledger, "Cy", "maker"));
  expect([take("maker"), take("maker"), take("registrar")]).toEqual(["ok", "ROLE_MISSING", "ok"]);
  expect(code(ledger, "Mia", grant(ledger, "Cy", "designer"))).toBe("ROLE_MISSING");
});
