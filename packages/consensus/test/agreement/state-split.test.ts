import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { type FinalBody, finalDigest, type MessageOf } from "../../src/index.ts";
import { SmallCluster, T0 } from "./small-cluster.ts";
import { CHAIN, type SmallNode } from "./small-node.ts";

const MS = core.MILLISECOND;

function finalOf(node: SmallNode, height: number): MessageOf<"final"> {
  const finals = node.sent.flatMap(({ message }) => (message.kind === "final" ? [message] : []));
  return core.must(
    finals.find((it) => it.height === height),
    "FINAL",
  );
}

/** The same FINAL with something else in it, signed as well. */
function otherThan(node: SmallNode, height: number, change: Partial<FinalBody>): MessageOf<"final"> {
  const message = { ...finalOf(node, height), ...change };
  return { ...message, signature: node.signer.sign(finalDigest(CHAIN, message)) };
}

function splits(node: SmallNode): readonly unknown[] {
  return node.facts.flatMap(({ fact }) => (fact.kind === "stateSplit" ? [fact] : []));
}

function delivered(drops: SmallCluster["drops"] = () => false): SmallCluster {
  const cluster = new SmallCluster(4);
  cluster.drops = drops;
  cluster.submit(T0 + MS, "a");
  cluster.run(T0 + 500n * MS);
  return cluster;
}

const OTHER = CHAIN.hasher.sha256(Uint8Array.of(7));

describe("P-3 a split", () => {
  test("P-3 a FINAL that differs is an alarm that names height and fields, once for each height, also when late", () => {
    const cluster = delivered();
    const [node, liar] = [cluster.at(0), cluster.at(3)];
    expect(node.finalAt.has(1)).toBe(true);
    expect(splits(node)).toEqual([]);
    cluster.inject(liar, node, otherThan(liar, 1, { nextValidatorsHash: OTHER }));
    cluster.inject(liar, node, otherThan(liar, 1, { stateRoot: OTHER, blockHash: OTHER }));
    cluster.run(T0 + 510n * MS);
    expect(splits(node)).toEqual([{ kind: "stateSplit", height: 1, fields: ["nextValidatorsHash"] }]);
    expect(node.halted).toBe(undefined);
  });

  test.each(["digest", "blockHash", "stateRoot", "nextValidatorsHash", "liveHash"] as const)(
    "P-3 f + 1 equal FINALs that contradict the own one in %s stop the replica, with height and both roots",
    (field) => {
      const cluster = delivered((_from, to, message) => message.kind === "final" && to.index === 0);
      const node = cluster.at(0);
      for (const index of [1, 2]) {
        const other = otherThan(cluster.at(index), 1, { [field]: OTHER });
        cluster.inject(cluster.at(index), node, other);
      }
      const ours = finalOf(node, 1).stateRoot;
      const theirs = field === "stateRoot" ? OTHER : ours;
      cluster.run(T0 + 510n * MS);
      expect(node.halted).toContain(`after height 1 in ${field}`);
      expect(node.halted).toContain(`our root ${core.bytesToHex(ours)}, theirs ${core.bytesToHex(theirs)}`);
      expect(splits(node).length).toBe(1);
    },
  );

  test("P-3 a certificate that says something else stops the replica, whatever it differs in", () => {
    const cluster = delivered((_from, to, message) => message.kind === "final" && to.index === 0);
    const node = cluster.at(0);
    const finals = [1, 2, 3].map((index) => otherThan(cluster.at(index), 1, { nextValidatorsHash: OTHER }));
    const [first] = finals;
    const { kind: _kind, validator, signature, ...body } = core.must(first, "FINAL");
    const signers = finals.map((it) => ({ validator: it.validator, signature: it.signature }));
    expect([validator, signature]).toEqual([signers[0]?.validator, signers[0]?.signature]);
    cluster.inject(cluster.at(1), node, { kind: "finality", finality: { ...body, signers } });
    cluster.run(T0 + 510n * MS);
    expect(node.halted).toContain("after height 1 in nextValidatorsHash");
    expect(splits(node).length).toBe(1);
  });
});
