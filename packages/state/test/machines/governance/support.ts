import {
  addNanos,
  DAY,
  type Digest,
  Epoch,
  Height,
  type Id,
  must,
  Nanos,
  SECOND,
  Seq,
  toTxid,
  View,
} from "@touchmark/core";
import type { Action } from "../../../src/machines/governance/actions.ts";
import { type Proposal, proposals } from "../../../src/machines/governance/records.ts";
import {
  batchDigest,
  type DoubleVote,
  type SignedBatch,
  voteDigest,
} from "../../../src/machines/governance/statements.ts";
import { possessionDigest } from "../../../src/machines/identity/key-registry.ts";
import type { Receipt } from "../../../src/receipt.ts";
import { setOf, validators } from "../../../src/validators.ts";
import { genesisBodyOf } from "../../support/genesis.ts";
import { codeOf, type Ledger } from "../../support/ledger.ts";
import { digestOf, keyOf, signerOf } from "../../support/parties.ts";

/** Those of genesis, in the order in which the tests let them vote. */
const VOTERS = ["Reg", "Reg2", "Cert", "Cert2"] as const;

/** A genesis in which only these validate. */
export function validatedBy(...names: readonly string[]) {
  const all = genesisBodyOf().validators;
  const keys = new Set(names.map((it) => Buffer.from(keyOf(it)).toString("hex")));
  return {
    genesis: { validators: all.filter((it) => keys.has(Buffer.from(it.participant).toString("hex"))) },
  };
}

export function validatorKey(name: string): Uint8Array {
  return keyOf(`validator of ${name}`);
}

export function open(
  ledger: Ledger,
  by: string,
  action: Action,
  closesAt = addNanos(ledger.now, DAY),
): Receipt {
  return ledger.send(by, { kind: "proposal.open", action, closesAt });
}

/** The id of the proposal that this receipt has opened. */
export function openedBy(receipt: Receipt): Id<"prop"> {
  const event = must(
    receipt.events.find((it) => it.kind === "proposal.opened"),
    `a proposal, and not ${codeOf(receipt)}`,
  );
  return event["proposal"] as Id<"prop">;
}

export function vote(ledger: Ledger, by: string, proposal: Id<"prop">, approves = true): Receipt {
  return ledger.send(by, { kind: "proposal.vote", proposal, approves });
}

export function proposalOf(ledger: Ledger, id: Id<"prop">): Proposal {
  return must(ledger.view.get(proposals, id), "the proposal");
}

export function statusOf(ledger: Ledger, id: Id<"prop">): Proposal["status"] {
  return proposalOf(ledger, id).status;
}

/** Opened by the first, voted for by the others in turn until it has passed. */
export function pass(ledger: Ledger, action: Action, voters: readonly string[] = VOTERS): Id<"prop"> {
  const [first = "Reg", ...others] = voters;
  const id = openedBy(open(ledger, first, action));
  for (const by of others) if (statusOf(ledger, id) === "OPEN") vote(ledger, by, id);
  return id;
}

/** Passed, and its delay waited for: gives what came of it, and the code where it failed. */
export function enact(ledger: Ledger, action: Action, voters: readonly string[] = VOTERS): string {
  const id = pass(ledger, action, voters);
  const { executesAt } = proposalOf(ledger, id);
  if (executesAt === undefined) return statusOf(ledger, id);
  const { receipts } = ledger.wait(executesAt > ledger.now ? executesAt - ledger.now : 0n);
  const failed = receipts.flatMap((it) => it.events).find((it) => it.kind === "proposal.failed");
  return failed === undefined ? statusOf(ledger, id) : String(failed["code"]);
}

/** `validator.add` with the proof that the key's holder wants it. */
export function addition(ledger: Ledger, participant: string, key: string): Action {
  const id = ledger.id(participant);
  return { kind: "validator.add", participant: id, key: keyOf(key), proof: proofOf(ledger, key, id) };
}

export function proofOf(ledger: Ledger, key: string, participant: Id<"acct">): Uint8Array {
  return signerOf(key).sign(possessionDigest(ledger.chain, "validator", keyOf(key), participant));
}

export function rotate(ledger: Ledger, by: string, newKey: string, key = validatorKey(by)): Receipt {
  const proof = proofOf(ledger, newKey, ledger.id(by));
  return ledger.send(by, { kind: "validator.rotate", key, newKey: keyOf(newKey), proof });
}

export function ready(ledger: Ledger, by: string, key: string): Receipt {
  return ledger.send(by, { kind: "validator.ready", key: keyOf(key) });
}

export function recordOf(ledger: Ledger, key: Uint8Array) {
  return ledger.view.get(validators, key);
}

export function currentSet(ledger: Ledger): readonly Uint8Array[] {
  return setOf(ledger.view).current;
}

/** Five minutes, so that a joiner may declare itself ready. */
export const READY_AFTER = Nanos.of(300n * SECOND);

export function signedBatch(
  ledger: Ledger,
  signer: string,
  changes: Partial<Omit<SignedBatch, "signature">> = {},
): SignedBatch {
  const body = {
    epoch: Epoch.of(0),
    lane: keyOf(signer),
    seq: Seq.of(7),
    prev: digestOf("before"),
    head: ledger.now,
    sightings: [],
    ...changes,
  };
  const unsigned = { ...body, signature: new Uint8Array(64) };
  return { ...body, signature: signerOf(signer).sign(batchDigest(ledger.chain, unsigned)) };
}

/** A batch with so many sightings, their stamps so far apart. */
export function sightings(count: number, first: bigint, step = 1n): SignedBatch["sightings"] {
  return Array.from({ length: count }, (_, i) => ({
    txid: toTxid(digestOf(`sighted ${i}`)),
    stamp: Nanos.of(first + BigInt(i) * step),
  }));
}

export function doubleVote(
  ledger: Ledger,
  signer: string,
  changes: Partial<Pick<DoubleVote, "phase" | "epoch" | "view" | "height">> = {},
): DoubleVote {
  const at = {
    phase: "prepare",
    epoch: Epoch.of(0),
    view: View.of(1),
    height: Height.of(12),
    ...changes,
  } as const;
  const side = (digest: Digest) => ({
    digest,
    signature: signerOf(signer).sign(voteDigest(ledger.chain, at, digest)),
  });
  return { key: keyOf(signer), ...at, first: side(digestOf("one cut")), second: side(digestOf("another")) };
}
