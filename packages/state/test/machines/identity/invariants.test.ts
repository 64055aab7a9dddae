import { HOUR, must, toId } from "@touchmark/core";
import { expect, test } from "vitest";
import { identityViolations } from "../../../src/machines/identity/invariants.ts";
import {
  credentials,
  delegations,
  keys,
  machineSerials,
  machines,
  type Participant,
  participants,
  sessions,
} from "../../../src/machines/identity/records.ts";
import { Ledger } from "../../support/ledger.ts";
import { digestOf, keyOf } from "../../support/parties.ts";
import { done, later, machineRegistration, made, sessionGrant } from "./world.ts";

/** A ledger with one thing of each kind, of Mia. */
function inhabited() {
  const ledger = new Ledger();
  const mia = ledger.id("Mia");
  const [machine, session] = [
    toId("mach", made(ledger.send("Mia", machineRegistration(ledger, "Mia", "printer")), "machine")),
    toId("sess", made(ledger.send("Mia", sessionGrant(ledger, mia, "gate")), "session")),
  ];
  const { ops, objects, limits, until } = sessionGrant(ledger, mia, "unused");
  done(ledger, "Mia", { kind: "delegation.offer", to: ledger.id("Moe"), ops, objects, limits, until });
  const issue = { type: "ISO 9001", digest: digestOf("document"), until: later(ledger, HOUR) };
  const receipt = ledger.send("Reg", { kind: "credential.issue", subject: mia, ...issue });
  const credential = toId("cred", made(receipt, "credential"));
  expect(identityViolations(ledger.store, ledger.registry)).toEqual([]);
  return { ledger, mia, machine, session, credential };
}

type World = ReturnType<typeof inhabited>;

function change({ ledger, mia }: World, changes: Partial<Participant>): void {
  ledger.plant(participants, mia, { ...must(ledger.view.get(participants, mia), "Mia"), ...changes });
}

const nobody = toId("acct", new Uint8Array(20).fill(1));

/** What is planted, and what the invariants say to it. */
const FLAWS: readonly (readonly [says: string, plant: (world: World) => void])[] = [
  [
    "its holder isn't there",
    ({ ledger }) => ledger.plant(keys, keyOf("x"), { kind: "participant", id: nobody }),
  ],
  [
    "its holder isn't there",
    ({ ledger }) => ledger.plant(keys, keyOf("x"), { kind: "validator", id: nobody }),
  ],
  ["a key doesn't lead back", (world) => change(world, { coldKey: keyOf("nobody's") })],
  ["a key doesn't lead back", (world) => change(world, { key: keyOf("Max") })],
  [
    "has a role twice",
    (world) =>
      change(world, { roles: [1, 2].map(() => ({ role: "maker", by: undefined, until: undefined })) }),
  ],
  ["names somebody who isn't there", (world) => change(world, { registrar: nobody })],
  ["forgot what it was before it was suspended", (world) => change(world, { status: "SUSPENDED" })],
  ["outlives its grantor", (world) => change(world, { status: "SUSPENDED", suspendedFrom: "VERIFIED" })],
  [
    "isn't suspended, and yet until some time",
    (world) => change(world, { suspendedUntil: later(world.ledger, 9n) }),
  ],
  [
    "its suspension never ends",
    (world) =>
      change(world, {
        status: "SUSPENDED",
        suspendedFrom: "VERIFIED",
        suspendedUntil: later(world.ledger, 9n),
      }),
  ],
  [
    "its lame key objects for ever",
    (world) => change(world, { lameKey: keyOf("Mia"), lameUntil: later(world.ledger, 9n) }),
  ],
  ["has half a lame key", (world) => change(world, { lameKey: keyOf("Mia") })],
  [
    "its cold key never comes",
    (world) => change(world, { coldPending: { key: keyOf("Mia"), due: later(world.ledger, 9n) } }),
  ],
  [
    "its recovery never ends",
    (world) => {
      const due = later(world.ledger, 9n);
      const registrar = world.ledger.id("Reg");
      const recovery = { key: keyOf("Mia"), registrar, second: undefined, due, objected: false };
      change(world, { recovery });
    },
  ],
  [
    "has a second registrar without objection",
    (world) => {
      const due = later(world.ledger, 9n);
      const [registrar, second] = [world.ledger.id("Reg"), world.ledger.id("Reg2")];
      change(world, { recovery: { key: keyOf("Mia"), registrar, second, due, objected: false } });
    },
  ],
  ["has 2 open, and counts 1", (world) => change(world, { openObjects: 1 })],
  ["has another number of balances than it counts", (world) => change(world, { balances: 1 })],
  ["is closed with something open", (world) => change(world, { status: "CLOSED" })],
  ["is closed and lets others act", (world) => change(world, { status: "CLOSED" })],
  ["its owner is gone", (world) => change(world, { status: "CLOSED" })],
  ["its affiliate isn't affiliated", (world) => change(world, { affiliates: [world.ledger.id("Max")] })],
  ["its affiliate isn't affiliated", (world) => change(world, { affiliates: [world.mia] })],
  ["names a delegate without delegation", (world) => change(world, { delegates: [world.ledger.id("Max")] })],
  ["isn't listed once by whoever gave it", (world) => change(world, { delegates: [] })],
  [
    "is of a generation to come",
    ({ ledger, session }) => {
      const record = must(ledger.view.get(sessions, session), "a session");
      ledger.plant(sessions, session, { ...record, generation: 1 });
    },
  ],
  [
    "its serial is another one's",
    ({ ledger, machine }) => ledger.plant(machineSerials, { model: "CMM 7", serial: "other" }, machine),
  ],
];

test("I-1 to I-12 each invariant of identity notices its flaw", () => {
  for (const [says, plant] of FLAWS) {
    const world = inhabited();
    plant(world);
    const found = identityViolations(world.ledger.store, world.ledger.registry);
    expect([says, found.some((it) => it.endsWith(says))]).toEqual([says, true]);
  }
});

test("I-8 to I-11 the invariants look at machines, sessions, delegations and credentials from both sides", () => {
  const { ledger, mia, machine, session, credential } = inhabited();
  const moe = ledger.id("Moe");
  const [first, second, third, fourth] = [
    must(ledger.view.get(machines, machine), "machine"),
    must(ledger.view.get(sessions, session), "session"),
    must(ledger.view.get(delegations, { from: mia, to: moe }), "delegation"),
    must(ledger.view.get(credentials, credential), "credential"),
  ];
  const gone = toId("mach", new Uint8Array(20).fill(2));
  ledger.plant(machines, machine, {
    ...first,
    key: keyOf("gate"),
    owner: nobody,
    parent: gone,
    serial: "other",
    status: "RETIRED",
    openJobs: 1,
  });
  ledger.plant(sessions, session, { ...second, of: nobody, key: keyOf("printer"), until: later(ledger, 9n) });
  ledger.plant(delegations, { from: moe, to: moe }, third);
  ledger.plant(delegations, { from: moe, to: nobody }, third);
  ledger.plant(credentials, credential, { ...fourth, issuer: nobody, subject: nobody });
  const found = identityViolations(ledger.store, ledger.registry).map((it) => it.replace(/^\S+ \S+: /, ""));
  for (const says of [
    "its serial is another one's",
    "its key doesn't lead back",
    "its owner isn't there",
    "its parent isn't there",
    "is retired and in use",
    "its serial doesn't lead back",
    "its grantor isn't there",
    "never ends",
    "isn't listed once by whoever gave it",
    "whoever is to act isn't there",
    "is of one to itself",
    "its issuer isn't there",
    "its subject isn't there",
    "is of one about itself",
  ])
    expect(found).toContain(says);
});
