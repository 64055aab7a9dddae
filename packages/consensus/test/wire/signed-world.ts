import * as core from "@touchmark/core";
import { nativeHasher, nativeSigner, nativeVerifier } from "@touchmark/core/native";
import * as consensus from "../../src/index.ts";

/** Four validators with fixed keys, and everything that they could truly have signed. */
export const CHAIN: consensus.Chain = { chainId: "golden-chain", hasher: nativeHasher };
export const EPOCH = core.Epoch.of(3);
const SEEDS = [1, 2, 3, 4].map((seed) => new Uint8Array(32).fill(seed));
const SIGNERS = SEEDS.map((seed) => nativeSigner(core.secretKeyFromSeed("ed25519", seed))).sort((a, b) =>
  core.compareBytes(a.publicKey, b.publicKey),
);
export const KEYS = SIGNERS.map((signer) => signer.publicKey).filter(consensus.isValidatorKey);
export const COMMITTEE = new consensus.Committee(EPOCH, KEYS);
const INDEXES = COMMITTEE.indexes;

export const committeeOf: consensus.CommitteeOf = (epoch) => (epoch === EPOCH ? COMMITTEE : undefined);

export function verifierOf(
  chain = CHAIN,
  signatures: core.SignatureVerifier = nativeVerifier,
): consensus.MessageVerifier {
  return new consensus.MessageVerifier(chain, committeeOf, signatures);
}

export const signerAt = (index: number): core.Signer => core.must(SIGNERS[index], "signer");
export const indexAt = (index: number): consensus.ValidatorIndex => core.must(INDEXES[index], "index");
export const view = (value: number): core.View => core.View.of(value);
export const height = (value: number): core.Height => core.Height.of(value);
export const digestOf = (name: string): core.Digest => nativeHasher.sha256(core.utf8ToBytes(name));
const NANOS = 1_780_000_000_000_000_000n;
export const at = (offset: number): core.Nanos => core.Nanos.of(NANOS + BigInt(offset));

export function batch(owner = 0, seq = 7, head = 900, epoch = EPOCH): consensus.LaneBatch {
  const sightings = [
    { txid: core.toTxid(digestOf("tx a")), stamp: at(700) },
    { txid: core.toTxid(digestOf("tx b")), stamp: at(800) },
  ];
  const key = core.must(KEYS[owner], "key");
  const body = {
    epoch,
    lane: key,
    seq: core.Seq.of(seq),
    prev: digestOf("batch before"),
    head: at(head),
    sightings,
  };
  return { ...body, signature: signerAt(owner).sign(consensus.batchDigest(CHAIN, body)) };
}

export function cutAt(h: number, parent: core.Digest = digestOf("parent")): consensus.Cut {
  const tips = KEYS.map((_, i) => ({ seq: core.Seq.of(10 + i), digest: digestOf(`tip ${i}`) }));
  return { height: height(h), parent, horizon: at(1_000 + h), tips };
}

export const cutDigestOf = (cut: consensus.Cut, epoch = EPOCH): core.Digest =>
  consensus.cutDigest(CHAIN, epoch, cut);

export function signersOf(digest: core.Digest, indexes: readonly number[]): consensus.Signer[] {
  return indexes.map((i) => ({ validator: indexAt(i), signature: signerAt(i).sign(digest) }));
}

export function certificate(
  digest: core.Digest,
  h: number,
  v = 1,
  by: readonly number[] = [0, 1, 3],
): consensus.PrepareCertificate {
  const point = { epoch: EPOCH, view: view(v), height: height(h), digest };
  return { ...point, signers: signersOf(consensus.voteDigest(CHAIN, "prepare", point), by) };
}

export function vote(kind: "prepare" | "commit", by = 2): consensus.Vote {
  const point = { epoch: EPOCH, view: view(1), height: height(12), digest: cutDigestOf(cutAt(12)) };
  const signature = signerAt(by).sign(consensus.voteDigest(CHAIN, kind, point));
  return { kind, ...point, validator: indexAt(by), signature };
}

export function finalBody(h = 10, liveHash: core.Digest | undefined = undefined): consensus.FinalBody {
  return {
    epoch: EPOCH,
    height: height(h),
    digest: cutDigestOf(cutAt(h)),
    blockHash: digestOf(`block ${h}`),
    stateRoot: digestOf(`state ${h}`),
    nextValidatorsHash: consensus.validatorsHash(CHAIN, EPOCH, KEYS),
    liveHash,
  };
}

export function finality(h = 10, by: readonly number[] = [0, 2, 3]): consensus.FinalityCertificate {
  const body = finalBody(h);
  return { ...body, signers: signersOf(consensus.finalDigest(CHAIN, body), by) };
}

export function prepared(h: number, parent: core.Digest, v = 1): consensus.Prepared {
  const cut = cutAt(h, parent);
  return { cut, certificate: certificate(cutDigestOf(cut), h, v) };
}

export function chainOfPrepared(): readonly consensus.Prepared[] {
  const first = prepared(11, finality().digest);
  return [first, prepared(12, first.certificate.digest, 0)];
}

export function viewChange(
  by: number,
  v = 2,
  carried: Partial<Pick<consensus.ViewChange, "finality" | "prepared">> = {},
): consensus.ViewChange {
  const body = { epoch: EPOCH, view: view(v), finality: finality(), prepared: chainOfPrepared(), ...carried };
  const signature = signerAt(by).sign(consensus.viewChangeDigest(CHAIN, body));
  return { ...body, validator: indexAt(by), signature };
}

export function newView(
  changes: readonly consensus.ViewChange[] = [
    viewChange(0),
    viewChange(1),
    viewChange(3, 2, { prepared: [] }),
  ],
  by = 2,
): consensus.MessageOf<"newView"> {
  const chosen = chainOfPrepared().map((it) => ({ height: it.cut.height, digest: it.certificate.digest }));
  const body = { epoch: EPOCH, view: view(2), viewChanges: changes, chosen };
  return { kind: "newView", ...body, signature: signerAt(by).sign(consensus.newViewDigest(CHAIN, body)) };
}

export function preprepare(
  parentCertificate: consensus.PrepareCertificate | undefined = certificate(digestOf("parent"), 11),
  by = 1,
): consensus.MessageOf<"preprepare"> {
  const cut = cutAt(12);
  const point = { epoch: EPOCH, view: view(1), height: cut.height, digest: cutDigestOf(cut) };
  const signature = signerAt(by).sign(consensus.voteDigest(CHAIN, "preprepare", point));
  return { kind: "preprepare", epoch: EPOCH, view: view(1), cut, parentCertificate, signature };
}

const namedBatch = { lane: core.must(KEYS[2], "key"), seq: core.Seq.of(300), digest: digestOf("named") };

function final(liveHash: core.Digest | undefined): consensus.MessageOf<"final"> {
  const body = finalBody(10, liveHash);
  const signature = signerAt(2).sign(consensus.finalDigest(CHAIN, body));
  return { kind: "final", ...body, validator: indexAt(2), signature };
}

function pong(): consensus.MessageOf<"pong"> {
  const body = { nonce: at(5), time: at(9), epoch: EPOCH };
  const signature = signerAt(0).sign(consensus.pongDigest(CHAIN, body));
  return { kind: "pong", ...body, validator: indexAt(0), signature };
}

function complaint(): consensus.MessageOf<"complaint"> {
  const signature = signerAt(3).sign(consensus.complaintDigest(CHAIN, EPOCH, view(1)));
  return { kind: "complaint", epoch: EPOCH, view: view(1), validator: indexAt(3), signature };
}

export const PIECE: consensus.Piece = [
  { txid: core.toTxid(digestOf("tx a")), at: at(40) },
  { txid: core.toTxid(digestOf("tx b")), at: at(41) },
];

/** Each lane with a piece, one lane that has left, one joiner to come. */
export function manifest(changed: Partial<consensus.Manifest> = {}): consensus.Manifest {
  const { epoch, height: h, digest, blockHash } = finalBody();
  const piece = consensus.pieceDigest(CHAIN, PIECE);
  const lanes = KEYS.map((key, i) => {
    const tip = { seq: core.Seq.of(9 + i), digest: digestOf(`tip ${i}`) };
    return { key, tip, head: at(50 + i), dead: i === 3, pieces: [piece] };
  });
  const tip = { seq: core.Seq.of(5), digest: digestOf("tip of one that left") };
  const keyOf = (byte: number): readonly consensus.ValidatorKey[] => {
    const key: Uint8Array = new Uint8Array(32).fill(byte);
    return consensus.isValidatorKey(key) ? [key] : [];
  };
  const joiners = [{ from: height(13), keys: keyOf(8) }];
  const place = { epoch, height: h, digest, blockHash, horizon: at(60), lastTime: at(55) };
  const sets = { epochEnd: height(10_000), validators: KEYS, joiners };
  const ends = keyOf(7).map((key): consensus.LaneEnd => ({ key, tip, head: at(30), dead: false }));
  return { ...place, ...sets, lanes, past: ends, remembered: [piece, digestOf("another piece")], ...changed };
}

export function snapshot(
  changed: Partial<consensus.Manifest> = {},
  by: readonly number[] = [0, 2, 3],
): consensus.MessageOf<"snapshot"> {
  const contents = manifest(changed);
  const body = { ...finalBody(10, consensus.manifestDigest(CHAIN, contents)), epoch: contents.epoch };
  const signers = signersOf(consensus.finalDigest(CHAIN, body), by);
  const rest = { knownEpoch: EPOCH, changes: [], manifest: contents };
  return { kind: "snapshot", finality: { ...body, signers }, ...rest };
}

/** A certificate that names these as the validators of the next height. */
export function changeTo(validators: readonly consensus.ValidatorKey[], epoch = EPOCH): consensus.SetChange {
  const nextValidatorsHash = consensus.validatorsHash(CHAIN, epoch, validators);
  const body = { ...finalBody(9), epoch, nextValidatorsHash };
  const signers = signersOf(consensus.finalDigest(CHAIN, body), [0, 1, 3]);
  return { finality: { ...body, signers }, validators };
}

/** The last of the four has left, and two of three are a quorum. */
export function snapshotOverChange(): consensus.MessageOf<"snapshot"> {
  const changes = [changeTo(KEYS.slice(0, 3))];
  return { ...snapshot({ epoch: core.Epoch.of(EPOCH + 1) }, [0, 2]), changes };
}

/** One good message of each kind, and of each form that matters; the keys are the names of the vectors. */
export const SAMPLES: Readonly<Record<string, consensus.Message>> = {
  batch: { kind: "batch", batch: batch() },
  preprepare: preprepare(),
  "preprepare without certificate": { ...preprepare(), parentCertificate: undefined },
  prepare: vote("prepare"),
  commit: vote("commit"),
  final: final(undefined),
  "final with live hash": final(digestOf("live")),
  viewChange: { kind: "viewChange", ...viewChange(1) },
  "viewChange at genesis": { kind: "viewChange", ...viewChange(1, 2, { finality: undefined, prepared: [] }) },
  newView: newView(),
  complaint: complaint(),
  evidence: { kind: "evidence", first: batch(), second: batch(0, 7, 901) },
  "evidence by itself": { kind: "evidence", first: batch(0, 7, 750), second: undefined },
  offer: { kind: "offer", epoch: EPOCH, view: view(1), batches: [namedBatch] },
  askBatches: { kind: "askBatches", batches: [{ above: core.Seq.of(298), name: namedBatch }] },
  askCut: { kind: "askCut", height: height(12), digest: digestOf("cut") },
  cut: { kind: "cut", epoch: EPOCH, cut: cutAt(12) },
  askBlock: { kind: "askBlock", height: height(12) },
  block: { kind: "block", cut: cutAt(10), finality: finality(), batches: [batch(1), batch(2)] },
  finality: { kind: "finality", finality: finality() },
  ping: { kind: "ping", nonce: at(5), epoch: EPOCH, view: view(1), height: height(12) },
  pong: pong(),
  askSnapshot: { kind: "askSnapshot", epoch: EPOCH, height: height(7) },
  snapshot: snapshot(),
  "snapshot over a change of the set": snapshotOverChange(),
  askPieces: { kind: "askPieces", height: height(10), indexes: [0, 5] },
  piece: { kind: "piece", height: height(10), index: 5, entries: PIECE },
};
