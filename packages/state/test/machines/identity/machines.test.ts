import { DAY, type Id, must, Nanos, SECOND, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import type { Op } from "../../../src/machines/all.ts";
import { type Equipment, machines } from "../../../src/machines/identity/records.ts";
import { Ledger } from "../../support/ledger.ts";
import { digestOf, keyOf } from "../../support/parties.ts";
import {
  code,
  codeAt,
  done,
  expectSound,
  later,
  machineRegistration,
  made,
  participantOf,
  proofOf,
  registration,
} from "./world.ts";

const NAMES = ["update", "rotate", "suspend", "resume", "retire", "offer", "accept", "rescind"] as const;

function withMachine(owner = "Mia", key = "printer"): { ledger: Ledger; id: Id<"mach"> } {
  const ledger = new Ledger();
  return { ledger, id: registered(ledger, owner, key) };
}

function registered(ledger: Ledger, owner: string, key: string): Id<"mach"> {
  return toId("mach", made(ledger.send(owner, machineRegistration(ledger, owner, key)), "machine"));
}

function machineOf(ledger: Ledger, id: Id<"mach">): Equipment {
  return must(ledger.view.get(machines, id), "a machine");
}

function change(ledger: Ledger, id: Id<"mach">, changes: Partial<Equipment>): void {
  ledger.plant(machines, id, { ...machineOf(ledger, id), ...changes });
}

function rotation(ledger: Ledger, machine: Id<"mach">, owner: string, key: string) {
  const proof = proofOf(ledger, "machine", key, ledger.id(owner));
  return { kind: "machine.rotate", machine, key: keyOf(key), proof } as const;
}

function opOf(ledger: Ledger, name: (typeof NAMES)[number], machine: Id<"mach">): Op {
  if (name === "update") return { kind: "machine.update", machine, site: "", region: "", tags: ["SLS"] };
  if (name === "rotate") return rotation(ledger, machine, "Mia", `printer ${ledger.blocks.length}`);
  if (name === "offer") return { kind: "machine.offer", machine, to: ledger.id("Max") };
  return { kind: `machine.${name}`, machine };
}

test("I-10 a machine is registered once by model and serial, with a key of its own, by whoever is VERIFIED", () => {
  const { ledger, id } = withMachine();
  expect(machineOf(ledger, id)).toMatchObject({ owner: ledger.id("Mia"), status: "ACTIVE", openJobs: 0 });
  expect(code(ledger, "Max", machineRegistration(ledger, "Max", "other", "printer"))).toBe("DUPLICATE");
  expect(code(ledger, "Max", machineRegistration(ledger, "Max", "printer", "other"))).toBe("KEY_USED");
  expect(code(ledger, "Max", machineRegistration(ledger, "Mia", "other"))).toBe("POSSESSION_UNPROVEN");
  expect(participantOf(ledger, ledger.id("Mia")).openObjects).toBe(1);
  const unverified = new Ledger({
    genesis: { parameters: [{ number: 6, value: { kind: "number", value: 1 } }] },
  });
  done(unverified, "Nia", registration(unverified, "Nia", undefined));
  expect(code(unverified, "Nia", machineRegistration(unverified, "Nia", "printer"))).toBe("NOT_VERIFIED");
  expectSound(ledger);
});

test("I-10 a part belongs to a machine of the same owner", () => {
  const { ledger, id } = withMachine();
  const part = { ...machineRegistration(ledger, "Mia", "laser"), parent: id };
  expect(code(ledger, "Max", { ...machineRegistration(ledger, "Max", "laser"), parent: id })).toBe(
    "NOT_YOURS",
  );
  const nowhere = { ...part, parent: toId("mach", new Uint8Array(20)) };
  expect(code(ledger, "Mia", nowhere)).toBe("NOT_FOUND");
  done(ledger, "Mia", part);
  done(ledger, "Mia", opOf(ledger, "retire", id));
  const late = { ...machineRegistration(ledger, "Mia", "lens"), parent: id };
  expect(code(ledger, "Mia", late)).toBe("WRONG_STATUS");
  expectSound(ledger);
});

test("I-10 every operation is its owner's, and none is left once it is RETIRED", () => {
  const { ledger, id } = withMachine();
  const owned = NAMES.filter((name) => name !== "accept" && name !== "rescind");
  for (const name of owned)
    expect([name, code(ledger, "Max", opOf(ledger, name, id))]).toEqual([name, "NOT_YOURS"]);
  const nowhere = toId("mach", new Uint8Array(20));
  for (const name of NAMES) expect(code(ledger, "Mia", opOf(ledger, name, nowhere))).toBe("NOT_FOUND");
  done(ledger, "Mia", opOf(ledger, "offer", id), opOf(ledger, "retire", id));
  for (const name of NAMES) {
    expect([name, code(ledger, "Mia", opOf(ledger, name, id))]).toEqual([name, "WRONG_STATUS"]);
  }
  expect(participantOf(ledger, ledger.id("Mia")).openObjects).toBe(0);
  expect(code(ledger, "Mia", machineRegistration(ledger, "Mia", "again", "printer"))).toBe("DUPLICATE");
  expectSound(ledger);
});

test("I-10 ACTIVE and SUSPENDED in turn; the key of a suspended machine is nobody's", () => {
  const { ledger, id } = withMachine();
  const any = { kind: "machine.suspend", machine: id } as const;
  expect(code(ledger, "printer", any)).toBe("NOT_PERMITTED");
  expect(code(ledger, "Mia", opOf(ledger, "resume", id))).toBe("WRONG_STATUS");
  done(ledger, "Mia", opOf(ledger, "suspend", id));
  expect(code(ledger, "Mia", opOf(ledger, "suspend", id))).toBe("WRONG_STATUS");
  expect(code(ledger, "printer", any)).toBe("UNKNOWN_SENDER");
  done(ledger, "Mia", opOf(ledger, "update", id), opOf(ledger, "resume", id));
  expect(machineOf(ledger, id)).toMatchObject({ status: "ACTIVE", tags: ["SLS"] });
  expectSound(ledger);
});

test("I-10 a rotation leaves the old key nothing; sessions reach neither rotation nor offer", () => {
  const { ledger, id } = withMachine();
  done(ledger, "Mia", rotation(ledger, id, "Mia", "printer 2"));
  const any = { kind: "machine.suspend", machine: id } as const;
  expect([code(ledger, "printer", any), code(ledger, "printer 2", any)]).toEqual([
    "UNKNOWN_SENDER",
    "NOT_PERMITTED",
  ]);
  expect(code(ledger, "Mia", rotation(ledger, id, "Mia", "printer"))).toBe("KEY_USED");
  const until = later(ledger, DAY);
  const mia = ledger.id("Mia");
  const proof = proofOf(ledger, "session", "gate", mia);
  const scope = { ops: [121, 122, 126], objects: [id], limits: [], until };
  done(ledger, "Mia", { kind: "session.grant", key: keyOf("gate"), proof, ...scope });
  expect(code(ledger, "gate", rotation(ledger, id, "Mia", "printer 3"))).toBe("NOT_PERMITTED");
  expect(code(ledger, "gate", opOf(ledger, "offer", id))).toBe("NOT_PERMITTED");
  expect(code(ledger, "gate", opOf(ledger, "update", id))).toBe("ok");
  const other = registered(ledger, "Mia", "other printer");
  expect(code(ledger, "gate", opOf(ledger, "update", other))).toBe("OUT_OF_SCOPE");
});

test("I-10 while a job runs on it, its key stays and so does it", () => {
  const { ledger, id } = withMachine();
  done(ledger, "Mia", opOf(ledger, "offer", id));
  change(ledger, id, { openJobs: 1 });
  expect(code(ledger, "Max", opOf(ledger, "accept", id))).toBe("MACHINE_BUSY");
  done(ledger, "Mia", opOf(ledger, "rescind", id));
  for (const name of ["rotate", "retire", "offer"] as const) {
    expect([name, code(ledger, "Mia", opOf(ledger, name, id))]).toEqual([name, "MACHINE_BUSY"]);
  }
});

test("I-10 offered, rescinded by either, accepted by the one it was offered to, who may rotate its key at once", () => {
  const { ledger, id } = withMachine();
  const [offer, accept, rescind] = [
    opOf(ledger, "offer", id),
    opOf(ledger, "accept", id),
    opOf(ledger, "rescind", id),
  ];
  expect(code(ledger, "Mia", { kind: "machine.offer", machine: id, to: ledger.id("Mia") })).toBe(
    "SAME_PARTY",
  );
  expect(code(ledger, "Max", accept)).toBe("WRONG_STATUS");
  expect(code(ledger, "Mia", rescind)).toBe("WRONG_STATUS");
  for (const by of ["Mia", "Max"]) {
    done(ledger, "Mia", offer);
    expect(code(ledger, "Mia", offer)).toBe("WRONG_STATUS");
    expect(code(ledger, "Moe", rescind)).toBe("NOT_YOURS");
    done(ledger, by, rescind);
  }
  done(ledger, "Mia", offer);
  expect([code(ledger, "Moe", accept), code(ledger, "Mia", accept)]).toEqual(["NOT_YOURS", "NOT_YOURS"]);
  done(ledger, "Max", accept, rotation(ledger, id, "Max", "printer of Max"));
  expect(machineOf(ledger, id)).toMatchObject({ owner: ledger.id("Max"), key: keyOf("printer of Max") });
  expect(code(ledger, "Mia", opOf(ledger, "update", id))).toBe("NOT_YOURS");
  const open = (name: string) => participantOf(ledger, ledger.id(name)).openObjects;
  expect([open("Mia"), open("Max")]).toEqual([0, 1]);
  expectSound(ledger);
});

test("I-10 who isn't VERIFIED accepts no machine", () => {
  const open = new Ledger({ genesis: { parameters: [{ number: 6, value: { kind: "number", value: 1 } }] } });
  done(open, "Pia", registration(open, "Pia", undefined));
  const printer = registered(open, "Mia", "printer");
  done(open, "Mia", { kind: "machine.offer", machine: printer, to: open.id("Pia") });
  expect(code(open, "Pia", opOf(open, "accept", printer))).toBe("NOT_VERIFIED");
  const { ledger, id } = withMachine();
  done(ledger, "Reg", registration(ledger, "Nia", "Reg"));
  done(ledger, "Mia", { kind: "machine.offer", machine: id, to: ledger.id("Nia") });
  done(ledger, "Nia", { kind: "participant.close" });
  expect(code(ledger, "Nia", opOf(ledger, "accept", id))).toBe("CLOSED");
  const nobody = toId("acct", new Uint8Array(20));
  done(ledger, "Mia", opOf(ledger, "rescind", id));
  expect(code(ledger, "Mia", { kind: "machine.offer", machine: id, to: nobody })).toBe("NOT_FOUND");
});

/** A standard of Std for which Ivo is accredited as auditor. */
function accredited(ledger: Ledger): Id<"stnd"> {
  const content = { version: 1, digest: digestOf("text"), auditMaxAge: Nanos.of(100n * DAY) };
  const publish = { kind: "standard.publish", code: "ISO 17025", ...content } as const;
  const standard = toId("stnd", made(ledger.send("Std", publish), "standard"));
  const until = later(ledger, 300n * DAY);
  const grant = { standard, who: ledger.id("Ivo"), office: "auditor", until } as const;
  done(ledger, "Std", { kind: "accreditation.grant", ...grant });
  return standard;
}

test("I-10 an accredited auditor, independent of the owner, calibrates for at most two years, and never back", () => {
  const { ledger, id } = withMachine();
  const standard = accredited(ledger);
  const report = { machine: id, standard, digest: digestOf("report") } as const;
  const calibration = (end: Nanos) => ({ kind: "machine.calibrate", ...report, until: end }) as const;
  const until = later(ledger, 200n * DAY);
  expect(code(ledger, "Aud", calibration(until))).toBe("NOT_ACCREDITED");
  expect(code(ledger, "Mia", calibration(until))).toBe("NOT_ACCREDITED");
  expect(code(ledger, "Ivo", calibration(ledger.now))).toBe("DEADLINE_PASSED");
  const now = Nanos.of(ledger.now + SECOND);
  const most = Nanos.of(now + 730n * DAY);
  expect(codeAt(ledger, "Ivo", now, calibration(Nanos.of(most + 1n)))).toBe("DEADLINE_OUT_OF_BOUNDS");
  done(ledger, "Ivo", calibration(until));
  expect(code(ledger, "Ivo", calibration(until))).toBe("DEADLINE_OUT_OF_BOUNDS");
  expect(codeAt(ledger, "Ivo", Nanos.of(ledger.now + SECOND), calibration(most))).toBe("ok");
  expect(machineOf(ledger, id).calibratedUntil).toBe(most);
  expectSound(ledger);
});

test("I-10 no auditor calibrates for its own group, and a calibration doesn't go with a sale", () => {
  const { ledger, id } = withMachine();
  const standard = accredited(ledger);
  const until = later(ledger, 100n * DAY);
  const calibrate = {
    kind: "machine.calibrate",
    machine: id,
    standard,
    until,
    digest: digestOf("r"),
  } as const;
  const pair = { participant: ledger.id("Max"), other: ledger.id("Ivo"), consent: undefined };
  done(ledger, "Reg", { kind: "participant.affiliate", ...pair });
  done(ledger, "Ivo", calibrate);
  done(ledger, "Mia", opOf(ledger, "offer", id));
  done(ledger, "Max", opOf(ledger, "accept", id));
  expect(machineOf(ledger, id).calibratedUntil).toBeUndefined();
  expect(code(ledger, "Ivo", calibrate)).toBe("NOT_INDEPENDENT");
  done(ledger, "Max", opOf(ledger, "retire", id));
  expect(code(ledger, "Ivo", calibrate)).toBe("WRONG_STATUS");
  expectSound(ledger);
});
