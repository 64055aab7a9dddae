import { addNanos, DAY, HOUR, must, Nanos } from "@touchmark/core";
import { describe, expect, test } from "vitest";
import type { Action } from "../../../src/machines/governance/actions.ts";
import { openProposals, proposals } from "../../../src/machines/governance/records.ts";
import { possessionDigest } from "../../../src/machines/identity/key-registry.ts";
import { participants } from "../../../src/machines/identity/records.ts";
import { readAll } from "../../../src/reader.ts";
import { validatorSet } from "../../../src/validators.ts";
import { ONLY_KEY } from "../../../src/versions.ts";
import { genesisBodyOf } from "../../support/genesis.ts";
import { codeOf, eventsOf, Ledger } from "../../support/ledger.ts";
import { free, fundedLedger } from "../../support/money.ts";
import { digestOf, keyOf, signerOf } from "../../support/parties.ts";
import {
  addition,
  doubleVote,
  enact,
  open,
  openedBy,
  pass,
  proposalOf,
  READY_AFTER,
  ready,
  rotate,
  statusOf,
  validatedBy,
  vote,
} from "./support.ts";

const PAUSE: Action = { kind: "currency.pause", currency: "EUR" };
const WITHDRAW: Action = { kind: "kind.withdraw", operation: 520 };

function fundAction(ledger: Ledger): Action {
  const digest = digestOf("reasons");
  return { kind: "fund.spend", to: ledger.id("Ada"), currency: "EUR", amount: 40, digest } as Action;
}

describe("opening", () => {
  test("G-1 a validator's proposal is open with its own vote for it", () => {
    const ledger = new Ledger();
    const receipt = open(ledger, "Reg", WITHDRAW);
    expect(eventsOf(receipt)).toEqual(["proposal.opened", "proposal.voted"]);
    const { status, votes, proposer } = proposalOf(ledger, openedBy(receipt));
    expect([status, votes]).toEqual(["OPEN", [{ participant: proposer, approves: true }]]);
  });

  test("G-1 nobody but a validator opens or votes", () => {
    const ledger = new Ledger();
    expect(codeOf(open(ledger, "Ada", WITHDRAW))).toBe("NOT_A_VALIDATOR");
    const id = openedBy(open(ledger, "Reg", WITHDRAW));
    expect(codeOf(vote(ledger, "Ada", id))).toBe("NOT_A_VALIDATOR");
  });

  test("G-1 of one kind and target only one is open", () => {
    const ledger = new Ledger();
    open(ledger, "Reg", WITHDRAW);
    expect(codeOf(open(ledger, "Reg2", WITHDRAW))).toBe("DUPLICATE");
    expect(codeOf(open(ledger, "Reg2", { kind: "kind.withdraw", operation: 501 }))).toBe("ok");
  });

  test("G-1 it closes after now, and no later than proposalTerm from now", () => {
    const ledger = new Ledger();
    const soon = addNanos(ledger.now, Nanos.of(1_000_000_000n));
    expect(codeOf(open(ledger, "Reg", WITHDRAW, soon))).toBe("DEADLINE_PASSED");
    const term = Nanos.of(14n * DAY + 1_000_000_000n);
    const late = addNanos(ledger.now, term);
    expect(codeOf(open(ledger, "Reg", WITHDRAW, Nanos.of(late + 1_000_000_001n)))).toBe(
      "DEADLINE_OUT_OF_BOUNDS",
    );
    const latest = addNanos(ledger.now, term);
    expect(codeOf(open(ledger, "Reg", WITHDRAW, latest))).toBe("ok");
  });

  test("G-1 a payload that wouldn't be good now isn't opened, and its rehearsal leaves nothing", () => {
    const ledger = new Ledger();
    expect(codeOf(open(ledger, "Reg", { kind: "currency.resume", currency: "EUR" }))).toBe("WRONG_STATUS");
    expect(codeOf(open(ledger, "Reg", { kind: "currency.pause", currency: "USD" }))).toBe("NOT_FOUND");
    open(ledger, "Reg", addition(ledger, "Ada", "x"));
    expect([...readAll(ledger.store, openProposals)]).toEqual([]);
    // A rehearsal: the kind isn't withdrawn by being proposed.
    open(ledger, "Reg", WITHDRAW);
    expect(
      codeOf(
        ledger.send("Ada", {
          kind: "evidence.submit",
          proof: { kind: "votes", votes: doubleVote(ledger, "x") },
        }),
      ),
    ).toBe("NOT_FOUND");
    expect(codeOf(open(ledger, "Reg2", { kind: "kind.restore", operation: 520 }))).toBe("WRONG_STATUS");
  });
});

test("G-1 what one participant keeps open is capped, and what has ended makes room", () => {
  const cap = [{ number: 7, value: { kind: "number" as const, value: 100 } }];
  const ledger = new Ledger({ genesis: { parameters: cap } });
  const closesAt = addNanos(ledger.now, HOUR);
  const roles = ["registrar", "certifier", "standards", "arbiter", "issuer", "attestor"] as const;
  const ops = genesisBodyOf().participants.flatMap(({ name = "" }) =>
    roles.map((role) => {
      const action = { kind: "role.grant", participant: ledger.id(name), role, until: undefined };
      return { kind: "proposal.open", action, closesAt };
    }),
  );
  const codes = ops.map((op) => codeOf(ledger.sendAny({ by: "Reg", ops: [op] })));
  expect(codes.filter((it) => it === "ok")).toHaveLength(100);
  expect(codes.at(-1)).toBe("TOO_MANY_OPEN");
  ledger.wait(HOUR);
  expect(ledger.view.get(participants, ledger.id("Reg"))?.openObjects).toBe(0);
});

describe("counting", () => {
  test("G-2 at n = 4 the third vote passes it, and it takes effect as a timer", () => {
    const ledger = new Ledger();
    const id = openedBy(open(ledger, "Reg", WITHDRAW));
    expect(eventsOf(vote(ledger, "Reg2", id))).toEqual(["proposal.voted"]);
    expect(eventsOf(vote(ledger, "Cert", id))).toEqual(["proposal.voted", "proposal.passed"]);
    const { receipts } = ledger.wait(1n);
    expect(receipts.flatMap(eventsOf)).toEqual(["kind.withdrawn", "proposal.executed"]);
    expect(statusOf(ledger, id)).toBe("EXECUTED");
    expect([...readAll(ledger.store, openProposals)]).toEqual([]);
  });

  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
  ])("G-2 at n = %i it takes %i votes", (n, needed) => {
    const names = ["Reg", "Reg2", "Cert", "Cert2"].slice(0, n);
    const ledger = new Ledger(validatedBy(...names));
    const id = openedBy(open(ledger, "Reg", WITHDRAW));
    for (const by of names.slice(1, needed)) {
      expect(statusOf(ledger, id)).toBe("OPEN");
      vote(ledger, by, id);
    }
    expect(statusOf(ledger, id)).toBe("PASSED");
  });

  test("G-1 the same vote twice is refused; another one takes its place", () => {
    const ledger = new Ledger();
    const id = openedBy(open(ledger, "Reg", WITHDRAW));
    expect(codeOf(vote(ledger, "Reg", id))).toBe("DUPLICATE");
    vote(ledger, "Reg2", id);
    expect(codeOf(vote(ledger, "Reg2", id, false))).toBe("ok");
    expect(proposalOf(ledger, id).votes).toHaveLength(2);
    vote(ledger, "Cert", id);
    expect(statusOf(ledger, id)).toBe("OPEN");
  });

  test("G-1 what can't pass any more is rejected, and the right one fits the same transaction", () => {
    const ledger = new Ledger();
    const nonsense: Action = { kind: "params.set", parameter: 62, value: { kind: "nanos", value: DAY } };
    const id = openedBy(open(ledger, "Reg", nonsense));
    vote(ledger, "Reg2", id, false);
    const right: Action = { ...nonsense, value: { kind: "nanos", value: Nanos.of(60n * DAY) } };
    const closesAt = addNanos(ledger.now, DAY);
    const receipt = ledger.send(
      "Cert",
      { kind: "proposal.vote", proposal: id, approves: false },
      { kind: "proposal.open", action: right, closesAt },
    );
    expect(eventsOf(receipt)).toContain("proposal.rejected");
    expect([statusOf(ledger, id), statusOf(ledger, openedBy(receipt))]).toEqual(["REJECTED", "OPEN"]);
    expect(codeOf(vote(ledger, "Cert2", id))).toBe("WRONG_STATUS");
  });

  test("G-1 votes count up to closesAt, and not a nanosecond longer", () => {
    const ledger = new Ledger();
    const closesAt = addNanos(ledger.now, HOUR);
    const id = openedBy(open(ledger, "Reg", WITHDRAW, closesAt));
    const other = openedBy(open(ledger, "Reg", { kind: "kind.withdraw", operation: 501 }, closesAt));
    const cast = (by: string, time: Nanos, proposal = id) =>
      codeOf(ledger.sendAny({ by, time, ops: [{ kind: "proposal.vote", proposal, approves: true }] }));
    expect(cast("Reg2", closesAt)).toBe("ok");
    expect(cast("Cert", Nanos.of(closesAt + 1n))).toBe("WRONG_STATUS");
    expect([statusOf(ledger, id), statusOf(ledger, other)]).toEqual(["REJECTED", "REJECTED"]);
  });

  test("G-1 a guard keeps the deadline where the timer is late", () => {
    const ledger = new Ledger({ blockTimersMax: 0 });
    const closesAt = addNanos(ledger.now, HOUR);
    const id = openedBy(open(ledger, "Reg", WITHDRAW, closesAt));
    const late = ledger.sendAny({
      by: "Reg2",
      time: Nanos.of(closesAt + 1n),
      ops: [{ kind: "proposal.vote", proposal: id, approves: true }],
    });
    expect(codeOf(late)).toBe("DEADLINE_PASSED");
  });

  test("G-1 unknown proposals can't be voted on", () => {
    const ledger = new Ledger();
    const id = openedBy(open(ledger, "Reg", WITHDRAW));
    const unknown = new Uint8Array(id).fill(1) as typeof id;
    expect(codeOf(vote(ledger, "Reg", unknown))).toBe("NOT_FOUND");
    expect(
      codeOf(ledger.send("Ada", { kind: "proposal.memberVote", proposal: unknown, approves: true })),
    ).toBe("NOT_FOUND");
  });
});

describe("the set of now", () => {
  test("G-2 a seat that rotates votes once, whatever key it has", () => {
    const ledger = new Ledger();
    const id = openedBy(open(ledger, "Reg", WITHDRAW));
    rotate(ledger, "Reg", "Reg's new key");
    ledger.wait(READY_AFTER);
    ready(ledger, "Reg", "Reg's new key");
    ledger.newEpoch();
    ledger.wait(1n);
    expect(codeOf(vote(ledger, "Reg", id))).toBe("DUPLICATE");
    vote(ledger, "Reg2", id);
    expect(statusOf(ledger, id)).toBe("OPEN");
  });

  test("G-2 a removed validator has no vote, and the one that it gave is gone", () => {
    const ledger = new Ledger();
    const id = openedBy(open(ledger, "Cert2", WITHDRAW));
    expect(enact(ledger, { kind: "validator.remove", participant: ledger.id("Cert2") })).toBe("EXECUTED");
    // Until the epoch ends it has its seat.
    expect(codeOf(vote(ledger, "Cert2", id, false))).toBe("ok");
    expect(codeOf(vote(ledger, "Cert2", id, true))).toBe("ok");
    ledger.newEpoch();
    ledger.wait(1n);
    expect(codeOf(vote(ledger, "Cert2", id, false))).toBe("NOT_A_VALIDATOR");
    // n = 3 now: two are enough, and the one that left is none of them.
    vote(ledger, "Reg", id);
    expect(statusOf(ledger, id)).toBe("OPEN");
    expect(proposalOf(ledger, id).votes).toHaveLength(1);
    vote(ledger, "Reg2", id);
    expect(statusOf(ledger, id)).toBe("PASSED");
  });

  test("G-2 one suspended by evidence has no vote from then on", () => {
    const ledger = new Ledger();
    const id = openedBy(open(ledger, "Cert2", WITHDRAW));
    const votes = doubleVote(ledger, "validator of Cert2");
    ledger.send("Ada", { kind: "evidence.submit", proof: { kind: "votes", votes } });
    expect(codeOf(vote(ledger, "Cert2", id, false))).toBe("NOT_A_VALIDATOR");
    expect(codeOf(open(ledger, "Cert2", PAUSE))).toBe("NOT_A_VALIDATOR");
    vote(ledger, "Reg", id);
    vote(ledger, "Reg2", id);
    expect(statusOf(ledger, id)).toBe("OPEN");
    vote(ledger, "Cert", id);
    expect(statusOf(ledger, id)).toBe("PASSED");
  });

  test("G-2 passed by one, it takes no effect among four that aren't for it", () => {
    const ledger = new Ledger(validatedBy("Reg"));
    const id = pass(ledger, { kind: "params.set", parameter: 62, value: { kind: "nanos", value: DAY } }, [
      "Reg",
    ]);
    expect(statusOf(ledger, id)).toBe("PASSED");
    for (const [i, name] of ["Reg2", "Cert", "Cert2"].entries()) {
      const key = `new ${name}`;
      expect(enact(ledger, addition(ledger, name, key), ["Reg", "Reg2", "Cert"].slice(0, i + 1))).toBe(
        "EXECUTED",
      );
      ledger.wait(READY_AFTER);
      expect(codeOf(ready(ledger, name, key))).toBe("ok");
      ledger.newEpoch();
      ledger.wait(1n);
    }
    expect(must(ledger.view.get(validatorSet, ONLY_KEY), "set").current).toHaveLength(4);
    const { receipts } = ledger.wait(7n * DAY);
    expect(receipts.flatMap((it) => it.events)).toContainEqual({
      kind: "proposal.failed",
      proposal: id,
      code: "NOT_ENOUGH_VOTES",
    });
    expect(statusOf(ledger, id)).toBe("FAILED");
  });

  test("G-2 who came later may help a passed one to take effect", () => {
    const ledger = new Ledger(validatedBy("Reg"));
    const id = pass(ledger, { kind: "params.set", parameter: 62, value: { kind: "nanos", value: DAY } }, [
      "Reg",
    ]);
    enact(ledger, addition(ledger, "Reg2", "new Reg2"), ["Reg"]);
    ledger.wait(READY_AFTER);
    ready(ledger, "Reg2", "new Reg2");
    ledger.newEpoch();
    ledger.wait(1n);
    expect(codeOf(vote(ledger, "Reg2", id))).toBe("ok");
    ledger.wait(7n * DAY);
    expect(statusOf(ledger, id)).toBe("EXECUTED");
  });

  test("G-2 who changes its vote while the proposal waits stops it", () => {
    const ledger = new Ledger();
    const id = pass(ledger, PAUSE);
    vote(ledger, "Reg2", id, false);
    ledger.wait(DAY);
    expect(statusOf(ledger, id)).toBe("FAILED");
  });

  test("G-2 at closesAt it is counted by the set of then: a smaller one may be enough", () => {
    const ledger = new Ledger();
    const closesAt = addNanos(ledger.now, HOUR);
    const id = openedBy(open(ledger, "Reg", WITHDRAW, closesAt));
    vote(ledger, "Reg2", id);
    enact(ledger, { kind: "validator.remove", participant: ledger.id("Cert2") });
    ledger.newEpoch();
    ledger.wait(1n);
    expect(statusOf(ledger, id)).toBe("OPEN");
    ledger.wait(HOUR);
    expect(statusOf(ledger, id)).toBe("EXECUTED");
  });
});

describe("members", () => {
  function memberVote(ledger: Ledger, by: string, id: ReturnType<typeof openedBy>, approves: boolean) {
    return codeOf(ledger.send(by, { kind: "proposal.memberVote", proposal: id, approves }));
  }

  test("G-3 a majority of members' votes stops what is spent of the fund", () => {
    const ledger = fundedLedger({ Fund: 100 });
    const id = pass(ledger, fundAction(ledger));
    expect(memberVote(ledger, "Ada", id, true)).toBe("ok");
    expect(memberVote(ledger, "Ben", id, false)).toBe("ok");
    expect(memberVote(ledger, "Mia", id, false)).toBe("ok");
    const { receipts } = ledger.wait(3n * DAY);
    expect(receipts.flatMap(eventsOf)).toContain("proposal.vetoed");
    expect([statusOf(ledger, id), free(ledger, "Fund")]).toEqual(["VETOED", 100]);
  });

  test("G-3 as many for it as against it don't", () => {
    const ledger = fundedLedger({ Fund: 100 });
    const id = pass(ledger, fundAction(ledger));
    memberVote(ledger, "Ada", id, true);
    memberVote(ledger, "Ben", id, false);
    ledger.wait(3n * DAY);
    expect([statusOf(ledger, id), free(ledger, "Fund"), free(ledger, "Ada")]).toEqual(["EXECUTED", 60, 40]);
  });

  test("G-3 a legal person votes once, and only where there is a veto", () => {
    const ledger = fundedLedger({ Fund: 100 });
    const id = pass(ledger, fundAction(ledger));
    memberVote(ledger, "Ben", id, false);
    expect(memberVote(ledger, "Ben", id, false)).toBe("DUPLICATE");
    expect(memberVote(ledger, "Ben", id, true)).toBe("DUPLICATE");
    const other = pass(ledger, PAUSE);
    expect(memberVote(ledger, "Ben", other, false)).toBe("NO_VETO");
  });

  test("G-3 two accounts of one legal person are one voice, and one that isn't verified is none", () => {
    const cast = genesisBodyOf().participants.map((it) =>
      it.name === "Mia" ? { ...it, legalDigest: digestOf("register entry of Ben") } : it,
    );
    const selfRegistration = [{ number: 6, value: { kind: "number" as const, value: 1 } }];
    const ledger = fundedLedger(
      { Fund: 100 },
      { genesis: { participants: cast, parameters: selfRegistration } },
    );
    const id = pass(ledger, fundAction(ledger));
    expect(memberVote(ledger, "Ben", id, false)).toBe("ok");
    expect(memberVote(ledger, "Mia", id, false)).toBe("DUPLICATE");
    const legalDigest = digestOf("a stranger's register entry");
    const proof = signerOf("Stranger").sign(
      possessionDigest(ledger.chain, "participant", keyOf("Stranger"), legalDigest),
    );
    const register = {
      kind: "participant.register",
      key: keyOf("Stranger"),
      legalDigest,
      name: undefined,
      country: "DE",
      proof,
    };
    expect(codeOf(ledger.sendAny({ by: "Stranger", ops: [register] }))).toBe("ok");
    expect(memberVote(ledger, "Stranger", id, true)).toBe("NOT_VERIFIED");
  });

  test("G-3 members vote up to the nanosecond at which it takes effect", () => {
    const ledger = fundedLedger({ Fund: 100 });
    const id = pass(ledger, fundAction(ledger));
    const at = must(proposalOf(ledger, id).executesAt, "a time");
    const op = { kind: "proposal.memberVote", proposal: id, approves: false };
    expect(codeOf(ledger.sendAny({ by: "Ben", time: at, ops: [op] }))).toBe("ok");
    expect(statusOf(ledger, id)).toBe("VETOED");
    expect(codeOf(ledger.sendAny({ by: "Mia", time: Nanos.of(at + 1n), ops: [op] }))).toBe("WRONG_STATUS");
  });
});

test("G-1 a payload that is good no more when it takes effect changes nothing, and says why", () => {
  const ledger = fundedLedger({ Fund: 100 });
  const spend = pass(ledger, fundAction(ledger));
  const other = pass(ledger, { ...fundAction(ledger), to: ledger.id("Ben"), amount: 70 } as Action);
  const { receipts } = ledger.wait(3n * DAY);
  expect(receipts.map((it) => it.refusal)).toEqual([undefined, undefined]);
  expect([statusOf(ledger, spend), statusOf(ledger, other)]).toEqual(["EXECUTED", "FAILED"]);
  expect([free(ledger, "Ada"), free(ledger, "Ben"), free(ledger, "Fund")]).toEqual([40, 0, 60]);
  expect([...readAll(ledger.store, openProposals)]).toEqual([]);
  expect([...readAll(ledger.store, proposals)]).toHaveLength(2);
});
