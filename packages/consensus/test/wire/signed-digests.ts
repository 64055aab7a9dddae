import type * as core from "@touchmark/core";
import * as consensus from "../../src/index.ts";
import {
  at,
  batch,
  CHAIN,
  cutAt,
  digestOf,
  EPOCH,
  finalBody,
  height,
  KEYS,
  manifest,
  newView,
  PIECE,
  view,
  viewChange,
} from "./signed-world.ts";

export const POINT = { epoch: EPOCH, view: view(1), height: height(12), digest: digestOf("cut") };

/** What signatures cover, for fixed inputs. */
export function digests(): Readonly<Record<string, core.Digest>> {
  const transactions = [{ txid: digestOf("tx a"), time: at(70) }];
  return {
    batch: consensus.batchDigest(CHAIN, batch()),
    cut: consensus.cutDigest(CHAIN, EPOCH, cutAt(12)),
    preprepare: consensus.voteDigest(CHAIN, "preprepare", POINT),
    prepare: consensus.voteDigest(CHAIN, "prepare", POINT),
    commit: consensus.voteDigest(CHAIN, "commit", POINT),
    final: consensus.finalDigest(CHAIN, finalBody()),
    "final with live hash": consensus.finalDigest(CHAIN, finalBody(10, digestOf("live"))),
    viewchange: consensus.viewChangeDigest(CHAIN, viewChange(1)),
    "viewchange at genesis": consensus.viewChangeDigest(
      CHAIN,
      viewChange(1, 2, { finality: undefined, prepared: [] }),
    ),
    newview: consensus.newViewDigest(CHAIN, newView()),
    complaint: consensus.complaintDigest(CHAIN, EPOCH, view(1)),
    pong: consensus.pongDigest(CHAIN, { epoch: EPOCH, nonce: at(5), time: at(9) }),
    block: consensus.blockHash(CHAIN, EPOCH, digestOf("cut"), digestOf("parent"), transactions),
    validators: consensus.validatorsHash(CHAIN, EPOCH, KEYS),
    piece: consensus.pieceDigest(CHAIN, PIECE),
    manifest: consensus.manifestDigest(CHAIN, manifest()),
  };
}
