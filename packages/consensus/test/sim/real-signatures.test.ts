import * as core from "@touchmark/core";
import { nativeVerifier } from "@touchmark/core/native";
import { describe, expect, test } from "vitest";
import * as consensus from "../../src/index.ts";
import {
  assertOneChain,
  factsOf,
  hashesOf,
  MS,
  orderOf,
  signedTwice,
  submitMany,
} from "../agreement/cluster-checks.ts";
import { SmallCluster, T0 } from "../agreement/small-cluster.ts";
import { CHAIN } from "../agreement/small-node.ts";

/** A few heights, the leader's crash, a view without it, its restart, and more heights: all with real keys. */
function runCluster(): SmallCluster {
  const cluster = new SmallCluster(4);
  submitMany(cluster, 6, T0 + 10n * MS, 30n * MS);
  cluster.run(T0 + 100n * MS);
  cluster.crash(cluster.at(0));
  cluster.run(T0 + 1_600n * MS);
  cluster.restart(cluster.at(0));
  cluster.submit(T0 + 1_700n * MS, "after the restart", 0);
  cluster.run(T0 + 3_000n * MS);
  return cluster;
}

/** One message of each kind that the run sent, the longest, which has the most signatures in it. */
function messagesOf(cluster: SmallCluster): ReadonlyMap<string, consensus.Message> {
  const longest = new Map<string, { readonly message: consensus.Message; readonly length: number }>();
  for (const { message } of cluster.nodes.flatMap((node) => node.sent)) {
    const { length } = core.encode(consensus.message, message);
    if (length > (longest.get(message.kind)?.length ?? 0)) longest.set(message.kind, { message, length });
  }
  return new Map([...longest].map(([kind, { message }]) => [kind, message]));
}

/** The same message with one bit of one signature turned, for each signature in it. */
function* damaged(message: consensus.Message): Iterable<consensus.Message> {
  const bytes = core.encode(consensus.message, message);
  // Signatures alone are binaries of 64 bytes: a marker of two bytes and then the length.
  for (let at = 0; at + 2 + core.SIGNATURE_BYTES <= bytes.length; at++) {
    if (bytes[at] !== 0xc4 || bytes[at + 1] !== core.SIGNATURE_BYTES) continue;
    const copy = bytes.slice();
    const place = at + 2 + 40;
    copy[place] = (copy[place] ?? 0) ^ 1;
    const decoded = core.decode(consensus.message, copy);
    if (!core.isRejection(decoded)) yield decoded;
    at += 1 + core.SIGNATURE_BYTES;
  }
}

describe("a cluster with real Ed25519 keys, through a view change and a restart", () => {
  const cluster = runCluster();
  const validators = cluster.nodes.map((node) => node.key);
  const committeeOf = (epoch: core.Epoch) => new consensus.Committee(epoch, validators);
  const verifiers = [nativeVerifier, core.portableVerifier].map(
    (signatures) => new consensus.MessageVerifier(CHAIN, committeeOf, signatures),
  );

  test("P-4, P-7 delivers everything in one order, and signs nothing twice", () => {
    assertOneChain(cluster);
    for (const node of cluster.nodes) {
      expect(node.halted).toBe(undefined);
      expect(orderOf(node).length).toBe(7);
      expect(hashesOf(node)).toEqual(hashesOf(cluster.at(1)));
      expect(signedTwice(node)).toEqual([]);
    }
    expect(factsOf(cluster.at(1), "newView").map(({ fact }) => fact.view)).toEqual([1]);
  });

  const messages = messagesOf(cluster);

  test.each([
    "batch",
    "preprepare",
    "prepare",
    "commit",
    "final",
    "viewChange",
    "newView",
    "finality",
    "pong",
  ])(
    "M-1, M-2, W-29 a %s is good to the native verifier and to the portable one, and with a bit of any signature turned to neither",
    (kind) => {
      const message = core.must(messages.get(kind), `a ${kind} was sent`);
      for (const verifier of verifiers) expect(core.isRejection(verifier.verify(message))).toBe(false);
      let tried = 0;
      for (const bad of damaged(message)) {
        tried += 1;
        for (const verifier of verifiers)
          expect(verifier.verify(bad)).toMatchObject({ code: "BAD_SIGNATURE" });
      }
      expect(tried).toBeGreaterThan(0);
    },
  );
});
