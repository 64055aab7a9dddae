import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import * as consensus from "../../src/index.ts";
import {
  at,
  batch,
  CHAIN,
  COMMITTEE,
  certificate,
  chainOfPrepared,
  cutAt,
  cutDigestOf,
  digestOf,
  EPOCH,
  finalBody,
  finality,
  height,
  indexAt,
  newView,
  prepared,
  preprepare,
  signerAt,
  signersOf,
  verifierOf,
  view,
  viewChange,
  vote,
} from "./signed-world.ts";

const VERIFIER = verifierOf();
const code = (message: consensus.Message): string => {
  const result = VERIFIER.verify(message);
  return core.isRejection(result) ? result.code : "verified";
};

describe("one validator's signature", () => {
  test("M-2 an index outside of the set is refused before any signature is looked at", () => {
    const outside = consensus.VALIDATORS_MAX - 1;
    const message = { ...vote("prepare"), validator: outside } as consensus.Message;
    expect(COMMITTEE.isIndex(outside)).toBe(false);
    expect(code(message)).toBe("UNKNOWN_VALIDATOR");
  });

  test("M-2 another validator's index, another's signature: both are refused", () => {
    for (const kind of ["prepare", "commit"] as const) {
      expect(code({ ...vote(kind), validator: indexAt(1) })).toBe("BAD_SIGNATURE");
      expect(code({ ...vote(kind), signature: vote(kind, 1).signature })).toBe("BAD_SIGNATURE");
    }
  });

  test("P-5 a PRE-PREPARE and a NEW-VIEW are their view's leader's alone", () => {
    expect(COMMITTEE.leaderOf(view(1))).toBe(1);
    expect(code(preprepare())).toBe("verified");
    expect(code(preprepare(undefined, 2))).toBe("BAD_SIGNATURE");
    expect(code(newView(undefined, 1))).toBe("BAD_SIGNATURE");
  });

  test("S-3 a batch is its lane's owner's; whether the lane counts is judged elsewhere", () => {
    const theirs = batch(1);
    expect(code({ kind: "batch", batch: { ...theirs, lane: batch(2).lane } })).toBe("BAD_SIGNATURE");
    const stranger = { ...batch(1), epoch: core.Epoch.of(99) };
    const signature = signerAt(1).sign(consensus.batchDigest(CHAIN, stranger));
    expect(code({ kind: "batch", batch: { ...stranger, signature } })).toBe("verified");
  });

  test("S-5 evidence is refused where either batch isn't signed", () => {
    const good = batch();
    const bad = { ...batch(0, 7, 901), head: at(902) };
    expect(code({ kind: "evidence", first: good, second: batch(0, 7, 901) })).toBe("verified");
    expect(code({ kind: "evidence", first: good, second: bad })).toBe("BAD_SIGNATURE");
    expect(code({ kind: "evidence", first: bad, second: good })).toBe("BAD_SIGNATURE");
    expect(code({ kind: "evidence", first: bad, second: undefined })).toBe("BAD_SIGNATURE");
  });
});

/** Every place that a certificate's signers stand in, as a message around them. */
function around(signers: readonly consensus.Signer[]): readonly consensus.Message[] {
  const pc = { ...certificate(digestOf("parent"), 11), signers };
  return [preprepare(pc)];
}

describe("certificates", () => {
  const digest = consensus.voteDigest(CHAIN, "prepare", certificate(digestOf("parent"), 11));
  const cases: readonly (readonly [what: string, by: readonly number[], code: string])[] = [
    ["q signers", [0, 1, 2], "verified"],
    ["all of them", [0, 1, 2, 3], "verified"],
    ["one too few", [0, 1], "SHORT_QUORUM"],
    ["one signer twice", [0, 1, 1], "SIGNERS_NOT_ASCENDING"],
    ["one signer three times", [2, 2, 2], "SIGNERS_NOT_ASCENDING"],
    ["signers out of order", [1, 0, 2], "SIGNERS_NOT_ASCENDING"],
  ];
  test.each(cases)("M-2 %s in a PC", (_, by, want) => {
    for (const message of around(signersOf(digest, by))) expect(code(message)).toBe(want);
  });

  test.each(cases)("M-2 %s in an FC", (_, by, want) => {
    expect(code({ kind: "finality", finality: finality(10, by) })).toBe(want);
    expect(code({ kind: "block", cut: cutAt(10), finality: finality(10, by), batches: [] })).toBe(want);
    expect(code({ kind: "viewChange", ...viewChange(1, 2, { finality: finality(10, by) }) })).toBe(want);
  });

  test("M-2 a signer outside of the set, and one whose signature is another's", () => {
    const good = signersOf(digest, [0, 1]);
    const outside = { validator: 7, signature: core.must(good[0], "signer").signature } as consensus.Signer;
    expect(code(preprepare({ ...certificate(digestOf("parent"), 11), signers: [...good, outside] }))).toBe(
      "UNKNOWN_VALIDATOR",
    );
    const copied = { validator: indexAt(2), signature: core.must(good[1], "signer").signature };
    expect(code(preprepare({ ...certificate(digestOf("parent"), 11), signers: [...good, copied] }))).toBe(
      "BAD_SIGNATURE",
    );
  });

  test("M-2 the signatures of COMMITs make no PC", () => {
    const point = certificate(digestOf("parent"), 11);
    const signers = signersOf(consensus.voteDigest(CHAIN, "commit", point), [0, 1, 2]);
    expect(code(preprepare({ ...point, signers }))).toBe("BAD_SIGNATURE");
  });

  test("P-1 the parent's certificate is of this view, of the height below, and of this very parent", () => {
    const parent = digestOf("parent");
    expect(code(preprepare(certificate(parent, 11, 0)))).toBe("CERTIFICATE_MISMATCH");
    expect(code(preprepare(certificate(parent, 11, 2)))).toBe("CERTIFICATE_MISMATCH");
    expect(code(preprepare(certificate(parent, 10)))).toBe("CERTIFICATE_MISMATCH");
    expect(code(preprepare(certificate(parent, 12)))).toBe("CERTIFICATE_MISMATCH");
    expect(code(preprepare(certificate(digestOf("another"), 11)))).toBe("CERTIFICATE_MISMATCH");
  });

  test("Y-1 a block's certificate is of its very cut", () => {
    const wrong = [
      { cut: cutAt(11), finality: finality(10) },
      { cut: cutAt(10, digestOf("other")), finality: finality(10) },
      { cut: { ...cutAt(10), height: height(11) }, finality: finality(10) },
    ];
    for (const it of wrong) expect(code({ kind: "block", ...it, batches: [] })).toBe("CERTIFICATE_MISMATCH");
    const forged = { ...batch(1), head: at(999) };
    expect(code({ kind: "block", cut: cutAt(10), finality: finality(10), batches: [batch(2), forged] })).toBe(
      "BAD_SIGNATURE",
    );
  });

  test("P-3 FINALs that differ in anything make no certificate", () => {
    const [a, b] = [finalBody(), { ...finalBody(), stateRoot: digestOf("wrong state") }];
    const two = signersOf(consensus.finalDigest(CHAIN, a), [0, 1]);
    const third = signersOf(consensus.finalDigest(CHAIN, b), [2]);
    expect(code({ kind: "finality", finality: { ...a, signers: [...two, ...third] } })).toBe("BAD_SIGNATURE");
  });
});

const changeWith = (carried: readonly consensus.Prepared[]): consensus.Message => ({
  kind: "viewChange",
  ...viewChange(1, 2, { prepared: carried }),
});

describe("VIEW-CHANGE", () => {
  test("P-4 carries certificates of lower views alone", () => {
    const parent = finality().digest;
    expect(code(changeWith([prepared(11, parent, 1)]))).toBe("verified");
    expect(code(changeWith([prepared(11, parent, 2)]))).toBe("CERTIFICATE_MISMATCH");
    expect(code(changeWith([prepared(11, parent, 3)]))).toBe("CERTIFICATE_MISMATCH");
  });

  test("P-4 each with the very cut that it certifies, at its height, of this epoch", () => {
    const good = prepared(11, finality().digest);
    const wrong: readonly consensus.Prepared[] = [
      { ...good, cut: cutAt(11, digestOf("other parent")) },
      { ...good, cut: { ...good.cut, height: height(12) } },
      { ...good, certificate: certificate(cutDigestOf(good.cut), 12) },
      { ...good, certificate: certificate(digestOf("another cut"), 11) },
      { ...good, certificate: { ...good.certificate, epoch: core.Epoch.of(EPOCH - 1) } },
    ];
    for (const it of wrong) expect(code(changeWith([it]))).toBe("CERTIFICATE_MISMATCH");
  });

  test("P-4 with a quorum behind each", () => {
    const good = prepared(11, finality().digest);
    const short = { ...good, certificate: certificate(cutDigestOf(good.cut), 11, 1, [0, 1]) };
    expect(code(changeWith([short]))).toBe("SHORT_QUORUM");
    const [first, second] = chainOfPrepared();
    const forged = {
      ...core.must(second, "second"),
      certificate: { ...core.must(second, "second").certificate, view: view(1) },
    };
    expect(code(changeWith([core.must(first, "first"), forged]))).toBe("BAD_SIGNATURE");
  });

  test("P-4 what it carries can't be left out, added or taken from another's", () => {
    const whole = viewChange(1);
    expect(code({ kind: "viewChange", ...whole, prepared: whole.prepared.slice(0, 1) })).toBe(
      "BAD_SIGNATURE",
    );
    expect(code({ kind: "viewChange", ...whole, finality: undefined })).toBe("BAD_SIGNATURE");
    expect(
      code({ kind: "viewChange", ...viewChange(1, 2, { prepared: [] }), prepared: whole.prepared }),
    ).toBe("BAD_SIGNATURE");
    // Its certificates are named by what they certify: other signers of the same are the same.
    expect(code({ kind: "viewChange", ...whole, finality: finality(10, [0, 1, 2]) })).toBe("verified");
  });
});

describe("NEW-VIEW", () => {
  const empty = (by: number, v = 2) => viewChange(by, v, { prepared: [] });
  test("P-4 shows q VIEW-CHANGEs of this very view, by ascending validators", () => {
    expect(code(newView([empty(0), empty(1), empty(3)]))).toBe("verified");
    expect(code(newView([empty(0), empty(1), empty(2), empty(3)]))).toBe("verified");
    expect(code(newView([empty(0), empty(1)]))).toBe("SHORT_QUORUM");
    expect(code(newView([empty(0), empty(1), empty(1)]))).toBe("SIGNERS_NOT_ASCENDING");
    expect(code(newView([empty(1), empty(0), empty(3)]))).toBe("SIGNERS_NOT_ASCENDING");
    for (const v of [1, 3])
      expect(code(newView([empty(0), empty(1), empty(3, v)]))).toBe("CERTIFICATE_MISMATCH");
    const otherEpoch = { ...empty(3), epoch: core.Epoch.of(EPOCH + 1) };
    expect(code(newView([empty(0), empty(1), otherEpoch]))).toBe("CERTIFICATE_MISMATCH");
  });

  test("P-4 every one of them is judged as if it had come alone", () => {
    const forged = { ...empty(3), finality: finality(11) };
    expect(code(newView([empty(0), empty(1), forged]))).toBe("BAD_SIGNATURE");
    const higher = viewChange(3, 2, { prepared: [prepared(11, finality().digest, 2)] });
    expect(code(newView([empty(0), empty(1), higher]))).toBe("CERTIFICATE_MISMATCH");
    const short = viewChange(3, 2, { finality: finality(10, [0, 1]) });
    expect(code(newView([empty(0), empty(1), short]))).toBe("SHORT_QUORUM");
  });

  test("P-4 what the leader chose is signed with it", () => {
    const whole = newView();
    expect(code({ ...whole, chosen: whole.chosen.slice(0, 1) })).toBe("BAD_SIGNATURE");
    expect(code({ ...whole, chosen: [] })).toBe("BAD_SIGNATURE");
  });
});
