import * as core from "@touchmark/core";
import type * as consensus from "../../src/index.ts";
import type { SmallCluster } from "./small-cluster.ts";
import type { SmallNode } from "./small-node.ts";

export const MS: bigint = core.MILLISECOND;

/** The order that a node delivered, as text, height by height. */
export function orderOf(node: SmallNode): readonly string[] {
  const blocks = [...node.blocks.values()].sort((a, b) => a.height - b.height);
  return blocks.flatMap((block) => block.transactions.map((it) => core.bytesToHex(it.txid)));
}

export function hashesOf(node: SmallNode): readonly string[] {
  const blocks = [...node.blocks.values()].sort((a, b) => a.height - b.height);
  return blocks.map((block) => core.bytesToHex(block.blockHash));
}

/** Throws where two nodes delivered different blocks at a height, or a time does not rise. */
export function assertOneChain(cluster: SmallCluster): void {
  const hashes = new Map<number, string>();
  for (const node of cluster.nodes) {
    let last = 0n;
    for (const height of [...node.blocks.keys()].sort((a, b) => a - b)) {
      const block = core.must(node.blocks.get(height), "block");
      const hash = core.bytesToHex(block.blockHash);
      const known = hashes.get(height) ?? hash;
      if (known !== hash) throw new Error(`node ${node.index} has another block at height ${height}`);
      hashes.set(height, known);
      for (const { time } of block.transactions) {
        if (time <= last) throw new Error(`time does not rise at height ${height}`);
        last = time;
      }
    }
  }
}

/** What may be signed once only, as a key; and what was signed. */
function slotOf(message: consensus.Message): readonly [slot: string, signature: Uint8Array] | undefined {
  switch (message.kind) {
    case "batch":
      return [`batch ${core.bytesToHex(message.batch.lane)} ${message.batch.seq}`, message.batch.signature];
    case "preprepare":
      return [`preprepare ${message.epoch} ${message.view} ${message.cut.height}`, message.signature];
    case "prepare":
    case "commit":
      return [`${message.kind} ${message.epoch} ${message.view} ${message.height}`, message.signature];
    case "final":
      return [`final ${message.height}`, message.signature];
    case "viewChange":
      return [`viewChange ${message.epoch} ${message.view}`, message.signature];
    case "newView":
      return [`newView ${message.epoch} ${message.view}`, message.signature];
    default:
      return undefined;
  }
}

/** Ed25519 leaves nothing to choose: two signatures of one node in one slot are two things that it signed. */
export function signedTwice(node: SmallNode): readonly string[] {
  const bySlot = new Map<string, string>();
  const twice: string[] = [];
  for (const { message } of node.sent) {
    const slot = slotOf(message);
    if (slot === undefined) continue;
    const signature = core.bytesToHex(slot[1]);
    const known = bySlot.get(slot[0]) ?? signature;
    if (known !== signature) twice.push(slot[0]);
    bySlot.set(slot[0], known);
  }
  return twice;
}

export function factsOf<K extends consensus.Fact["kind"]>(
  node: SmallNode,
  kind: K,
): readonly { readonly at: bigint; readonly fact: Extract<consensus.Fact, { kind: K }> }[] {
  return node.facts.filter(
    (it): it is { at: bigint; fact: Extract<consensus.Fact, { kind: K }> } => it.fact.kind === kind,
  );
}

export function sentKinds(node: SmallNode, from: bigint, to: bigint): ReadonlySet<string> {
  return new Set(node.sent.filter((it) => it.at >= from && it.at < to).map((it) => it.message.kind));
}

/** Submits this many transactions, one each `gap`, entered at one node after the other. */
export function submitMany(
  cluster: SmallCluster,
  count: number,
  from: bigint,
  gap: bigint,
): readonly core.Txid[] {
  return Array.from({ length: count }, (_, i) =>
    cluster.submit(from + BigInt(i) * gap, `transaction ${i}`, i % cluster.nodes.length),
  );
}
