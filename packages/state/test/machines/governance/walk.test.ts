import {
  addNanos,
  bytesToHex,
  DAY,
  equalBytes,
  Height,
  MINUTE,
  must,
  Nanos,
  Prng,
  SECOND,
} from "@touchmark/core";
import { expect, test } from "vitest";
import type { Action, ActionKind } from "../../../src/machines/governance/actions.ts";
import { governanceViolations } from "../../../src/machines/governance/invariants.ts";
import { proposals } from "../../../src/machines/governance/records.ts";
import type { Role } from "../../../src/machines/identity/records.ts";
import { readAll } from "../../../src/reader.ts";
import type { Receipt } from "../../../src/receipt.ts";
import type { Named } from "../../../src/registry.ts";
import { membersOf } from "../../../src/validators.ts";
import { genesisBodyOf } from "../../support/genesis.ts";
import type { Ledger } from "../../support/ledger.ts";
import { amount, expectMoneyConserved, fundedLedger } from "../../support/money.ts";
import { digestOf, keyOf } from "../../support/parties.ts";
import { addition, currentSet, doubleVote, proofOf, validatorKey } from "./support.ts";

const PEOPLE = ["Reg", "Reg2", "Cert", "Cert2", "Ada", "Ben", "Mia"] as const;
const EXTRA: Readonly<Record<string, readonly Role[]>> = { Ada: ["certifier"], Ben: ["registrar"] };

/** Names of keys, so that whoever draws can sign with them; a new one for each rotation. */
class Keys {
  private made = 0;
  readonly names = new Map<string, string>();

  constructor() {
    for (const name of PEOPLE) this.know(`validator of ${name}`);
  }

  private know(name: string): string {
    this.names.set(bytesToHex(keyOf(name)), name);
    return name;
  }

  fresh(): string {
    this.made++;
    return this.know(`node ${this.made}`);
  }
}

function nameOf(bytes: unknown): string {
  if (!(bytes instanceof Uint8Array)) throw new Error("bytes");
  return bytesToHex(bytes);
}

const QUORUM: readonly ActionKind[] = [
  "validator.add",
  "validator.remove",
  "params.set",
  "version.activate",
  "kind.withdraw",
  "kind.restore",
];

/** A plain count from the events alone, with none of the machine's code: who was for it when it took effect. */
class Count {
  private readonly kinds = new Map<string, ActionKind>();
  private readonly votes = new Map<string, Map<string, boolean>>();
  private readonly holders = new Map<string, string>();
  private readonly suspended = new Set<string>();
  readonly faults: string[] = [];
  executed = 0;

  constructor(ledger: Ledger) {
    for (const name of ["Reg", "Reg2", "Cert", "Cert2"])
      this.holders.set(nameOf(validatorKey(name)), nameOf(ledger.id(name)));
  }

  note(receipts: readonly Receipt[], set: readonly string[]): void {
    for (const { events } of receipts) for (const it of events) this.noteEvent(it, set);
  }

  private votersOf(set: readonly string[]): Set<string> {
    return new Set(
      set.filter((key) => !this.suspended.has(key)).map((key) => must(this.holders.get(key), key)),
    );
  }

  private noteEvent(event: Named, set: readonly string[]): void {
    switch (event.kind) {
      case "validator.admitted":
        this.holders.set(nameOf(event["key"]), nameOf(event["participant"]));
        break;
      case "validator.suspended":
        this.suspended.add(nameOf(event["key"]));
        break;
      case "proposal.opened":
        this.kinds.set(nameOf(event["proposal"]), (event["action"] as Action).kind);
        this.votes.set(nameOf(event["proposal"]), new Map());
        break;
      case "proposal.voted":
        this.noteVote(event, this.votersOf(set));
        break;
      case "proposal.executed":
        this.judge(nameOf(event["proposal"]), set);
        break;
      default:
    }
  }

  private noteVote(event: Named, voters: ReadonlySet<string>): void {
    const votes = must(this.votes.get(nameOf(event["proposal"])), "votes");
    for (const by of [...votes.keys()]) if (!voters.has(by)) votes.delete(by);
    if (!voters.has(nameOf(event["by"]))) this.faults.push("a vote by one that has none");
    votes.set(nameOf(event["by"]), event["approves"] === true);
  }

  private judge(id: string, set: readonly string[]): void {
    this.executed++;
    const voters = this.votersOf(set);
    const votes = must(this.votes.get(id), "votes");
    const approving = [...votes].filter(([by, approves]) => approves && voters.has(by)).length;
    const n = set.length;
    const faulty = Math.floor((n - 1) / 3);
    const isQuorum = QUORUM.includes(must(this.kinds.get(id), "kind"));
    const enough = isQuorum ? 2 * approving >= n + faulty + 1 : 2 * approving > n;
    if (!enough) this.faults.push(`${this.kinds.get(id)} with ${approving} of ${n}`);
  }
}

function drawAction(prng: Prng, ledger: Ledger, keys: Keys): Action {
  const participant = ledger.id(prng.pick(PEOPLE));
  const days = Nanos.of(BigInt(prng.between(0, 100)) * DAY);
  return prng.pick<() => Action>([
    () => addition(ledger, prng.pick(PEOPLE), keys.fresh()),
    () => addition(ledger, prng.pick(PEOPLE), keys.fresh()),
    () => addition(ledger, prng.pick(PEOPLE), keys.fresh()),
    () => ({ kind: "validator.remove", participant }),
    () => ({
      kind: "params.set",
      parameter: prng.pick([7, 62, 90, 92, 141]),
      value: { kind: "nanos", value: days },
    }),
    () => ({
      kind: "role.grant",
      participant,
      role: prng.pick(["certifier", "issuer", "maker"]),
      until: undefined,
    }),
    () => ({ kind: "role.withdraw", participant, role: prng.pick(["certifier", "issuer", "registrar"]) }),
    () => ({ kind: prng.pick(["currency.pause", "currency.resume"]), currency: "EUR" }),
    () => ({
      kind: prng.pick(["participant.suspend", "participant.reinstate", "participant.reinstate"]),
      participant: ledger.id(prng.pick(["Ada", "Mia", "Cert2"])),
    }),
    () => ({
      kind: "version.activate",
      version: prng.between(2, 5),
      height: Height.of(prng.between(1, 2_000)),
    }),
    () => ({
      kind: prng.pick(["kind.withdraw", "kind.restore"]),
      operation: prng.pick([501, 502, 520, 522, 1_000]),
    }),
    () => ({
      kind: "fund.spend",
      to: participant,
      currency: "EUR",
      amount: amount(prng.below(60)),
      digest: digestOf("why"),
    }),
    () => ({ kind: "fundBps", bps: prng.between(0, 2_500) }),
    () => ({
      kind: prng.pick(["arbiter.add", "arbiter.remove"]),
      participant: ledger.id(prng.pick(["Arb", "Backup", "Ada"])),
    }),
  ])();
}

interface Drawn {
  readonly by: string;
  readonly op: Named;
}

function drawOp(prng: Prng, ledger: Ledger, keys: Keys): Drawn {
  const open = [...readAll(ledger.store, proposals)].filter(([, it]) =>
    ["OPEN", "PASSED"].includes(it.status),
  );
  const members = membersOf(ledger.view);
  const member = prng.pick(members);
  const owner = PEOPLE.find((it) => equalBytes(ledger.id(it), member.participant)) ?? "Mia";
  // Mostly by one that may; the others try too.
  const by = prng.chance(0.8) ? owner : prng.pick(PEOPLE);
  const draw = prng.below(100);
  if (open.length > 0 && draw < 55) {
    const [proposal] = prng.pick(open);
    const kind = prng.chance(0.1) ? "proposal.memberVote" : "proposal.vote";
    return { by, op: { kind, proposal, approves: prng.chance(0.9) } };
  }
  if (draw < 75) {
    const closesAt = addNanos(ledger.now, Nanos.of(BigInt(prng.between(0, 15 * 24)) * 60n * MINUTE));
    return { by, op: { kind: "proposal.open", action: drawAction(prng, ledger, keys), closesAt } };
  }
  if (draw < 94) {
    const joiner = members.find((it) => it.status === "JOINING") ?? member;
    const holder = PEOPLE.find((it) => equalBytes(ledger.id(it), joiner.participant)) ?? by;
    return { by: prng.chance(0.9) ? holder : by, op: { kind: "validator.ready", key: joiner.key } };
  }
  if (draw < 98) {
    const key = keys.fresh();
    const proof = proofOf(ledger, key, ledger.id(by));
    return { by, op: { kind: "validator.rotate", key: member.key, newKey: keyOf(key), proof } };
  }
  // More than f proven faulty are past what any rule bears: nobody is left to vote.
  const isBorne = members.length >= 4 && members.every((it) => it.suspendedAt === undefined);
  const signer = isBorne ? must(keys.names.get(bytesToHex(member.key)), "a key's name") : "nobody";
  const votes = doubleVote(ledger, signer);
  return { by, op: { kind: "evidence.submit", proof: { kind: "votes", votes } } };
}

test.each([1, 2, 3, 4, 5, 6])(
  "G-1, G-2, G-4 the rules hold in every state, and whatever took effect had the votes, walk %i",
  (seed) => {
    const prng = new Prng(seed);
    const keys = new Keys();
    const participants = genesisBodyOf().participants.map((it) => ({
      ...it,
      roles: EXTRA[it.name ?? ""] ?? it.roles,
    }));
    const ledger = fundedLedger({ Fund: 500 }, { genesis: { participants } });
    const count = new Count(ledger);
    for (let i = 0; i < 400; i++) {
      const step = prng.chance(0.1)
        ? BigInt(prng.between(1, 4)) * DAY
        : BigInt(prng.between(1, 400)) * SECOND;
      const time = addNanos(ledger.now, Nanos.of(step));
      if (prng.chance(0.12)) ledger.newEpoch();
      const { by, op } = drawOp(prng, ledger, keys);
      const { receipts } = ledger.block([{ by, ops: [op], time }]);
      const set = currentSet(ledger).map((it) => bytesToHex(it));
      count.note(receipts, set);
      expect(governanceViolations(ledger.store)).toEqual([]);
      expect(count.faults).toEqual([]);
      expectMoneyConserved(ledger);
    }
    const ran = ledger.blocks.flatMap((it) => it.receipts);
    expect(ran.filter((it) => it.kind === "timer" && it.refusal !== undefined)).toEqual([]);
    expect(count.executed).toBeGreaterThan(3);
  },
);
