import * as core from "@touchmark/core";
import { expect, test } from "vitest";
import { Committee, type Cut, cutDigest, type MessageOf, voteDigest } from "../../src/index.ts";
import { SmallCluster, T0 } from "./small-cluster.ts";
import { CHAIN } from "./small-node.ts";

const MS = core.MILLISECOND;
const EPOCH = core.Epoch.of(0);

test("P-6 the cut of a PRE-PREPARE that its leader has replaced is kept no longer, unless it is certified", () => {
  const cluster = new SmallCluster(4);
  const [node, leader, asker] = [cluster.at(1), cluster.at(0), cluster.at(2)];
  const committee = new Committee(EPOCH, cluster.config.genesis.validators);
  // Nobody else learns of anything, so nothing is decided.
  cluster.drops = (_from, to) => to !== node && to !== asker;
  const cutAt = (horizon: number): Cut => ({
    height: core.Height.of(1),
    parent: cluster.config.genesis.digest,
    horizon: core.Nanos.of(T0 + BigInt(horizon)),
    tips: cluster.nodes.map(() => ({ seq: core.Seq.of(0), digest: core.ZERO_DIGEST })),
  });
  const propose = (view: number, cut: Cut) => {
    const at = {
      epoch: EPOCH,
      view: core.View.of(view),
      height: cut.height,
      digest: cutDigest(CHAIN, EPOCH, cut),
    };
    const signature = leader.signer.sign(voteDigest(CHAIN, "preprepare", at));
    const message: MessageOf<"preprepare"> = {
      kind: "preprepare",
      epoch: EPOCH,
      view: at.view,
      cut,
      parentCertificate: undefined,
      signature,
    };
    cluster.inject(leader, node, message);
    cluster.run(cluster.now + MS);
  };
  const isKept = (cut: Cut): boolean => {
    const since = cluster.now;
    const digest = cutDigest(CHAIN, EPOCH, cut);
    cluster.inject(asker, node, { kind: "askCut", height: cut.height, digest });
    cluster.run(since + MS);
    return node.sent.some(({ at, message }) => at >= since && message.kind === "cut");
  };
  cluster.run(T0 + MS);
  // The leader of view 0 leads view 4 too.
  const [first, second, third] = [cutAt(1), cutAt(2), cutAt(3)];
  propose(0, first);
  expect(isKept(first)).toBe(true);
  const certificate = { epoch: EPOCH, view: core.View.of(0), height: core.Height.of(1) };
  propose(4, second);
  expect([first, second].map(isKept)).toEqual([false, true]);
  const digest = cutDigest(CHAIN, EPOCH, second);
  for (const voter of cluster.nodes.slice(0, 3)) {
    const at = { ...certificate, view: core.View.of(4), digest };
    const signature = voter.signer.sign(voteDigest(CHAIN, "prepare", at));
    const validator = core.must(committee.indexOf(voter.key), "index");
    cluster.inject(voter, node, { kind: "prepare", ...at, validator, signature });
  }
  cluster.run(cluster.now + MS);
  propose(8, third);
  expect([first, second, third].map(isKept)).toEqual([false, true, true]);
});
