import { Epoch, Height, Seq, toTxid, View } from "@touchmark/core";
import type { Named } from "../../../src/registry.ts";
import { SAMPLE_AMOUNT, SAMPLE_TIME, type Samples, sampleDigest, sampleId } from "./sample.ts";

const proposal = sampleId("prop", 5);
const participant = sampleId("acct", 1);
const other = sampleId("acct", 2);
const key = new Uint8Array(32).fill(6);
const newKey = new Uint8Array(32).fill(7);
const signature = new Uint8Array(64).fill(8);
const until = SAMPLE_TIME;
const digest = sampleDigest(9);
const seat = { key, participant };
const batch = {
  epoch: Epoch.of(3),
  lane: key,
  seq: Seq.of(7),
  prev: digest,
  head: SAMPLE_TIME,
  sightings: [{ txid: toTxid(sampleDigest(4)), stamp: SAMPLE_TIME }],
  signature,
};
const side = { digest, signature };
const votes = {
  key,
  phase: "prepare",
  epoch: Epoch.of(3),
  view: View.of(1),
  height: Height.of(12),
  first: side,
  second: side,
};

/** One of each kind of action; their bytes are pinned beside those of the operations. */
export const ACTION_SAMPLES: readonly Named[] = [
  { kind: "validator.add", participant, key, proof: signature },
  { kind: "validator.remove", participant },
  { kind: "params.set", parameter: 7, value: { kind: "number", value: 500 } },
  { kind: "role.grant", participant, role: "certifier", until },
  { kind: "role.withdraw", participant, role: "issuer" },
  { kind: "currency.license", currency: "EUR", issuer: participant, attestor: other, decimals: 2 },
  { kind: "currency.pause", currency: "EUR" },
  { kind: "currency.resume", currency: "EUR" },
  { kind: "participant.suspend", participant },
  { kind: "participant.reinstate", participant },
  { kind: "recovery.stop", participant },
  { kind: "version.activate", version: 2, height: Height.of(1_000_000) },
  { kind: "kind.withdraw", operation: 520 },
  { kind: "kind.restore", operation: 520 },
  { kind: "fund.spend", currency: "EUR", to: participant, amount: SAMPLE_AMOUNT, digest },
  { kind: "fundBps", bps: 200 },
  { kind: "arbiter.add", participant },
  { kind: "arbiter.remove", participant },
];

export const PROOF_SAMPLES: readonly Named[] = [
  { kind: "batches", first: batch, second: { ...batch, prev: sampleDigest(10) } },
  { kind: "batch", batch },
  { kind: "votes", votes },
];

const action = { kind: "fundBps", bps: 200 };

export const governanceSamples: Samples = {
  operations: [
    { kind: "proposal.open", action, closesAt: until },
    { kind: "proposal.vote", proposal, approves: true },
    { kind: "proposal.memberVote", proposal, approves: false },
    { kind: "validator.ready", key },
    { kind: "validator.rotate", key, newKey, proof: signature },
    { kind: "evidence.deposit", batch },
    { kind: "evidence.submit", proof: { kind: "votes", votes } },
  ],
  timers: [
    { kind: "proposal.closes", proposal },
    { kind: "proposal.executes", proposal },
    { kind: "validator.joiningEnds", key },
    { kind: "evidence.depositEnds", lane: key, by: participant },
  ],
  events: [
    { kind: "proposal.opened", proposal, action, proposer: participant, closesAt: until },
    { kind: "proposal.voted", proposal, by: participant, approves: true },
    { kind: "proposal.memberVoted", proposal, by: participant, approves: false },
    { kind: "proposal.passed", proposal, executesAt: until },
    { kind: "proposal.rejected", proposal },
    { kind: "proposal.vetoed", proposal },
    { kind: "proposal.executed", proposal },
    { kind: "proposal.failed", proposal, code: "NOT_ENOUGH_VOTES" },
    { kind: "validator.admitted", ...seat, replaces: newKey },
    { kind: "validator.ready", ...seat },
    { kind: "validator.leaving", ...seat },
    { kind: "validator.dropped", ...seat },
    { kind: "validator.suspended", ...seat, offence: "doubleVote", height: Height.of(12) },
    { kind: "parameter.set", parameter: 7, value: { kind: "number", value: 500 } },
    { kind: "version.activated", version: 2, height: Height.of(1_000_000) },
    { kind: "kind.withdrawn", operation: 520 },
    { kind: "kind.restored", operation: 520 },
    { kind: "fund.spent", currency: "EUR", amount: SAMPLE_AMOUNT, to: participant, digest },
    { kind: "arbiter.added", participant },
    { kind: "arbiter.removed", participant },
    { kind: "evidence.deposited", lane: key, by: participant, epoch: Epoch.of(3), until },
  ],
};
