import { Amount, addNanos, DAY, Height, HOUR, MINUTE, must, Nanos } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { MACHINES } from "../../../src/machines/all.ts";
import type { Action } from "../../../src/machines/governance/actions.ts";
import { arbiterRoster } from "../../../src/machines/governance/records.ts";
import { possessionDigest } from "../../../src/machines/identity/key-registry.ts";
import { participants, type Role } from "../../../src/machines/identity/records.ts";
import { currencies } from "../../../src/machines/payments/records.ts";
import { conflictOf } from "../../../src/parameter-relations.ts";
import {
  PARAMETERS,
  type ParameterName,
  type ParameterValue,
  parameters,
  type StoredParameter,
} from "../../../src/parameters.ts";
import { createRegistry } from "../../../src/registry.ts";
import { ONLY_KEY, versionAt, versions, withdrawn } from "../../../src/versions.ts";
import { codeOf, eventsOf, Ledger } from "../../support/ledger.ts";
import { amount, expectMoneyConserved, free, fundedLedger } from "../../support/money.ts";
import { digestOf, keyOf, signerOf } from "../../support/parties.ts";
import { toyRegistry } from "../../support/toy.ts";
import { enact, open, pass, proposalOf, statusOf } from "./support.ts";

function set(name: ParameterName, value: StoredParameter): Action {
  return { kind: "params.set", parameter: PARAMETERS[name].number, value };
}

function nanos(value: bigint): StoredParameter {
  return { kind: "nanos", value: Nanos.of(value) };
}

function number(value: number): StoredParameter {
  return { kind: "number", value };
}

/** The code with which it isn't even opened. */
function refusedWith(ledger: Ledger, action: Action): string {
  return codeOf(open(ledger, "Reg", action));
}

describe("params.set", () => {
  test("G-5 holds from seven days after it has passed, not a nanosecond sooner", () => {
    const ledger = new Ledger();
    const id = pass(ledger, set("redemptionTerm", nanos(10n * DAY)));
    ledger.wait(7n * DAY - 1n);
    expect([statusOf(ledger, id), ledger.view.get(parameters, 61)]).toEqual(["PASSED", undefined]);
    expect(ledger.wait(1n).receipts.flatMap(eventsOf)).toEqual(["parameter.set", "proposal.executed"]);
    expect(ledger.view.get(parameters, 61)).toEqual(nanos(10n * DAY));
  });

  test("G-5 back to the default there is no leaf", () => {
    const ledger = new Ledger();
    enact(ledger, set("redemptionTerm", nanos(10n * DAY)));
    expect(enact(ledger, set("redemptionTerm", nanos(5n * DAY)))).toBe("EXECUTED");
    expect(ledger.view.get(parameters, 61)).toBeUndefined();
  });

  test("G-5 no vote passes the bounds, or changes the unit", () => {
    const ledger = new Ledger();
    const bad = [nanos(DAY - 1n), nanos(30n * DAY + 1n), number(5)];
    for (const value of bad) {
      expect(refusedWith(ledger, set("redemptionTerm", value))).toBe("PARAMETER_OUT_OF_BOUNDS");
    }
    expect(refusedWith(ledger, set("redemptionTerm", nanos(30n * DAY)))).toBe("ok");
    expect(refusedWith(ledger, { kind: "params.set", parameter: 9_999, value: number(1) })).toBe("NOT_FOUND");
  });

  test("G-5 the fund's share changes by its own kind only", () => {
    const ledger = new Ledger();
    expect(refusedWith(ledger, set("fundBps", number(200)))).toBe("NOT_BY_THIS_KIND");
    expect(refusedWith(ledger, { kind: "fundBps", bps: 2_001 })).toBe("PARAMETER_OUT_OF_BOUNDS");
    expect(enact(ledger, { kind: "fundBps", bps: 2_000 })).toBe("EXECUTED");
    expect(ledger.view.get(parameters, 63)).toEqual(number(2_000));
  });

  test("L-17 two changes that are good alone are not good together", () => {
    const ledger = new Ledger();
    const shorter = pass(ledger, set("deadlineMax", nanos(40n * DAY)));
    const longer = pass(ledger, set("windowMost", nanos(90n * DAY)));
    ledger.wait(8n * DAY);
    expect([statusOf(ledger, shorter), statusOf(ledger, longer)]).toEqual(["EXECUTED", "FAILED"]);
    // It was written before the relation was found broken: that and its event are taken back.
    expect(ledger.view.get(parameters, PARAMETERS.windowMost.number)).toBeUndefined();
    const last = ledger.blocks.at(-1)?.receipts.flatMap(eventsOf);
    expect(last).toEqual(["parameter.set", "proposal.executed", "proposal.failed"]);
    expect(refusedWith(ledger, set("windowMost", nanos(41n * DAY)))).toBe("PARAMETERS_CONFLICT");
    expect(refusedWith(ledger, set("deadlineMax", nanos(29n * DAY)))).toBe("PARAMETERS_CONFLICT");
  });

  test("L-17 every relation is broken by something, and the defaults keep all of them", () => {
    const table: Readonly<Record<string, { readonly standard: number | bigint }>> = PARAMETERS;
    function lookup(changes: Partial<Record<ParameterName, bigint>>) {
      return <Name extends ParameterName>(name: Name) =>
        (changes[name] ?? must(table[name], name).standard) as ParameterValue<Name>;
    }
    expect(conflictOf(lookup({}))).toBeUndefined();
    // L-4: the bounds keep window and skew apart already; this is the second wall.
    expect(conflictOf(lookup({ window: 5n * MINUTE }))).toBe("window + skew ≤ life of a stamp");
    expect(conflictOf(lookup({ windowLeast: 31n * DAY }))).toBe("windowLeast ≤ windowMost");
    expect(conflictOf(lookup({ deadlineMax: 30n * DAY - 1n }))).toBe("windowMost ≤ deadlineMax");
    expect(conflictOf(lookup({ revealLeast: 731n * DAY }))).toBe("revealLeast ≤ deadlineMax");
    expect(conflictOf(lookup({ recoveryDelay: 15n * DAY }))).toBe("recoveryDelay ≤ recoverySecondDelay");
  });

  test("G-5 a shorter delay doesn't shorten what has passed already", () => {
    const ledger = new Ledger();
    const first = pass(ledger, set("parametersDelay", nanos(HOUR)));
    const opened = ledger.now;
    const second = pass(ledger, set("redemptionTerm", nanos(10n * DAY)));
    ledger.wait(7n * DAY - 4_000_000_000n);
    expect([statusOf(ledger, first), statusOf(ledger, second)]).toEqual(["PASSED", "PASSED"]);
    ledger.wait(5_000_000_000n);
    expect(statusOf(ledger, first)).toBe("EXECUTED");
    expect(must(proposalOf(ledger, second).executesAt, "time") - opened).toBeGreaterThan(7n * DAY);
  });
});

describe("roles", () => {
  const ruling: readonly Role[] = [
    "registrar",
    "certifier",
    "standards",
    "arbiter",
    "issuer",
    "sealIssuer",
    "sealVerifier",
    "attestor",
  ];

  test.each(ruling)("G-5 %s comes by proposal, and goes so", (role) => {
    const ledger = new Ledger();
    const participant = ledger.id("Ada");
    expect(enact(ledger, { kind: "role.grant", participant, role, until: undefined })).toBe("EXECUTED");
    const roles = () => must(ledger.view.get(participants, participant), "Ada").roles;
    expect(roles()).toContainEqual({ role, by: undefined, until: undefined });
    expect(refusedWith(ledger, { kind: "role.grant", participant, role, until: undefined })).toBe(
      "DUPLICATE",
    );
    expect(enact(ledger, { kind: "role.withdraw", participant, role })).toBe("EXECUTED");
    expect(roles().map((it) => it.role)).toEqual(["designer"]);
    expect(refusedWith(ledger, { kind: "role.withdraw", participant, role })).toBe("ROLE_MISSING");
  });

  test("G-5 roles of trade are the registrars' to give", () => {
    const ledger = new Ledger();
    const participant = ledger.id("Ada");
    expect(refusedWith(ledger, { kind: "role.grant", participant, role: "maker", until: undefined })).toBe(
      "ROLE_NOT_GRANTABLE",
    );
  });

  test("G-5 a role that would have run out in the meantime isn't granted", () => {
    const ledger = new Ledger();
    const until = addNanos(ledger.now, Nanos.of(2n * HOUR));
    const action: Action = { kind: "role.grant", participant: ledger.id("Ada"), role: "issuer", until };
    expect(enact(ledger, action)).toBe("DEADLINE_PASSED");
  });
});

describe("currencies", () => {
  test("G-5 a licence takes an issuer and an independent attestor, and pausing stops debits", () => {
    const ledger = fundedLedger({ Cy: 50 });
    const [issuer, attestor] = [ledger.id("Iss"), ledger.id("Att")];
    const license: Action = { kind: "currency.license", currency: "USD", issuer, attestor, decimals: 2 };
    expect(refusedWith(ledger, { ...license, issuer: ledger.id("Ada") } as Action)).toBe("ROLE_MISSING");
    expect(refusedWith(ledger, { ...license, currency: "EUR" } as Action)).toBe("DUPLICATE");
    expect(enact(ledger, license)).toBe("EXECUTED");
    expect(ledger.view.get(currencies, "USD")).toMatchObject({ supply: 0, paused: false });
    expect(enact(ledger, { kind: "currency.pause", currency: "EUR" })).toBe("EXECUTED");
    const pay = { kind: "pay.transfer", to: ledger.id("Ada"), currency: "EUR", amount: amount(5) } as const;
    expect(codeOf(ledger.send("Cy", pay))).toBe("CURRENCY_PAUSED");
    expect(refusedWith(ledger, { kind: "currency.pause", currency: "EUR" })).toBe("WRONG_STATUS");
    expect(enact(ledger, { kind: "currency.resume", currency: "EUR" })).toBe("EXECUTED");
    expect(codeOf(ledger.send("Cy", pay))).toBe("ok");
  });

  test("G-5 an issuer with both roles doesn't attest itself", () => {
    const ledger = new Ledger();
    const issuer = ledger.id("Iss");
    enact(ledger, { kind: "role.grant", participant: issuer, role: "attestor", until: undefined });
    const license: Action = {
      kind: "currency.license",
      currency: "USD",
      issuer,
      attestor: issuer,
      decimals: 2,
    };
    expect(refusedWith(ledger, license)).toBe("NOT_INDEPENDENT");
  });
});

describe("participants", () => {
  test("G-5 a suspension by vote takes effect at once, and lasts", () => {
    const ledger = new Ledger();
    const participant = ledger.id("Cy");
    expect(enact(ledger, { kind: "participant.suspend", participant })).toBe("EXECUTED");
    expect(ledger.view.get(participants, participant)).toMatchObject({
      status: "SUSPENDED",
      suspendedUntil: undefined,
    });
    expect(refusedWith(ledger, { kind: "participant.suspend", participant })).toBe("WRONG_STATUS");
    ledger.wait(100n * DAY);
    expect(ledger.view.get(participants, participant)?.status).toBe("SUSPENDED");
    expect(enact(ledger, { kind: "participant.reinstate", participant })).toBe("EXECUTED");
    expect(ledger.view.get(participants, participant)?.status).toBe("VERIFIED");
    expect(refusedWith(ledger, { kind: "participant.reinstate", participant })).toBe("WRONG_STATUS");
  });

  test("G-5 a validator whose participant is suspended neither opens nor votes", () => {
    const ledger = new Ledger();
    const id = pass(ledger, { kind: "currency.pause", currency: "EUR" }, ["Reg", "Reg2"]);
    enact(ledger, { kind: "participant.suspend", participant: ledger.id("Cert2") });
    const op = { kind: "proposal.vote", proposal: id, approves: true } as const;
    expect(codeOf(ledger.send("Cert2", op))).toBe("SUSPENDED");
  });

  test("G-5 a vote stops a recovery in its first stage", () => {
    const ledger = new Ledger();
    const participant = ledger.id("Ada");
    expect(refusedWith(ledger, { kind: "recovery.stop", participant })).toBe("WRONG_STATUS");
    const key = keyOf("a registrar's friend");
    const proof = signerOf("a registrar's friend").sign(
      possessionDigest(ledger.chain, "participant", key, participant),
    );
    const begin = { kind: "participant.recover", participant, key, proof } as const;
    expect(codeOf(ledger.send("Reg", begin))).toBe("ok");
    const others = ["Reg2", "Cert", "Cert2"];
    expect(enact(ledger, { kind: "recovery.stop", participant }, others)).toBe("EXECUTED");
    ledger.wait(30n * DAY);
    expect(ledger.view.get(participants, participant)?.key).toEqual(keyOf("Ada"));
  });
});

describe("versions and kinds", () => {
  test("L-18 a version holds from its height on, and is voted at least seven days before", () => {
    const ledger = new Ledger();
    const height = Height.of(40);
    const id = pass(ledger, { kind: "version.activate", version: 2, height });
    ledger.wait(7n * DAY - 1n);
    expect(statusOf(ledger, id)).toBe("PASSED");
    ledger.wait(1n);
    expect(ledger.view.get(versions, ONLY_KEY)).toEqual([{ version: 2, from: 40 }]);
    expect([versionAt(ledger.view, 39), versionAt(ledger.view, 40)]).toEqual([1, 2]);
    expect(PARAMETERS.versionDelay.least).toBe(7n * DAY);
  });

  test("L-18 versions rise, each from a later height, none from one that has passed", () => {
    const ledger = new Ledger();
    const activate = (version: number, height: number): Action => ({
      kind: "version.activate",
      version,
      height: Height.of(height),
    });
    expect(refusedWith(ledger, activate(2, 1))).toBe("HEIGHT_PASSED");
    expect(enact(ledger, activate(3, 60))).toBe("EXECUTED");
    expect(refusedWith(ledger, activate(3, 70))).toBe("VERSION_ORDER");
    expect(refusedWith(ledger, activate(4, 60))).toBe("VERSION_ORDER");
    // The height comes while the proposal waits: nothing changes.
    const id = pass(ledger, activate(4, 61));
    while (ledger.engine.height < 61) ledger.wait(1n);
    ledger.wait(7n * DAY);
    expect(statusOf(ledger, id)).toBe("FAILED");
  });

  test("L-18 a faulty kind is withdrawn at once, and restored", () => {
    const ledger = fundedLedger({ Cy: 50 });
    const pay = { kind: "pay.transfer", to: ledger.id("Ada"), currency: "EUR", amount: amount(5) } as const;
    expect(enact(ledger, { kind: "kind.withdraw", operation: 520 })).toBe("EXECUTED");
    expect(codeOf(ledger.send("Cy", pay))).toBe("KIND_WITHDRAWN");
    expect(refusedWith(ledger, { kind: "kind.withdraw", operation: 520 })).toBe("WRONG_STATUS");
    enact(ledger, { kind: "kind.withdraw", operation: 501 });
    expect(ledger.view.get(withdrawn, ONLY_KEY)).toEqual([501, 520]);
    expect(enact(ledger, { kind: "kind.restore", operation: 520 })).toBe("EXECUTED");
    expect(codeOf(ledger.send("Cy", pay))).toBe("ok");
    enact(ledger, { kind: "kind.restore", operation: 501 });
    expect(ledger.view.get(withdrawn, ONLY_KEY)).toBeUndefined();
  });

  test("L-18 a kind of a later version is no kind yet, on a program that knows it too", () => {
    const toy = {
      name: "toy",
      operations: Object.fromEntries(toyRegistry.operations.map((it) => [it.name, it])),
      timers: toyRegistry.timers,
    };
    const ledger = new Ledger({ registry: createRegistry([...MACHINES, toy]) });
    const future = ledger.registry.operation("toy.future").number;
    expect(refusedWith(ledger, { kind: "kind.withdraw", operation: future })).toBe("NOT_FOUND");
    ledger.plant(versions, ONLY_KEY, [{ version: 2, from: Height.of(1) }]);
    expect(enact(ledger, { kind: "kind.withdraw", operation: future })).toBe("EXECUTED");
  });

  test("L-18 nothing of the exit set is ever withdrawn, nor what would restore, nor the veto", () => {
    const ledger = new Ledger();
    const never = ledger.registry.operations.filter((it) => it.exitSet === true).map((it) => it.number);
    expect(never.length).toBeGreaterThan(3);
    for (const operation of [...never, 1_000, 1_001, 1_002]) {
      expect(refusedWith(ledger, { kind: "kind.withdraw", operation })).toBe("NOT_WITHDRAWABLE");
    }
    expect(refusedWith(ledger, { kind: "kind.withdraw", operation: 65_535 })).toBe("NOT_FOUND");
  });
});

describe("fund and roster", () => {
  const digest = digestOf("reasons");

  function spend(ledger: Ledger, value: number, to = "Ada"): Action {
    return { kind: "fund.spend", to: ledger.id(to), currency: "EUR", amount: Amount.of(value), digest };
  }

  test("G-5 the fund pays what it has, three days after the vote", () => {
    const ledger = fundedLedger({ Fund: 100 });
    expect(refusedWith(ledger, spend(ledger, 101))).toBe("INSUFFICIENT_FUNDS");
    expect(refusedWith(ledger, spend(ledger, 0))).toBe("AMOUNT_ZERO");
    expect(refusedWith(ledger, spend(ledger, 10, "Fund"))).toBe("SAME_PARTY");
    const id = pass(ledger, spend(ledger, 100));
    ledger.wait(3n * DAY - 1n);
    expect([statusOf(ledger, id), free(ledger, "Ada")]).toEqual(["PASSED", 0]);
    ledger.wait(1n);
    expect([statusOf(ledger, id), free(ledger, "Ada")]).toEqual(["EXECUTED", 100]);
    expectMoneyConserved(ledger);
  });

  test("G-5 a frozen fund and a paused currency pay nothing", () => {
    const ledger = fundedLedger({ Fund: 100 });
    const frozen = {
      kind: "pay.freeze",
      currency: "EUR",
      account: ledger.id("Fund"),
      order: digest,
    } as const;
    ledger.send("Iss", frozen);
    expect(refusedWith(ledger, spend(ledger, 10))).toBe("FROZEN");
    ledger.send("Iss", { kind: "pay.unfreeze", currency: "EUR", account: ledger.id("Fund") });
    enact(ledger, { kind: "currency.pause", currency: "EUR" });
    expect(refusedWith(ledger, spend(ledger, 10))).toBe("CURRENCY_PAUSED");
  });

  test("G-5 who has the role may come on the roster, and anyone on it may go", () => {
    const ledger = new Ledger();
    const [ada, arb] = [ledger.id("Ada"), ledger.id("Arb")];
    expect(refusedWith(ledger, { kind: "arbiter.add", participant: ada })).toBe("ROLE_MISSING");
    expect(refusedWith(ledger, { kind: "arbiter.add", participant: arb })).toBe("DUPLICATE");
    expect(refusedWith(ledger, { kind: "arbiter.remove", participant: ada })).toBe("NOT_FOUND");
    for (const name of ["Arb", "Backup"]) {
      expect(enact(ledger, { kind: "arbiter.remove", participant: ledger.id(name) })).toBe("EXECUTED");
    }
    expect(ledger.view.get(arbiterRoster, ONLY_KEY)).toBeUndefined();
    expect(enact(ledger, { kind: "arbiter.add", participant: arb })).toBe("EXECUTED");
    expect(ledger.view.get(arbiterRoster, ONLY_KEY)).toEqual([arb]);
  });
});
