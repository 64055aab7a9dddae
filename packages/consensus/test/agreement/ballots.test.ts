import * as core from "@touchmark/core";
import { describe, expect, test } from "vitest";
import { Ballot, Certificates, FinalBallot } from "../../src/agreement/ballots.ts";
import { Instance, type Proposal } from "../../src/agreement/instance.ts";
import { Committee, isValidatorKey } from "../../src/committee.ts";
import type { MessageOf, PrepareCertificate, Vote } from "../../src/messages.ts";

const digestOf = (name: string): core.Digest => core.portableHasher.sha256(core.utf8ToBytes(name));
const KEYS = [1, 2, 3, 4, 5, 6, 7].map((i): Uint8Array => new Uint8Array(32).fill(i)).filter(isValidatorKey);
const committeeOf = (n: number): Committee => new Committee(core.Epoch.of(0), KEYS.slice(0, n));
const INDEXES = committeeOf(7).indexes;
const indexAt = (i: number) => core.must(INDEXES[i], "index");
const view = (value: number): core.View => core.View.of(value);

function vote(by: number, digest: string, v = 0): Vote {
  const point = {
    epoch: core.Epoch.of(0),
    view: view(v),
    height: core.Height.of(1),
    digest: digestOf(digest),
  };
  return { kind: "prepare", ...point, validator: indexAt(by), signature: new Uint8Array(64).fill(by) };
}

const signersIn = (ballot: Ballot, committee: Committee, v = 0) =>
  ballot.quorum(committee, view(v), committee.quorum)?.signers.map((it) => it.validator);

describe("votes of one phase", () => {
  test("P-6 one for each validator: what it says again in the same view, or in a lower one, doesn't count", () => {
    const ballot = new Ballot();
    const committee = committeeOf(4);
    expect(ballot.add(vote(0, "a", 2))).toBe(true);
    expect(ballot.add(vote(0, "a", 2))).toBe(false);
    expect(ballot.add(vote(0, "b", 2))).toBe(false);
    expect(ballot.add(vote(0, "b", 1))).toBe(false);
    ballot.add(vote(1, "b", 2));
    ballot.add(vote(2, "b", 2));
    expect(signersIn(ballot, committee, 2)).toBe(undefined);
    ballot.add(vote(3, "b", 2));
    expect(signersIn(ballot, committee, 2)).toEqual([1, 2, 3]);
  });

  test("P-6 a vote of a higher view takes the place of the lower one", () => {
    const ballot = new Ballot();
    const committee = committeeOf(4);
    for (const by of [0, 1]) ballot.add(vote(by, "a", 0));
    expect(ballot.add(vote(1, "a", 1))).toBe(true);
    ballot.add(vote(2, "a", 0));
    expect(signersIn(ballot, committee, 0)).toBe(undefined);
    ballot.add(vote(3, "a", 0));
    expect(signersIn(ballot, committee, 0)).toEqual([0, 2, 3]);
  });

  test.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 4],
    [6, 4],
    [7, 5],
  ])("section 1: of %i validators %i are a quorum, and one less is none", (n, quorum) => {
    const committee = committeeOf(n);
    expect(committee.quorum).toBe(quorum);
    expect(2 * quorum - n).toBeGreaterThan(committee.f);
    const ballot = new Ballot();
    for (let by = 0; by < quorum - 1; by++) ballot.add(vote(by, "a"));
    expect(signersIn(ballot, committee)).toBe(undefined);
    ballot.add(vote(quorum - 1, "a"));
    expect(signersIn(ballot, committee)?.length).toBe(quorum);
  });

  test("P-1 a quorum is on one digest; its signers ascend", () => {
    const ballot = new Ballot();
    const committee = committeeOf(7);
    for (const by of [6, 1, 4, 3]) ballot.add(vote(by, "a"));
    for (const by of [5, 0]) ballot.add(vote(by, "b"));
    expect(signersIn(ballot, committee)).toBe(undefined);
    ballot.add(vote(2, "a"));
    expect(signersIn(ballot, committee)).toEqual([1, 2, 3, 4, 6]);
    expect(ballot.quorum(committee, view(0), 5)?.digest).toEqual(digestOf("a"));
  });

  test("E-1 a vote of an index outside of the set counts for nothing", () => {
    const ballot = new Ballot();
    for (const by of [0, 1, 6]) ballot.add(vote(by, "a"));
    expect(signersIn(ballot, committeeOf(4))).toBe(undefined);
  });
});

function final(by: number, change: Partial<MessageOf<"final">> = {}): MessageOf<"final"> {
  return {
    kind: "final",
    epoch: core.Epoch.of(0),
    height: core.Height.of(1),
    digest: digestOf("cut"),
    blockHash: digestOf("block"),
    stateRoot: digestOf("state"),
    nextValidatorsHash: digestOf("next"),
    liveHash: undefined,
    validator: indexAt(by),
    signature: new Uint8Array(64).fill(by),
    ...change,
  };
}

describe("FINALs of one height", () => {
  const differences: readonly Partial<MessageOf<"final">>[] = [
    { stateRoot: digestOf("other") },
    { blockHash: digestOf("other") },
    { nextValidatorsHash: digestOf("other") },
    { liveHash: digestOf("other") },
    { digest: digestOf("other") },
  ];

  test("P-3 q that say the same in all are a certificate, with ascending signers", () => {
    const ballot = new FinalBallot();
    for (const by of [3, 0]) ballot.add(final(by));
    expect(ballot.certificate(3)).toBe(undefined);
    ballot.add(final(2));
    const certificate = core.must(ballot.certificate(3), "certificate");
    expect(certificate.signers.map((it) => it.validator)).toEqual([0, 2, 3]);
    expect(certificate.stateRoot).toEqual(digestOf("state"));
    expect("kind" in certificate).toBe(false);
  });

  test.each(differences)("P-3 one that differs in %o is not of them", (change) => {
    const ballot = new FinalBallot();
    for (const by of [0, 1]) ballot.add(final(by));
    ballot.add(final(2, change));
    expect(ballot.certificate(3)).toBe(undefined);
  });

  test("P-6 only the first FINAL of a validator counts", () => {
    const ballot = new FinalBallot();
    expect(ballot.add(final(0, { stateRoot: digestOf("wrong") }))).toBe(true);
    expect(ballot.add(final(0))).toBe(false);
    for (const by of [1, 2]) ballot.add(final(by));
    expect(ballot.certificate(3)).toBe(undefined);
  });

  test.each(differences)(
    "P-3 f + 1 that agree against the own one in %o contradict it, f don't",
    (change) => {
      const ballot = new FinalBallot();
      const own = final(0);
      ballot.add(own);
      ballot.add(final(1, change));
      expect(ballot.contradiction(own, 2)).toBe(undefined);
      ballot.add(final(2, change));
      expect(ballot.contradiction(own, 2)).toMatchObject(change);
      expect(ballot.contradiction(final(1, change), 2)).toBe(undefined);
    },
  );
});

describe("certificates of one height", () => {
  const certificate = (v: number, digest = "a"): PrepareCertificate => ({
    epoch: core.Epoch.of(0),
    view: view(v),
    height: core.Height.of(1),
    digest: digestOf(digest),
    signers: [],
  });

  test("P-4 the highest view's is the one that VIEW-CHANGE carries; each view has one", () => {
    const certificates = new Certificates();
    expect(certificates.highest).toBe(undefined);
    for (const v of [2, 5, 3]) expect(certificates.add(certificate(v))).toBe(true);
    expect(certificates.add(certificate(3, "b"))).toBe(false);
    expect(certificates.highest?.view).toBe(5);
    expect(certificates.ofView(view(3))?.digest).toEqual(digestOf("a"));
    expect(certificates.ofView(view(4))).toBe(undefined);
  });

  test("P-4, P-6 of lower views only the highest stays; this view's and later ones stay, for VIEW-CHANGE carries them", () => {
    const certificates = new Certificates();
    for (const v of [0, 2, 5, 6, 8]) certificates.add(certificate(v, `cut ${v}`));
    certificates.forgetBelow(6);
    expect([0, 2, 5, 6, 8].filter((v) => certificates.ofView(view(v)) !== undefined)).toEqual([5, 6, 8]);
    expect(certificates.highestBelow(6)?.view).toBe(5);
    expect(certificates.names(digestOf("cut 2"))).toBe(false);
  });
});

describe("P-6 one height", () => {
  const proposal = (v: number, digest: string): Proposal => ({
    message: { view: view(v) } as Proposal["message"],
    digest: digestOf(digest),
    arrivedAt: core.Nanos.of(0n),
    refused: undefined,
  });

  test("P-6 keeps one proposal of each leader, and names its cut until a later one replaces it", () => {
    const instance = new Instance(core.Height.of(1));
    const [first, second] = INDEXES;
    expect(instance.addProposal(core.must(first, "index"), proposal(0, "a"))).toBe("first");
    expect(instance.addProposal(core.must(second, "index"), proposal(1, "b"))).toBe("first");
    expect(instance.addProposal(core.must(first, "index"), proposal(0, "c"))).toBe("older");
    expect(instance.addProposal(core.must(first, "index"), proposal(4, "d"))).toBe("replaced");
    expect(["a", "b", "c", "d"].filter((it) => instance.names(digestOf(it)))).toEqual(["b", "d"]);
    instance.committed = { digest: digestOf("a"), view: view(0) };
    instance.implied = digestOf("c");
    expect(["a", "b", "c", "d"].filter((it) => instance.names(digestOf(it)))).toEqual(["a", "b", "c", "d"]);
  });
});
