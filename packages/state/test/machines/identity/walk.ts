import { equalBytes, type Id, isRejection, must, Nanos, Prng, toId } from "@touchmark/core";
import { resolveActor } from "../../../src/actor.ts";
import type { Op } from "../../../src/machines/all.ts";
import { consentDigest } from "../../../src/machines/identity/affiliation.ts";
import { identityViolations } from "../../../src/machines/identity/invariants.ts";
import {
  delegations,
  keys,
  machines,
  participants,
  ROLES,
  sessions,
} from "../../../src/machines/identity/records.ts";
import { readAll } from "../../../src/reader.ts";
import { codeOf, Ledger } from "../../support/ledger.ts";
import { digestOf, keyOf, signerOf } from "../../support/parties.ts";
import {
  coldKey,
  later,
  machineRegistration,
  newKey,
  proofOf,
  registration,
  rotation,
  sessionGrant,
} from "./world.ts";

const SECOND = 1_000_000_000n;
const HOUR = 3_600n * SECOND;
const DAY = 24n * HOUR;
/** How much time passes, and with what weight. */
const STEPS = [
  ...Array.from({ length: 60 }, () => SECOND),
  ...Array.from({ length: 20 }, () => 5n * HOUR),
  ...Array.from({ length: 14 }, () => DAY),
  ...[3n * DAY, 3n * DAY, 3n * DAY, 8n * DAY, 8n * DAY, 31n * DAY],
];
const PEOPLE_MAX = 12;
const FOUNDERS = ["Reg", "Reg2", "Mia", "Max"];

type Kind = Op["kind"];

/**
 * Anybody does anything to anybody: keys in force, lame, cold, dead and unknown send every operation of identity, with
 * proofs that are sometimes another one's. What must hold is looked at after every block.
 */
export class Walk {
  readonly ledger: Ledger;
  /** How often each operation came to what. */
  readonly counts = new Map<string, number>();
  private readonly prng: Prng;
  private readonly names: string[] = [...FOUNDERS, "Reg", "Reg2"];
  private readonly people: Id<"acct">[];
  private readonly machines: Id<"mach">[] = [];
  private readonly sessions: Id<"sess">[] = [];
  private readonly credentials: Id<"cred">[] = [];
  /** By key: whose it was from the first day, and whether it has acted and does no more. */
  private readonly owners = new Map<string, string>();
  private readonly dead = new Set<string>();
  private made = 0;
  private steps = 0;

  constructor(seed: number) {
    this.prng = new Prng(seed);
    const parameters = [{ number: 6, value: { kind: "number", value: 1 } as const }];
    this.ledger = new Ledger({ genesis: { parameters } });
    this.people = FOUNDERS.map((name) => this.ledger.id(name));
  }

  private one<T>(of: readonly T[]): T {
    return must(of[this.prng.below(of.length)], "one of them");
  }

  private chance(percent: number): boolean {
    return this.prng.below(100) < percent;
  }

  private newName(): string {
    if (this.chance(10)) return this.one(this.names);
    const name = `key ${this.made++}`;
    this.names.push(name);
    return name;
  }

  /** Who this key stands for, as far as anybody can say from outside. */
  private holderOf(name: string): Id<"acct"> {
    const record = this.ledger.view.get(keys, keyOf(name));
    return record?.kind === "participant" ? record.id : this.one(this.people);
  }

  /** One block with one transaction. Gives what is wrong after it. */
  step(): readonly string[] {
    const { ledger } = this;
    const [by, op] = this.anyMove();
    this.steps++;
    const time = later(ledger, this.one(STEPS));
    const receipt = ledger.sendAny({ by, ops: [op], time });
    const came = `${op.kind} ${codeOf(receipt)}`;
    this.counts.set(came, (this.counts.get(came) ?? 0) + 1);
    for (const event of receipt.events) this.remember(event);
    const timers = must(ledger.blocks.at(-1), "a block").receipts.filter((it) => it.kind === "timer");
    for (const { timer } of timers) this.counts.set(timer.kind, (this.counts.get(timer.kind) ?? 0) + 1);
    const refused = timers.filter((it) => it.refusal !== undefined);
    const wrong = refused.map((it) => `timer ${it.timer.kind} was refused: ${codeOf(it)}`);
    // What is broken stays so; to look at everything costs more than a block.
    if (this.steps % 5 !== 0) return wrong;
    return [...wrong, ...identityViolations(ledger.store, ledger.registry), ...this.keyViolations()];
  }

  private remember(event: Readonly<Record<string, unknown>> & { readonly kind: string }): void {
    const idOf = (field: string) => {
      const value = event[field];
      return value instanceof Uint8Array ? value : new Uint8Array(20);
    };
    if (event.kind === "participant.registered") this.people.push(toId("acct", idOf("participant")));
    if (event.kind === "machine.registered") this.machines.push(toId("mach", idOf("machine")));
    if (event.kind === "session.granted") this.sessions.push(toId("sess", idOf("session")));
    if (event.kind === "credential.issued") this.credentials.push(toId("cred", idOf("credential")));
  }

  /** L-7: a key is one holder's for ever, and one that acted and does no more never acts again. */
  private keyViolations(): readonly string[] {
    const { ledger } = this;
    const found: string[] = [];
    for (const name of new Set(this.names)) {
      const record = ledger.view.get(keys, keyOf(name));
      if (record === undefined) continue;
      const owner = `${record.kind} ${Buffer.from(record.id).toString("hex")}`;
      if ((this.owners.get(name) ?? owner) !== owner) found.push(`${name} has changed hands`);
      this.owners.set(name, owner);
      // A machine's key rests while the machine is suspended.
      if (record.kind === "machine") continue;
      const actor = resolveActor(ledger.view, ledger.now, keyOf(name), undefined);
      const acts = !isRejection(actor) && actor.via !== "lame" && actor.via !== "cold";
      if (acts && this.dead.has(name)) found.push(`${name} has come back`);
      if (!acts && this.owners.has(`${name} acted`)) this.dead.add(name);
      if (acts) this.owners.set(`${name} acted`, owner);
    }
    return found;
  }

  /** Mostly by a key that acts; sometimes by one that is lame, cold, dead or unknown. */
  private anyMove(): readonly [by: string, op: Op] {
    const anyone = this.chance(70) ? this.nameOf(this.one(this.people)) : this.one(this.names);
    const registrar = this.chance(80) ? this.nameOf(this.one(this.people.slice(0, 2))) : anyone;
    const moves: readonly (() => readonly [by: string, op: Op])[] = [
      () => [registrar, this.registrationOp(registrar)],
      () => [anyone, this.registrationOp(anyone)],
      () => [registrar, this.registrarOp()],
      () => [registrar, this.registrarOp()],
      () => [registrar, this.registrarOp()],
      () => [registrar, this.registrarOp()],
      () => [registrar, this.registrarOp()],
      () => [anyone, this.affiliationOp(anyone)],
      () => [anyone, this.ownKeyOp(anyone)],
      () => [anyone, this.machineOp(anyone)],
      () => [anyone, this.machineOp(anyone)],
      () => [anyone, this.machineRegistration(anyone)],
      () => [anyone, this.sessionOp(anyone)],
      () => [anyone, this.delegationOp(anyone)],
      () => this.objection(),
      () => this.answer() ?? [anyone, this.machineOp(anyone)],
      () => this.selfRegistration(),
      () => [registrar, this.credentialOp()],
    ];
    return this.one(moves)();
  }

  /** The present key of somebody, by its name. */
  private nameOf(id: Id<"acct">): string {
    const key = this.ledger.view.get(participants, id)?.key;
    return (
      this.names.find((name) => key !== undefined && equalBytes(keyOf(name), key)) ?? this.one(this.names)
    );
  }

  /** One that was made by an operation, mostly of this owner. */
  private ownId<K extends "mach" | "sess">(
    kind: K,
    of: readonly Id<K>[],
    isOwn: (id: Id<K>) => boolean,
  ): Id<K> {
    const own = of.filter(isOwn);
    if (own.length > 0 && this.chance(85)) return this.one(own);
    return of.length === 0 ? toId(kind, new Uint8Array(20)) : this.one(of);
  }

  private registrationOp(by: string): Op {
    if (this.people.length < PEOPLE_MAX && this.chance(70))
      return registrationBy(this.ledger, this.newName(), this.holderOf(by));
    return this.chance(30) ? { kind: "participant.close" } : rotation(this.ledger, this.one(this.people), by);
  }

  private selfRegistration(): readonly [by: string, op: Op] {
    if (this.people.length >= PEOPLE_MAX) return [this.one(this.names), { kind: "participant.close" }];
    const by = this.newName();
    return [by, registration(this.ledger, by, undefined)];
  }

  private affiliationOp(by: string): Op {
    const [asking, other] = [this.holderOf(by), this.one(this.people)];
    const until = later(this.ledger, 4n * DAY);
    const signer = signerOf(this.chance(80) ? this.nameOf(other) : by);
    const signature = signer.sign(consentDigest(this.ledger.chain, asking, other, until));
    return {
      kind: "participant.affiliate",
      participant: asking,
      other,
      consent: this.chance(80) ? { until, signature } : undefined,
    };
  }

  private ownKeyOp(by: string): Op {
    const of = this.holderOf(by);
    if (this.chance(50)) return rotation(this.ledger, of, this.newName());
    return coldKey(this.ledger, of, this.newName());
  }

  /** Mostly where there is something to object to, by any key that the participant ever had. */
  private objection(): readonly [by: string, op: Op] {
    const pending = this.people.filter((other) => {
      const its = this.ledger.view.get(participants, other);
      return its?.recovery !== undefined || its?.coldPending !== undefined;
    });
    const id = this.one(pending.length > 0 ? pending : this.people);
    const it = this.ledger.view.get(participants, id);
    const own = [it?.key, it?.lameKey, it?.coldKey].filter((key) => key !== undefined);
    const by = this.names.find((name) => own.length > 0 && equalBytes(keyOf(name), this.one(own)));
    const to = it?.recovery === undefined || this.chance(10) ? "coldKey" : "recovery";
    return [by ?? this.nameOf(id), { kind: "participant.object", to }];
  }

  /** What one began and another may end: an offer of a machine or delegation, a machine that rests. */
  private answer(): readonly [by: string, op: Op] | undefined {
    const { view, store } = this.ledger;
    for (const machine of this.machines.filter(() => this.chance(30))) {
      const { offer, owner, status } = must(view.get(machines, machine), "a machine");
      if (offer !== undefined) {
        return this.chance(50)
          ? [this.nameOf(offer), { kind: "machine.accept", machine }]
          : [this.nameOf(owner), { kind: "machine.rescind", machine }];
      }
      if (status === "SUSPENDED") return [this.nameOf(owner), { kind: "machine.resume", machine }];
    }
    for (const [{ from, to }, { id, accepted }] of readAll(store, delegations)) {
      if (!accepted) return [this.nameOf(to), { kind: "delegation.accept", from, delegation: id }];
      if (this.chance(30)) return [this.nameOf(from), { kind: "delegation.revoke", from, to }];
    }
    return undefined;
  }

  private registrarOp(): Op {
    const status = this.one(["VERIFIED", "VERIFIED", "UNVERIFIED", "SUSPENDED"] as const);
    const fit = this.people.filter((id) => this.ledger.view.get(participants, id)?.status === status);
    const participant = this.one(fit.length > 0 ? fit : this.people);
    const kind = this.one([
      "verify",
      "grant",
      "withdraw",
      "suspend",
      "reinstate",
      "recover",
      "recoverSecond",
    ] as const);
    const [friend] = this.ledger.view.get(participants, participant)?.affiliates ?? [];
    if (friend !== undefined && this.chance(30))
      return { kind: "participant.separate", participant, other: friend };
    if (status === "UNVERIFIED" && this.chance(80)) return { kind: "participant.verify", participant };
    if (status === "SUSPENDED" && this.chance(50)) return { kind: "participant.reinstate", participant };
    if (kind === "grant") {
      const until = this.chance(50) ? later(this.ledger, 10n * DAY) : undefined;
      return { kind: "participant.grant", participant, role: this.one(ROLES), until };
    }
    if (kind === "withdraw") {
      const roles = this.ledger.view.get(participants, participant)?.roles.map((it) => it.role) ?? [];
      return { kind: "participant.withdraw", participant, role: this.one([...roles, ...roles, "maker"]) };
    }
    if (kind === "recover") {
      return {
        kind: "participant.recover",
        participant,
        ...newKey(this.ledger, participant, this.newName()),
      };
    }
    if (kind === "recoverSecond") {
      // Of those whose recovery waits, if there are any.
      const waiting = this.people.filter((id) => this.ledger.view.get(participants, id)?.recovery?.objected);
      const chosen = waiting.length > 0 ? this.one(waiting) : participant;
      const key = this.ledger.view.get(participants, chosen)?.recovery?.key ?? keyOf("nobody's");
      return { kind: "participant.recoverSecond", participant: chosen, key };
    }
    return { kind: `participant.${kind}`, participant };
  }

  private machineRegistration(by: string): Op {
    const key = this.newName();
    const owner = this.holderOf(by);
    const proof = proofOf(this.ledger, "machine", key, owner);
    const isOwn = (id: Id<"mach">) => {
      const whose = this.ledger.view.get(machines, id)?.owner;
      return whose !== undefined && equalBytes(whose, owner);
    };
    const parent = this.chance(30) ? this.ownId("mach", this.machines, isOwn) : undefined;
    return { ...machineRegistration(this.ledger, "Mia", key), proof, parent };
  }

  private machineOp(by: string): Op {
    const kinds = ["update", "rotate", "suspend", "resume", "retire", "offer", "accept", "rescind"] as const;
    const kind = this.one(kinds);
    const actor = this.holderOf(by);
    const machine = this.ownId("mach", this.machines, (id) => {
      const it = this.ledger.view.get(machines, id);
      const whose = kind === "accept" ? it?.offer : it?.owner;
      return whose !== undefined && equalBytes(whose, actor) && it?.status !== "RETIRED";
    });
    if (kind === "update") return { kind: "machine.update", machine, site: "Hall 3", region: "", tags: [] };
    if (kind === "offer") return { kind: "machine.offer", machine, to: this.one(this.people.slice(0, 4)) };
    if (kind !== "rotate") return { kind: `machine.${kind}`, machine };
    const key = this.newName();
    const proof = proofOf(this.ledger, "machine", key, actor);
    return { kind: "machine.rotate", machine, key: keyOf(key), proof };
  }

  private sessionOp(by: string): Op {
    const of = this.holderOf(by);
    if (this.chance(55)) {
      const lasts = this.one([4n * DAY, 20n * DAY, 85n * DAY, 95n * DAY]);
      return sessionGrant(this.ledger, of, this.newName(), lasts);
    }
    const isOwn = (id: Id<"sess">) => {
      const whose = this.ledger.view.get(sessions, id)?.of;
      return whose !== undefined && equalBytes(whose, of);
    };
    return { kind: "session.revoke", session: this.ownId("sess", this.sessions, isOwn) };
  }

  private delegationOp(by: string): Op {
    const actor = this.holderOf(by);
    const given = [...readAll(this.ledger.store, delegations)].map(([pair, it]) => ({
      ...pair,
      id: it.id,
      accepted: it.accepted,
    }));
    const own = given.filter((it) => equalBytes(it.to, actor) && !it.accepted);
    const kind = this.one(["offer", "accept", "accept", "revoke"] as const);
    if (kind === "offer" || given.length === 0) {
      const { ops, objects, limits, until } = sessionGrant(
        this.ledger,
        actor,
        by,
        this.one([40n * DAY, 95n * DAY]),
      );
      return { kind: "delegation.offer", to: this.one(this.people), ops, objects, limits, until };
    }
    const { from, to, id } = this.one(own.length > 0 && this.chance(85) ? own : given);
    return kind === "revoke"
      ? { kind: "delegation.revoke", from, to }
      : { kind: "delegation.accept", from, delegation: id };
  }

  private credentialOp(): Op {
    if (this.chance(40) && this.credentials.length > 0) {
      return { kind: "credential.revoke", credential: this.one(this.credentials) };
    }
    const until = this.chance(50) ? Nanos.of(this.ledger.now + 20n * DAY) : undefined;
    const digest = digestOf("document");
    return { kind: "credential.issue", subject: this.one(this.people), type: "any", digest, until };
  }

  /** How often this operation came to this. */
  count(kind: Kind, code: string): number {
    return this.counts.get(`${kind} ${code}`) ?? 0;
  }
}

/** A registration whose proof names this registrar. */
function registrationBy(ledger: Ledger, name: string, registrar: Id<"acct">) {
  const op = registration(ledger, name, undefined);
  const serves = Uint8Array.from([...op.legalDigest, ...registrar]);
  return { ...op, proof: proofOf(ledger, "participant", name, serves) };
}
